/** What the address says of how a map is shown, read and written. No browser in it. */

import { STEPS } from '../../api/binary'
import type { Column, MapCard, MapRequest } from '../../api/client'
import { hasNames, isScale } from '../../map/colours'
import type { Query } from '../views/view'

export type { Query }

export interface Look {
  size: number
  opacity: number
  thumbnails: boolean
  sheet: boolean
  /** Lines of the density of the points. */
  contours: boolean
  /** Names of regions. */
  names: boolean
  /** Whether what is filtered out stays as pale points. */
  ghosts: boolean
}

export const LOOK: Readonly<Look> = {
  size: 5,
  opacity: 0.75,
  thumbnails: true,
  sheet: false,
  contours: true,
  names: true,
  ghosts: true,
}
/** In place of a column, where nothing is to colour. */
export const NO_COLOUR = '-'
/** Characters of a search at most. */
const LONGEST = 200

export function lookOf(query: Query): Look {
  return {
    size: numberOf(query.size, LOOK.size, 1, 20),
    opacity: numberOf(query.opacity, LOOK.opacity, 0.02, 1),
    thumbnails: query.thumbs !== '0',
    sheet: query.sheet === '1',
    contours: query.contours !== '0',
    names: query.names !== '0',
    ghosts: query.ghosts !== '0',
  }
}

/** Which map is asked for. */
export interface Asked {
  readonly model: string
  readonly space: string | null
  /** Null for the map that is there at once. */
  readonly method: string | null
  readonly data: string | null
  readonly split: NonNullable<MapRequest['split']> | null
  readonly atlas: string | null
  /** So many of the model's own draws, in place of items. */
  readonly own: number | null
}

const SPLITS = ['train', 'val', 'test', 'all'] as const

/** The map that an address names. An atlas has its own items, of no other part. */
export function askedOf(model: string, query: Query): Asked {
  const atlas = query.atlas || null
  const bare = atlas === null && !query.data && !query.split
  const draws = bare && /^\d{1,5}$/.test(query.draws ?? '') ? Number(query.draws) : 0
  return {
    model,
    space: query.space || null,
    method: query.map || null,
    data: query.data || null,
    split: atlas === null ? (SPLITS.find((one) => one === query.split) ?? null) : null,
    atlas,
    own: draws >= 2 ? draws : null,
  }
}

/** Whether the same map is asked for. */
export function areSame(one: Asked, other: Asked): boolean {
  const names = ['model', 'space', 'method', 'data', 'split', 'atlas', 'own'] as const
  return names.every((name) => one[name] === other[name])
}

/** What is not as usual. */
export function lookText({ size, opacity, thumbnails, sheet, contours, names, ghosts }: Look): Record<string, string> {
  return {
    sheet: sheet ? '1' : '',
    thumbs: thumbnails ? '' : '0',
    contours: contours ? '' : '0',
    names: names ? '' : '0',
    ghosts: ghosts ? '' : '0',
    size: size === LOOK.size ? '' : String(size),
    opacity: opacity === LOOK.opacity ? '' : String(opacity),
  }
}

/** The column that is to colour; the usual one where none of the map's is named. */
export function colourOf(query: Query, map: Pick<MapCard, 'columns' | 'measures' | 'color'>): string | null {
  const name = query.color ?? ''
  if (map.columns.some((one) => one.name === name && one.kind !== 'text') || map.measures.includes(name)) return name
  return name === NO_COLOUR ? null : (map.color ?? null)
}

/** Values of a column that are left out; the one behind its last is that of items without a value. */
export function hiddenOf(text: string | undefined, column: Column | null): ReadonlySet<number> {
  if (column === null || !hasNames(column) || !/^\d{1,5}(\.\d{1,5})*$/.test(text ?? '')) return new Set()
  return new Set(
    (text as string)
      .split('.')
      .map(Number)
      .filter((value) => value <= column.values.length),
  )
}

/** The part of a scale's range that is shown; null for all of it. */
export function rangeOf(text: string | undefined, column: Column | null): readonly [number, number] | null {
  const found = /^(\d{1,5})\.(\d{1,5})$/.exec(text ?? '')
  if (!isScale(column) || found === null) return null
  const [low, high] = [Number(found[1]), Number(found[2])]
  return low <= high && high <= STEPS ? [low, high] : null
}

export function soughtOf(query: Query): string {
  return (query.find ?? '').slice(0, LONGEST)
}

/** What other parts of the page say there: the path its rule, the lens its sliders. */
export function extrasOf(query: Query): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter(([name]) => name.startsWith('path') || name.startsWith('move')),
  )
}

/** Whether two addresses say the same of a view. */
export function isSame(one: Query, other: Query): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => (one[name] ?? '') === (other[name] ?? ''))
}

function numberOf(text: string | undefined, otherwise: number, low: number, high: number): number {
  const value = Number(text)
  return !text || !Number.isFinite(value) ? otherwise : Math.min(Math.max(value, low), high)
}
