/** The sheet of decoded pictures that lies under the points, on a 2-D canvas. */

import type { Bounds, Transform } from './frame'

export interface SheetPicture {
  bounds: Bounds
  across: number
  down: number
  /** Pixels of a cell in the source. */
  tile: number
  source: CanvasImageSource
  /** How far each cell is from the data, row by row. */
  support: Float32Array | null
}

/** Pixels of a cell on the screen, about. */
const CELL = 72
const MOST = 600

/** The rectangle and grid to ask for: whole cells of a grid that does not move with the map, so that cells stay put. */
export function gridFor(transform: Transform, cell = CELL): { bounds: Bounds; across: number; down: number } {
  // Sizes of cells go by halves, so that zooming a little changes nothing.
  const wanted = cell / transform.scale
  const step = 2 ** Math.round(Math.log2(wanted))
  const [lowX, lowY, highX, highY] = transform.bounds
  const [left, bottom] = [Math.floor(lowX / step), Math.floor(lowY / step)]
  let across = Math.max(Math.ceil(highX / step) - left, 1)
  let down = Math.max(Math.ceil(highY / step) - bottom, 1)
  if (across * down > MOST) {
    if (cell > 4096) [across, down] = [Math.min(across, 20), Math.min(down, 20)]
    else return gridFor(transform, cell * 1.5)
  }
  return { bounds: [left * step, bottom * step, (left + across) * step, (bottom + down) * step], across, down }
}

/** How much of a cell is seen, by how unlike the data it is: less with every doubling. */
export function clearness(support: number): number {
  if (support <= 1) return 0.95
  return Math.max(0.95 - 0.25 * Math.log2(support), 0.25)
}

export function drawSheet(
  context: CanvasRenderingContext2D,
  transform: Transform,
  sheet: SheetPicture | null,
  density: number,
): void {
  context.setTransform(density, 0, 0, density, 0, 0)
  context.clearRect(0, 0, transform.width, transform.height)
  if (sheet === null) return
  const [lowX, lowY, highX, highY] = sheet.bounds
  const [left, top] = transform.toScreen(lowX, highY)
  const [right, bottom] = transform.toScreen(highX, lowY)
  const [width, height] = [(right - left) / sheet.across, (bottom - top) / sheet.down]
  context.imageSmoothingEnabled = width < sheet.tile
  for (let row = 0; row < sheet.down; row++) {
    for (let column = 0; column < sheet.across; column++) {
      const [x, y] = [left + column * width, top + row * height]
      if (x > transform.width || y > transform.height || x + width < 0 || y + height < 0) continue
      context.globalAlpha = sheet.support === null ? 0.9 : clearness(sheet.support[row * sheet.across + column] ?? 1)
      const { tile } = sheet
      context.drawImage(sheet.source, column * tile, row * tile, tile, tile, x + 0.5, y + 0.5, width - 1, height - 1)
    }
  }
  context.globalAlpha = 1
}
