/** What the items of the open map are of: the data, their parts, what was made of their files; and what else could be shown. */

import { answer, type DataCard, type MapCard, POST } from '../../api/client'
import { resultOf } from '../../api/jobs'
import { app } from '../app.svelte'
import type { Exploring } from './exploring.svelte'

export class Items {
  /** Null until it is known. */
  card = $state.raw<DataCard | null>(null)
  trouble = $state.raw<unknown>(null)

  #asked = 0
  readonly #explore: Exploring

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  async look(map: MapCard): Promise<void> {
    const mine = ++this.#asked
    const stale = () => mine !== this.#asked
    this.card = null
    this.trouble = null
    try {
      const job = await answer(() => POST('/api/maps/{map}/data', { params: { path: { map: map.id } } }))
      const card = resultOf(await app.attend(job))
      if (!stale()) this.card = card
    } catch (error) {
      if (stale()) return
      if (!this.#explore.noticed(error)) this.trouble = error
      app.whenBack(() => {
        if (!stale()) void this.look(map)
      })
    }
  }
}
