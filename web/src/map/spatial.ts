/** Points by place: which is nearest, which lie in a rectangle. */

import KDBush from 'kdbush'

/** Points up to which the index is made at once: it takes less than a worker takes to start. */
const AT_ONCE = 20_000

export class Spatial {
  readonly index: KDBush
  readonly #x: Float32Array
  readonly #y: Float32Array

  private constructor(index: KDBush, x: Float32Array, y: Float32Array) {
    this.index = index
    this.#x = x
    this.#y = y
  }

  static async of(x: Float32Array, y: Float32Array): Promise<Spatial> {
    if (x.length === 0) return new Spatial(emptyIndex(), x, y)
    if (x.length <= AT_ONCE || typeof Worker === 'undefined') return new Spatial(build(x, y), x, y)
    const worker = new Worker(new URL('./index.worker.ts', import.meta.url), { type: 'module' })
    try {
      const data = await new Promise<ArrayBuffer>((resolve, reject) => {
        worker.onmessage = (event: MessageEvent<ArrayBuffer>) => resolve(event.data)
        worker.onerror = () => reject(new Error('the index of the points could not be made'))
        worker.postMessage({ x, y })
      })
      return new Spatial(KDBush.from(data), x, y)
    } finally {
      worker.terminate()
    }
  }

  /** The index as bytes, which several readers can share. */
  get data(): ArrayBuffer {
    return this.index.data as ArrayBuffer
  }

  /** The nearest point within a distance that is shown; -1 for none. */
  nearest(x: number, y: number, radius: number, shown: Uint8Array | null): number {
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (const i of this.index.within(x, y, radius)) {
      if (shown !== null && !shown[i]) continue
      const distance = ((this.#x[i] as number) - x) ** 2 + ((this.#y[i] as number) - y) ** 2
      if (distance < least || (distance === least && i < best)) {
        least = distance
        best = i
      }
    }
    return best
  }

  /** Points of a rectangle that are shown, at most so many. */
  range(lowX: number, lowY: number, highX: number, highY: number, most: number, shown: Uint8Array | null): number[] {
    const found = this.index.range(lowX, lowY, highX, highY)
    const rows = shown === null ? found : found.filter((i) => shown[i])
    rows.sort((a, b) => a - b)
    return rows.length > most ? rows.slice(0, most) : rows
  }
}

function build(x: Float32Array, y: Float32Array): KDBush {
  const index = new KDBush(x.length, 16, Float64Array)
  for (let i = 0; i < x.length; i++) index.add(x[i] as number, y[i] as number)
  index.finish()
  return index
}

function emptyIndex(): KDBush {
  return build(new Float32Array([9e9]), new Float32Array([9e9]))
}
