/** Kept directions in the order in which one looks for them. No browser in it. */

import type { DirectionCard } from '../../api/client'
import { targetOf } from './measured'

/** By the column that they change, then those by example, then those without labels.
 *
 * A group is called `:COLUMN`, `examples` or `nothing`.
 */
export function grouped(cards: readonly DirectionCard[]): [string, DirectionCard[]][] {
  const groups = new Map<string, DirectionCard[]>()
  for (const card of cards) {
    const group = groupOf(card)
    groups.set(group, [...(groups.get(group) ?? []), card])
  }
  const byName = (a: DirectionCard, b: DirectionCard) => a.name.localeCompare(b.name, 'en', { numeric: true })
  const place = (group: string) => ['examples', 'nothing'].indexOf(group)
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b, 'en'))
    .map(([group, some]): [string, DirectionCard[]] => [group, some.sort(byName)])
}

function groupOf(card: DirectionCard): string {
  const target = targetOf(card.target)
  if (target !== null) return `:${target.column}`
  return card.data === 'examples' ? 'examples' : 'nothing'
}
