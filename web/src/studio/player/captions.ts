/** What is heard, in words: the labels of a real item, what a reader hears in a made one, or what is nearest. No browser in it. */

import type { LensAnswer } from '../../api/client'
import { readouts, valueText } from '../lens/readouts'

/** Columns that are told at most. */
const MOST = 3

export interface Said {
  /** Where it is from: the data, a reader, or the nearest real item. */
  readonly by: 'data' | 'reader' | 'nearest' | 'none'
  readonly words: readonly { readonly column: string; readonly value: string }[]
}

/** The columns that tell most: the one that colours the map first. */
export function told(columns: Readonly<Record<string, unknown>>, coloured: string | null): Said['words'] {
  const known = Object.entries(columns).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const first = known.filter(([name]) => name === coloured)
  const rest = known.filter(([name]) => name !== coloured)
  const out: { column: string; value: string }[] = []
  for (const [column, value] of [...first, ...rest]) {
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
  const read = readouts(answer.readings, null).filter((one) => one.trusted)
  if (read.length > 0) {
    const first = [...read.filter((one) => one.column === coloured), ...read.filter((one) => one.column !== coloured)]
    return { by: 'reader', words: first.slice(0, MOST).map(({ column, value }) => ({ column, value })) }
  }
  const [near] = answer.seen.nearest
  const words = near === undefined ? [] : told(near.columns, coloured)
  return words.length > 0 ? { by: 'nearest', words } : { by: 'none', words: [] }
}
