/**
 * What a mouse, a pen or fingers do on the map. To hover looks, a click keeps what was looked at under the lens, a second
 * one at once pins it; a pin is dragged; items are drawn around. One finger looks as it goes and keeps what it lets go of,
 * two move and zoom the map.
 */

import type { Transform } from '../../map/frame'
import { PIN } from '../../map/overlay'
import type { PointMap } from '../../map/types'
import { choose } from './choosing'
import { type Cursor, ON_ITEM } from './cursor.svelte'
import type { Exploring } from './exploring.svelte'
import { placeSpot, type Spot } from './spot'
import { Taps } from './taps'

/** Pixels that a press may wander and still be a click; a finger is broader than a cursor. */
const STILL = { mouse: 4, touch: 9 }
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
  /** More than one finger was down since the last time that none was: they move the map, and look at nothing. */
  #several = false
  readonly #taps = new Taps()

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
    if (this.#fingers.size > 1) {
      this.#several = true
      this.dragged = -1
      this.lasso = []
      this.#cursor.leave()
      return
    }
    if (this.#explore.mode === 'lasso') this.lasso = [[px, py]]
    else this.dragged = this.#pinAt(px, py)
    this.#cursor.byFinger = event.pointerType === 'touch'
    if (this.lasso.length > 0 || this.dragged >= 0) (event.currentTarget as Element).setPointerCapture(event.pointerId)
    else if (this.#cursor.byFinger) this.look(px, py)
  }

  move(event: PointerEvent): void {
    const [px, py] = at(event)
    const pressed = this.#pressed
    const touch = event.pointerType === 'touch'
    const still = touch ? STILL.touch : STILL.mouse
    if (pressed && Math.hypot(px - pressed.px, py - pressed.py) > still) pressed.moved = true
    if (this.lasso.length > 0) {
      const [lastX, lastY] = this.lasso[this.lasso.length - 1] as readonly [number, number]
      if (Math.hypot(px - lastX, py - lastY) > CORNER) this.lasso = [...this.lasso, [px, py]]
    } else if (this.dragged >= 0 && pressed?.moved) {
      this.#explore.movePin(this.dragged, this.#placeAt(px, py))
      this.look(px, py)
    } else if (this.#fingers.has(event.pointerId)) this.#finger(event.pointerId, px, py)
    else if (touch) return
    else if (pressed?.moved) this.#cursor.leave()
    else {
      this.#cursor.byFinger = false
      this.look(px, py)
    }
  }

  up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId)
    const [pressed, pin, drawn] = [this.#pressed, this.dragged, this.lasso]
    this.#pressed = null
    this.dragged = -1
    this.lasso = []
    const several = this.#several
    if (this.#fingers.size === 0) this.#several = false
    if (drawn.length > 0) this.#choose(drawn)
    else if (pressed === null || several) return
    else if (pin >= 0) this.#keep(this.#explore.pins[pin], event)
    // A mouse that was dragged has moved the map; a finger has looked all the way.
    else if (!pressed.moved || event.pointerType === 'touch') {
      const spot = this.spotAt(...at(event))
      if (this.#taps.isSecond(event, pressed.moved)) this.#explore.pin(this.#explore.focus ?? spot)
      else this.#keep(spot, event)
    }
  }

  /** Put something under the lens that was clicked, for as long as the cursor stays there. */
  #keep(spot: Spot | undefined, event: PointerEvent): void {
    if (spot === undefined) return
    this.#explore.lookAt(spot)
    this.#cursor.rest(...at(event))
  }

  /** Pin what the lens shows: what lies under the cursor, or what is kept. */
  pin(): void {
    const { at, rests } = this.#cursor
    if (at === null || rests) {
      const { lens, focus } = this.#explore
      if (lens.moved) lens.pinMoved()
      else if (focus !== null) this.#explore.pin(focus)
      return
    }
    this.#explore.pin(this.spotAt(at.px, at.py))
    this.#cursor.rest(at.px, at.py)
  }

  /** Let go of everything. */
  cancel(): void {
    this.#fingers.clear()
    this.#several = false
    this.#pressed = null
    this.dragged = -1
    this.lasso = []
  }

  leave(): void {
    if (this.dragged >= 0 || this.lasso.length > 0) return
    // A finger that is lifted leaves what it was on.
    if (this.#cursor.byFinger && this.#cursor.rests) return
    this.#cursor.leave()
    this.#points()?.settle()
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

  /** One finger looks; of two, each moves the map by half of its own way, and how far apart they are zooms it. */
  #finger(id: number, px: number, py: number): void {
    const before = this.#fingers.get(id) as [number, number]
    const other = [...this.#fingers].find(([one]) => one !== id)?.[1]
    this.#fingers.set(id, [px, py])
    if (other) {
      const was = Math.hypot(before[0] - other[0], before[1] - other[1])
      const is = Math.hypot(px - other[0], py - other[1])
      this.#points()?.panBy((px - before[0]) / 2, (py - before[1]) / 2)
      if (was > 0) this.#points()?.zoomBy(is / was, (px + other[0]) / 2, (py + other[1]) / 2)
    } else if (!this.#several) this.look(px, py)
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
