import { describe, expect, it } from 'vitest'
import type { LensAnswer } from '../../api/client'
import { readHead } from '../../api/live'
import type { Part } from '../../sound/voice'
import type { Wave } from '../../sound/wav'
import { mayBe } from '../lens/files'
import { captionOf, told } from './captions'
import { frameAt, glide, OVER } from './glide'

const near = (row: number, columns: Record<string, unknown>) => ({ row, point: `test:${row}`, distance: row, columns })
const answer = (given: Partial<LensAnswer>, nearest = [near(3, { word: 'casa', pitch: 121.3456 })]) =>
  ({ row: null, readings: {}, seen: { nearest }, ...given }) as unknown as LensAnswer
const reading = (value: string | number, trusted = true) => ({ value, share: null, accuracy: 0.9, trusted })

describe('what is heard, in words', () => {
  it('is what the data say of a real item', () => {
    expect(captionOf(answer({ row: 3, readings: { word: reading('mesa') } }), false, null)).toEqual({
      by: 'data',
      words: [
        { column: 'word', value: 'casa' },
        { column: 'pitch', value: '121.3' },
      ],
    })
  })

  it('is what is read of a made one, and of a real one that was moved; what cannot be relied on is not said', () => {
    const readings = { noise: reading('x', false), word: reading('mesa'), pitch: reading(181.2) }
    const said = {
      by: 'reader',
      words: [
        { column: 'pitch', value: '180' },
        { column: 'word', value: 'mesa' },
      ],
    } // prettier-ignore
    expect(captionOf(answer({ row: 3, readings }), true, 'pitch')).toEqual(said)
    expect(captionOf(answer({ readings }), false, 'pitch')).toEqual(said)
  })

  it('is else the nearest real item, and says so; and without one it says nothing', () => {
    expect(captionOf(answer({}), false, null).by).toBe('nearest')
    expect(captionOf(answer({}, []), false, null)).toEqual({ by: 'none', words: [] })
    expect(captionOf(answer({}, [near(1, {})]), false, null).by).toBe('none')
  })

  it('has each value once, the one that colours first, and few of them', () => {
    const columns = { folder: 'ah', vowel: 'ah', gone: null, speaker: 'm1', town: 'Lugo', pitch: 90, speed: 150 }
    expect(told(columns, 'pitch').map(({ value }) => value)).toEqual(['90', 'ah', '150', 'm1'])
    expect(told(columns, 'speaker').map(({ value }) => value)).toEqual(['m1', '90', '150', 'ah'])
  })
})

describe('a glide', () => {
  const wave: Wave = { samples: new Float32Array(1000).fill(0.5), rate: 1000 }

  it('plays every step in order, the next before the last has quite ended', async () => {
    const [played, waited]: [number[], number[]] = [[], []]
    const parts: Part[] = []
    let held = 0
    let most = 0
    await glide({
      frames: [4, 5, 6],
      load: async () => {
        most = Math.max(most, ++held)
        return wave
      },
      play: (frame, _, part) => {
        held--
        played.push(frame)
        parts.push(part)
        return frame === 6 ? Promise.resolve(true) : new Promise(() => undefined)
      },
      wait: async (seconds) => {
        waited.push(seconds)
      },
      signal: new AbortController().signal,
    })
    expect(played).toEqual([4, 5, 6])
    expect(waited).toEqual([1 - OVER, 1 - OVER])
    expect(parts[0]).toEqual({ from: 0, seconds: 1, fade: OVER })
    expect(most, 'no more is fetched than is soon heard').toBeLessThanOrEqual(3)
  })

  it('shows the frame whose turn it is', () => {
    expect([0, 0.99, 1, 2.5, 3, 9].map((at) => frameAt(at, 3, 3))).toEqual([0, 0, 1, 2, 2, 2])
  })

  it('ends where something else is heard, and where it is stopped', async () => {
    const control = new AbortController()
    for (const stop of [false, true]) {
      const played: number[] = []
      await glide({
        frames: [0, 1, 2],
        load: async () => wave,
        play: (frame) => {
          played.push(frame)
          if (stop) control.abort()
          return stop ? new Promise(() => undefined) : Promise.resolve(false)
        },
        wait: () => (stop ? Promise.resolve() : new Promise(() => undefined)),
        signal: control.signal,
      })
      expect(played).toEqual([0])
    }
  })

  it('tells what could not be fetched when it comes to it', async () => {
    const broken = glide({
      frames: [0, 1],
      load: (frame) => (frame === 0 ? Promise.resolve(wave) : Promise.reject(new Error('gone'))),
      play: () => Promise.resolve(true),
      wait: async () => undefined,
      signal: new AbortController().signal,
    })
    await expect(broken).rejects.toThrow('gone')
  })
})

describe('files of one’s own', () => {
  const sounds = { suffixes: ['.wav', '.mp3'], writes: { '.wav': 'audio/wav' } }

  it('are taken by their name or by what the browser says of them', () => {
    expect(mayBe({ name: 'A.WAV', type: '' }, sounds)).toBe(true)
    expect(mayBe({ name: 'voice', type: 'audio/webm' }, sounds)).toBe(true)
    expect(mayBe({ name: 'a.mp3', type: 'application/x-unknown' }, sounds)).toBe(true)
    expect(mayBe({ name: 'a.png', type: 'image/png' }, sounds)).toBe(false)
    expect(mayBe({ name: 'a.txt', type: 'text/plain' }, sounds)).toBe(false)
  })

  it('of a kind whose files the web has no name for are told by their ending', () => {
    const curves = { suffixes: ['.curve'], writes: { '.curve': 'application/octet-stream' } }
    expect(mayBe({ name: 'a.zip', type: 'application/octet-stream' }, curves)).toBe(false)
    expect(mayBe({ name: 'a.curve', type: 'application/octet-stream' }, curves)).toBe(true)
  })
})

describe('a live frame with a file', () => {
  function frame(form: number, picture: number, file: number, says = picture): ArrayBuffer {
    const data = new Uint8Array((form === 6 ? 36 : 32) + picture + file)
    const view = new DataView(data.buffer)
    view.setUint32(0, 0x315a4c54, true)
    view.setUint32(4, form, true)
    view.setUint32(8, 7, true)
    if (form === 6) view.setUint32(32, says, true)
    data.fill(1, form === 6 ? 36 : 32)
    data.fill(2, data.length - file)
    return data.buffer
  }

  it('is its picture and its file', () => {
    const read = readHead(frame(6, 10, 5))
    expect(read?.seq).toBe(7)
    expect([...(read?.picture ?? [])]).toEqual(Array(10).fill(1))
    expect([...new Uint8Array(read?.file ?? new ArrayBuffer(0))]).toEqual(Array(5).fill(2))
    const plain = readHead(frame(5, 10, 0))
    expect(plain?.picture.length).toBe(10)
    expect(plain?.file).toBeNull()
  })

  it('is none where it says more than there is', () => {
    expect(readHead(frame(6, 10, 5, 1000))).toBeNull()
    expect(readHead(frame(7, 10, 5))).toBeNull()
  })
})
