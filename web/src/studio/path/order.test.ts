import { describe, expect, it } from 'vitest'
import { distinct, placeAmong } from './order'

const row = (top: number) => [0, 50, 100].map((left) => ({ left, top, width: 40, height: 30 }))

describe('a dragged pin', () => {
  it('is put before the one in whose left half it is, and behind it in the right half', () => {
    expect(placeAmong(row(0), 5, 10)).toBe(0)
    expect(placeAmong(row(0), 35, 10)).toBe(1)
    expect(placeAmong(row(0), 60, 10)).toBe(1)
    expect(placeAmong(row(0), 400, 10)).toBe(3)
    expect(placeAmong(row(0), -40, 90)).toBe(0)
  })

  it('finds its row', () => {
    expect(placeAmong([...row(0), ...row(40)], 55, 60)).toBe(4)
    expect(placeAmong([], 5, 5)).toBeNull()
  })
})

describe('pins of one name', () => {
  it('are told apart', () => {
    expect(distinct(['a', 'b', 'a'])).toEqual(['a#0', 'b#0', 'a#1'])
  })
})
