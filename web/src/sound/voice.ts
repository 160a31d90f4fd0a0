/**
 * One voice: whatever is played next takes over from what is heard now by a short cross-fade, so that there are never
 * more than two at once, and those for a moment.
 */

import type { Wave } from './wav'

/** What of the browser's audio it takes. */
export type Audio = Pick<BaseAudioContext, 'currentTime' | 'createBuffer' | 'createBufferSource' | 'createGain'>

export interface Part {
  /** Seconds into the wave, and how many of them; all that is left where nothing is said. */
  readonly from?: number
  readonly seconds?: number
  readonly loop?: boolean
  /** Seconds of the cross-fade. */
  readonly fade?: number
}

interface Sounding {
  readonly source: AudioBufferSourceNode
  readonly gain: GainNode
  readonly began: number
  readonly from: number
  readonly length: number
  readonly loop: boolean
  readonly ended: (whole: boolean) => void
}

/** Seconds: enough that nothing clicks. */
export const SOFT = 0.012
const STEPS = 32

/** The halves of a cross-fade whose loudness stays the same: a quarter of a cosine up, and down. */
export function fadeCurve(rises: boolean, from = rises ? 0 : 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: STEPS }, (_, i) => {
    const angle = ((i / (STEPS - 1)) * Math.PI) / 2
    return rises ? Math.sin(angle) : from * Math.cos(angle)
  })
}

export class Voice {
  readonly #audio: Audio
  readonly #out: AudioNode
  #now: Sounding | null = null

  constructor(audio: Audio, out: AudioNode) {
    this.#audio = audio
    this.#out = out
  }

  get sounds(): boolean {
    return this.#now !== null
  }

  /** How far into the wave it is, in seconds; null where nothing is heard. */
  get position(): number | null {
    const now = this.#now
    if (now === null) return null
    const gone = Math.max(this.#audio.currentTime - now.began, 0) + now.from
    return now.loop && now.length > 0 ? gone % now.length : Math.min(gone, now.length)
  }

  /** Play; resolves when it has ended: true by itself, false where another took over or it was stopped. */
  play(wave: Wave, { from = 0, seconds, loop = false, fade = SOFT }: Part = {}): Promise<boolean> {
    const length = wave.samples.length / wave.rate
    const lasts = Math.max(Math.min(seconds ?? length, length - from), 0)
    this.stop(fade)
    if (lasts === 0) return Promise.resolve(true)
    const audio = this.#audio
    const begins = audio.currentTime
    const buffer = audio.createBuffer(1, wave.samples.length, wave.rate)
    buffer.copyToChannel(wave.samples, 0)
    const [source, gain] = [audio.createBufferSource(), audio.createGain()]
    source.buffer = buffer
    source.loop = loop
    source.connect(gain)
    gain.connect(this.#out)
    const soft = Math.min(fade, lasts / 2.5)
    gain.gain.setValueCurveAtTime(fadeCurve(true), begins, soft)
    if (!loop && lasts < length - from) {
      gain.gain.setValueCurveAtTime(fadeCurve(false), begins + lasts - soft, soft)
    }
    return new Promise((resolve) => {
      const mine: Sounding = { source, gain, began: begins, from, length, loop, ended: resolve }
      source.onended = () => {
        gain.disconnect()
        if (this.#now !== mine) return
        this.#now = null
        resolve(true)
      }
      this.#now = mine
      source.start(begins, from)
      if (!loop) source.stop(begins + lasts)
    })
  }

  /** Fall silent. */
  stop(fade: number = SOFT): void {
    const now = this.#now
    if (now === null) return
    this.#now = null
    const at = this.#audio.currentTime
    const { gain } = now.gain
    const loud = gain.value
    gain.cancelScheduledValues(0)
    gain.setValueCurveAtTime(fadeCurve(false, loud), at, fade)
    now.source.stop(at + fade)
    now.ended(false)
  }
}
