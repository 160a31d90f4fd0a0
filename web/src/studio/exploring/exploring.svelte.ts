/**
 * What is open where a map is explored: which map, how it is shown, what is pinned, chosen and looked at, and what the
 * parts beside it know of it. A view makes one and hands it down (see here.ts); two of them share nothing.
 */

import { readPoints } from '../../api/binary'
import {
  answer,
  bytes,
  GET,
  type JobCard,
  type MapCard,
  type MapRequest,
  type ModelCard,
  POST,
  type RefusalDocument,
  Refused,
  type RowCard,
} from '../../api/client'
import { resultOf } from '../../api/jobs'
import { around, type Bounds, holds, readBounds, type Transform } from '../../map/frame'
import type { Mode } from '../../map/types'
import { count, t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import { Directions } from '../directions/directions.svelte'
import type { Listener, Parts } from '../drawers/drawer'
import { partsOf } from '../drawers/registry'
import { Lens } from '../lens/lens.svelte'
import { OwnPictures } from '../lens/own.svelte'
import { mapName } from '../methodNames'
import { isModelName } from '../models'
import { Path } from '../path/path.svelte'
import { Pictures } from '../path/pictures.svelte'
import { unknownModel } from '../refusal'
import { Selections } from '../selections/selections.svelte'
import type { Opened, Way } from '../views/view'
import { Glide } from './glide.svelte'
import { Items } from './items.svelte'
import { locate } from './locate'
import { Memory } from './memory.svelte'
import { Over } from './over.svelte'
import { type Asked, areSame, askedOf, extrasOf, isSame, LOOK, type Look, lookOf, lookText, type Query } from './query'
import { Shown } from './shown.svelte'
import { Sight } from './sight.svelte'
import { elsewhere, MOST_PINS, reordered, rowSpot, type Spot, same, spotOf, spotText } from './spot'
import { Tiles } from './tiles.svelte'

/** Refusals of everything that is asked of a map which is not what it was. */
const STALE = new Set(['gone', 'map_changed', 'map_closed'])

export class Exploring implements Opened {
  // What is open
  card = $state.raw<ModelCard | null>(null)
  map = $state.raw<MapCard | null>(null)
  /** The job that makes the map, while it does. */
  making = $state.raw<JobCard | null>(null)
  opening = $state(false)
  /** Everything is as the address said; before that there is nothing to write into it. */
  restored = $state(false)
  trouble = $state.raw<unknown>(null)
  /** Why the map has to be opened anew: what it was made of has changed or gone. */
  stale = $state.raw<RefusalDocument | null>(null)
  /** x and y of every row in turn. */
  xy = $state.raw<Float32Array | null>(null)

  // What was asked for
  model = $state<string | null>(null)
  space = $state<string | null>(null)
  /** Of the map that is open; null until it is known, where nobody named one. */
  method = $state<string | null>(null)
  /** Whether nobody named the method: it is the map that is there at once. */
  usual = $state(true)
  /** A built-in source, in place of what the model was trained on. */
  data = $state<string | null>(null)
  /** A part of the data, whole; null for the usual items, those held out for testing. */
  split = $state<Asked['split']>(null)
  /** An atlas by name, in place of data. */
  atlas = $state<string | null>(null)
  /** So many of the model's own draws, in place of items. */
  draws = $state<number | null>(null)

  // How it is shown
  readonly shown = new Shown(this)
  look = $state<Look>({ ...LOOK })
  /** What lies over the map. */
  readonly over = new Over()
  mode = $state<Mode>('look')
  /** Where the map is asked to go; taken by the map. */
  target = $state.raw<{ bounds: Bounds | null; smooth: boolean } | null>(null)
  /** What of the map is on the screen. */
  bounds = $state.raw<Bounds | null>(null)
  /** How the map lies on the screen, once it is drawn. */
  seen = $state.raw<Transform | null>(null)

  // What is pointed at
  pins = $state.raw<readonly Spot[]>([])
  /** What the lens shows. */
  focus = $state.raw<Spot | null>(null)
  /** Rows of the last lasso. */
  chosen = $state.raw<readonly number[]>([])
  side = $state<'lens' | 'directions'>('lens')

  // What shows the items of its kind
  /** What their drawer brings beside pictures; null where that is nothing, or is not there yet. */
  parts = $state.raw<Parts | null>(null)
  /** What hears of the map while it is in sight. */
  listener: Listener | null = null

  // The parts beside the map
  /** What the items are of. */
  readonly items = new Items(this)
  /** Another layout of them, while it is made, and on the way to it. */
  readonly glide = new Glide(this)
  /** Small pictures of items, and what pins look like. */
  readonly tiles = new Tiles(this)
  readonly pictures = new Pictures(this)
  readonly own = new OwnPictures(this)
  readonly sight = new Sight()
  readonly lens = new Lens(this)
  readonly path = new Path(this)
  readonly directions = new Directions(this)
  readonly selections = new Selections(this)
  readonly memory = new Memory(this)

  #asked = 0
  /** What the open map was asked for by. */
  #first: Asked | null = null
  /** The address that was followed last. */
  #given: Query = {}

  // Opening -----------------------------------------------------------------------------------------------------------

  /** Open a model as an address says. One that is open already stays as it is, unless a link to it was followed. */
  async follow(model: string, query: Query, linked = false): Promise<void> {
    const asked = askedOf(model, query)
    if (this.#isOpen(asked)) {
      const now = this.restored ? this.query : this.#given
      if (!linked || isSame(query, now)) return
      if (this.map !== null) {
        await this.#go(query)
        return
      }
    }
    this.#take(query)
    await this.open(asked, query)
  }

  /** Whether that is the map which is open, or being opened: as it was asked for, or as it is called since. */
  #isOpen(asked: Asked): boolean {
    if (this.#first !== null && areSame(asked, this.#first)) return true
    return this.#areItems(asked) && this.method === asked.method
  }

  #areItems(asked: Asked): boolean {
    return areSame({ ...this.asked, method: asked.method }, asked)
  }

  /** What is open, as it was asked for. */
  get asked(): Asked {
    const { model, space, method, data, split, atlas, draws } = this
    return { model: model ?? '', space, method, data, split, atlas, own: draws }
  }

  /** Open a map. What is not encoded or laid out yet is made first, as a job that the page shows. */
  async open(asked: Asked, query: Query = {}): Promise<void> {
    const mine = ++this.#asked
    const stale = () => mine !== this.#asked
    // Rows are counted anew in other items.
    if (!this.#areItems(asked)) {
      if (this.pins.length > 0) app.say(count('explore.pinsLeft', this.pins.length))
      this.#forget()
    }
    const { own, ...rest } = asked
    Object.assign(this, rest, { draws: own, bounds: null, seen: null })
    this.#first = asked
    this.glide.rest()
    this.usual = asked.method === null
    this.#given = query
    this.opening = true
    this.restored = false
    this.trouble = null
    this.stale = null
    this.map = null
    this.parts = null
    this.xy = null
    this.shown.close()
    try {
      if (!isModelName(asked.model)) throw unknownModel(asked.model, app.models ?? [])
      const card = await answer(() => GET('/api/models/{model}', { params: { path: { model: asked.model } } }))
      if (stale()) return
      this.card = card
      const opened = await answer(() => POST('/api/maps', { body: this.#request(asked) }))
      // It is what one looks at: what others wait for comes later.
      if (opened.job.state === 'waiting') void app.first(opened.job.id)
      const job = await app.attend(opened.job, (now) => {
        if (!stale()) this.making = now
      })
      if (stale()) return
      const map = opened.map ?? resultOf(job)
      const points = readPoints((await bytes(`/api/maps/${map.id}/points`)).data)
      if (stale()) return
      this.xy = points.xy
      // An address says which map it is of, whatever is there at once elsewhere: most often principal components.
      this.method = map.method
      if (map.bundled) this.atlas = map.atlas
      if (map.first_draws) this.draws = map.items
      this.map = map
      void this.#equip(map)
      void this.items.look(map)
      await this.#restore(query)
      if (!stale() && this.restored) this.glide.begin(map)
    } catch (error) {
      if (stale()) return
      this.trouble = error
      this.noticed(error)
      app.whenBack(() => {
        if (!stale()) void this.open(asked, query)
      })
    } finally {
      if (!stale()) {
        this.opening = false
        this.making = null
      }
    }
  }

  /** Bring what the drawer of its items adds. */
  async #equip(map: MapCard): Promise<void> {
    try {
      const parts = await partsOf(map.kind.drawer)
      if (this.map?.id === map.id) this.parts = parts
    } catch (error) {
      // The items are seen without it.
      this.tell(error)
    }
  }

  /** Another layout of the same items takes the place of this one, by choice or by itself. What is pointed at stays. */
  async relaid(map: MapCard, xy: Float32Array, query: Query, chosen: boolean): Promise<void> {
    const before = this.map
    if (chosen) this.#first = null
    this.#given = query
    const stale = () => query !== this.#given
    Object.assign(this, { method: map.method, restored: false, seen: null, bounds: null, target: null })
    this.shown.close()
    this.xy = xy
    const there = (spot: Spot) => elsewhere(spot, before?.method ?? '', (row) => this.place(row))
    this.pins = this.pins.map(there)
    this.focus = this.focus && there(this.focus)
    this.map = map
    try {
      await this.shown.restore(query, map, stale)
      if (!stale()) await locate(this)
    } catch (error) {
      this.tell(error)
    }
    if (!stale()) this.restored = true
  }

  /** Open the same again, as after an error. */
  again(): void {
    const query = this.restored ? this.query : this.#given
    if (this.model !== null) void this.open(this.asked, query)
  }

  /** It is not wanted any more. */
  close(): void {
    this.#asked++
    this.glide.rest()
    this.lens.close()
    this.memory.close()
    this.path.rest()
  }

  // What went wrong ---------------------------------------------------------------------------------------------------

  /** An error that belongs to this map or to the whole page is shown by it: true. Any other is for whoever asked. */
  noticed(error: unknown): boolean {
    if (!(error instanceof Refused && STALE.has(error.document.kind))) return app.noticed(error)
    this.stale = error.document
    return true
  }

  /** Tell of an error in passing. */
  tell(error: unknown): void {
    if (!this.noticed(error)) app.tell(error)
  }

  /** What there is to reproduce, of everything beside the map that can say it. */
  reproduce = $derived.by<Way[]>(() => {
    const { map, shown, lens, path, directions } = this
    if (map === null) return []
    const title = `${map.model} · ${map.space} · ${mapName(map.method)}`
    return [
      { part: t('reproduce.map'), title, how: shown.column?.reproduce ?? map.reproduce },
      ...lens.reproduce.map((one) => ({ part: t('reproduce.lens'), ...one })),
      ...path.reproduce.map(({ how }) => ({ part: t('reproduce.path'), title: null, how })),
      ...directions.reproduce.map((one) => ({ part: t('reproduce.directions'), ...one })),
    ]
  })

  #request(asked: Asked): MapRequest {
    return { ...asked, settings: {}, seed: 0 }
  }

  /** What belongs to the items that were shown. */
  #forget(): void {
    this.pins = []
    this.focus = null
    this.chosen = []
    this.shown.all()
    this.shown.sought = ''
  }

  /** What rows are called, and their columns; up to 256 of them. */
  async rows(rows: readonly number[]): Promise<RowCard[]> {
    const map = this.map
    if (map === null || rows.length === 0) return []
    return answer(() =>
      GET('/api/maps/{map}/rows', { params: { path: { map: map.id }, query: { rows: rows.join(',') } } }),
    )
  }

  /** The column that colours, by its name. */
  get color(): string | null {
    return this.shown.color
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
    this.pins = reordered(this.pins, from, to)
  }

  goTo(bounds: Bounds | null, smooth = true): void {
    this.target = { bounds, smooth }
  }

  /** Show a place from near without changing how far it is zoomed in. */
  centre([x, y]: readonly [number, number]): void {
    if (this.bounds !== null && !holds(this.bounds, x, y)) this.goTo(around(this.bounds, x, y))
  }

  // The address -------------------------------------------------------------------------------------------------------

  /** What of this view is written into the address. Parts of the page add theirs through `extras`. */
  query = $derived.by<Record<string, string>>(() => ({
    space: this.space ?? '',
    // A link holds what was seen; of what is about to become another map by itself, that it was left to the studio.
    map: this.glide.pending ? '' : (this.method ?? ''),
    data: this.data ?? '',
    split: this.split ?? '',
    atlas: this.atlas ?? '',
    draws: this.draws === null ? '' : String(this.draws),
    ...this.shown.query,
    pins: this.pins.map(spotText).filter(Boolean).join('~'),
    at: (this.focus && spotText(this.focus)) ?? '',
    ...lookText(this.look),
    side: this.side === 'lens' ? '' : this.side,
    // Until it is drawn, where it is asked to go.
    view: (this.bounds ?? this.target?.bounds ?? []).map((value) => Number(value.toPrecision(5))).join(','),
    ...this.extras,
  }))
  /** What other parts of the page say in the address: the path its rule, the lens its sliders. */
  extras = $state.raw<Record<string, string>>({})

  keepExtra(given: Record<string, string>): void {
    this.extras = { ...this.extras, ...given }
  }

  #take(query: Query): void {
    this.look = lookOf(query)
    this.side = query.side === 'directions' ? 'directions' : 'lens'
    this.extras = extrasOf(query)
  }

  /** Show the map that is open as a link says. */
  async #go(query: Query): Promise<void> {
    this.#given = query
    this.#forget()
    this.#take(query)
    try {
      await this.#restore(query)
      // One that names a part of the map has it already.
      if (!query.view && query === this.#given) this.goTo(null, false)
    } catch (error) {
      this.tell(error)
    }
  }

  async #restore(query: Query): Promise<void> {
    this.restored = false
    const map = this.map as MapCard
    // Another link may be followed, or another map opened, meanwhile.
    const stale = () => query !== this.#given
    const place = (row: number) => (row < map.items ? this.place(row) : null)
    const pins = (query.pins ?? '').split('~').map((text) => spotOf(text, place))
    this.pins = pins.filter((pin) => pin !== null).slice(0, MOST_PINS)
    const at = query.at ? spotOf(query.at, place) : null
    this.focus = this.pins.find((pin) => same(pin, at)) ?? at
    const view = readBounds(query.view ?? '', map.bounds)
    this.target = view === null ? null : { bounds: view, smooth: false }
    await this.shown.restore(query, map, stale)
    if (stale()) return
    await locate(this).catch((error: unknown) => this.tell(error))
    if (stale()) return
    this.restored = true
  }
}
