/** From where a direction is shown, and how far along it. No browser in it. */

import type { Exploring } from '../exploring/exploring.svelte'
import { rowSpot, type Spot, same } from '../exploring/spot'

/** Strengths of a row of pictures: both ways of what has two, and from nothing to past the goal of what has one. */
export function strengthsOf(step: number, aimed: boolean): readonly number[] {
  const shares = aimed ? [0, 0.5, 1, 1.5, 2] : [-1, -0.5, 0, 0.5, 1]
  return shares.map((share) => share * step)
}

/** What is under the lens, what is pinned, and items from all over the atlas, each once. */
export function startsOf(
  { focus, pins, xy }: Pick<Exploring, 'focus' | 'pins' | 'xy'>,
  items: number,
  most: number,
): Spot[] {
  const spots = [...(focus === null ? [] : [focus]), ...pins]
  for (let i = 0; i < most; i++) {
    const row = Math.floor((i * items) / most)
    spots.push(rowSpot(row, [xy?.[2 * row] ?? 0, xy?.[2 * row + 1] ?? 0], null))
  }
  return spots.filter((spot, i) => spots.findIndex((other) => same(other, spot)) === i).slice(0, most)
}
