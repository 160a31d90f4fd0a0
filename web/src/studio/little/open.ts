/** A map that is there at once, without Explore: its points in their colours, and what lies at a place. */

import { readPoints } from '../../api/binary'
import { answer, bytes, type MapCard, type ModelLine, POST } from '../../api/client'
import { follow, resultOf } from '../../api/jobs'
import { coloursOf, NO_VALUE, placesOf } from '../../map/colours'
import { isReady } from '../models'

export interface Little {
  readonly card: MapCard
  /** x and y of every item in turn. */
  readonly xy: Float32Array
  /** Of every item the place of its colour in `colours`. */
  readonly places: Uint16Array
  readonly colours: readonly string[]
}

/** The model whose map is shown where nobody chose one: the first bundled one of pictures that has a map at hand, else
 * the first that has one. */
export function littleOf(models: readonly ModelLine[]): ModelLine | null {
  const there = models.filter((model) => isReady(model) && model.at_hand)
  const ofPictures = there.filter((model) => model.items?.kind === 'pixels')
  return ofPictures.find((model) => model.bundled) ?? ofPictures[0] ?? there[0] ?? null
}

/** Open it; nothing of it is shown among the work in progress. */
export async function openLittle(model: string, signal: AbortSignal): Promise<Little> {
  const opened = await answer(() => POST('/api/maps', { body: { model } as never, signal }))
  const card = opened.map ?? resultOf(await follow(opened.job, () => {}, signal))
  const column = card.columns.find((one) => one.name === card.color) ?? null
  const asked = column === null ? '' : `?column=${encodeURIComponent(column.name)}`
  const { data } = await bytes(`/api/maps/${card.id}/points${asked}`, { signal })
  const { xy, codes } = readPoints(data)
  const colours = column === null ? [NO_VALUE] : coloursOf(column)
  const places = column === null || codes === null ? new Uint16Array(xy.length / 2) : placesOf(column, codes)
  return { card, xy, places, colours }
}
