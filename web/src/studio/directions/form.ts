/** What a person asks for, and the request that it becomes. No browser in it. */

import type { At, Column, FindRequest, MapCard } from '../../api/client'
import { hasNames, isScale } from '../../map/colours'
import { fits, isUsual, type Method, type Value } from '../settings'
import { others, some } from './sample'

export type Kind = NonNullable<Method['needs']>
export type Side = 'these' | 'those'

export const KINDS: readonly Kind[] = ['target', 'examples', 'nothing']
/** Examples of each side at least; as finders/examples.py has it. */
export const LEAST = 5
/** Rows of a side that are sent at most. */
export const MOST = 2000
export const MOST_COUNT = 32
/** Columns that say where an item comes from, and that no direction is sought for. */
const ORIGINS = ['split', 'source']

export interface Form {
  kind: Kind
  /** Of each kind, the method that was chosen; null for the usual one. */
  method: Record<Kind, string | null>
  column: string
  /** Empty for a quantity. */
  value: string
  /** Columns to leave alone; null for what the method does by itself. */
  against: string[] | null
  count: number
  these: readonly number[]
  those: readonly number[]
  /** What the rows of a side are called where they are those of a selection; null where they are not. */
  named: Record<Side, string | null>
  /** Whether all other items are those. */
  others: boolean
  /** By method, as they were typed; what is as it is by default is left out. */
  settings: Record<string, Record<string, Value>>
  seed: number
}

/** Columns that a direction can be sought for. */
export function targets(columns: readonly Column[]): Column[] {
  return columns.filter((column) => column.kind !== 'text' && !ORIGINS.includes(column.name))
}

/** Whether items differ in a column at all. */
export function differs(column: Column): boolean {
  return isScale(column) ? column.low !== column.high : column.values.length > 1
}

export function blank(map: MapCard): Form {
  const fit = targets(map.columns).filter(differs)
  const column = fit.find((one) => one.name === map.color) ?? fit[0]
  return {
    kind: column === undefined ? 'nothing' : 'target',
    method: { target: null, examples: null, nothing: null },
    column: column?.name ?? '',
    value: column?.values[0] ?? '',
    against: null,
    count: 8,
    these: [],
    those: [],
    named: { these: null, those: null },
    others: false,
    settings: {},
    seed: 0,
  }
}

export function columnOf(form: Form, columns: readonly Column[]): Column | null {
  return columns.find((column) => column.name === form.column) ?? null
}

/** The method that the server takes where nobody names one. */
export function usual(form: Form, finders: readonly Method[], columns: readonly Column[]): string | null {
  const aimed = isScale(columnOf(form, columns)) ? 'quantity' : 'value'
  const of = form.kind === 'target' ? aimed : form.kind
  return choices(form.kind, finders).find((method) => isUsual(method, of))?.name ?? null
}

export function choices(kind: Kind, finders: readonly Method[]): Method[] {
  return finders.filter((method) => method.needs === kind)
}

export function methodOf(form: Form, finders: readonly Method[], columns: readonly Column[]): Method | null {
  const fit = choices(form.kind, finders)
  const name = form.method[form.kind] ?? usual(form, finders, columns)
  return fit.find((method) => method.name === name) ?? fit[0] ?? null
}

/** Put rows on a side; what was on the other side of them is so no longer.
 *
 * @param name Of the selection that they are, if they are one.
 */
export function withRows(
  form: Form,
  side: Side,
  rows: readonly number[],
  name: string | null = null,
): Pick<Form, Side | 'others' | 'named'> {
  const added = new Set(rows)
  const union = (before: readonly number[]) => [...new Set([...before, ...rows])].sort((a, b) => a - b)
  const without = (before: readonly number[]) => before.filter((row) => !added.has(row))
  const next =
    side === 'these'
      ? { these: union(form.these), those: without(form.those), others: form.others }
      : { these: without(form.these), those: union(form.those), others: false }
  const other = side === 'these' ? 'those' : 'these'
  const whole = next[side].length === added.size ? name : null
  return { ...next, named: { ...form.named, [side]: whole, [other]: kept(form, next, other) } }
}

/** The name of a side that is as it was. */
function kept(form: Form, next: Record<Side, readonly number[]>, side: Side): string | null {
  return next[side].length === form[side].length ? form.named[side] : null
}

/** The form with the sides that hold these very rows called so. */
export function called(form: Form, rows: readonly number[], name: string): Form {
  const meant = new Set(rows)
  const is = (side: Side) => form[side].length === meant.size && form[side].every((row) => meant.has(row))
  const one = (side: Side) => (is(side) ? name : form.named[side])
  return { ...form, named: { these: one('these'), those: one('those') } }
}

/** The rows of either side that are sent. */
export function sent(form: Form, items: number): Record<Side, number[]> {
  const these = some(form.these, MOST)
  return { these, those: form.others ? others(items, form.these, MOST) : some(form.those, MOST) }
}

/** In place of a value: all of them, each by itself. No column has it as a value. */
export const EVERY = '\u0000every'
/** Values that are sought at once, at most. */
const MOST_VALUES = 40

/** Whether each value of a column may be sought at once: of two, one is the other turned round. */
export function hasEvery(column: Column): boolean {
  return hasNames(column) && column.values.length > 2 && column.values.length <= MOST_VALUES
}

/** Why nothing can be sought for yet; null where it can. */
export type Lack = 'column' | 'value' | 'these' | 'those' | 'count' | 'seed' | 'setting' | 'method'

export function lack(form: Form, map: MapCard, finders: readonly Method[]): Lack | null {
  const method = methodOf(form, finders, map.columns)
  if (method === null) return 'method'
  if (form.kind === 'target') {
    const column = columnOf(form, targets(map.columns))
    if (column === null || !differs(column)) return 'column'
    if (hasNames(column) && !column.values.includes(form.value) && !(form.value === EVERY && hasEvery(column))) {
      return 'value'
    }
  }
  if (form.kind === 'examples') {
    if (form.these.length < LEAST) return 'these'
    const n = form.others ? map.items - form.these.length : form.those.length
    if (n < LEAST) return 'those'
  }
  if (form.kind === 'nothing' && !whole(form.count, 1, MOST_COUNT)) return 'count'
  if (!whole(form.seed, 0, Number.MAX_SAFE_INTEGER)) return 'seed'
  return method.settings.some((setting) => !fits(setting, form.settings[method.name]?.[setting.name]))
    ? 'setting'
    : null
}

function whole(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

/** What is sent. Nothing is kept yet: what was found is looked at first.
 *
 * @param start Where local directions are taken; null for the first item.
 */
export function request(form: Form, map: MapCard, finders: readonly Method[], start: At | null): FindRequest {
  const method = methodOf(form, finders, map.columns)
  const settings = Object.fromEntries(
    (method?.settings ?? []).flatMap((setting) => {
      const value = form.settings[method?.name ?? '']?.[setting.name]
      return value === undefined || value === setting.default ? [] : [[setting.name, value]]
    }),
  )
  const asked: FindRequest = {
    map: map.id,
    method:
      form.kind === 'examples' || method?.name === usual(form, finders, map.columns) ? null : (method?.name ?? null),
    settings,
    seed: form.seed,
    measured: true,
    keep: false,
    count: 1,
  }
  if (form.kind === 'nothing') {
    const local = start !== null && method?.evidence.includes('start')
    return { ...asked, method: method?.name ?? null, count: form.count, ...(local ? { start } : {}) }
  }
  if (form.kind === 'examples') {
    const { these, those } = sent(form, map.items)
    const { named } = form
    return {
      ...asked,
      ...(named.these !== null && form.these.length > 0 ? { these_selection: named.these } : { these }),
      ...(named.those !== null && !form.others && form.those.length > 0 ? { those_selection: named.those } : { those }),
    }
  }
  const column = columnOf(form, map.columns)
  const every = form.value === EVERY && column !== null && hasEvery(column)
  const values = every ? column.values.map((value) => `${form.column}=${value}`) : `${form.column}=${form.value}`
  const target = isScale(column) ? form.column : values
  return {
    ...asked,
    target,
    against: form.against === null ? null : form.against.filter((name) => name !== form.column),
  }
}
