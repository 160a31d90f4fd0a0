/** Colours of points: of names, of numbers, of no value. */

import { MISSING, STEPS } from '../api/binary'

export interface Coded {
  kind: string
  values: readonly string[]
  low?: number | null
  high?: number | null
}

/** Told apart by people who see few colours too, and on dark and light grounds: Okabe and Ito's, and between them. */
const NAMES = [
  '#4c9be8',
  '#f0a43a',
  '#3fb68b',
  '#e0637a',
  '#b58be0',
  '#d8c840',
  '#58c7d8',
  '#e88ac0',
  '#9aa84f',
  '#c98a5a',
  '#7d8cff',
  '#7fb069',
] as const
/** Matplotlib's viridis at nine places. */
const STOPS = [
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#6ece58',
  '#b5de2b',
  '#fde725',
] as const
export const NO_VALUE = '#767c88'
/** Shades that a quantity is shown in. */
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

/** The colour of a share of a quantity's range. */
export function shade(share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1)
  const low = Math.min(Math.floor(place), STOPS.length - 2)
  return mixed(STOPS[low] as string, STOPS[low + 1] as string, place - low)
}

/** The colour of the i-th name; beyond the twelfth they come again, paler or darker. */
export function nameColour(i: number): string {
  const base = NAMES[i % NAMES.length] as string
  const round = Math.floor(i / NAMES.length)
  if (round === 0) return base
  return mixed(base, round % 2 ? '#ffffff' : '#000000', Math.min(0.3 + 0.1 * round, 0.6))
}

/** Every colour that a column needs, the one of no value last. */
export function coloursOf(column: Coded): string[] {
  if (column.kind === 'quantity')
    return [...Array.from({ length: SHADES }, (_, i) => shade(i / (SHADES - 1))), NO_VALUE]
  return [...column.values.map((_, i) => nameColour(i)), NO_VALUE]
}

/** For every point the place of its colour in `coloursOf`. */
export function placesOf(column: Coded, codes: Uint16Array): Uint16Array {
  const places = new Uint16Array(codes.length)
  const none = column.kind === 'quantity' ? SHADES : column.values.length
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code === MISSING) places[i] = none
    else if (column.kind === 'quantity') places[i] = Math.min(Math.floor((code / STEPS) * SHADES), SHADES - 1)
    else places[i] = code
  }
  return places
}

/** The value of a quantity's code. */
export function quantityAt(column: Coded, code: number): number {
  const low = column.low ?? 0
  return low + ((column.high ?? 1) - low) * (code / STEPS)
}
