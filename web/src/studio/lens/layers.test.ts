import { describe, expect, it } from 'vitest'
import { groupsOf, layersOf } from './layers'

describe('groups of layers', () => {
  it('hold every layer once, in order, in parts as equal as can be', () => {
    for (const n of [3, 4, 7, 8, 14, 18]) {
      const groups = groupsOf(n)
      expect(groups.map(({ name }) => name)).toEqual(['coarse', 'middle', 'fine'])
      expect(groups.flatMap(({ layers }) => layers)).toEqual(Array.from({ length: n }, (_, i) => i))
      const sizes = groups.map(({ layers }) => layers.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  })

  it('are fewer of fewer layers', () => {
    expect(groupsOf(2)).toEqual([
      { name: 'coarse', layers: [0] },
      { name: 'fine', layers: [1] },
    ])
    expect(groupsOf(1)).toEqual([{ name: 'coarse', layers: [0] }])
    expect(groupsOf(0)).toEqual([])
  })

  it('come from the second one where it says so', () => {
    expect(layersOf(groupsOf(7), ['a', 'b', 'a'])).toEqual([3, 4])
    expect(layersOf(groupsOf(7), ['b', 'a', 'b'])).toEqual([0, 1, 2, 5, 6])
    expect(layersOf(groupsOf(7), ['a', 'a', 'a'])).toEqual([])
  })
})
