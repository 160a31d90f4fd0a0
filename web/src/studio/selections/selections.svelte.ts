/** Sets of rows that are kept under a name: listed, saved, shown on the map. */

import { readBits } from '../../api/binary'
import { answer, bytes, DELETE, GET, POST, type SelectionCard } from '../../api/client'
import { count, t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'

/** What is to be saved: rows of the map, or the condition that they meet. */
export type Meant = { readonly rows: readonly number[] } | { readonly where: string }

export class Selections {
  readonly #explore: Exploring

  /** All that are kept; null until they are known. */
  lines = $state.raw<readonly SelectionCard[] | null>(null)
  trouble = $state.raw<unknown>(null)
  /** Those of the items of this map. */
  mine = $derived<readonly SelectionCard[]>((this.lines ?? []).filter((line) => line.here))
  others = $derived<readonly SelectionCard[]>((this.lines ?? []).filter((line) => !line.here))

  /** Rows that were shown or saved last, and their name. */
  #named = $state.raw<{ readonly rows: readonly number[]; readonly name: string } | null>(null)
  #asked = 0

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** What the chosen rows are called; null where they have no name. */
  get chosen(): string | null {
    return this.#named?.rows === this.#explore.chosen ? this.#named.name : null
  }

  async load(): Promise<void> {
    const map = this.#explore.map
    if (map === null) return
    const mine = ++this.#asked
    try {
      const lines = await answer(() => GET('/api/selections', { params: { query: { map: map.id } } }))
      if (mine !== this.#asked) return
      this.lines = lines
      this.trouble = null
    } catch (error) {
      if (mine !== this.#asked) return
      if (this.#explore.noticed(error)) app.whenBack(() => void this.load())
      else this.trouble = error
    }
  }

  /** Keep rows or a condition under a name. */
  async save(name: string, meant: Meant, replace = false): Promise<void> {
    const map = this.#explore.map
    if (map === null) return
    const body = {
      name,
      map: map.id,
      replace,
      ...('where' in meant ? { where: meant.where } : { rows: [...meant.rows] }),
    }
    const card = await answer(() => POST('/api/selections', { body }))
    if ('rows' in meant) {
      if (meant.rows === this.#explore.chosen) this.#named = { rows: meant.rows, name: card.name }
      this.#explore.directions.called(meant.rows, card.name)
    }
    app.say(t('selections.saved', { point: card.point }), 'good')
    await this.load()
  }

  async remove({ name }: SelectionCard): Promise<void> {
    await answer(() => DELETE('/api/selections/{name}', { params: { path: { name } } }))
    if (this.#named?.name === name) this.#named = null
    this.#explore.directions.uncalled(name)
    await this.load()
  }

  /** The rows of one on this map. How many of its items are not there is said. */
  async rows({ name, items }: SelectionCard): Promise<number[]> {
    const map = this.#explore.map
    if (map === null) return []
    const query = new URLSearchParams({ map: map.id })
    const { data } = await bytes(`/api/selections/${encodeURIComponent(name)}/rows?${query}`)
    const rows: number[] = []
    readBits(data).forEach((bit, row) => bit && rows.push(row))
    if (rows.length === 0) app.say(t('selections.nothingHere', { name }), 'error')
    else if (items !== null && rows.length < items) app.say(count('selections.lacking', items - rows.length, { name }))
    return rows
  }

  /** Choose its rows on the map, as a lasso does. */
  async show(line: SelectionCard): Promise<void> {
    const map = this.#explore.map
    const rows = await this.rows(line)
    if (rows.length === 0 || map !== this.#explore.map) return
    this.#explore.chosen = rows
    this.#named = { rows, name: line.name }
  }
}
