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

  /**
   * Points of a rectangle that are shown, at most so many of them. It looks no further when it has found those: a map of
   * a million points asks at every frame whether a few of them are in sight.
   */
  range(lowX: number, lowY: number, highX: number, highY: number, most: number, shown: Uint8Array | null): number[] {
    const { ids, coords, nodeSize } = this.index
    const rows: number[] = []
    const take = (place: number) => {
      const [x, y, row] = [coords[2 * place] as number, coords[2 * place + 1] as number, ids[place] as number]
      if (x >= lowX && x <= highX && y >= lowY && y <= highY && (shown === null || shown[row])) rows.push(row)
    }
    // A tree in the order of its array: the middle of a part divides it, across and along in turn.
    const parts: [first: number, last: number, axis: 0 | 1][] = [[0, ids.length - 1, 0]]
    for (let part = parts.pop(); part !== undefined && rows.length < most; part = parts.pop()) {
      const [first, last, axis] = part
      if (last - first <= nodeSize) {
        for (let place = first; place <= last && rows.length < most; place++) take(place)
        continue
      }
      const middle = (first + last) >> 1
      const value = coords[2 * middle + axis] as number
      take(middle)
      if ((axis === 0 ? lowX : lowY) <= value) parts.push([first, middle - 1, axis === 0 ? 1 : 0])
      if ((axis === 0 ? highX : highY) >= value) parts.push([middle + 1, last, axis === 0 ? 1 : 0])
    }
    return rows.sort((a, b) => a - b)
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
