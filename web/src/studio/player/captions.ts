/** What is heard, in words: the labels of a real item, what a reader hears in a made one, or what is nearest. No browser in it. */

import type { LensAnswer } from '../../api/client'
import { readouts, valueText } from '../lens/readouts'

/** Columns that are told at most. */
const MOST = 4

export interface Said {
  /** Where it is from: the data, a reader, or the nearest real item. */
  readonly by: 'data' | 'reader' | 'nearest' | 'none'
  readonly words: readonly { readonly column: string; readonly value: string }[]
}

/** Columns in the order in which they tell what is heard: the one that colours the map, one name, quantities such as
 * pitch, and then the other names. */
function ordered<C extends { column: string; value: unknown }>(columns: readonly C[], coloured: string | null): C[] {
  const first = columns.filter(({ column }) => column === coloured)
  const rest = columns.filter(({ column }) => column !== coloured)
  const quantities = rest.filter(({ value }) => typeof value === 'number')
  const names = rest.filter(({ value }) => typeof value !== 'number')
  const named = first.some(({ value }) => typeof value !== 'number')
  const one = named ? [] : names.slice(0, 1)
  return [...first, ...one, ...quantities, ...names.filter((name) => !one.includes(name))]
}

/** What the columns of an item say of it. */
export function told(columns: Readonly<Record<string, unknown>>, coloured: string | null): Said['words'] {
  const known = Object.entries(columns).flatMap(([column, value]) =>
    value === null || value === undefined || value === '' ? [] : [{ column, value }],
  )
  const out: { column: string; value: string }[] = []
  for (const { column, value } of ordered(known, coloured)) {
    const text = valueText(value)
    // A sub-folder and a table often say the same.
    if (!out.some((one) => one.value === text)) out.push({ column, value: text })
  }
  return out.slice(0, MOST)
}

export function captionOf(answer: LensAnswer, moved: boolean, coloured: string | null): Said {
  const self = answer.seen.nearest.find((near) => near.row === answer.row)
  if (!moved && self !== undefined) {
    const words = told(self.columns, coloured)
    if (words.length > 0) return { by: 'data', words }
  }
  const texts = new Map(readouts(answer.readings, null).map(({ column, value }) => [column, value]))
  const read = Object.entries(answer.readings).flatMap(([column, { value, trusted }]) =>
    trusted ? [{ column, value }] : [],
  )
  if (read.length > 0) {
    const words = ordered(read, coloured).map(({ column }) => ({ column, value: texts.get(column) ?? '' }))
    return { by: 'reader', words: words.slice(0, MOST) }
  }
  const [near] = answer.seen.nearest
  const words = near === undefined ? [] : told(near.columns, coloured)
  return words.length > 0 ? { by: 'nearest', words } : { by: 'none', words: [] }
}
