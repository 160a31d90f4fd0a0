/** What is drawn over the points of the ways that lead from place to place: paths, arrows, what a slider has moved. */

import type { Inks } from './overlay'

export type Point = readonly [number, number]

export interface Line {
  readonly xy: readonly Point[]
  /** null for the page's own. */
  readonly ink: string | null
  /** The place of it that is shown now. */
  readonly at?: number
  /** It is not known yet how it goes. */
  readonly dashed?: boolean
  readonly thin?: boolean
}

export interface Arrow {
  readonly from: Point
  readonly to: Point
}

export interface Marks {
  readonly lines: readonly Line[]
  readonly arrows: readonly Arrow[]
  /** The way that something was moved, from where it lay to where it lies now; empty where nothing was. */
  readonly track: readonly Point[]
}

/** Pixels under which an arrow has no head, and of the largest head. */
const HEADLESS = 5
const HEAD = 7

export function drawMarks(
  context: CanvasRenderingContext2D,
  { lines, arrows, track }: Marks,
  at: (xy: Point) => [number, number],
  inks: Inks,
): void {
  drawArrows(context, arrows, at, inks)
  for (const line of lines) {
    const places = line.xy.map(at)
    stroke(context, places, line.ink ?? inks.accent, inks, line)
    const here = line.at === undefined ? undefined : places[Math.min(Math.max(line.at, 0), places.length - 1)]
    if (here) dot(context, here, 6, line.ink ?? inks.accent, inks)
  }
  const places = track.map(at)
  const [first, last] = [places[0], places.at(-1)]
  if (!first || !last || places.length < 2) return
  // The map's way in may place what was decoded from a place elsewhere: that is no step of it.
  stroke(context, places.slice(0, 2), inks.text, inks, { thin: true, dashed: true })
  stroke(context, places.slice(1), inks.text, inks, { thin: true })
  dot(context, first, 3.5, inks.quiet, inks)
  dot(context, last, 6.5, inks.text, inks)
}

/** A line with room around it, so that it is seen over anything. */
function stroke(
  context: CanvasRenderingContext2D,
  places: readonly (readonly [number, number])[],
  colour: string,
  inks: Inks,
  { thin = false, dashed = false }: { thin?: boolean; dashed?: boolean },
): void {
  if (places.length < 2) return
  const width = thin ? 1.6 : 2.2
  context.lineJoin = 'round'
  for (const [w, ink] of [
    [width + 2.4, inks.ground],
    [width, colour],
  ] as const) {
    context.setLineDash(dashed && ink === colour ? [5, 5] : [])
    context.globalAlpha = dashed ? 0.75 : 1
    context.lineWidth = w
    context.strokeStyle = ink
    context.beginPath()
    for (const [i, [x, y]] of places.entries()) i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)
    context.stroke()
  }
  context.setLineDash([])
  context.globalAlpha = 1
}

/** All arrows in two strokes, however many: the room around them, and they themselves. */
function drawArrows(
  context: CanvasRenderingContext2D,
  arrows: readonly Arrow[],
  at: (xy: Point) => [number, number],
  inks: Inks,
): void {
  if (arrows.length === 0) return
  context.beginPath()
  for (const arrow of arrows) {
    const [[x, y], [toX, toY]] = [at(arrow.from), at(arrow.to)]
    const length = Math.hypot(toX - x, toY - y)
    context.moveTo(x, y)
    context.lineTo(toX, toY)
    if (length < HEADLESS) continue
    const head = Math.min(HEAD, length / 2)
    const [dx, dy] = [((toX - x) / length) * head, ((toY - y) / length) * head]
    context.moveTo(toX - dx + dy / 2, toY - dy - dx / 2)
    context.lineTo(toX, toY)
    context.lineTo(toX - dx - dy / 2, toY - dy + dx / 2)
  }
  context.lineJoin = 'round'
  context.lineCap = 'round'
  for (const [width, ink] of [
    [3.6, inks.ground],
    [1.5, inks.text],
  ] as const) {
    context.lineWidth = width
    context.strokeStyle = ink
    context.stroke()
  }
  context.lineCap = 'butt'
}

export function dot(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  radius: number,
  colour: string,
  inks: Inks,
): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
  context.strokeStyle = inks.ground
  context.lineWidth = 1.5
  context.stroke()
}
