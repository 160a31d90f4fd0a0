/** The directions of a space: which are kept, what is sought for, what was found. */

import {
  answer,
  DELETE,
  type DirectionCard,
  type DirectionLine,
  type DirectionsFound,
  type FindRequest,
  GET,
  type JobCard,
  type MapCard,
  PATCH,
  POST,
  Refused,
  type Reproduced,
} from '../../api/client'
import { resultOf } from '../../api/jobs'
import { t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import type { Method } from '../settings'
import { hear, tell } from '../tidings'
import type { Way } from '../views/view'
import { Arrows } from './arrows.svelte'
import { blank, called, type Form, request, type Side, withRows } from './form'

/** A direction that was found, and what it was kept as. */
export interface Candidate {
  readonly card: DirectionCard
  readonly kept: string | null
}

/** A search: under way, failed, or with what it found. */
export interface Finding {
  readonly id: number
  readonly job: JobCard | null
  readonly error: unknown
  readonly stopped: boolean
  readonly found: readonly Candidate[]
  readonly how: Reproduced | null
}

/** A kept direction is there no longer; that was said already. */
export class Gone extends Error {
  constructor() {
    super(t('directions.gone'))
    this.name = 'Gone'
  }
}

/** The job of the last search in a space, as this tab remembers it over a reload. */
function jobOf(key: string): string | null {
  try {
    return sessionStorage.getItem(`trasluz.directions.${key}`)
  } catch {
    return null
  }
}

function noteJob(key: string, job: string | null): void {
  try {
    if (job === null) sessionStorage.removeItem(`trasluz.directions.${key}`)
    else sessionStorage.setItem(`trasluz.directions.${key}`, job)
  } catch {
    // Without a memory a reload begins anew.
  }
}

function isSameRows(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((row, i) => row === other[i])
}

export class Directions {
  readonly #explore: Exploring
  readonly arrows: Arrows

  /** The kept directions of the model; null until they are known. */
  lines = $state.raw<readonly DirectionLine[] | null>(null)
  trouble = $state.raw<unknown>(null)
  form = $state.raw<Form | null>(null)
  /** Whether the form is unfolded. */
  finder = $state(false)
  /** The kept direction whose details are shown. */
  shown = $state<string | null>(null)

  /** The last search whose findings came into sight. */
  seen = 0

  #key = $state('')
  #findings = $state.raw<Readonly<Record<string, Finding>>>({})
  /** How those that were kept in this session were found. */
  #made = $state.raw<Readonly<Record<string, Reproduced>>>({})
  #forms = new Map<string, Form>()
  #asked = 0
  #searches = 0
  #touched = false
  /** What the last lasso has filled in by itself, and what stood there before. */
  #drawn: { rows: readonly number[]; before: readonly number[] } = { rows: [], before: [] }

  finding = $derived<Finding | null>(this.#findings[this.#key] ?? null)
  /** Those of the space that is shown. */
  mine = $derived<readonly DirectionCard[]>(this.#cards().filter((card) => card.space === this.#explore.map?.space))
  /** How many the model has in its other spaces. */
  elsewhere = $derived(this.#cards().length - this.mine.length)
  damaged = $derived((this.lines ?? []).filter((line) => line.card === null))
  busy = $derived(
    this.finding !== null && this.finding.error === null && !this.finding.stopped && this.finding.found.length === 0,
  )
  /** What there is to reproduce here: the direction whose details are shown, or the last search. */
  reproduce = $derived.by<Omit<Way, 'part'>[]>(() => {
    const mine = this.shown === null ? undefined : this.#made[this.#name(this.shown)]
    if (this.shown !== null && mine !== undefined) return [{ title: this.shown, how: mine }]
    const { finding } = this
    if (!finding?.how) return []
    const title = finding.found[0]?.card.target ?? t('directions.title')
    return [{ title, how: finding.how, save: (name: string) => this.#sayAgain(name) }]
  })

  constructor(explore: Exploring) {
    this.#explore = explore
    this.arrows = new Arrows(explore)
    hear(({ what, model }) => {
      if (what === 'directions' && model === explore.map?.model) void this.#read()
    })
  }

  #cards(): DirectionCard[] {
    return (this.lines ?? []).flatMap((line) => (line.card ? [line.card] : []))
  }

  #name(name: string): string {
    return `${this.#explore.map?.model}/${this.#explore.map?.space}/${name}`
  }

  // What is kept ------------------------------------------------------------------------------------------------------

  /** Show the directions of a map's space. */
  attend(map: MapCard): void {
    const key = `${map.model}/${map.space}/${map.atlas}`
    if (key !== this.#key) {
      if (this.form !== null) this.#forms.set(this.#key, this.form)
      this.#key = key
      this.form = this.#forms.get(key) ?? blank(map)
      this.lines = null
      this.shown = null
      this.#touched = false
      this.#drawn = { rows: [], before: [] }
      void this.#recall(key)
    }
    void this.load()
  }

  async load(): Promise<void> {
    const model = this.#explore.map?.model
    if (model === undefined) return
    const mine = ++this.#asked
    try {
      const lines = await answer(() => GET('/api/directions', { params: { query: { model } } }))
      if (mine !== this.#asked) return
      this.lines = lines
      this.trouble = null
      if (!this.mine.some((card) => card.name === this.shown)) this.shown = null
      // Where nothing is kept yet, the way to the first one lies open.
      if (!this.#touched) this.finder = this.mine.length === 0
      this.#touched = true
    } catch (error) {
      if (mine !== this.#asked) return
      if (this.#explore.noticed(error)) app.whenBack(() => void this.load())
      else this.trouble = error
    }
  }

  async rename(name: string, to: string): Promise<void> {
    const map = this.#explore.map
    if (map === null || to === name) return
    const query = { model: map.model, space: map.space }
    await this.#still(() =>
      answer(() => PATCH('/api/directions/{name}', { params: { path: { name }, query }, body: { name: to } })),
    )
    const [before, after] = [this.#name(name), this.#name(to)]
    const { [before]: how, ...rest } = this.#made
    this.#made = how === undefined ? rest : { ...rest, [after]: how }
    if (this.shown === name) this.shown = to
    this.#kept(name, to)
    await this.#changed()
  }

  async remove(name: string, space: string | null): Promise<void> {
    const model = this.#explore.map?.model
    if (model === undefined) return
    const query = { model, ...(space === null ? {} : { space }) }
    await this.#still(() => answer(() => DELETE('/api/directions/{name}', { params: { path: { name }, query } })))
    if (this.shown === name) this.shown = null
    this.#kept(name, null)
    await this.#changed()
  }

  /** Do something with a kept direction. Where it is gone, that is said, and the list is read again. */
  async #still<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404 && error.document.kind === 'unknown_name')) throw error
      app.say(t('directions.gone'), 'error')
      void this.#changed()
      throw new Gone()
    }
  }

  async #changed(): Promise<void> {
    const model = this.#explore.map?.model
    if (model !== undefined) tell({ what: 'directions', model })
    await this.#read()
  }

  async #read(): Promise<void> {
    await Promise.all([this.load(), this.#explore.lens.refresh()])
  }

  // Finding -----------------------------------------------------------------------------------------------------------

  get finders(): readonly Method[] {
    return app.about?.methods.finders ?? []
  }

  set(change: Partial<Form>): void {
    if (this.form !== null) this.form = { ...this.form, ...change }
  }

  /** Nothing on a side. */
  clear(side: Side): void {
    if (this.form === null) return
    const others = side === 'those' ? false : this.form.others
    this.set({ [side]: [], others, named: { ...this.form.named, [side]: null } })
  }

  /** Take rows as examples. Where a lasso that had filled in these turns out to be of those, these are again what they
   * were before it. */
  take(side: Side, rows: readonly number[], name: string | null = null): void {
    if (this.form === null) return
    const { rows: drawn, before } = this.#drawn
    const undone = side === 'those' && isSameRows(rows, drawn) && isSameRows(this.form.these, drawn)
    const form = undone ? { ...this.form, these: before, named: { these: null, those: null } } : this.form
    this.form = { ...form, ...withRows(form, side, rows, name), kind: 'examples' }
    this.#drawn = { rows: [], before: [] }
    this.finder = true
  }

  /** Take the rows of a selection as a side, in place of what stood there. */
  use(side: Side, rows: readonly number[], name: string): void {
    const map = this.#explore.map
    if (map === null) return
    if (this.form === null) this.attend(map)
    const form = this.form ?? blank(map)
    const empty = { ...form, [side]: [], named: { ...form.named, [side]: null } }
    this.form = { ...empty, ...withRows(empty, side, rows, name), kind: 'examples' }
    this.#drawn = { rows: [], before: [] }
    this.finder = true
    this.#touched = true
  }

  /** Rows have got a name. */
  called(rows: readonly number[], name: string): void {
    if (this.form !== null) this.form = called(this.form, rows, name)
    void this.#sayAgain()
  }

  /** A selection is gone: its rows stay where they are. */
  uncalled(name: string): void {
    if (this.form === null) return
    const { these, those } = this.form.named
    this.set({ named: { these: these === name ? null : these, those: those === name ? null : those } })
  }

  /** Rows were drawn around: these, against all others, until somebody says otherwise. */
  drawn(rows: readonly number[]): void {
    const map = this.#explore.map
    if (map === null) return
    if (this.form === null) this.attend(map)
    const form = this.form ?? blank(map)
    this.finder = true
    this.#touched = true
    const { rows: last } = this.#drawn
    const mine = form.these.length === 0 || isSameRows(form.these, last)
    if (!mine) {
      this.form = { ...form, kind: 'examples' }
      return
    }
    const empty = { ...form, these: [] }
    const taken = withRows(empty, 'these', rows)
    this.form = { ...form, ...taken, others: taken.those.length === 0, kind: 'examples' }
    this.#drawn = { rows: this.form.these, before: form.these }
  }

  async find(): Promise<void> {
    const [map, form, key] = [this.#explore.map, this.form, this.#key]
    if (map === null || form === null || this.busy) return
    const id = ++this.#searches
    const asked = request(form, map, this.finders, this.#explore.focus?.at ?? null)
    this.#put(key, { id, job: null, error: null, stopped: false, found: [], how: null })
    await this.#begin(key, id, asked)
  }

  async #begin(key: string, id: number, asked: FindRequest): Promise<void> {
    try {
      const job = await answer(() => POST('/api/directions/find', { body: asked }))
      noteJob(key, job.id)
      // It is what one looks at: what others wait for comes later.
      if (job.state === 'waiting') void app.first(job.id)
      await this.#follow(key, id, job)
    } catch (error) {
      this.#failed(key, id, error, () => void this.#begin(key, id, asked))
    }
  }

  /** Come back to the search that was under way when the page was left. */
  async #recall(key: string): Promise<void> {
    const job = jobOf(key)
    if (job === null || this.#findings[key] !== undefined) return
    const id = ++this.#searches
    try {
      const asked = () => GET('/api/jobs/{job}', { params: { path: { job } } })
      const now = (await answer(asked)) as JobCard<DirectionsFound>
      if (this.#findings[key] !== undefined) return
      if (now.state === 'failed' || now.state === 'cancelled') return noteJob(key, null)
      this.seen = id
      this.#put(key, { id, job: now, error: null, stopped: false, found: [], how: null })
      await this.#follow(key, id, now)
    } catch (error) {
      // It is not known any more.
      if (!this.#explore.noticed(error)) noteJob(key, null)
    }
  }

  async #follow(key: string, id: number, job: JobCard<DirectionsFound>): Promise<void> {
    try {
      const done = await app.attend(job, (now) => this.#patch(key, id, { job: now }))
      const { directions, reproduce } = resultOf(done)
      this.#patch(key, id, { found: directions.map((card) => ({ card, kept: null })), how: reproduce })
    } catch (error) {
      this.#failed(key, id, error, () => void this.#follow(key, id, job))
    }
  }

  #failed(key: string, id: number, error: unknown, again: () => void): void {
    if (error instanceof Refused && error.document.stopped) this.#patch(key, id, { stopped: true })
    else if (!this.#explore.noticed(error)) this.#patch(key, id, { error })
    // The studio may only be out of reach, and its work goes on.
    else app.whenBack(() => this.#findings[key]?.id === id && again())
  }

  #put(key: string, finding: Finding): void {
    this.#findings = { ...this.#findings, [key]: finding }
  }

  #patch(key: string, id: number, change: Partial<Finding>): void {
    const now = this.#findings[key]
    if (now?.id === id) this.#put(key, { ...now, ...change })
  }

  /** Let go of what was found. */
  dismiss(): void {
    const { [this.#key]: _, ...rest } = this.#findings
    this.#findings = rest
    noteJob(this.#key, null)
  }

  /** Keep one of those that were found. */
  async keep(which: number, name: string, replace = false): Promise<string> {
    const [finding, key] = [this.finding, this.#key]
    if (!finding?.job) throw new Error('nothing was found')
    const { id, job, how } = finding
    const body = { job: job.id, which, name, replace }
    const card = await answer(() => POST('/api/directions/keep', { body }))
    const found = finding.found.map((one, i) => (i === which ? { ...one, kept: card.name } : one))
    this.#patch(key, id, { found })
    if (how !== null) this.#made = { ...this.#made, [this.#name(card.name)]: how }
    await this.#changed()
    return card.name
  }

  /** Say the last search as it is said now, by the names that its rows have got.
   *
   * @param name What to keep them as first.
   */
  async #sayAgain(name: string | null = null): Promise<void> {
    const [finding, key, map] = [this.finding, this.#key, this.#explore.map]
    if (!finding?.job || !finding.how?.needs?.length || map === null) return
    const body = { job: finding.job.id, map: map.id, save_as: name }
    try {
      const how = await answer(() => POST('/api/directions/reproduce', { body }))
      this.#patch(key, finding.id, { how })
      for (const { kept } of finding.found) if (kept !== null) this.#made = { ...this.#made, [this.#name(kept)]: how }
      if (name !== null) void this.#explore.selections.load()
    } catch (error) {
      // Whoever gave a name is told; else what was said before is as true as it was.
      if (name !== null) throw error
    }
  }

  /** What was found is called otherwise now, or is kept no longer. */
  #kept(name: string, now: string | null): void {
    const { finding } = this
    if (finding === null) return
    const found = finding.found.map((one) => (one.kept === name ? { ...one, kept: now } : one))
    this.#patch(this.#key, finding.id, { found })
  }

  /** Send a kept direction to the lens. */
  send(name: string): void {
    this.#explore.lens.addSlider(name)
  }
}
