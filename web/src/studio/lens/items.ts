/** What pictures are called. No browser in it. */

import type { LensAnswer, MapCard } from '../../api/client'
import type { Spot } from '../exploring/spot'

/** The key of what the small picture of an item is called: the item itself, what the model makes of it, or what the model drew. */
export function itemPicture(
  map: Pick<MapCard, 'pictured' | 'split'> | null,
  row: number,
): 'picture.original' | 'picture.rebuilt' | 'picture.made' {
  if (map?.split === 'own') return 'picture.made'
  // Of what came with a model the first have their own pictures, and no others.
  return map !== null && row < map.pictured ? 'picture.original' : 'picture.rebuilt'
}

/** The key of what the large picture of something is called that was not moved; `own` for an item of one's own. */
export function pictureName(
  { spot, answer }: { readonly spot: Spot; readonly answer: Pick<LensAnswer, 'original' | 'row'> },
  own: boolean,
  map: Pick<MapCard, 'split'> | null,
): 'picture.place' | 'picture.rebuilt' | 'picture.made' {
  if (spot.at.xy) return 'picture.place'
  const real = own || answer.original !== null || (answer.row !== null && map?.split !== 'own')
  return real ? 'picture.rebuilt' : 'picture.made'
}
