/** Small pictures of rows, fetched together, held while there is room. */

import { type ThumbnailSheet, tileAt } from '../api/pictures'
import type { Tile } from './overlay'

/** Rows of one request, and rows that are held. */
const TOGETHER = 128
const HELD = 4000

export class Thumbnails {
  readonly #fetch: (rows: number[]) => Promise<ThumbnailSheet>
  readonly #ready: () => void
  readonly #tiles = new Map<number, Tile>()
  readonly #asked = new Set<number>()
  #closed = false

  /** `fetch` gives the pictures of some rows in one sheet; `ready` is told when there are new ones. */
  constructor(fetch: (rows: number[]) => Promise<ThumbnailSheet>, ready: () => void) {
    this.#fetch = fetch
    this.#ready = ready
  }

  /** The pictures of rows that are there; the others are asked for. */
  of(rows: readonly number[]): Map<number, Tile> {
    const found = new Map<number, Tile>()
    const missing: number[] = []
    for (const row of rows) {
      const tile = this.#tiles.get(row)
      if (tile) found.set(row, tile)
      else if (!this.#asked.has(row)) missing.push(row)
    }
    for (let i = 0; i < missing.length; i += TOGETHER) void this.#get(missing.slice(i, i + TOGETHER))
    return found
  }

  close(): void {
    this.#closed = true
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
      this.#ready()
    } catch {
      // They are asked for again when they are wanted again.
    } finally {
      for (const row of rows) this.#asked.delete(row)
    }
  }
}
