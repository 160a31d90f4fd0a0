import { describe, expect, it } from 'vitest'
import type { ModelLine } from '../../api/client'
import { littleOf } from './open'
import { along, apart, diagonalOf, eased, emptySquare, Fit, LEG, type Place, Walk } from './walk'

/** Two clouds with room between them. */
const xy = new Float32Array(
  Array.from({ length: 200 }, (_, i) => [(i % 2) * 10 + Math.sin(i), Math.cos(i * 1.7)]).flat(),
)

describe('a walk', () => {
  it('comes by an item at the end of every leg, and never jumps', () => {
    const walk = new Walk(xy)
    let before = walk.go(0)
    for (let i = 1; i <= 400; i++) {
      const now = walk.go(LEG / 40)
      expect(Math.hypot(now[0] - before[0], now[1] - before[1])).toBeLessThan(0.1 * diagonalOf(xy))
      before = now
      if (i % 40 !== 0) continue
      const near = Math.min(
        ...Array.from({ length: 200 }, (_, k) => Math.hypot((xy[2 * k] ?? 0) - now[0], (xy[2 * k + 1] ?? 0) - now[1])),
      )
      expect(near).toBeLessThan(0.05)
    }
  })

  it('is the same each time, and goes on from where one led to', () => {
    expect(new Walk(xy).go(5)).toEqual(new Walk(xy).go(5))
    expect(new Walk(xy, [3, 3]).go(0)).toEqual([3, 3])
  })

  it('is somewhere even on a map of one item, or of none', () => {
    for (const few of [new Float32Array([2, 2]), new Float32Array()])
      expect(new Walk(few).go(9).every(Number.isFinite)).toBe(true)
  })

  it('goes through its places, slower at them than between', () => {
    const four: [Place, Place, Place, Place] = [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ]
    expect([along(four, 0), along(four, 1)]).toEqual([
      [1, 0],
      [2, 1],
    ])
    expect(eased(0.05)).toBeLessThan(0.05)
    expect(eased(1)).toBeCloseTo(1)
  })
})

describe('a map in a picture', () => {
  const fit = new Fit(xy, 400, 200)

  it('fits, and every pixel leads back to its place', () => {
    for (let i = 0; i < xy.length; i += 2) {
      const [px, py] = fit.to([xy[i] as number, xy[i + 1] as number])
      expect(px >= 0 && px <= 400 && py >= 0 && py <= 200).toBe(true)
      const back = fit.back(px, py)
      expect(back[0]).toBeCloseTo(xy[i] as number)
      expect(back[1]).toBeCloseTo(xy[i + 1] as number)
    }
  })

  it('has room for a large picture where no item lies', () => {
    const place = emptySquare(xy, fit, 400, 200, 120)
    expect(place).not.toBeNull()
    const [left, top] = place as Place
    for (let i = 0; i < xy.length; i += 2) {
      const [px, py] = fit.to([xy[i] as number, xy[i + 1] as number])
      expect(px > left && px < left + 120 && py > top && py < top + 120).toBe(false)
    }
    expect(emptySquare(xy, fit, 400, 200, 390)).toBeNull()
  })

  it('shows pictures that do not touch each other', () => {
    const places = apart(xy, fit, 30, 200, 50).map((row) => fit.to([xy[2 * row] as number, xy[2 * row + 1] as number]))
    expect(places.length).toBeGreaterThan(3)
    places.forEach((one, i) => {
      for (const other of places.slice(i + 1))
        expect(Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]))).toBeGreaterThan(30)
    })
  })
})

describe('the model that is shown where nobody chose one', () => {
  const line = (name: string, given: Partial<ModelLine>) =>
    ({ name, state: 'ready', bundled: false, at_hand: true, items: { kind: 'pixels' }, ...given }) as ModelLine
  const sound = line('voices', { bundled: true, items: { kind: 'sound' } })

  it('is a bundled one of pictures, else one that has a map at hand, else none', () => {
    const [mine, faces] = [line('mine', {}), line('faces', { bundled: true })]
    expect(littleOf([sound, mine, faces])?.name).toBe('faces')
    expect(littleOf([sound, mine])?.name).toBe('mine')
    expect(littleOf([sound])?.name).toBe('voices')
    expect(littleOf([line('mine', { at_hand: false }), line('x', { state: 'no weights yet' })])).toBeNull()
  })
})
