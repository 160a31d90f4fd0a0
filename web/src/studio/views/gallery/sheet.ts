/** Where the cells of a sheet of samples lie, so that the page can show some of them and none of the paper. */

export interface Cells {
  across: number
  down: number
  cell: number
  gap: number
  margin: number
}

/** Pixels that a small item is enlarged to, about (as lab/pictures.py draws it). */
const TILE = 128
/** How much wider than high the part that is shown is, about. */
const SHAPE = 8 / 3

/** The cells of a sheet without writing, of items so many pixels wide; null where it is drawn in another way. */
export function cellsOf(width: number, height: number, size: number): Cells | null {
  if (!(size >= 1) || !(width > 0) || !(height > 0)) return null
  const cell = size * Math.max(1, Math.round(TILE / size))
  // Half a pixel is rounded up or down, as the language has it.
  for (const rounded of [Math.round, (value: number) => Math.ceil(value - 0.5)]) {
    const gap = Math.max(3, rounded(cell / 24))
    const margin = 2 * gap
    const [across, down] = [width, height].map((side) => (side - 2 * margin + gap) / (cell + gap)) as [number, number]
    if (Number.isInteger(across) && Number.isInteger(down) && across > 0 && down > 0)
      return { across, down, cell, gap, margin }
  }
  return null
}

/** As parts of what is shown: where the picture lies in it, and where its cells begin and end. */
export interface Cut {
  ratio: number
  /** The picture's width and its place, as parts of the width (left) and of the height (top) that is shown. */
  width: number
  left: number
  top: number
  /** A cell, and a cell with its gap, as parts of the width and of the height. */
  cellX: number
  stepX: number
  cellY: number
  stepY: number
}

/** So many whole rows as make it a band. */
export function cutOf(cells: Cells, width: number): Cut {
  const { across, cell, gap, margin } = cells
  const rows = Math.min(cells.down, Math.max(1, Math.round(across / SHAPE)))
  const wide = across * cell + (across - 1) * gap
  const high = rows * cell + (rows - 1) * gap
  return {
    ratio: wide / high,
    width: width / wide,
    left: -margin / wide,
    top: -margin / high,
    cellX: cell / wide,
    stepX: (cell + gap) / wide,
    cellY: cell / high,
    stepY: (cell + gap) / high,
  }
}
