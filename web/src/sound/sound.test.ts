import { describe, expect, it, vi } from 'vitest'
import { FADE, GAP, GRAIN, Grains } from './grains'
import { lackOf } from './microphone'
import { heardPart, peaks } from './peaks'
import { type Audio, fadeCurve, Voice } from './voice'
import { joined, loudness, readWav, writeWav } from './wav'

const tone = (n: number, rate = 16000) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate))

describe('a WAV', () => {
  it('comes back as it was written, within one step of 16 bits', () => {
    const samples = tone(1000)
    const read = readWav(writeWav({ samples, rate: 44100 }))
    expect(read?.rate).toBe(44100)
    expect(read?.samples.length).toBe(1000)
    for (const [i, value] of (read?.samples ?? []).entries())
      expect(Math.abs(value - (samples[i] as number))).toBeLessThan(1 / 32767)
  })

  it('cuts what is too loud and silences what is no number', () => {
    const read = readWav(writeWav({ samples: Float32Array.from([3, -3, Number.NaN, 0.5]), rate: 8000 }))
    expect([...(read?.samples ?? [])].map((value) => Math.round(value * 100) / 100)).toEqual([1, -1, 0, 0.5])
  })

  it('is read past chunks that say other things, with channels as their mean', () => {
    const plain = new Uint8Array(writeWav({ samples: Float32Array.from([0.5, -0.5, 1, 0]), rate: 16000 }))
    const data = new Uint8Array(plain.length + 12)
    data.set(plain.subarray(0, 36))
    data.set([0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0], 36) // LIST of three bytes, which is filled up to four
    data.set(plain.subarray(36), 48)
    const view = new DataView(data.buffer)
    view.setUint16(22, 2, true)
    const read = readWav(data.buffer)
    expect([...(read?.samples ?? [])].map((value) => Math.round(100 * value))).toEqual([0, 50])
  })

  it('is not made of anything else', () => {
    expect(readWav(new ArrayBuffer(0))).toBeNull()
    expect(readWav(new TextEncoder().encode('x'.repeat(100)).buffer as ArrayBuffer)).toBeNull()
    const floats = writeWav({ samples: tone(10), rate: 16000 })
    new DataView(floats).setUint16(20, 3, true)
    expect(readWav(floats)).toBeNull()
    expect(readWav(writeWav({ samples: tone(10), rate: 16000 }).slice(0, 44))?.samples.length).toBe(0)
  })
})

describe('a recording', () => {
  it('is its pieces one after the other, and no longer than asked for', () => {
    const pieces = [Float32Array.from([1, 2]), Float32Array.from([3, 4, 5])]
    expect([...joined(pieces, 4)]).toEqual([1, 2, 3, 4])
    expect([...joined(pieces, 9)]).toEqual([1, 2, 3, 4, 5])
    expect(joined([], 9).length).toBe(0)
  })

  it('is as loud as its root mean square', () => {
    expect(loudness(tone(16000))).toBeCloseTo(Math.SQRT1_2, 3)
    expect(loudness(new Float32Array(0))).toBe(0)
  })

  it('is refused for reasons that one can do something about', () => {
    const named = (name: string) => lackOf(Object.assign(new Error(), { name }))
    expect(named('NotAllowedError')).toBe('refused')
    expect(named('NotFoundError')).toBe('none')
    expect(named('NotReadableError')).toBe('busy')
    expect(lackOf(null)).toBe('failed')
  })
})

describe('a drawn wave', () => {
  it('reaches as far as its loudest sample in every column', () => {
    expect(peaks(Float32Array.from([0.1, -0.4, 0.9, 0.2]), 2)).toEqual([
      [expect.closeTo(-0.4), expect.closeTo(0.1)],
      [0, expect.closeTo(0.9)],
    ])
    expect(peaks(new Float32Array(0), 2)).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(peaks(Float32Array.from([1]), 3).length).toBe(3)
  })

  it('is heard between its silences', () => {
    const samples = new Float32Array(100)
    samples[20] = 1
    samples[59] = -0.5
    expect(heardPart(samples, 100)).toEqual([0.2, 0.6])
    expect(heardPart(new Float32Array(100), 100)).toEqual([0, 1])
  })
})

describe('grains', () => {
  it('go on in the item where the last one had got to, and begin anew at its end', () => {
    const grains = new Grains()
    expect(grains.next(10, [0.1, 1])).toEqual({ from: 0.1, seconds: GRAIN })
    expect(grains.next(10.2, [0.1, 1])?.from).toBeCloseTo(0.3)
    expect(grains.next(10.5, [0.1, 1])?.from).toBeCloseTo(0.6)
    expect(grains.next(10.7, [0.1, 1])?.from, 'less than a grain is left').toBeCloseTo(0.1)
  })

  it('begin anew after a rest', () => {
    const grains = new Grains()
    grains.next(10, [0, 1])
    expect(grains.next(11, [0, 1])?.from).toBe(0)
  })

  it('never come in a burst', () => {
    const grains = new Grains()
    const began: number[] = []
    for (let now = 0; now < 2; now += 0.016) if (grains.next(now, [0, 1]) !== null) began.push(now)
    for (let i = 1; i < began.length; i++)
      expect((began[i] as number) - (began[i - 1] as number)).toBeGreaterThanOrEqual(GAP - 1e-9)
    expect(began.length).toBeGreaterThan(10)
    expect(FADE).toBeLessThan(GAP)
  })

  it('are no longer than what is heard', () => {
    expect(new Grains().next(0, [0.2, 0.3])).toEqual({ from: 0.2, seconds: expect.closeTo(0.1) })
  })
})

/** The browser's audio with a clock of its own, and nothing to hear. */
function stage() {
  const audio = {
    currentTime: 0,
    sources: [] as { start: number; stop: number; onended: (() => void) | null; loop: boolean }[],
    createBuffer: () => ({ copyToChannel: () => undefined }),
    createGain: () => ({
      gain: { value: 1, setValueCurveAtTime: vi.fn(), cancelScheduledValues: vi.fn() },
      connect: () => undefined,
      disconnect: () => undefined,
    }),
    createBufferSource() {
      const source = {
        loop: false,
        onended: null as (() => void) | null,
        start: Number.NaN,
        stop: Infinity,
      }
      audio.sources.push(source)
      return {
        connect: () => undefined,
        start: (at: number) => {
          source.start = at
        },
        stop: (at: number) => {
          source.stop = Math.min(source.stop, at)
        },
        set onended(ended: () => void) {
          source.onended = ended
        },
      }
    },
    /** How many are heard at a moment. */
    heard: (at: number) => audio.sources.filter((one) => one.start <= at && at < one.stop).length,
  }
  return { audio, voice: new Voice(audio as unknown as Audio, {} as AudioNode) }
}

describe('one voice', () => {
  const wave = { samples: tone(16000), rate: 16000 }

  it('lets the newest take over, by a cross-fade and no more', async () => {
    const { audio, voice } = stage()
    const ends: Promise<boolean>[] = []
    for (let i = 0; i < 10; i++) {
      audio.currentTime = i * GAP
      ends.push(voice.play(wave, { from: 0.1, seconds: GRAIN, fade: FADE }))
    }
    for (let at = 0; at < 10 * GAP; at += 0.005) expect(audio.heard(at)).toBeLessThanOrEqual(2)
    expect(audio.heard(5 * GAP + FADE + 0.001), 'after the cross-fade').toBe(1)
    expect(await Promise.all(ends.slice(0, -1))).toEqual(Array(9).fill(false))
    audio.sources.at(-1)?.onended?.()
    expect(await ends.at(-1)).toBe(true)
    expect(voice.sounds).toBe(false)
  })

  it('says how far it is', () => {
    const { audio, voice } = stage()
    void voice.play(wave, { from: 0.25 })
    audio.currentTime = 0.5
    expect(voice.position).toBeCloseTo(0.75)
    audio.currentTime = 5
    expect(voice.position).toBeCloseTo(1)
    void voice.play(wave, { loop: true })
    audio.currentTime = 6.25
    expect(voice.position).toBeCloseTo(0.25)
    voice.stop()
    expect(voice.position).toBeNull()
  })

  it('fades so that the sum is as loud as before', () => {
    const [up, down] = [fadeCurve(true), fadeCurve(false)]
    for (let i = 0; i < up.length; i++) expect((up[i] as number) ** 2 + (down[i] as number) ** 2).toBeCloseTo(1, 5)
    expect(up[0]).toBe(0)
    expect(fadeCurve(false, 0.5)[0]).toBeCloseTo(0.5)
  })

  it('has nothing to play behind the end', async () => {
    const { voice } = stage()
    expect(await voice.play(wave, { from: 2 })).toBe(true)
    expect(voice.sounds).toBe(false)
  })
})
