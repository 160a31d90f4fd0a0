import { describe, expect, it } from 'vitest'
import { latentSpot, letter, placeSpot, pointSpot, rowSpot, same, spotOf, spotText } from './spot'

const place = (row: number): [number, number] | null => (row < 3 ? [row, -row] : null)

describe('a spot', () => {
  it('comes back from the address as it went', () => {
    for (const spot of [placeSpot(0.31, -1.2), rowSpot(2, [2, -2], null), pointSpot('test:17'), pointSpot('@scout')]) {
      const text = spotText(spot)
      expect(text).not.toBeNull()
      expect(same(spotOf(text as string, place), spot)).toBe(true)
    }
  })

  it('is not written where it would be too long', () => {
    expect(spotText(latentSpot('AAAA', 'mine.png', [0, 0]))).toBeNull()
  })

  it('is none where the text is none', () => {
    for (const text of ['', 'xy:1', 'xy:a,b', 'xy:1,Infinity', 'xy:1e30,0', 'row:9', 'a b', '<b>', 'x'.repeat(300)]) {
      expect(spotOf(text, place)).toBeNull()
    }
  })

  it('has a letter', () => {
    expect([letter(0), letter(25), letter(26)]).toEqual(['A', 'Z', 'A'])
  })
})
