import { describe, expect, it } from 'vitest'
import { moved, partName, placed, whole, zoomed } from './crop'

const SQUARE = { width: 64, height: 64 }
const OF = { width: 300, height: 200 }

describe('a part of a picture', () => {
  it('is the largest one from the middle at first', () => {
    expect(whole(OF, SQUARE)).toEqual({ x: 50, y: 0, width: 200, height: 200 })
    expect(whole({ width: 90, height: 400 }, { width: 64, height: 32 })).toEqual({
      x: 0,
      y: 178,
      width: 90,
      height: 45,
    })
  })

  it('stays within the picture wherever it is moved, and keeps its form', () => {
    const crop = placed(OF, SQUARE, 150, 100, 80)
    expect(crop).toEqual({ x: 110, y: 60, width: 80, height: 80 })
    expect(moved(crop, OF, -1000, 1000)).toEqual({ x: 0, y: 120, width: 80, height: 80 })
    expect(moved(crop, OF, 7, -3)).toEqual({ x: 117, y: 57, width: 80, height: 80 })
  })

  it('is never larger than the picture, nor next to nothing', () => {
    const crop = placed(OF, SQUARE, 150, 100, 80)
    expect(zoomed(crop, OF, 100)).toEqual({ x: 50, y: 0, width: 200, height: 200 })
    expect(zoomed(crop, OF, 0.001).width).toBe(8)
    expect(whole({ width: 1, height: 5 }, SQUARE)).toEqual({ x: 0, y: 2, width: 1, height: 1 })
  })

  it('is called by where it lies', () => {
    expect(partName('me.final.jpg', { x: 3, y: 40, width: 64, height: 64 })).toBe('me.final-3-40-64x64.png')
    expect(partName('', { x: 0, y: 0, width: 8, height: 8 })).toBe('picture-0-0-8x8.png')
  })
})
