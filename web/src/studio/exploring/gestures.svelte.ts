/** What a mouse, a pen or fingers do on the map: look, pin, move a pin, draw around items; with fingers move and zoom. */

import type { Transform } from '../../map/frame'
import { PIN } from '../../map/overlay'
import type { PointMap } from '../../map/types'
import { choose } from './choosing'
import { type Cursor, ON_ITEM } from './cursor.svelte'
import type { Exploring } from './exploring.svelte'
import { placeSpot, type Spot } from './spot'

/** Pixels that a press may wander and still be a click. */
const STILL = 4
/** Pixels between two corners of a lasso. */
const CORNER = 3

export class Gestures {
  /** The pin that is being moved; -1 for none. */
  dragged = $state(-1)
  /** Corners of the lasso that is being drawn, on the screen. */
  lasso = $state.raw<readonly (readonly [number, number])[]>([])
  readonly #explore: Exploring
  readonly #cursor: Cursor
  readonly #points: () => PointMap | null
  #pressed: { px: number; py: number; moved: boolean } | null = null
  readonly #fingers = new Map<number, [number, number]>()

  constructor(explore: Exploring, cursor: Cursor, points: () => PointMap | null) {
    this.#explore = explore
    this.#cursor = cursor
    this.#points = points
  }

  get #transform(): Transform | null {
    return this.#points()?.transform ?? null
  }

  /** What lies at a place of the screen. */
  spotAt(px: number, py: number): Spot {
    const row = this.#points()?.nearest(px, py, ON_ITEM) ?? -1
    if (row >= 0)
      return this.#explore.rowSpot(row, this.#cursor.row === row ? (this.#cursor.card?.point ?? null) : null)
    return this.#placeAt(px, py)
  }

  #placeAt(px: number, py: number): Spot {
    return placeSpot(...(this.#transform?.toShortPlace(px, py) ?? ([0, 0] as const)))
  }

  /** Decode what lies at a place of the screen. */
  look(px: number, py: number, byKeys = false): void {
    const points = this.#points()
    if (points === null) return
    const row = this.dragged >= 0 ? -1 : points.nearest(px, py, ON_ITEM)
    this.#cursor.point(px, py, points.transform.toPlace(px, py), row, byKeys)
  }

  down(event: PointerEvent): void {
    if (event.button !== 0 || this.#points() === null) return
    const [px, py] = at(event)
    this.#pressed = { px, py, moved: false }
    if (event.pointerType === 'touch') this.#fingers.set(event.pointerId, [px, py])
    if (this.#explore.mode === 'lasso') this.lasso = [[px, py]]
    else this.dragged = this.#pinAt(px, py)
    if (this.lasso.length > 0 || this.dragged >= 0) (event.currentTarget as Element).setPointerCapture(event.pointerId)
  }

  move(event: PointerEvent): void {
    const [px, py] = at(event)
    const pressed = this.#pressed
    if (pressed && Math.hypot(px - pressed.px, py - pressed.py) > STILL) pressed.moved = true
    if (this.lasso.length > 0) {
      const [lastX, lastY] = this.lasso[this.lasso.length - 1] as readonly [number, number]
      if (Math.hypot(px - lastX, py - lastY) > CORNER) this.lasso = [...this.lasso, [px, py]]
    } else if (this.dragged >= 0 && pressed?.moved) {
      this.#explore.movePin(this.dragged, this.#placeAt(px, py))
      this.look(px, py)
    } else if (this.#fingers.has(event.pointerId)) this.#finger(event.pointerId, px, py)
    else if (pressed?.moved) this.#cursor.leave()
    else this.look(px, py)
  }

  up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId)
    const [pressed, pin, drawn] = [this.#pressed, this.dragged, this.lasso]
    this.#pressed = null
    this.dragged = -1
    this.lasso = []
    if (drawn.length > 0) this.#choose(drawn)
    else if (pressed === null || pressed.moved) return
    else if (pin >= 0) {
      const spot = this.#explore.pins[pin]
      if (spot) this.#explore.lookAt(spot)
    } else this.#explore.pin(this.spotAt(...at(event)))
  }

  /** Let go of everything. */
  cancel(): void {
    this.#fingers.clear()
    this.#pressed = null
    this.dragged = -1
    this.lasso = []
  }

  leave(): void {
    if (this.dragged < 0 && this.lasso.length === 0) this.#cursor.leave()
  }

  /** Whether a press is for a pin or a lasso, so that the map stays where it is. */
  get holds(): boolean {
    return this.dragged >= 0 || this.#explore.mode === 'lasso'
  }

  #pinAt(px: number, py: number): number {
    for (let i = this.#explore.pins.length - 1; i >= 0; i--) {
      const place = this.#explore.pins[i]?.xy
      if (!place || this.#transform === null) continue
      const [x, y] = this.#transform.toScreen(place[0], place[1])
      if (Math.hypot(x - px, y - py) <= PIN + 3) return i
    }
    return -1
  }

  /** One finger moves the map, two zoom it. */
  #finger(id: number, px: number, py: number): void {
    const before = this.#fingers.get(id) as [number, number]
    const other = [...this.#fingers].find(([one]) => one !== id)?.[1]
    this.#fingers.set(id, [px, py])
    if (other) {
      const was = Math.hypot(before[0] - other[0], before[1] - other[1])
      const is = Math.hypot(px - other[0], py - other[1])
      if (was > 0) this.#points()?.zoomBy(is / was, (px + other[0]) / 2, (py + other[1]) / 2)
    } else if (this.#pressed?.moved) this.#points()?.panBy(px - before[0], py - before[1])
  }

  #choose(polygon: readonly (readonly [number, number])[]): void {
    const points = this.#points()
    if (points !== null) choose(this.#explore, points, polygon)
  }
}

/** Where on the map an event is, in pixels. */
function at(event: PointerEvent): [number, number] {
  const box = (event.currentTarget as Element).getBoundingClientRect()
  return [event.clientX - box.left, event.clientY - box.top]
}
