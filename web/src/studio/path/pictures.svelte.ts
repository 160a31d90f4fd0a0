/** What the pins look like: decoded together, one request at a time, and held. */

import { type At, answer, type Picture, POST, pictureUrl, Refused } from '../../api/client'
import { app, describe } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import type { Spot } from '../exploring/spot'
import { Newest } from '../newest'

/** Pictures that are held; a pin that is dragged over the map leaves one at every place. */
const HELD = 200

interface Look {
  /** Address of the picture; null where there is none. */
  url: string | null
  /** Why there is none. */
  trouble: string | null
}

export class Pictures {
  readonly #explore: Exploring
  #looks = $state.raw<ReadonlyMap<string, Look>>(new Map())
  #map: string | null = null
  #queue = new Newest<{ map: string; spots: readonly Spot[] }>(({ map, spots }) => this.#get(map, spots))

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  of(spot: Spot): Look | null {
    return this.#looks.get(JSON.stringify(spot.at)) ?? null
  }

  /** A picture that was decoded for something else. */
  know(map: string, spot: Spot, picture: Picture): void {
    this.#enter(map)
    if (this.of(spot) === null) this.#hold(map, [spot.at], [{ url: pictureUrl(picture), trouble: null }])
  }

  want(map: string, spots: readonly Spot[]): void {
    this.#enter(map)
    if (spots.some((spot) => this.of(spot) === null)) this.#queue.ask({ map, spots })
    else this.#queue.drop()
  }

  #enter(map: string): void {
    if (map === this.#map) return
    this.#map = map
    this.#looks = new Map()
  }

  async #get(map: string, spots: readonly Spot[]): Promise<void> {
    const missing = spots.filter((spot) => this.of(spot) === null).map((spot) => spot.at)
    if (missing.length === 0) return
    try {
      this.#hold(map, missing, await decoded(map, missing))
    } catch (error) {
      if (this.#explore.noticed(error)) {
        app.whenBack(() => map === this.#map && this.#queue.ask({ map, spots }))
      } else if (error instanceof Refused && error.status < 500) {
        // One that cannot be looked at hides no other: each for itself says what it lacks.
        for (const at of missing) this.#hold(map, [at], [await one(map, at)])
      }
    }
  }

  #hold(map: string, at: readonly At[], found: readonly Look[]): void {
    if (map !== this.#map) return
    const all = [...this.#looks, ...at.map((spot, i): [string, Look] => [JSON.stringify(spot), found[i] ?? NOTHING])]
    this.#looks = new Map(all.slice(-HELD))
  }
}

const NOTHING: Look = { url: null, trouble: null }

async function decoded(map: string, at: At[]): Promise<Look[]> {
  const { items } = await answer(() => POST('/api/decode', { body: { map, at, neighbours: 0 } }))
  return items.map((item) => ({ url: pictureUrl(item.picture), trouble: null }))
}

async function one(map: string, at: At): Promise<Look> {
  try {
    return (await decoded(map, [at]))[0] ?? NOTHING
  } catch (error) {
    return { url: null, trouble: describe(error).text }
  }
}
