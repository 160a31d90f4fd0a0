import { describe, expect, it } from 'vitest'
import { between, eased, onScreen } from './glide'

describe('a glide', () => {
  it('begins where the points lay and ends where they come to lie', () => {
    const [from, to] = [new Float32Array([0, 10, 90, 50, 400, 7]), new Float32Array([30, 20, 0, 0, 1, 2])]
    const now = new Float32Array(6)
    between(from, to, 100, 0, now)
    expect([...now]).toEqual([...from])
    between(from, to, 100, 1, now)
    expect([...now]).toEqual([...to])
  })

  it('takes every point along a straight line, those on the left first', () => {
    const [from, to] = [new Float32Array([0, 0, 100, 0]), new Float32Array([0, 80, 100, 80])]
    const now = new Float32Array(4)
    between(from, to, 100, 0.4, now)
    expect(now[0]).toBe(0)
    expect(now[1]).toBeGreaterThan(now[3] as number)
    expect(now[3]).toBeGreaterThan(0)
  })

  it('never goes back', () => {
    const steps = Array.from({ length: 50 }, (_, i) => eased(i / 49))
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect([eased(-1), eased(0.5), eased(2)]).toEqual([0, 0.5, 1])
  })

  it('knows where places lie on the screen', () => {
    const transform = { toScreen: (x: number, y: number): [number, number] => [10 * x, 100 - 10 * y] }
    expect([...onScreen(new Float32Array([1, 2, 3, 4]), transform)]).toEqual([10, 80, 30, 60])
  })
})
