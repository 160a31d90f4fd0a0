import { describe, expect, it } from 'vitest'
import { floatsOf, latentText, Malformed, readBits, readCodes, readLatents, readPoints, toBase64 } from './binary'
import { readHead } from './live'

/** An array as server/images.py packs it. */
function packed(kind: number, n: number, second: number, body: ArrayBufferView | null): ArrayBuffer {
  const length = body?.byteLength ?? 0
  const data = new ArrayBuffer(16 + length)
  const view = new DataView(data)
  view.setUint32(0, 0x315a4c54, true)
  view.setUint32(4, kind, true)
  view.setUint32(8, n, true)
  view.setUint32(12, second, true)
  if (body) new Uint8Array(data, 16).set(new Uint8Array(body.buffer, body.byteOffset, length))
  return data
}

describe('arrays of the server', () => {
  it('are points with and without codes', () => {
    const xy = new Float32Array([1, 2, 3, 4])
    expect(readPoints(packed(1, 2, 0, xy))).toEqual({ xy, codes: null })
    const both = new Uint8Array(20)
    both.set(new Uint8Array(xy.buffer))
    both.set(new Uint8Array(new Uint16Array([7, 65535]).buffer), 16)
    expect([...(readPoints(packed(1, 2, 1, both)).codes ?? [])]).toEqual([7, 65535])
  })

  it('are bits, the lowest first', () => {
    expect([...readBits(packed(3, 10, 3, new Uint8Array([0b10000001, 0b10])))]).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0, 1])
  })

  it('are codes and latents', () => {
    expect([...readCodes(packed(2, 3, 0, new Uint16Array([5, 0, 65535])))]).toEqual([5, 0, 65535])
    const { values, n, width } = readLatents(packed(4, 2, 2, new Float32Array([1, 2, 3, 4])))
    expect([n, width, [...values]]).toEqual([2, 2, [1, 2, 3, 4]])
  })

  it('are refused when they are of another kind, cut off, or foreign', () => {
    const points = packed(1, 2, 0, new Float32Array(4))
    expect(() => readCodes(points)).toThrow(Malformed)
    expect(() => readPoints(points.slice(0, 30))).toThrow(/30 bytes instead of 32/)
    expect(() => readPoints(new ArrayBuffer(3))).toThrow(Malformed)
    expect(() => readPoints(new ArrayBuffer(40))).toThrow(/not an array of the studio/)
  })

  it('travel back as base64', () => {
    const values = new Float32Array([0, 1, -2.5, 4])
    expect([...floatsOf(latentText(values, 2, 1))]).toEqual([-2.5, 4])
    expect(toBase64(new Uint8Array(100_000))).toHaveLength(4 * Math.ceil(100_000 / 3))
  })
})

describe('a live frame', () => {
  it('says which place it answers and what is near', () => {
    const data = new ArrayBuffer(40)
    const view = new DataView(data)
    view.setUint32(0, 0x315a4c54, true)
    view.setUint32(4, 5, true)
    view.setUint32(8, 41, true)
    view.setUint32(12, 7, true)
    for (const [i, value] of [0.5, 1.25, -3, 2].entries()) view.setFloat32(16 + 4 * i, value, true)
    const told = { seq: 41, row: 7, distance: 0.5, support: 1.25, x: -3, y: 2 }
    expect(readHead(data)).toEqual({ ...told, picture: new Uint8Array(8), file: null })
    expect(readHead(data.slice(0, 20))).toBeNull()
    view.setUint32(4, 4, true)
    expect(readHead(data)).toBeNull()
  })
})
