/** Pictures that come as bytes: one, or small ones of many rows in one sheet. */

import { bytes, type MapCard } from './client'

/** A picture to draw from. */
export function bitmap(data: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([data], { type: 'image/webp' }))
}

export interface ThumbnailSheet {
  source: ImageBitmap
  /** Pictures in a row, and the height and width of each. */
  across: number
  tile: number
}

/** The atlas's own pictures of some rows, in their order. */
export async function thumbnailSheet(map: MapCard, rows: readonly number[]): Promise<ThumbnailSheet> {
  const { data, headers } = await bytes(`/api/maps/${map.id}/thumbnails?rows=${rows.join(',')}`)
  const across = Number(headers.get('X-Trasluz-Across')) || 1
  return { source: await bitmap(data), across, tile: Number(headers.get('X-Trasluz-Tile')) || map.tile }
}

/** Where in a sheet the i-th picture begins. */
export function tileAt(i: number, across: number, tile: number): { x: number; y: number } {
  return { x: (i % across) * tile, y: Math.floor(i / across) * tile }
}
