/** Lines around shares of the points, of all of them or of each class: where a kernel density is as high as around so
 * many. No browser in it. Coordinates are those that are drawn, from -1 to 1. */

import { contours } from 'd3-contour'

/** Shares of the points within a line, outermost first. */
export const SHARES = [0.95, 0.8, 0.6, 0.4, 0.2] as const
const CLASS_SHARES = [0.85, 0.5] as const
/** Classes that have lines of their own, at most; of more, all points have them together. */
export const MOST_CLASSES = 12
/** Points that a class needs for it. */
const FEWEST = 12
const CELLS = 160
/** From the edge of the points to that of the grid. */
const EDGE = 1.12
/** Width of a kernel beside the usual one, which is for a single lump. */
const FINE = 0.45

/** One line: which class, how many lines of it lie around this one, and its rings, x and y in turn. */
export interface Line {
  /** -1 for all points together. */
  class: number
  depth: number
  rings: Float32Array[]
}

/** The density of rows on a grid of cells over -EDGE to EDGE. */
export class Density {
  readonly cells: Float64Array
  static readonly step = (2 * EDGE) / CELLS

  constructor(x: Float32Array, y: Float32Array, rows: ArrayLike<number>, width: number) {
    let cells: Float64Array = new Float64Array(CELLS * CELLS)
    for (let i = 0; i < rows.length; i++) {
      const at = cellOf(x[rows[i] as number] as number, y[rows[i] as number] as number)
      cells[at] = (cells[at] as number) + 1
    }
    const kernel = gaussian(width / Density.step)
    cells = blurred(blurred(cells, kernel, 1), kernel, CELLS)
    this.cells = cells
  }

  at(x: number, y: number): number {
    return this.cells[cellOf(x, y)] as number
  }

  /** As high as it is around a share of the rows. */
  level(x: Float32Array, y: Float32Array, rows: ArrayLike<number>, share: number): number {
    const heights = Float64Array.from(rows, (row) => this.at(x[row] as number, y[row] as number)).sort()
    return heights[Math.min(Math.floor((1 - share) * heights.length), heights.length - 1)] as number
  }
}

function cellOf(x: number, y: number): number {
  const place = (value: number) => Math.min(Math.max(Math.floor((value + EDGE) / Density.step), 0), CELLS - 1)
  return place(y) * CELLS + place(x)
}

function gaussian(width: number): Float64Array {
  const half = Math.max(Math.ceil(3 * width), 1)
  const kernel = Float64Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-(((i - half) / width) ** 2) / 2))
  const sum = kernel.reduce((one, other) => one + other, 0)
  return kernel.map((value) => value / sum)
}

/** Along one axis, which goes by `stride`. */
function blurred(cells: Float64Array, kernel: Float64Array, stride: number): Float64Array {
  const out = new Float64Array(cells.length)
  const half = (kernel.length - 1) / 2
  const across = stride === 1 ? CELLS : 1
  for (let line = 0; line < CELLS; line++) {
    for (let i = 0; i < CELLS; i++) {
      const value = cells[line * across + i * stride] as number
      if (value === 0) continue
      const [from, to] = [Math.max(i - half, 0), Math.min(i + half, CELLS - 1)]
      for (let j = from; j <= to; j++) {
        const at = line * across + j * stride
        out[at] = (out[at] as number) + value * (kernel[j - i + half] as number)
      }
    }
  }
  return out
}

/** The usual width of a kernel (Scott's, for two dimensions), made finer: a map has many lumps. */
export function widthOf(x: Float32Array, y: Float32Array): number {
  const spread = Math.sqrt((variance(x) + variance(y)) / 2)
  return Math.max(FINE * spread * Math.max(x.length, 1) ** (-1 / 6), Density.step)
}

function variance(values: Float32Array): number {
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const n = Math.max(values.length, 1)
  return Math.max(squares / n - (sum / n) ** 2, 0)
}

/** Lines around all points that are shown, or around those of each class. `codes` tell the class; of others there is none. */
export function linesOf(
  x: Float32Array,
  y: Float32Array,
  rows: Uint32Array,
  codes: Uint16Array | null,
  classes: number,
): Line[] {
  if (rows.length < FEWEST) return []
  const width = widthOf(x, y)
  if (codes === null || classes < 2 || classes > MOST_CLASSES) return around(x, y, rows, width, -1, SHARES)
  const lines: Line[] = []
  for (let code = 0; code < classes; code++) {
    const mine = rows.filter((row) => codes[row] === code)
    if (mine.length >= FEWEST) lines.push(...around(x, y, mine, width, code, CLASS_SHARES))
  }
  // Inner lines lie over outer ones, whatever their class.
  return lines.sort((a, b) => a.depth - b.depth)
}

function around(
  x: Float32Array,
  y: Float32Array,
  rows: Uint32Array,
  width: number,
  code: number,
  shares: readonly number[],
): Line[] {
  const density = new Density(x, y, rows, width)
  const lines = contours().size([CELLS, CELLS])
  const values = Array.from(density.cells)
  return shares.map((share, depth) => {
    const { coordinates } = lines.contour(values, density.level(x, y, rows, share))
    const rings = coordinates.flat().map((ring) => {
      const flat = new Float32Array(2 * ring.length)
      for (const [i, [across, along]] of (ring as [number, number][]).entries()) {
        flat[2 * i] = across * Density.step - EDGE
        flat[2 * i + 1] = along * Density.step - EDGE
      }
      return flat
    })
    return { class: code, depth, rings }
  })
}
