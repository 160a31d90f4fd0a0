/** The state of the Explore view: which map is open, how it is shown, what is pinned, chosen and looked at. */

import { readBits, readCodes, readPoints } from '../api/binary'
import {
  answer,
  bytes,
  type Column,
  GET,
  type JobCard,
  type MapCard,
  type MapRequest,
  type ModelCard,
  POST,
  type RowCard,
} from '../api/client'
import { resultOf } from '../api/jobs'
import { type Bounds, readBounds } from '../map/frame'
import type { Mode } from '../map/types'
import { isModelName } from './address'
import { app } from './app.svelte'
import { unknownModel } from './refusal'
import { isNameless, MOST_PINS, rowSpot, type Spot, same, spotOf, spotText } from './spot'

export interface Look {
  size: number
  opacity: number
  thumbnails: boolean
  sheet: boolean
}

const LOOK: Look = { size: 5, opacity: 0.75, thumbnails: true, sheet: false }

class Explore {
  // What is open
  card = $state.raw<ModelCard | null>(null)
  map = $state.raw<MapCard | null>(null)
  /** The job that makes the map, while it does. */
  making = $state.raw<JobCard | null>(null)
  opening = $state(false)
  /** Everything is as the address said; before that there is nothing to write into it. */
  restored = $state(false)
  trouble = $state.raw<unknown>(null)
  /** x and y of every row in turn. */
  xy = $state.raw<Float32Array | null>(null)

  // What was asked for
  model = $state<string | null>(null)
  space = $state<string | null>(null)
  method = $state('pca')
  /** A built-in source, in place of what the model was trained on. */
  data = $state<string | null>(null)

  // How it is shown
  color = $state<string | null>(null)
  /** The codes of the column that colours; null while they come. */
  codes = $state.raw<Uint16Array | null>(null)
  /** Values of the column that are not shown, by their place in it; its length stands for no value. */
  hidden = $state.raw<ReadonlySet<number>>(new Set())
  /** The part of a quantity's range that is shown. */
  range = $state.raw<readonly [number, number] | null>(null)
  where = $state('')
  /** Rows that meet the condition, 1 or 0 each; null without one. */
  met = $state.raw<Uint8Array | null>(null)
  look = $state<Look>({ ...LOOK })
  mode = $state<Mode>('look')
  /** Where the map is asked to go; taken by the map. */
  target = $state.raw<{ bounds: Bounds | null; smooth: boolean } | null>(null)
  /** What of the map is on the screen. */
  bounds = $state.raw<Bounds | null>(null)

  // What is pointed at
  pins = $state.raw<readonly Spot[]>([])
  /** What the lens shows. */
  focus = $state.raw<Spot | null>(null)
  /** Rows of the last lasso. */
  chosen = $state.raw<readonly number[]>([])
  /** Frames of the path as places on the map, and which of them is shown now. */
  trail = $state.raw<{ xy: readonly (readonly [number, number])[]; at: number } | null>(null)
  side = $state<'lens' | 'directions'>('lens')

  #codes = new Map<string, Uint16Array>()
  #asked = 0

  /** Measures of the rows that were asked for, as columns. */
  measured = $state.raw<readonly Column[]>([])
  /** The column that colours. */
  column = $derived<Column | null>(
    [...(this.map?.columns ?? []), ...this.measured].find((column) => column.name === this.color) ?? null,
  )

  /** Rows that are shown; null for all. */
  shown = $derived.by<Uint32Array | null>(() => {
    const n = this.map?.items ?? 0
    const { codes, hidden, met, range, column } = this
    const byValue = column?.kind === 'category' && hidden.size > 0 && codes !== null
    const byRange = column?.kind === 'quantity' && range !== null && codes !== null
    if (!byValue && !byRange && met === null) return null
    const none = column?.values.length ?? 0
    const rows: number[] = []
    for (let i = 0; i < n; i++) {
      if (met !== null && !met[i]) continue
      const code = codes === null ? 0 : (codes[i] as number)
      if (byValue && hidden.has(code === 65535 ? none : code)) continue
      if (byRange && (code === 65535 || code < range[0] || code > range[1])) continue
      rows.push(i)
    }
    return Uint32Array.from(rows)
  })

  // Opening -----------------------------------------------------------------------------------------------------------

  /** Open a model as an address says. One that is open already stays as it is, unless a link to it was followed. */
  async follow(model: string, kept: Record<string, string>, linked = false): Promise<void> {
    const space = kept.space || null
    const method = kept.map || 'pca'
    const data = kept.data || null
    if (this.model === model && this.space === space && this.method === method && this.data === data) {
      if (linked && this.map !== null) await this.#go(kept)
      return
    }
    this.#take(kept)
    await this.open({ model, space, method, data }, kept)
  }

  /** Open a map. What is not encoded or laid out yet is made first, as a job that the page shows. */
  async open(
    asked: { model: string; space: string | null; method: string; data: string | null },
    kept: Record<string, string> = {},
  ): Promise<void> {
    const mine = ++this.#asked
    const stale = () => mine !== this.#asked
    if (asked.model !== this.model || asked.space !== this.space) this.#forget()
    Object.assign(this, asked)
    this.opening = true
    this.restored = false
    this.trouble = null
    app.stale = null
    this.map = null
    this.xy = null
    this.codes = null
    this.measured = []
    this.#codes.clear()
    try {
      if (!isModelName(asked.model)) throw unknownModel(asked.model, app.models ?? [])
      const card = await answer(() => GET('/api/models/{model}', { params: { path: { model: asked.model } } }))
      if (stale()) return
      this.card = card
      const opened = await answer(() => POST('/api/maps', { body: this.#request(asked) }))
      const job = await app.attend(opened.job, (now) => {
        if (!stale()) this.making = now
      })
      if (stale()) return
      const map = opened.map ?? resultOf<MapCard>(job)
      const points = readPoints((await bytes(`/api/maps/${map.id}/points`)).data)
      if (stale()) return
      this.xy = points.xy
      this.map = map
      await this.#restore(kept)
    } catch (error) {
      if (stale()) return
      this.trouble = error
      app.noticed(error)
      app.whenBack(() => {
        if (!stale()) void this.open(asked, kept)
      })
    } finally {
      if (!stale()) {
        this.opening = false
        this.making = null
      }
    }
  }

  /** Open the same again, as after an error. */
  again(): void {
    if (this.model !== null)
      void this.open({ model: this.model, space: this.space, method: this.method, data: this.data }, this.kept)
  }

  #request({
    model,
    space,
    method,
    data,
  }: {
    model: string
    space: string | null
    method: string
    data: string | null
  }): MapRequest {
    return { model, space, method, data, settings: {}, seed: 0 }
  }

  /** What belongs to the space that was shown. */
  #forget(): void {
    this.pins = []
    this.focus = null
    this.chosen = []
    this.trail = null
    this.hidden = new Set()
    this.range = null
    this.where = ''
    this.met = null
  }

  // Columns and filters -----------------------------------------------------------------------------------------------

  async colour(name: string | null): Promise<void> {
    this.color = name
    this.hidden = new Set()
    this.range = null
    this.codes = null
    const map = this.map
    if (name === null || map === null) return
    try {
      const [codes, column] = await Promise.all([this.codesOf(name), this.#measure(name)])
      if (this.color !== name || this.map !== map) return
      if (column !== null) this.measured = [...this.measured.filter((known) => known.name !== name), column]
      this.codes = codes
    } catch (error) {
      app.tell(error)
    }
  }

  /** The code of every row in a column. */
  async codesOf(name: string): Promise<Uint16Array> {
    const known = this.#codes.get(name)
    if (known !== undefined) return known
    const map = this.map
    const { data } = await bytes(`/api/maps/${map?.id}/columns/${encodeURIComponent(name)}`)
    const codes = readCodes(data)
    if (this.map === map) this.#codes.set(name, codes)
    return codes
  }

  /** What the codes of a measure mean; null of a column, which says it itself. */
  async #measure(name: string): Promise<Column | null> {
    const map = this.map
    if (map === null || !map.measures.includes(name)) return null
    return answer(() =>
      GET('/api/maps/{map}/columns/{column}/card', { params: { path: { map: map.id, column: name } } }),
    )
  }

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
    const text = where.trim()
    if (text === '' || this.map === null) {
      this.where = ''
      this.met = null
      return
    }
    const { data } = await bytes(`/api/maps/${this.map.id}/filter`, {
      method: 'POST',
      body: JSON.stringify({ where: text }),
      headers: { 'Content-Type': 'application/json' },
    })
    this.where = text
    this.met = readBits(data)
  }

  async search(text: string): Promise<RowCard[]> {
    const map = this.map
    if (map === null || text.trim() === '') return []
    return answer(() =>
      GET('/api/maps/{map}/search', { params: { path: { map: map.id }, query: { text: text.trim(), limit: 50 } } }),
    )
  }

  /** What rows are called, and their columns; up to 256 of them. */
  async rows(rows: readonly number[]): Promise<RowCard[]> {
    const map = this.map
    if (map === null || rows.length === 0) return []
    return answer(() =>
      GET('/api/maps/{map}/rows', { params: { path: { map: map.id }, query: { rows: rows.join(',') } } }),
    )
  }

  // Pointing ----------------------------------------------------------------------------------------------------------

  /** Where a row lies. */
  place(row: number): [number, number] | null {
    const x = this.xy?.[2 * row]
    const y = this.xy?.[2 * row + 1]
    return x === undefined || y === undefined ? null : [x, y]
  }

  rowSpot(row: number, point: string | null = null): Spot {
    return rowSpot(row, this.place(row) ?? [0, 0], point)
  }

  /** Look at something. */
  lookAt(spot: Spot): void {
    this.focus = spot
    this.side = 'lens'
  }

  /** Pin something and look at it. */
  pin(spot: Spot): void {
    if (!this.pins.some((pin) => same(pin, spot)) && this.pins.length < MOST_PINS) this.pins = [...this.pins, spot]
    this.lookAt(spot)
  }

  /** Where a spot lies and what it is called has become known. */
  know(spot: Spot): void {
    this.pins = this.pins.map((pin) => (same(pin, spot) ? spot : pin))
    if (same(this.focus, spot)) this.focus = spot
  }

  unpin(i: number): void {
    this.pins = this.pins.filter((_, j) => j !== i)
  }

  movePin(i: number, spot: Spot): void {
    const before = this.pins[i] ?? null
    this.pins = this.pins.map((pin, j) => (j === i ? spot : pin))
    if (same(before, this.focus)) this.focus = spot
  }

  /** Put a pin at another place in the order. */
  orderPin(from: number, to: number): void {
    const pins = [...this.pins]
    const [moved] = pins.splice(from, 1)
    if (moved === undefined) return
    pins.splice(to, 0, moved)
    this.pins = pins
  }

  goTo(bounds: Bounds | null, smooth = true): void {
    this.target = { bounds, smooth }
  }

  /** Show a place from near without changing how far it is zoomed in. */
  centre([x, y]: readonly [number, number]): void {
    if (this.bounds === null) return
    const [lowX, lowY, highX, highY] = this.bounds
    if (x > lowX && x < highX && y > lowY && y < highY) return
    const [w, h] = [(highX - lowX) / 2, (highY - lowY) / 2]
    this.goTo([x - w, y - h, x + w, y + h])
  }

  // The address -------------------------------------------------------------------------------------------------------

  /** What of this view is written into the address. Parts of the page add theirs through `extras`. */
  kept = $derived.by<Record<string, string>>(() => ({
    space: this.space ?? '',
    map: this.method === 'pca' ? '' : this.method,
    data: this.data ?? '',
    color: this.color ?? '',
    hide: [...this.hidden].join('.'),
    range: this.range === null ? '' : this.range.join('.'),
    where: this.where,
    pins: this.pins.map(spotText).filter(Boolean).join('~'),
    at: (this.focus && spotText(this.focus)) ?? '',
    sheet: this.look.sheet ? '1' : '',
    thumbs: this.look.thumbnails ? '' : '0',
    size: this.look.size === LOOK.size ? '' : String(this.look.size),
    opacity: this.look.opacity === LOOK.opacity ? '' : String(this.look.opacity),
    side: this.side === 'lens' ? '' : this.side,
    // Until it is drawn, where it is asked to go.
    view: (this.bounds ?? this.target?.bounds ?? []).map((value) => Number(value.toPrecision(5))).join(','),
    ...this.extras,
  }))
  /** What other parts of the page keep in the address: the path its rule, the lens its sliders. */
  extras = $state.raw<Record<string, string>>({})

  keepExtra(given: Record<string, string>): void {
    this.extras = { ...this.extras, ...given }
  }

  #take(kept: Record<string, string>): void {
    this.look = {
      size: numberOf(kept.size, LOOK.size, 1, 20),
      opacity: numberOf(kept.opacity, LOOK.opacity, 0.02, 1),
      thumbnails: kept.thumbs !== '0',
      sheet: kept.sheet === '1',
    }
    this.side = kept.side === 'directions' ? 'directions' : 'lens'
    this.extras = Object.fromEntries(
      Object.entries(kept).filter(([name]) => name.startsWith('path') || name.startsWith('move')),
    )
  }

  /** Show the map that is open as a link says. */
  async #go(kept: Record<string, string>): Promise<void> {
    this.#forget()
    this.#take(kept)
    try {
      await this.#restore(kept)
      // One that names a part of the map has it already.
      if (!kept.view) this.goTo(null, false)
    } catch (error) {
      app.tell(error)
    }
  }

  async #restore(kept: Record<string, string>): Promise<void> {
    this.restored = false
    const map = this.map as MapCard
    const column = map.columns.find((one) => one.name === kept.color && one.kind !== 'text')
    const measure = map.measures.find((one) => one === kept.color)
    await this.colour(column?.name ?? measure ?? map.default_color ?? null)
    if (kept.hide) this.hidden = new Set(kept.hide.split('.').map(Number).filter(Number.isInteger))
    const range = (kept.range ?? '').split('.').map(Number)
    if (range.length === 2 && range.every(Number.isFinite)) this.range = [range[0] as number, range[1] as number]
    if (kept.where) await this.filter(kept.where).catch((error: unknown) => app.tell(error))
    const place = (row: number) => (row < map.items ? this.place(row) : null)
    const pins = (kept.pins ?? '').split('~').map((text) => spotOf(text, place))
    this.pins = pins.filter((pin) => pin !== null).slice(0, MOST_PINS)
    const at = kept.at ? spotOf(kept.at, place) : null
    this.focus = this.pins.find((pin) => same(pin, at)) ?? at
    await Promise.all([this.#find(), this.#name()]).catch((error: unknown) => app.tell(error))
    const view = readBounds(kept.view ?? '', map.bounds)
    this.target = view === null ? null : { bounds: view, smooth: false }
    this.restored = true
  }

  /** Ask where the spots lie that an address gave by name alone. */
  async #find(): Promise<void> {
    const map = this.map as MapCard
    const lost = [...this.pins, ...(this.focus ? [this.focus] : [])].filter((spot) => spot.xy === null)
    if (lost.length === 0) return
    const at = lost.map((spot) => spot.at)
    const { items } = await answer(() => POST('/api/decode', { body: { map: map.id, at, neighbours: 0 } }))
    for (const [i, spot] of lost.entries()) this.know({ ...spot, xy: items[i]?.xy ?? null })
  }

  /** Ask what the rows are called that an address pinned. */
  async #name(): Promise<void> {
    const nameless = this.pins.filter(isNameless)
    const cards = await this.rows(nameless.map(({ at }) => at.row as number))
    for (const [i, spot] of nameless.entries()) this.know({ ...spot, name: cards[i]?.point ?? spot.name })
  }
}

function numberOf(text: string | undefined, otherwise: number, low: number, high: number): number {
  const value = Number(text)
  return text === undefined || !Number.isFinite(value) ? otherwise : Math.min(Math.max(value, low), high)
}

export const explore = new Explore()
