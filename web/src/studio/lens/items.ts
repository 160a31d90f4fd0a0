/** What the small picture of an item is. No browser in it. */

import type { MapCard } from '../../api/client'

/** The key of its name: the item itself, what the model makes of it, or what the model drew. */
export function itemPicture(
  map: Pick<MapCard, 'pictured' | 'split'> | null,
  row: number,
): 'picture.original' | 'picture.rebuilt' | 'picture.made' {
  if (map?.split === 'own') return 'picture.made'
  // Of what came with a model the first have their own pictures, and no others.
  return map !== null && row < map.pictured ? 'picture.original' : 'picture.rebuilt'
}
