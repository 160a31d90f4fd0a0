/** What is worked out of where all points lie, beside the page where they are many: which are shown as pictures, and the
 * lines of their density. */

import { Density, type Line, linesOf, widthOf } from './contours'
import { place } from './representatives'

export interface LayoutAsked {
  x: Float32Array
  y: Float32Array
  /** Rows that are shown, 1 or 0 each; null for all. */
  shown: Uint8Array | null
  /** Rows with a picture that is there already: the first so many. */
  pictured: number
  want: 'levels' | 'lines'
  codes: Uint16Array | null
  classes: number
}

/** Points up to which it is done at once: it takes less than a worker takes to start. */
const AT_ONCE = 6000

/** For `levels` how near one has to be to see each item's picture; for `lines` the lines. */
export function layOut(asked: LayoutAsked): Uint8Array | Line[] {
  const { x, y, shown, pictured, want, codes, classes } = asked
  const rows = rowsOf(x.length, shown)
  if (want === 'lines') return linesOf(x, y, rows, codes, classes)
  const density = new Density(x, y, rows, widthOf(x, y))
  const heights = new Float64Array(x.length)
  for (const row of rows) heights[row] = density.at(x[row] as number, y[row] as number)
  // What has its picture goes first, then what lies where most others lie; of equals the first.
  const order = rows.sort(
    (a, b) => +(a >= pictured) - +(b >= pictured) || (heights[b] as number) - (heights[a] as number) || a - b,
  )
  return place(x, y, order)
}

function rowsOf(n: number, shown: Uint8Array | null): Uint32Array {
  const rows = Uint32Array.from({ length: n }, (_, i) => i)
  return shown === null ? rows : rows.filter((row) => shown[row] === 1)
}

/** The same, beside the page where that is worth it. */
export async function laidOut(asked: LayoutAsked, signal: AbortSignal): Promise<Uint8Array | Line[]> {
  if (asked.x.length <= AT_ONCE || typeof Worker === 'undefined') return layOut(asked)
  const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      worker.onmessage = (event: MessageEvent<Uint8Array | Line[]>) => resolve(event.data)
      worker.onerror = () => reject(new Error('what is shown of the points could not be worked out'))
      worker.postMessage(asked)
    })
  } finally {
    worker.terminate()
  }
}
