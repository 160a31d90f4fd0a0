/** Small pictures of rows, fetched together, held while there is room. */

import { type ThumbnailSheet, tileAt } from '../api/pictures'
import type { Tile } from './overlay'

/** Rows of one request, and rows that are held. */
const TOGETHER = 128
const HELD = 4000
/** Milliseconds in which what is wanted is gathered: a map that glides wants a few more at every frame. */
const GATHER = 30

export class Thumbnails {
  readonly #fetch: (rows: number[]) => Promise<ThumbnailSheet>
  readonly #ready: (error?: unknown) => void
  /** Rows whose pictures come quickly, the first so many; those of others are asked for after them. */
  readonly #quick: number
  readonly #together: number
  #wanted = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #tiles = new Map<number, Tile>()
  readonly #asked = new Set<number>()
  #closed = false

  /**
   * `fetch` gives the pictures of some rows in one sheet; `ready` is told when there are new ones, or why there are none.
   */
  constructor(
    fetch: (rows: number[]) => Promise<ThumbnailSheet>,
    ready: (error?: unknown) => void,
    { quick = Number.POSITIVE_INFINITY, together = TOGETHER }: { quick?: number; together?: number } = {},
  ) {
    this.#fetch = fetch
    this.#ready = ready
    this.#quick = quick
    this.#together = together
  }

  /** Whether some are on their way. */
  get busy(): boolean {
    return this.#asked.size > 0 || this.#wanted.size > 0
  }

  /** The pictures of rows that are there; the others are asked for. */
  of(rows: readonly number[]): Map<number, Tile> {
    const found = new Map<number, Tile>()
    for (const row of rows) {
      const tile = this.#tiles.get(row)
      if (tile) found.set(row, tile)
      else if (!this.#asked.has(row)) this.#wanted.add(row)
    }
    if (this.#wanted.size > 0) this.#timer ??= setTimeout(() => this.#ask(), GATHER)
    return found
  }

  #ask(): void {
    this.#timer = undefined
    const wanted = [...this.#wanted]
    this.#wanted.clear()
    for (const some of [wanted.filter((row) => row < this.#quick), wanted.filter((row) => row >= this.#quick)])
      for (let i = 0; i < some.length; i += this.#together) void this.#get(some.slice(i, i + this.#together))
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#tiles.clear()
  }

  async #get(rows: number[]): Promise<void> {
    for (const row of rows) this.#asked.add(row)
    try {
      const { source, across, tile } = await this.#fetch(rows)
      if (this.#closed) return
      if (this.#tiles.size > HELD) this.#tiles.clear()
      for (const [i, row] of rows.entries()) {
        this.#tiles.set(row, { source, ...tileAt(i, across, tile), size: tile })
      }
      for (const row of rows) this.#asked.delete(row)
      this.#ready()
    } catch (error) {
      // They are asked for again when they are wanted again.
      for (const row of rows) this.#asked.delete(row)
      if (!this.#closed) this.#ready(error)
    }
  }
}
