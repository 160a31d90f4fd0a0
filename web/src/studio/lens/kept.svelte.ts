/** Latents that are kept under a name: those of the open space, to be looked at again. */

import { answer, DELETE, GET } from '../../api/client'
import type { components } from '../../api/schema'
import type { Exploring } from '../exploring/exploring.svelte'

export type PointCard = components['schemas']['PointCard']

export class KeptPoints {
  /** Those of the open model; null until they are known. */
  all = $state.raw<readonly PointCard[] | null>(null)
  readonly #explore: Exploring
  /** Those of the open space. */
  mine = $derived.by<readonly PointCard[]>(() =>
    (this.all ?? []).filter((one) => one.space === this.#explore.map?.space),
  )
  #asked = 0

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  async load(): Promise<void> {
    const model = this.#explore.map?.model
    if (model === undefined) return
    const mine = ++this.#asked
    try {
      const all = await answer(() => GET('/api/points', { params: { query: { model } } }))
      if (mine === this.#asked) this.all = all
    } catch (error) {
      // The lens does without the list.
      if (mine === this.#asked) this.#explore.noticed(error)
    }
  }

  async remove({ name }: PointCard): Promise<void> {
    await answer(() => DELETE('/api/points/{name}', { params: { path: { name } } }))
    await this.load()
  }
}
