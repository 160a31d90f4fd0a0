/** Arrays as they travel: little-endian, behind a header of 16 bytes (see server/images.py). */

export const MISSING = 65535
/** The code of the highest value of a quantity. */
export const STEPS = 65534
const MAGIC = 0x315a4c54 // TLZ1
const KINDS = { points: 1, codes: 2, bits: 3, latents: 4 } as const

export class Malformed extends Error {
  constructor(what: string) {
    super(`an answer of another form: ${what}`)
    this.name = 'Malformed'
  }
}

function header(data: ArrayBuffer, kind: keyof typeof KINDS): { n: number; second: number } {
  if (data.byteLength < 16) throw new Malformed(`${data.byteLength} bytes`)
  const view = new DataView(data)
  if (view.getUint32(0, true) !== MAGIC) throw new Malformed('not an array of the studio')
  if (view.getUint32(4, true) !== KINDS[kind]) throw new Malformed(`not ${kind}`)
  return { n: view.getUint32(8, true), second: view.getUint32(12, true) }
}

function body(data: ArrayBuffer, wanted: number): void {
  if (data.byteLength !== 16 + wanted) throw new Malformed(`${data.byteLength} bytes instead of ${16 + wanted}`)
}

/** Places of a map, x and y in turn, and the codes of a column where they were asked for. */
export function readPoints(data: ArrayBuffer): { xy: Float32Array; codes: Uint16Array | null } {
  const { n, second } = header(data, 'points')
  body(data, n * (second ? 10 : 8))
  return {
    xy: new Float32Array(data, 16, 2 * n),
    codes: second ? new Uint16Array(data, 16 + 8 * n, n) : null,
  }
}

/** The codes of a column. */
export function readCodes(data: ArrayBuffer): Uint16Array {
  const { n } = header(data, 'codes')
  body(data, 2 * n)
  return new Uint16Array(data, 16, n)
}

/** Which rows are meant, 1 or 0 each. */
export function readBits(data: ArrayBuffer): Uint8Array {
  const { n } = header(data, 'bits')
  body(data, Math.ceil(n / 8))
  const packed = new Uint8Array(data, 16)
  const flags = new Uint8Array(n)
  for (let i = 0; i < n; i++) flags[i] = ((packed[i >> 3] ?? 0) >> (i & 7)) & 1
  return flags
}

/** Latents, row by row. */
export function readLatents(data: ArrayBuffer): { values: Float32Array; n: number; width: number } {
  const { n, second } = header(data, 'latents')
  body(data, 4 * n * second)
  return { values: new Float32Array(data, 16, n * second), n, width: second }
}

/** Numbers as base64, as a route takes them. */
export function toBase64(data: Uint8Array): string {
  let text = ''
  for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000))
  return btoa(text)
}

/** Some of n rows, one bit each, as a route takes them. */
export function bitsText(rows: Iterable<number>, n: number): string {
  const packed = new Uint8Array(Math.ceil(n / 8))
  for (const row of rows) packed[row >> 3] = (packed[row >> 3] ?? 0) | (1 << (row & 7))
  return toBase64(packed)
}

/** One latent of an array as base64. */
export function latentText(values: Float32Array, width: number, i: number): string {
  const one = values.slice(i * width, (i + 1) * width)
  return toBase64(new Uint8Array(one.buffer))
}

/** float32 numbers from base64, such as the support of a sheet's cells. */
export function floatsOf(text: string): Float32Array {
  const raw = atob(text)
  const data = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) data[i] = raw.charCodeAt(i)
  return new Float32Array(data.buffer)
}
