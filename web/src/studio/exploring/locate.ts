/** Where the spots lie, and what they are called, that an address or another map gave by half. */

import { answer, POST } from '../../api/client'
import type { Exploring } from './exploring.svelte'
import { isNameless } from './spot'

export async function locate(explore: Exploring): Promise<void> {
  await Promise.all([place(explore), name(explore)])
}

/** Ask where the spots lie that are known by name alone. */
async function place(explore: Exploring): Promise<void> {
  const { map, pins, focus } = explore
  const lost = [...pins, ...(focus ? [focus] : [])].filter((spot) => spot.xy === null)
  if (map === null || lost.length === 0) return
  const at = lost.map((spot) => spot.at)
  const { items } = await answer(() => POST('/api/decode', { body: { map: map.id, at, neighbours: 0 } }))
  if (explore.map?.id !== map.id) return
  for (const [i, spot] of lost.entries()) explore.know({ ...spot, xy: items[i]?.xy ?? null })
}

/** Ask what the rows are called that are pinned by number. */
async function name(explore: Exploring): Promise<void> {
  const nameless = explore.pins.filter(isNameless)
  const cards = await explore.rows(nameless.map(({ at }) => at.row as number))
  for (const [i, spot] of nameless.entries()) explore.know({ ...spot, name: cards[i]?.point ?? spot.name })
}
