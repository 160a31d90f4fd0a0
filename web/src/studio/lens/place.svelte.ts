/** What a place of the map decodes to, beside what lies there. */

import { answer, POST, pictureUrl } from '../../api/client'
import type { Exploring } from '../exploring/exploring.svelte'
import { Newest } from '../newest'

interface Asked {
  readonly map: string
  readonly xy: readonly [number, number]
}

const textOf = ({ map, xy }: Asked) => `${map} ${xy[0]} ${xy[1]}`

export class PlacePicture {
  /** Its address; null until it is there. */
  picture = $state<string | null>(null)
  readonly #explore: Exploring
  #wanted: string | null = null
  readonly #queue = new Newest<Asked>((asked) => this.#get(asked))

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** To be called by an effect, whose end it gives: what comes later is nobody's. */
  want(map: string | null, xy: readonly [number, number] | null): () => void {
    const asked = map === null || xy === null ? null : { map, xy }
    const text = asked === null ? null : textOf(asked)
    if (asked !== null) this.#queue.ask(asked)
    this.#wanted = text
    return () => {
      this.#queue.drop()
      this.#wanted = null
      this.picture = null
    }
  }

  async #get(asked: Asked): Promise<void> {
    try {
      const [x, y] = asked.xy
      const body = { map: asked.map, at: [{ xy: [x, y] as [number, number] }], neighbours: 0 }
      const { items } = await answer(() => POST('/api/decode', { body }))
      if (this.#wanted === textOf(asked) && items[0]) this.picture = pictureUrl(items[0].picture)
    } catch (error) {
      // What lies there is seen without it.
      this.#explore.noticed(error)
    }
  }
}
