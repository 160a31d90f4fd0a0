/** The layers of a latent in groups, from what an item is like as a whole to its details. No browser in it. */

export type Side = 'a' | 'b'

export interface Group {
  readonly name: 'coarse' | 'middle' | 'fine'
  readonly layers: readonly number[]
}

const NAMES = ['coarse', 'middle', 'fine'] as const

/** As equal thirds as there can be; the first ones are the larger. Of fewer than three layers, as many groups. */
export function groupsOf(layers: number): Group[] {
  const count = Math.min(NAMES.length, layers)
  const ends = Array.from({ length: count + 1 }, (_, i) => Math.ceil((i * layers) / count))
  const names = count === 2 ? (['coarse', 'fine'] as const) : NAMES
  return Array.from({ length: count }, (_, i) => ({
    name: names[i] as Group['name'],
    layers: Array.from({ length: (ends[i + 1] as number) - (ends[i] as number) }, (_, k) => (ends[i] as number) + k),
  }))
}

/** The layers that the second one gives. */
export function layersOf(groups: readonly Group[], sides: readonly Side[]): number[] {
  return groups.flatMap(({ layers }, i) => (sides[i] === 'b' ? layers : []))
}
