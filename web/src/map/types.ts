/** What the studio asks of whatever draws its points. Nothing of a framework, and nothing of a library. */

import type { Bounds, Insets, Transform } from './frame'

export type Mode = 'look' | 'lasso'

export interface Painting {
  /** For every point the place of its colour in `colours`. */
  codes: Uint16Array | null
  /** As #rrggbb. */
  colours: readonly string[]
}

export interface PointMapEvents {
  /** The map was moved, zoomed or resized. */
  view: (transform: Transform) => void
}

export interface PointMap {
  readonly transform: Transform
  /** Draw other points: x and y in turn, in units of the map. */
  setPoints(xy: Float32Array, bounds: Bounds): Promise<void>
  /** Colour them. */
  paint(painting: Painting): Promise<void>
  /** Show these rows alone, or with all others as pale ghosts that nobody can point at; null shows all. */
  show(rows: Uint32Array | null, ghosts: boolean): Promise<void>
  /** Mark rows as chosen. */
  choose(rows: ArrayLike<number>): void
  setLook(look: { size: number; opacity: number; dark: boolean }): void
  setMode(mode: Mode): void
  /** The row nearest to a place of the screen among those that are shown, within so many pixels; -1 for none. */
  nearest(px: number, py: number, within: number): number
  /** Rows that are shown within a rectangle of the map, at most so many. */
  within(bounds: Bounds, most: number): number[]
  zoomBy(factor: number, px?: number, py?: number): void
  panBy(dx: number, dy: number): void
  /** Show a rectangle of the map. */
  goTo(bounds: Bounds, smooth?: boolean): Promise<void>
  /** Show all. */
  reset(smooth?: boolean): Promise<void>
  /** Whether all is shown, as after `reset`. */
  readonly isWhole: boolean
  /** Edges of the screen that something else lies over, which `reset` keeps free of points. */
  setInsets(insets: Insets): void
  /** Take another size; with `holds` every place stays where it is on the screen, until `settle`. */
  resize(width: number, height: number, holds?: boolean): void
  /** Show in the new size what was shown in the old one, where nobody has moved the map since. */
  settle(): void
  destroy(): void
}
