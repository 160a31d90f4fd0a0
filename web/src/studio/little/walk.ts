/** A slow walk over a map, from item to item, along a smooth line. No browser in it. */

import { random } from '../directions/sample'

export type Place = readonly [number, number]

/** How far from one item to the next, as parts of the map's diagonal. */
const NEAR = 0.05
const FAR = 0.16
/** Items among which the next one is chosen. */
const TRIED = 24
/** Seconds from one item to the next. */
export const LEG = 3.2

export class Walk {
  readonly #xy: Float32Array
  readonly #random: () => number
  readonly #reach: number
  /** The places around the one that is walked: before, from, to, after. */
  #places: [Place, Place, Place, Place]
  #seconds = 0

  /** Begins at an item, or anywhere on the map. */
  constructor(xy: Float32Array, from: Place | null = null, seed = 7) {
    this.#xy = xy
    this.#random = random(seed)
    this.#reach = diagonalOf(xy)
    const first = from ?? this.#item(Math.floor(this.#random() * (xy.length / 2)))
    const second = this.#next(first, null)
    this.#places = [first, first, second, this.#next(second, first)]
  }

  get to(): Place {
    return this.#places[2]
  }

  /** Go on for some seconds; where that is. */
  go(seconds: number): Place {
    this.#seconds += seconds
    while (this.#seconds >= LEG) {
      this.#seconds -= LEG
      const [, from, to, after] = this.#places
      this.#places = [from, to, after, this.#next(after, to)]
    }
    return along(this.#places, eased(this.#seconds / LEG))
  }

  /** An item at a fair distance, rather ahead than back. */
  #next(from: Place, before: Place | null): Place {
    const n = this.#xy.length / 2
    let best: Place | null = null
    let most = -Infinity
    for (let i = 0; i < TRIED * 4 && n > 0; i++) {
      const place = this.#item(Math.floor(this.#random() * n))
      const [dx, dy] = [place[0] - from[0], place[1] - from[1]]
      const far = Math.hypot(dx, dy) / this.#reach
      const off = far < NEAR ? NEAR - far : far > FAR ? far - FAR : 0
      const turn =
        before === null
          ? 0
          : ((from[0] - before[0]) * dx + (from[1] - before[1]) * dy) /
            (Math.hypot(from[0] - before[0], from[1] - before[1]) * Math.hypot(dx, dy) || 1)
      const good = -20 * off + 0.5 * turn + 0.6 * this.#random()
      if (good > most) {
        most = good
        best = place
      }
    }
    return best ?? from
  }

  #item(i: number): Place {
    return [this.#xy[2 * i] ?? 0, this.#xy[2 * i + 1] ?? 0]
  }
}

/** Slower at the items than between them, and never at rest. */
export function eased(share: number): number {
  return share - Math.sin(2 * Math.PI * share) / (2.6 * Math.PI)
}

/** A place between the second and the third of four, on the line of Catmull and Rom that goes through all. */
export function along([a, b, c, d]: readonly [Place, Place, Place, Place], t: number): Place {
  const at = (i: 0 | 1) =>
    0.5 *
    (2 * b[i] +
      (c[i] - a[i]) * t +
      (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t +
      (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t * t * t)
  return [at(0), at(1)]
}

/** From one corner of a map to the other. */
export function diagonalOf(xy: Float32Array): number {
  const [low, high] = boundsOf(xy)
  return Math.hypot(high[0] - low[0], high[1] - low[1]) || 1
}

export function boundsOf(xy: Float32Array): [Place, Place] {
  const low: [number, number] = [Infinity, Infinity]
  const high: [number, number] = [-Infinity, -Infinity]
  for (let i = 0; i < xy.length; i++) {
    const value = xy[i] as number
    const axis = (i % 2) as 0 | 1
    if (value < low[axis]) low[axis] = value
    if (value > high[axis]) high[axis] = value
  }
  return xy.length === 0
    ? [
        [0, 0],
        [1, 1],
      ]
    : [low, high]
}

/** How much more a map may be stretched one way than the other. */
const STRETCH = 1.5

/** How a map lies in a picture of so many pixels, as large as fits, and back. */
export class Fit {
  readonly #scale: Place
  readonly #middle: Place
  readonly #at: Place

  /** `free` pixels at the right are left to something else. */
  constructor(xy: Float32Array, width: number, height: number, free = 0, room = 24) {
    const [low, high] = boundsOf(xy)
    const [w, h] = [high[0] - low[0] || 1, high[1] - low[1] || 1]
    const wanted: Place = [Math.max(width - free - 2 * room, 1) / w, Math.max(height - 2 * room, 1) / h]
    const most = STRETCH * Math.min(...wanted)
    this.#scale = [Math.min(wanted[0], most), Math.min(wanted[1], most)]
    this.#middle = [low[0] + w / 2, low[1] + h / 2]
    this.#at = [(width - free) / 2, height / 2]
  }

  to([x, y]: Place): Place {
    return [this.#at[0] + this.#scale[0] * (x - this.#middle[0]), this.#at[1] - this.#scale[1] * (y - this.#middle[1])]
  }

  back(px: number, py: number): Place {
    return [
      this.#middle[0] + (px - this.#at[0]) / this.#scale[0],
      this.#middle[1] - (py - this.#at[1]) / this.#scale[1],
    ]
  }
}

/** Rows whose pictures, so many pixels wide, lie on the map without touching each other: the first that fit. */
export function apart(xy: Float32Array, fit: Fit, side: number, rows: number, most: number): number[] {
  const found: number[] = []
  const taken: Place[] = []
  for (let row = 0; row < rows && found.length < most; row++) {
    const place = fit.to([xy[2 * row] as number, xy[2 * row + 1] as number])
    if (taken.every((other) => Math.abs(other[0] - place[0]) > side || Math.abs(other[1] - place[1]) > side)) {
      taken.push(place)
      found.push(row)
    }
  }
  return found
}

/** Pixels of the grid by which it is seen what is empty. */
const CELL = 8

/** The left upper corner of a square where no item lies, as near to the middle as can be; null where there is none. */
export function emptySquare(xy: Float32Array, fit: Fit, width: number, height: number, side: number): Place | null {
  const [across, down] = [Math.ceil(width / CELL), Math.ceil(height / CELL)]
  // How many items lie above and left of every cell.
  const sums = new Int32Array((across + 1) * (down + 1))
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = fit.to([xy[i] as number, xy[i + 1] as number])
    const [cx, cy] = [Math.floor(x / CELL), Math.floor(y / CELL)]
    if (cx >= 0 && cx < across && cy >= 0 && cy < down)
      sums[(cy + 1) * (across + 1) + cx + 1] = (sums[(cy + 1) * (across + 1) + cx + 1] as number) + 1
  }
  for (let y = 1; y <= down; y++)
    for (let x = 1; x <= across; x++)
      sums[y * (across + 1) + x] =
        (sums[y * (across + 1) + x] as number) +
        (sums[(y - 1) * (across + 1) + x] as number) +
        (sums[y * (across + 1) + x - 1] as number) -
        (sums[(y - 1) * (across + 1) + x - 1] as number)
  const at = (x: number, y: number) => sums[y * (across + 1) + x] as number
  const n = Math.ceil(side / CELL) + 2
  let best: Place | null = null
  let nearest = Infinity
  for (let y = 0; y + n <= down; y++)
    for (let x = 0; x + n <= across; x++) {
      if (at(x + n, y + n) - at(x, y + n) - at(x + n, y) + at(x, y) > 0) continue
      const place: Place = [(x + 1) * CELL, (y + 1) * CELL]
      const far = Math.hypot(place[0] + side / 2 - width / 2, place[1] + side / 2 - height / 2)
      if (far < nearest) [best, nearest] = [place, far]
    }
  return best
}
