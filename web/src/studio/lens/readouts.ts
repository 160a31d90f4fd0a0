/** What the lens says of a latent, from numbers to what is shown. No browser in it. */

import type { LensAnswer, Neighbour } from '../../api/client'
import { EDGE, FAR } from '../../map/overlay'
import { figures } from '../../text/index.svelte'

export type Nearness = 'among' | 'edge' | 'far'

/** Up to 1 is among the data, up to 1.5 at their edge: of what lies on the map, under the lens, along a path. */
export function nearness(support: number): Nearness {
  if (support <= EDGE) return 'among'
  return support <= FAR ? 'edge' : 'far'
}

/** Where on the meter a distance lies, 0 to 1: 1 and 1.5 at a third and a half, and beyond ever closer together. */
export function onMeter(support: number): number {
  if (!(support > 0)) return 0
  return support <= FAR ? support / 3 : 1 - 0.75 / support
}

/** The nearest items without the item itself. */
export function others(nearest: readonly Neighbour[], row: number | null, most: number): Neighbour[] {
  return nearest.filter((near) => near.row !== row).slice(0, most)
}

/** The label that tells most of an item: the one that colours the map, or the first there is. */
export function mainLabel(columns: Readonly<Record<string, unknown>>, coloured: string | null): string | null {
  const named = coloured !== null && Object.hasOwn(columns, coloured) ? columns[coloured] : undefined
  const found = named ?? Object.values(columns).find((value) => value !== null && value !== undefined)
  return found === null || found === undefined ? null : valueText(found)
}

export function valueText(value: unknown): string {
  return typeof value === 'number' ? figures(value) : String(value)
}

export interface Readout {
  readonly column: string
  readonly value: string
  /** What was read before it was moved, where that is something else. */
  readonly before: string | null
  readonly share: number | null
  readonly accuracy: number
  readonly trusted: boolean
}

type Readings = LensAnswer['readings']

/** What is read, those first that one can rely on. A quantity has changed only where its first two digits have. */
export function readouts(readings: Readings, before: Readings | null): Readout[] {
  const all = Object.entries(readings).map(([column, { value, share, accuracy, trusted }]): Readout => {
    const now = readText(value)
    const earlier = before !== null && Object.hasOwn(before, column) ? before[column] : undefined
    const then = earlier === undefined ? now : readText(earlier.value)
    return { column, value: now, before: then === now ? null : then, share, accuracy, trusted }
  })
  return [...all.filter((one) => one.trusted), ...all.filter((one) => !one.trusted)]
}

function readText(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(2))) : value
}

/** Of a file's name that is sent, at most. */
const LONGEST = 100

/** A file's name as it is sent: a long one is cut before its ending. */
export function shortName(name: string): string {
  if (name.length <= LONGEST) return name
  const dot = name.lastIndexOf('.')
  const end = dot > 0 ? name.slice(dot).slice(0, 8) : ''
  return name.slice(0, LONGEST - end.length) + end
}
