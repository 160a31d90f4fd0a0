/** WAV files of 16 bits: what the server sends, and what a recording is sent as. No browser in it. */

export interface Wave {
  /** One channel, in [-1, 1]. */
  readonly samples: Float32Array<ArrayBuffer>
  /** Samples a second. */
  readonly rate: number
}

const HEAD = 44
const FULL = 32767

/** Read a WAV of 16 bits; several channels become their mean. Null for anything else. */
export function readWav(data: ArrayBuffer): Wave | null {
  const view = new DataView(data)
  if (data.byteLength < HEAD || text(view, 0) !== 'RIFF' || text(view, 8) !== 'WAVE') return null
  let [channels, rate] = [0, 0]
  for (let at = 12; at + 8 <= data.byteLength; ) {
    const [name, size] = [text(view, at), view.getUint32(at + 4, true)]
    at += 8
    if (name === 'fmt ') {
      if (size < 16 || at + 16 > data.byteLength) return null
      if (view.getUint16(at, true) !== 1 || view.getUint16(at + 14, true) !== 16) return null
      channels = view.getUint16(at + 2, true)
      rate = view.getUint32(at + 4, true)
    } else if (name === 'data') {
      if (channels === 0 || rate === 0) return null
      const frames = Math.floor(Math.min(size, data.byteLength - at) / 2 / channels)
      const samples = new Float32Array(frames)
      for (let i = 0; i < frames; i++) {
        let sum = 0
        for (let c = 0; c < channels; c++) sum += view.getInt16(at + 2 * (i * channels + c), true)
        samples[i] = sum / channels / FULL
      }
      return { samples, rate }
    }
    // Chunks begin at even places.
    at += size + (size % 2)
  }
  return null
}

/** A wave as a WAV file. What is louder than full scale is cut, what is no number is silence. */
export function writeWav({ samples, rate }: Wave): ArrayBuffer {
  const data = new ArrayBuffer(HEAD + 2 * samples.length)
  const view = new DataView(data)
  write(view, 0, 'RIFF')
  view.setUint32(4, data.byteLength - 8, true)
  write(view, 8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  write(view, 36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  for (let i = 0; i < samples.length; i++) {
    const value = Math.min(Math.max(samples[i] || 0, -1), 1)
    view.setInt16(HEAD + 2 * i, Math.round(value * FULL), true)
  }
  return data
}

/** Pieces of one recording after the other, `most` samples of them. */
export function joined(pieces: readonly Float32Array[], most: number): Float32Array<ArrayBuffer> {
  const length = Math.min(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
    most,
  )
  const out = new Float32Array(length)
  let at = 0
  for (const piece of pieces) {
    if (at >= length) break
    out.set(piece.subarray(0, length - at), at)
    at += piece.length
  }
  return out
}

/** Root mean square, of what is a meter's needle. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const value of samples) sum += value * value
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}

function text(view: DataView, at: number): string {
  let out = ''
  for (let i = 0; i < 4; i++) out += String.fromCharCode(view.getUint8(at + i))
  return out
}

function write(view: DataView, at: number, value: string): void {
  for (let i = 0; i < value.length; i++) view.setUint8(at + i, value.charCodeAt(i))
}
