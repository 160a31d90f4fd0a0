/** Small pictures of encoded items, fetched together and held while there is room. */

import { answer, type MapCard, POST, pictureUrl } from '../../api/client'
import { thumbnailSheet, tileAt } from '../../api/pictures'
import { app } from '../app.svelte'
import { Newest } from '../newest'
import type { Exploring } from './exploring.svelte'

/** Rows that are held. */
const HELD = 600

export class Tiles {
  readonly #explore: Exploring
  /** Addresses of pictures by row. */
  pictures = $state.raw<ReadonlyMap<number, string>>(new Map())

  #map: string | null = null
  #queue = new Newest<{ map: MapCard; rows: number[] }>(({ map, rows }) => this.#get(map, rows))

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  want(map: MapCard, rows: readonly number[]): void {
    if (map.id !== this.#map) {
      this.#map = map.id
      this.pictures = new Map()
    }
    const missing = rows.filter((row) => !this.pictures.has(row))
    if (missing.length > 0) this.#queue.ask({ map, rows: missing })
    else this.#queue.drop()
  }

  async #get(map: MapCard, rows: number[]): Promise<void> {
    try {
      const found = map.tile > 0 ? await cut(map, rows) : await decoded(map, rows)
      if (map.id !== this.#map) return
      const kept = this.pictures.size > HELD ? [] : this.pictures
      this.pictures = new Map([...kept, ...rows.map((row, i): [number, string] => [row, found[i] ?? ''])])
    } catch (error) {
      // Without its picture a neighbour still has its name.
      if (this.#explore.noticed(error)) app.whenBack(() => map.id === this.#map && this.#queue.ask({ map, rows }))
    }
  }
}

/** The atlas's own thumbnails, out of one sheet. */
async function cut(map: MapCard, rows: number[]): Promise<string[]> {
  const { source, across, tile } = await thumbnailSheet(map, rows)
  const canvas = document.createElement('canvas')
  canvas.width = tile
  canvas.height = tile
  const context = canvas.getContext('2d')
  const found = rows.map((_, i) => {
    const { x, y } = tileAt(i, across, tile)
    context?.drawImage(source, x, y, tile, tile, 0, 0, tile, tile)
    return canvas.toDataURL('image/png')
  })
  source.close()
  return found
}

/** The items as the model gives them back, where the atlas kept no pictures. */
async function decoded(map: MapCard, rows: number[]): Promise<string[]> {
  const at = rows.map((row) => ({ row }))
  const { items } = await answer(() => POST('/api/decode', { body: { map: map.id, at, neighbours: 0 } }))
  return items.map((item) => pictureUrl(item.picture))
}
