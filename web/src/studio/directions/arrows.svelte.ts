/** Where one step along a direction leads: arrows over the map, from items of every part of it that is in sight. */

import { untrack } from 'svelte'
import { answer, type MapCard, POST } from '../../api/client'
import type { Bounds } from '../../map/frame'
import type { Arrow } from '../../map/marks'
import { app } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import { Newest } from '../newest'
import { spread } from './spread'

/** A direction that is kept, by its name; or one that a search found, by its job and place. */
export interface Way {
  readonly name: string
  readonly direction: string | null
  readonly job: string | null
  readonly which: number
  /** How far one step is, in its own unit. */
  readonly step: number
  readonly aimed: boolean
}

export function isSameWay(one: Way | null, other: Way | null): boolean {
  if (one === null || other === null) return one === other
  return one.direction === other.direction && one.job === other.job && one.which === other.which
}

/** How a request names a direction. */
export function named({ direction, job, which }: Way) {
  return direction !== null ? { direction } : { job, which }
}

interface Asked {
  readonly map: MapCard
  readonly way: Way
  readonly bounds: Bounds
}

/** Milliseconds that the map rests before arrows are drawn for what is in sight now. */
const RESTS = 250

export class Arrows {
  /** What they show; null for nothing. */
  way = $state.raw<Way | null>(null)
  drawn = $state.raw<readonly Arrow[]>([])
  /** Items that have one, and items in sight. */
  counts = $state.raw<{ n: number; of: number } | null>(null)
  trouble = $state.raw<unknown>(null)

  readonly #explore: Exploring
  #queue = new Newest<Asked>((asked) => this.#get(asked))
  readonly close: () => void

  constructor(explore: Exploring) {
    this.#explore = explore
    this.close = $effect.root(() => {
      $effect(() => {
        const { map, bounds } = explore
        const { way } = this
        void explore.shown.rows
        if (map === null || way === null) {
          untrack(() => this.#clear())
          return
        }
        const asked = { map, way, bounds: bounds ?? map.bounds }
        const first = untrack(() => this.drawn.length === 0)
        const timer = setTimeout(() => this.#queue.ask(asked), first ? 0 : RESTS)
        return () => clearTimeout(timer)
      })
    })
  }

  show(way: Way | null): void {
    if (!isSameWay(way, this.way)) this.#clear()
    this.way = way
  }

  /** No more, unless they show another by now. */
  hide(way: Way): void {
    if (isSameWay(way, this.way)) this.show(null)
  }

  #clear(): void {
    this.#queue.drop()
    this.drawn = []
    this.counts = null
    this.trouble = null
  }

  async #get({ map, way, bounds }: Asked): Promise<void> {
    const explore = this.#explore
    const stale = () => explore.map?.id !== map.id || !isSameWay(way, this.way)
    const { xy } = explore
    if (stale() || xy === null) return
    const { rows, of } = spread(xy, bounds, explore.shown.rows)
    if (rows.length === 0) {
      this.drawn = []
      this.counts = { n: 0, of }
      return
    }
    try {
      const body = { at: rows.map((row) => ({ row })), strengths: [0, way.step], pictures: false, ...named(way) }
      const asked = () =>
        POST('/api/maps/{map}/along', { params: { path: { map: map.id } }, body: { which: 0, ...body } })
      const { steps } = await answer(asked)
      if (stale()) return
      this.drawn = rows.flatMap((row, i): Arrow[] => {
        const [here, there] = steps[i]?.map((step) => step.xy) ?? []
        const from = explore.place(row)
        // From where the item is drawn: the map's way in may place it a little beside that.
        if (!from || !here || !there) return []
        return [{ from, to: [from[0] + there[0] - here[0], from[1] + there[1] - here[1]] }]
      })
      this.counts = { n: this.drawn.length, of }
      this.trouble = null
    } catch (error) {
      if (stale()) return
      this.drawn = []
      if (explore.noticed(error)) app.whenBack(() => stale() || this.#queue.ask({ map, way, bounds }))
      else this.trouble = error
    }
  }
}
