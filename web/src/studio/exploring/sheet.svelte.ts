/** The sheet under the points: asked for when the map has come to rest, held until there is a better one. */

import { floatsOf } from '../../api/binary'
import { bytes } from '../../api/client'
import { bitmap } from '../../api/pictures'
import type { Transform } from '../../map/frame'
import { gridFor, type SheetPicture } from '../../map/sheet'
import type { Exploring } from './exploring.svelte'

const WAIT = 160
/** Pixels of a decoded cell at most. */
const TILE = 64

export class Sheet {
  picture = $state.raw<SheetPicture | null>(null)
  /** One is being decoded. */
  busy = $state(false)
  readonly #explore: Exploring
  readonly #map: string
  #grid = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  #gone = new AbortController()

  constructor(explore: Exploring, map: string) {
    this.#explore = explore
    this.#map = map
  }

  /** Show what lies under a map as it is now. */
  show(transform: Transform): void {
    const grid = gridFor(transform)
    const key = `${grid.bounds.join()},${grid.across}`
    if (key === this.#grid) return
    this.#stop()
    this.#grid = key
    this.#timer = setTimeout(() => void this.#load(grid, this.#gone.signal), WAIT)
  }

  hide(): void {
    this.#stop()
    this.#grid = ''
    this.picture = null
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#gone.abort()
    this.#gone = new AbortController()
    this.busy = false
  }

  async #load(grid: ReturnType<typeof gridFor>, signal: AbortSignal): Promise<void> {
    this.busy = true
    try {
      const [x0, y0, x1, y1] = grid.bounds
      const asked = { x0, y0, x1, y1, across: grid.across, down: grid.down, tile: TILE }
      const query = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]))
      const { data, headers } = await bytes(`/api/maps/${this.#map}/sheet?${query}`, { signal })
      const source = await bitmap(data)
      if (signal.aborted) return
      const support = headers.get('X-Trasluz-Support')
      const tile = Number(headers.get('X-Trasluz-Tile'))
      this.picture = { ...grid, tile, source, support: support === null ? null : floatsOf(support) }
    } catch (error) {
      if (signal.aborted) return
      this.#grid = ''
      this.#explore.tell(error)
    } finally {
      if (!signal.aborted) this.busy = false
    }
  }
}
