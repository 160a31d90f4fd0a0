/** What sets items apart, in as few words as say it. Names and values are the data's own. */

import type { Column, TraitCard } from '../../api/client'
import { number, t } from '../../text/index.svelte'

/** Milliseconds; dates are told in days since 1970. */
const DAY = 86_400_000

/** A trait as a name on the map: its value alone, where it is plain what it is a value of. */
export function traitName(trait: TraitCard, columns: readonly Column[]): string {
  if (trait.form !== 'value' || trait.value === null) return traitSaid(trait, columns)
  const bearers = columns.filter((column) => column.values.includes(trait.value as string))
  // One that another column says as well is no riddle where both mean the same; numbers and truth values say nothing alone.
  const isPlain = !/^(true|false|yes|no|[\d.,+-]+)$/i.test(trait.value) && (bearers.length < 2 || areTwins(bearers))
  return isPlain ? trait.value : traitSaid(trait, columns)
}

/** The same with its column. */
export function traitSaid({ column, form, value, low, high }: TraitCard, columns: readonly Column[]): string {
  if (form === 'missing') return `${column}: ${t('explore.noValue')}`
  if (form === 'word') return `${column}: “${value}”`
  if (form === 'value') return `${column}: ${value}`
  const isDate = columns.find((one) => one.name === column)?.kind === 'date'
  const end = (at: number) => (isDate ? new Date(at * DAY).toISOString().slice(0, 10) : number(at, digits(low, high)))
  const [from, to] = [end(low ?? 0), end(high ?? 0)]
  return from === to ? `${column}: ${from}` : `${column}: ${from} – ${to}`
}

/** Digits behind the point that tell the ends of a range apart. */
export function digits(low: number | null, high: number | null): number {
  const wide = Math.abs((high ?? 0) - (low ?? 0))
  return wide === 0 ? 3 : Math.min(Math.max(2 - Math.floor(Math.log10(wide)), 0), 6)
}

function areTwins(columns: readonly Column[]): boolean {
  const [first, ...others] = columns.map((column) => `${column.values.join('\n')}|${column.counts.join()}`)
  return others.every((one) => one === first)
}
