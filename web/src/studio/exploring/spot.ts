/** Places one can point at: an encoded item, a place of the map, a POINT, or a latent. No browser in it. */

import type { At } from '../../api/client'

export interface Spot {
  readonly at: At
  /** Where it lies on the map; null until the server has said. */
  readonly xy: readonly [number, number] | null
  /** What it is called on the page. */
  readonly name: string
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
export const MOST_PINS = 26

export function letter(i: number): string {
  return LETTERS[i % LETTERS.length] as string
}

export function rowSpot(row: number, xy: readonly [number, number], point: string | null): Spot {
  return { at: { row }, xy, name: point ?? `#${row}` }
}

/** Whether it is a row that nobody has told the name of yet. */
export function isNameless({ at, name }: Spot): boolean {
  return typeof at.row === 'number' && name === `#${at.row}`
}

export function placeSpot(x: number, y: number): Spot {
  return { at: { xy: [x, y] }, xy: [x, y], name: `${short(x)}, ${short(y)}` }
}

export function pointSpot(point: string, xy: readonly [number, number] | null = null): Spot {
  return { at: { point }, xy, name: point }
}

export function latentSpot(latent: string, name: string, xy: readonly [number, number] | null): Spot {
  return { at: { latent }, xy, name }
}

/** The same latent on another layout of the same items. A place of the first one is called by that from there on; where
 * anything but a row lies there, the server says. */
export function elsewhere(spot: Spot, before: string, place: (row: number) => [number, number] | null): Spot {
  const { at } = spot
  if (typeof at.row === 'number') return { ...spot, xy: place(at.row) }
  return at.xy ? pointSpot(`map:${before}:${at.xy[0]},${at.xy[1]}`) : { ...spot, xy: null }
}

/** Whether two spots are the same latent. */
export function same(a: Spot | null, b: Spot | null): boolean {
  return a === b || (a !== null && b !== null && JSON.stringify(a.at) === JSON.stringify(b.at))
}

export function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** As it is written in the address of the page; null for a latent, which would be too long. */
export function spotText(spot: Spot): string | null {
  const { at } = spot
  if (at.xy) return `xy:${at.xy[0]},${at.xy[1]}`
  if (typeof at.row === 'number') return `row:${at.row}`
  return at.point ?? null
}

/** The farthest place that the server takes. */
const FARTHEST = 1e9
const isPlace = (value: number) => Math.abs(value) <= FARTHEST

/** From the address of the page; null where it is no spot. A row gets its place from the points. */
export function spotOf(text: string, place: (row: number) => [number, number] | null): Spot | null {
  const xy = /^xy:([^,]+),([^,]+)$/.exec(text)
  if (xy) {
    const [x, y] = [Number(xy[1]), Number(xy[2])]
    return isPlace(x) && isPlace(y) ? placeSpot(x, y) : null
  }
  const row = /^row:(\d{1,9})$/.exec(text)
  if (row) {
    const at = place(Number(row[1]))
    return at === null ? null : rowSpot(Number(row[1]), at, null)
  }
  return /^(?!xy:|row:)[\w@:/.,+-]{1,200}$/.test(text) ? pointSpot(text) : null
}

/** The same with one of them at another place in the order. */
export function reordered<T>(all: readonly T[], from: number, to: number): T[] {
  const others = all.filter((_, i) => i !== from)
  const moved = all[from]
  return moved === undefined ? others : [...others.slice(0, to), moved, ...others.slice(to)]
}
