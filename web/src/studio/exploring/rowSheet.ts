/** Small pictures of some rows in one sheet: the atlas's own, or what the model gives back where it kept none. */

import { answer, type MapCard, POST } from '../../api/client'
import { bitmap, type ThumbnailSheet, thumbnailSheet } from '../../api/pictures'

/** Rows of one request: as many as are decoded at once. */
export const BATCH = 64
const SIDE = 64

export async function rowSheet(map: MapCard, rows: readonly number[]): Promise<ThumbnailSheet> {
  if (map.tile > 0) return thumbnailSheet(map, rows)
  const at = rows.map((row) => ({ row }))
  const { items } = await answer(() => POST('/api/decode', { body: { map: map.id, at, neighbours: 0 } }))
  const canvas = new OffscreenCanvas(SIDE * rows.length, SIDE)
  const context = canvas.getContext('2d')
  for (const [i, { picture }] of items.entries()) {
    const data = Uint8Array.from(atob(picture.webp), (one) => one.charCodeAt(0))
    const one = await bitmap(data)
    context?.drawImage(one, i * SIDE, 0, SIDE, SIDE)
    one.close()
  }
  return { source: canvas.transferToImageBitmap(), across: rows.length, tile: SIDE }
}
