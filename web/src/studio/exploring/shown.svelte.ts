/** How the rows of a map are coloured, which of them are shown, and the search for one. */

import { bitsText, readBits, readCodes } from '../../api/binary'
import {
  answer,
  bytes,
  type Column,
  GET,
  type MapCard,
  type NewItemsCard,
  POST,
  type SearchCard,
} from '../../api/client'
import { hasNames, isScale } from '../../map/colours'
import { app } from '../app.svelte'
import type { Exploring } from './exploring.svelte'
import { colourOf, hiddenOf, NO_COLOUR, type Query, rangeOf, soughtOf } from './query'

/** The code of a row without a value. */
const NONE = 65535
/** Rows that a search shows. */
const FOUND = 50

export class Shown {
  /** The column that colours, by its name. */
  color = $state<string | null>(null)
  /** The codes of that column; null while they come. */
  codes = $state.raw<Uint16Array | null>(null)
  /** How well new items separate by that column; null while it comes, and of a measure. */
  tried = $state.raw<NewItemsCard | null>(null)
  /** Whether that is being worked out, or could not be. */
  trying = $state<'no' | 'yes' | 'failed'>('no')
  /** Values of the column that are not shown, by their place in it; its length stands for no value. */
  hidden = $state.raw<ReadonlySet<number>>(new Set())
  /** The part of a scale's range that is shown. */
  range = $state.raw<readonly [number, number] | null>(null)
  where = $state('')
  /** Rows that meet the condition, 1 or 0 each; null without one. */
  met = $state.raw<Uint8Array | null>(null)
  /** What is searched for. */
  sought = $state('')
  /** Rows that the search has found, the first of them. */
  hits = $state.raw<readonly number[]>([])

  /** How often a condition was given. */
  #filters = 0
  readonly #explore: Exploring
  readonly #codes = new Map<string, Uint16Array>()
  readonly #tried = new Map<string, NewItemsCard | null>()

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** Measures of the rows that were asked for, as columns. */
  measured = $state.raw<readonly Column[]>([])
  column = $derived.by<Column | null>(
    () =>
      [...(this.#explore.map?.columns ?? []), ...this.measured].find((column) => column.name === this.color) ?? null,
  )

  /** Rows that are shown; null for all. */
  rows = $derived.by<Uint32Array | null>(() => {
    const n = this.#explore.map?.items ?? 0
    const { codes, hidden, met, range, column } = this
    const byValue = hasNames(column) && hidden.size > 0 && codes !== null
    const byRange = isScale(column) && range !== null && codes !== null
    if (!byValue && !byRange && met === null) return null
    const none = column?.values.length ?? 0
    const rows: number[] = []
    for (let i = 0; i < n; i++) {
      if (met !== null && !met[i]) continue
      const code = codes === null ? 0 : (codes[i] as number)
      if (byValue && hidden.has(code === NONE ? none : code)) continue
      if (byRange && (code === NONE || code < range[0] || code > range[1])) continue
      rows.push(i)
    }
    return Uint32Array.from(rows)
  })

  /** Of each value of the column how many rows meet the condition, those of no value last; null without a condition. */
  counts = $derived.by<readonly number[] | null>(() => {
    const { codes, met, column } = this
    if (met === null || codes === null || !hasNames(column)) return null
    const counts = Array<number>((column?.values.length ?? 0) + 1).fill(0)
    for (let i = 0; i < codes.length; i++) {
      const value = codes[i] === NONE ? counts.length - 1 : (codes[i] as number)
      if (met[i]) counts[value] = (counts[value] ?? 0) + 1
    }
    return counts
  })

  /** Another map comes: what was read of the one before is nothing to it. */
  close(): void {
    this.codes = null
    this.measured = []
    this.tried = null
    this.trying = 'no'
    this.hits = []
    this.#codes.clear()
    this.#tried.clear()
  }

  all(): void {
    this.#filters++
    this.hidden = new Set()
    this.range = null
    this.where = ''
    this.met = null
  }

  // Colours -----------------------------------------------------------------------------------------------------------

  async colour(name: string | null): Promise<void> {
    this.color = name
    this.hidden = new Set()
    this.range = null
    this.codes = null
    this.tried = null
    this.trying = 'no'
    const map = this.#explore.map
    if (name === null || map === null) return
    try {
      const [codes, column] = await Promise.all([this.#codesOf(map, name), this.#measure(map, name)])
      if (this.color !== name || this.#explore.map !== map) return
      if (column !== null) this.measured = [...this.measured.filter((known) => known.name !== name), column]
      this.codes = codes
      void this.#try(map, name)
    } catch (error) {
      this.#explore.tell(error)
    }
  }

  /** How well new items separate by a column, once its colours stand. */
  async #try(map: MapCard, name: string): Promise<void> {
    if (map.measures.includes(name)) return
    const stale = () => this.color !== name || this.#explore.map !== map
    const known = this.#tried.get(name)
    if (known !== undefined) {
      this.tried = known
      return
    }
    this.trying = 'yes'
    try {
      const told = await answer(() =>
        GET('/api/maps/{map}/columns/{column}/told', { params: { path: { map: map.id, column: name } } }),
      )
      const found = told.new_items
      if (this.#explore.map === map) this.#tried.set(name, found)
      if (stale()) return
      this.tried = found
      this.trying = 'no'
    } catch (error) {
      if (stale()) return
      this.trying = this.#explore.noticed(error) ? 'no' : 'failed'
      app.whenBack(() => {
        if (!stale()) void this.#try(map, name)
      })
    }
  }

  /** The code of every row in a column. */
  async #codesOf(map: MapCard, name: string): Promise<Uint16Array> {
    const known = this.#codes.get(name)
    if (known !== undefined) return known
    const { data } = await bytes(`/api/maps/${map.id}/columns/${encodeURIComponent(name)}`)
    const codes = readCodes(data)
    if (this.#explore.map === map) this.#codes.set(name, codes)
    return codes
  }

  /** What the codes of a measure mean; null of a column, which says it itself. */
  async #measure(map: MapCard, name: string): Promise<Column | null> {
    if (!map.measures.includes(name)) return null
    return answer(() =>
      GET('/api/maps/{map}/columns/{column}/card', { params: { path: { map: map.id, column: name } } }),
    )
  }

  // Filters -----------------------------------------------------------------------------------------------------------

  /** Show a value of the column or not. */
  toggle(value: number): void {
    const hidden = new Set(this.hidden)
    if (!hidden.delete(value)) hidden.add(value)
    this.hidden = hidden
  }

  /** Show this value alone; all where it is alone already. */
  only(value: number): void {
    const all = [...Array((this.column?.values.length ?? 0) + 1).keys()]
    const others = all.filter((other) => other !== value)
    const alone = others.every((other) => this.hidden.has(other))
    this.hidden = new Set(alone ? [] : others)
  }

  /** Show rows that meet a condition; throws what the server says of a condition that is none. */
  async filter(where: string): Promise<void> {
    const [text, map, mine] = [where.trim(), this.#explore.map, ++this.#filters]
    if (text === '' || map === null) {
      this.where = ''
      this.met = null
      return
    }
    const { data } = await bytes(`/api/maps/${map.id}/filter`, {
      method: 'POST',
      body: JSON.stringify({ where: text }),
      headers: { 'Content-Type': 'application/json' },
    })
    if (mine !== this.#filters) return
    this.where = text
    this.met = readBits(data)
  }

  /** Rows that hold all words of a text, among those that are shown. */
  async search(text: string): Promise<SearchCard | null> {
    const [map, rows] = [this.#explore.map, this.rows]
    if (map === null || text.trim() === '') return null
    const within = rows === null ? null : bitsText(rows, map.items)
    const body = { text: text.trim(), within, limit: FOUND }
    return answer(() => POST('/api/maps/{map}/search', { params: { path: { map: map.id } }, body }))
  }

  // The address -------------------------------------------------------------------------------------------------------

  query = $derived.by<Record<string, string>>(() => ({
    // Without any the usual column would colour.
    color: this.color ?? (this.#explore.map?.color ? NO_COLOUR : ''),
    hide: [...this.hidden].join('.'),
    range: this.range === null ? '' : this.range.join('.'),
    where: this.where,
    find: this.sought.trim(),
  }))

  /**
   * Everything as an address says, unless it is out of date before that. What needs no answer is so at once, since
   * what somebody does while the rest comes is newer than the address.
   */
  async restore(query: Query, map: MapCard, stale: () => boolean): Promise<void> {
    this.all()
    const [name, sought] = [colourOf(query, map), soughtOf(query)]
    if (this.sought.trim() !== sought) this.sought = sought
    const coloured = this.colour(name)
    // What is left out is left out of the column that the address names.
    const leftOut = (query.color ?? name) === name
    const known = this.column !== null
    if (leftOut) this.#leaveOut(query)
    const filtered = query.where
      ? this.filter(query.where).catch((error: unknown) => stale() || this.#explore.tell(error))
      : null
    await coloured
    // What a measure spans is known by now.
    if (leftOut && !known && this.color === name && !stale()) this.#leaveOut(query)
    await filtered
  }

  #leaveOut(query: Query): void {
    this.hidden = hiddenOf(query.hide, this.column)
    this.range = rangeOf(query.range, this.column)
  }
}
