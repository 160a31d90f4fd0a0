import { expect, it } from 'vitest'
import { few, others, random, some } from './sample'

it('draws the same rows every time, and others for another seed', () => {
  const rows = Array.from({ length: 500 }, (_, i) => 3 * i)
  const drawn = some(rows, 40, 7)
  expect(drawn).toEqual(some([...rows].reverse(), 40, 7))
  expect(drawn).not.toEqual(some(rows, 40, 8))
  expect(new Set(drawn).size).toBe(40)
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b))
  expect(drawn.every((row) => rows.includes(row))).toBe(true)
})

it('gives all where there are no more than are wanted', () => {
  expect(some([3, 1, 2], 3)).toEqual([1, 2, 3])
  expect(others(6, [1, 4], 10)).toEqual([0, 2, 3, 5])
})

it('draws the others from everywhere, and none of those that are taken', () => {
  const taken = Array.from({ length: 100 }, (_, i) => i)
  const drawn = others(10_000, taken, 2000)
  expect(drawn).toHaveLength(2000)
  expect(drawn[0]).toBeGreaterThanOrEqual(100)
  const mean = drawn.reduce((sum, row) => sum + row, 0) / drawn.length
  expect(Math.abs(mean - 5050)).toBeLessThan(200)
})

it('random numbers lie in [0, 1) and spread evenly', () => {
  const draw = random(3)
  const numbers = Array.from({ length: 4000 }, draw)
  expect(numbers.every((one) => one >= 0 && one < 1)).toBe(true)
  expect(Math.abs(numbers.reduce((sum, one) => sum + one, 0) / 4000 - 0.5)).toBeLessThan(0.03)
})

it('shows a few evenly out of many', () => {
  expect(few([1, 2], 8)).toEqual([1, 2])
  expect(few([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6])
})
