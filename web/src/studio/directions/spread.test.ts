import { describe, expect, it } from 'vitest'
import { spread } from './spread'
import { startsOf, strengthsOf } from './starts'

describe('items of every part of a map', () => {
  const grid = Float32Array.from({ length: 2 * 10_000 }, (_, i) => {
    const n = i >> 1
    return i % 2 === 0 ? (n % 100) + 0.5 : Math.floor(n / 100) + 0.5
  })

  it('are one of each cell, and their number in sight is right', () => {
    const { rows, of } = spread(grid, [0, 0, 100, 100], null, 10)
    expect([rows.length, of]).toEqual([100, 10_000])
    const cells = new Set(rows.map((row) => `${Math.floor((row % 100) / 10)} ${Math.floor(row / 1000)}`))
    expect(cells.size).toBe(100)
  })

  it('are those in sight alone, of those that are not filtered away', () => {
    const shown = Uint32Array.from([0, 1, 150, 5050, 9999])
    expect(spread(grid, [0, 0, 60, 60], shown, 6)).toEqual({ rows: [1, 150, 5050], of: 4 })
    expect(spread(grid, [200, 200, 300, 300], null)).toEqual({ rows: [], of: 0 })
  })

  it('are all of few', () => {
    expect(spread(Float32Array.of(0, 0, 1, 1), [0, 0, 1, 1], null)).toEqual({ rows: [0, 1], of: 2 })
  })
})

describe('a direction', () => {
  it('is shown both ways, or from nothing to past its goal', () => {
    expect(strengthsOf(3, false)).toEqual([-3, -1.5, 0, 1.5, 3])
    expect(strengthsOf(1, true)).toEqual([0, 0.5, 1, 1.5, 2])
  })

  it('begins at what is under the lens and at the pins, each once, and then at items from all over', () => {
    const row = (n: number) => ({ at: { row: n }, xy: [0, 0] as const, name: `#${n}` })
    const at = (focus: number | null, ...pins: number[]) =>
      startsOf(
        { focus: focus === null ? null : row(focus), pins: pins.map(row), xy: new Float32Array(600) },
        300,
        3,
      ).map((spot) => spot.at.row)
    expect(at(null)).toEqual([0, 100, 200])
    expect(at(7)).toEqual([7, 0, 100])
    expect(at(7, 7, 100)).toEqual([7, 100, 0])
    expect(at(1, 2, 3, 4)).toEqual([1, 2, 3])
  })
})
