/** Colours of points: of names, of numbers, of no value. */

import { MISSING, STEPS } from '../api/binary'

export interface Coded {
  kind: string
  values: readonly string[]
  /** As the server says, which colours drawn maps too: of names one each, of a scale the stops it runs through. */
  colours: readonly string[]
  low?: number | null
  high?: number | null
}

export const NO_VALUE = '#767c88'
/** Shades that a scale is shown in. */
export const SHADES = 64

function mixed(from: string, to: string, share: number): string {
  const channel = (at: number) => {
    const a = Number.parseInt(from.slice(at, at + 2), 16)
    const b = Number.parseInt(to.slice(at, at + 2), 16)
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(1)}${channel(3)}${channel(5)}`
}

/** Whether each value of a column means something by itself: a category, or steps of an order. */
export function hasNames(column: { kind: string } | null): boolean {
  return column?.kind === 'category' || column?.kind === 'order'
}

/** Whether a column is measured along a scale: a quantity, or a date. */
export function isScale(column: { kind: string } | null): boolean {
  return column?.kind === 'quantity' || column?.kind === 'date'
}

/** The colour at a share of the way through stops. */
export function shade(stops: readonly string[], share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1)
  const low = Math.max(0, Math.min(Math.floor(place), stops.length - 2))
  return mixed(stops[low] ?? NO_VALUE, stops[low + 1] ?? stops[low] ?? NO_VALUE, place - low)
}

/** Every colour that a column needs, the one of no value last. */
export function coloursOf(column: Coded): string[] {
  if (!isScale(column)) return [...column.colours, NO_VALUE]
  return [...Array.from({ length: SHADES }, (_, i) => shade(column.colours, i / (SHADES - 1))), NO_VALUE]
}

/** For every point the place of its colour in `coloursOf`. */
export function placesOf(column: Coded, codes: Uint16Array): Uint16Array {
  const places = new Uint16Array(codes.length)
  const scale = isScale(column)
  const none = scale ? SHADES : column.values.length
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code === MISSING) places[i] = none
    else if (scale) places[i] = Math.min(Math.floor((code / STEPS) * SHADES), SHADES - 1)
    else places[i] = code
  }
  return places
}

/** The number of a code of a scale; of a date days since 1970. */
export function numberAt(column: Coded, code: number): number {
  const low = column.low ?? 0
  return low + ((column.high ?? 1) - low) * (code / STEPS)
}
