/** What lies over the points, on a 2-D canvas: pins, the way of a path, the cursor, a lasso, pictures. */

import type { Transform } from './frame'
import { dot, drawMarks, type Marks } from './marks'
import { NAME_HEIGHT, type PlacedName } from './regionNames'

export interface Inks {
  text: string
  ground: string
  accent: string
  onAccent: string
  good: string
  bad: string
  quiet: string
}

export interface Tile {
  source: CanvasImageSource
  /** Where in the source it lies. */
  x: number
  y: number
  size: number
}

/** A place, how unlike the data it is, and the item nearest to it, where it is none itself. */
export interface Spotted {
  xy: readonly [number, number]
  support: number | null
  nearest: readonly [number, number] | null
}

export interface Scene {
  pins: readonly { letter: string; xy: readonly [number, number]; current: boolean }[]
  /** What the lens shows, where it is no pin. */
  focus: Spotted | null
  /** Ways from place to place. */
  marks: Marks
  cursor: Spotted | null
  /** The middle of the map, which the keyboard moves. */
  crosshair: boolean
  /** On the screen. */
  lasso: readonly (readonly [number, number])[]
  thumbnails: readonly { xy: readonly [number, number]; tile: Tile; colour: string | null }[]
  thumbnailSize: number
  /** Places of what a search has found. */
  hits: readonly (readonly [number, number])[]
  /** Of regions, on the screen. */
  names: readonly PlacedName[]
}

/** What names are written in; their widths are measured in it. */
export const NAME_FONT = '600 12.5px system-ui, sans-serif'

export const PIN = 11
/** Support beyond which a place is said to be at the edge of the data, and unlike them. */
export const EDGE = 1
export const FAR = 1.5

export function supportInk(support: number | null, inks: Inks): string {
  if (support === null) return inks.quiet
  if (support <= EDGE) return inks.good
  return support <= FAR ? inks.accent : inks.bad
}

export function drawOverlay(
  context: CanvasRenderingContext2D,
  transform: Transform,
  scene: Scene,
  inks: Inks,
  density: number,
): void {
  context.setTransform(density, 0, 0, density, 0, 0)
  context.clearRect(0, 0, transform.width, transform.height)
  const at = (xy: readonly [number, number]) => transform.toScreen(xy[0], xy[1])
  thumbnails(context, scene, at, inks)
  for (const hit of scene.hits) ring(context, at(hit), 5, inks.accent, inks)
  for (const name of scene.names) drawName(context, name, inks)
  drawMarks(context, scene.marks, at, inks)
  if (scene.crosshair) crosshair(context, transform.width / 2, transform.height / 2, inks)
  if (scene.cursor) spotted(context, scene.cursor, 7, supportInk(scene.cursor.support, inks), at, inks)
  if (scene.focus) {
    const { support } = scene.focus
    spotted(context, scene.focus, 9, support === null ? inks.accent : supportInk(support, inks), at, inks)
  }
  for (const pin of scene.pins) drawPin(context, at(pin.xy), pin.letter, pin.current, inks)
  lasso(context, scene.lasso, inks)
}

type Place = (xy: readonly [number, number]) => [number, number]

function thumbnails(context: CanvasRenderingContext2D, scene: Scene, at: Place, inks: Inks): void {
  const size = scene.thumbnailSize
  context.imageSmoothingEnabled = scene.thumbnails.some(({ tile }) => tile.size > size * 1.5)
  for (const { xy, tile, colour } of scene.thumbnails) {
    const [x, y] = at(xy)
    context.fillStyle = colour ?? inks.ground
    context.fillRect(x - size / 2 - 1.5, y - size / 2 - 1.5, size + 3, size + 3)
    context.drawImage(tile.source, tile.x, tile.y, tile.size, tile.size, x - size / 2, y - size / 2, size, size)
  }
}

function drawName(context: CanvasRenderingContext2D, { text, x, y, width }: PlacedName, inks: Inks): void {
  context.beginPath()
  context.roundRect(x - width / 2, y - NAME_HEIGHT / 2, width, NAME_HEIGHT, NAME_HEIGHT / 2)
  context.globalAlpha = 0.86
  context.fillStyle = inks.ground
  context.fill()
  context.globalAlpha = 1
  context.fillStyle = inks.text
  context.font = NAME_FONT
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(text, x, y + 0.5)
}

function spotted(
  context: CanvasRenderingContext2D,
  spot: Spotted,
  radius: number,
  colour: string,
  at: Place,
  inks: Inks,
): void {
  const here = at(spot.xy)
  if (spot.nearest) {
    const there = at(spot.nearest)
    context.strokeStyle = colour
    context.lineWidth = 1.2
    context.setLineDash([3, 3])
    context.beginPath()
    context.moveTo(...here)
    context.lineTo(...there)
    context.stroke()
    context.setLineDash([])
    dot(context, there, 3.5, colour, inks)
  }
  ring(context, here, radius, colour, inks)
}

function crosshair(context: CanvasRenderingContext2D, x: number, y: number, inks: Inks): void {
  for (const [width, colour] of [
    [3.5, inks.ground],
    [1.5, inks.text],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.beginPath()
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + 5 * dx, y + 5 * dy)
      context.lineTo(x + 14 * dx, y + 14 * dy)
    }
    context.stroke()
  }
}

function lasso(context: CanvasRenderingContext2D, polygon: Scene['lasso'], inks: Inks): void {
  if (polygon.length < 2) return
  context.beginPath()
  trace(context, polygon)
  context.closePath()
  context.globalAlpha = 0.16
  context.fillStyle = inks.accent
  context.fill()
  context.globalAlpha = 1
  context.strokeStyle = inks.accent
  context.lineWidth = 1.5
  context.stroke()
}

/** Go through corners, one after the other. */
function trace(context: CanvasRenderingContext2D, corners: readonly (readonly [number, number])[]): void {
  for (const [i, [x, y]] of corners.entries()) i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)
}

function ring(
  context: CanvasRenderingContext2D,
  [x, y]: [number, number],
  radius: number,
  colour: string,
  inks: Inks,
): void {
  for (const [width, ink] of [
    [5, inks.ground],
    [2.2, colour],
  ] as const) {
    context.strokeStyle = ink
    context.lineWidth = width
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.stroke()
  }
}

function drawPin(
  context: CanvasRenderingContext2D,
  [x, y]: [number, number],
  letter: string,
  current: boolean,
  inks: Inks,
): void {
  context.beginPath()
  context.arc(x, y, PIN, 0, 2 * Math.PI)
  context.fillStyle = inks.accent
  context.fill()
  context.lineWidth = current ? 3 : 1.5
  context.strokeStyle = current ? inks.text : inks.ground
  context.stroke()
  context.fillStyle = inks.onAccent
  context.font = '700 12px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(letter, x, y + 0.5)
}

/** Whether a place of the screen lies within a polygon (even-odd). */
export function inside(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let within = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i] as readonly [number, number]
    const [xj, yj] = polygon[j] as readonly [number, number]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within
  }
  return within
}
