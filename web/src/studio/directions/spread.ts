/** Items of every part of a map: one of each cell of a grid over what is in sight. No browser in it. */

import type { Bounds } from '../../map/frame'

/** Cells along the longer side of what is in sight. */
const CELLS = 16

/**
 * One item a cell: the one nearest to its middle.
 *
 * @param shown Rows that are not filtered away; null for all.
 * @returns The rows in order, and how many are in sight.
 */
export function spread(
  xy: Float32Array,
  [lowX, lowY, highX, highY]: Bounds,
  shown: ArrayLike<number> | null,
  cells = CELLS,
): { rows: number[]; of: number } {
  const side = Math.max(highX - lowX, highY - lowY, 1e-9) / cells
  const best = new Map<number, { row: number; away: number }>()
  let of = 0
  const n = shown === null ? xy.length / 2 : shown.length
  for (let i = 0; i < n; i++) {
    const row = shown === null ? i : (shown[i] as number)
    const [x, y] = [xy[2 * row] as number, xy[2 * row + 1] as number]
    if (!(x >= lowX && x <= highX && y >= lowY && y <= highY)) continue
    of++
    const [across, down] = [Math.floor((x - lowX) / side), Math.floor((y - lowY) / side)]
    const away = ((x - lowX) / side - across - 0.5) ** 2 + ((y - lowY) / side - down - 0.5) ** 2
    const cell = down * (cells + 1) + across
    const there = best.get(cell)
    if (there === undefined || away < there.away) best.set(cell, { row, away })
  }
  return { rows: [...best.values()].map(({ row }) => row).sort((a, b) => a - b), of }
}
