import { describe, expect, it } from 'vitest'
import type { PathFound } from '../../api/client'
import { figuresOf, standsStill } from './figures'

const result: PathFound = {
  frames: 3,
  across: 2,
  tile: [64, 64],
  loop: false,
  stations: { '0': 'test:3', '2': 'test:9' },
  xy: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
  support: [0.1, 1.7, 0.2],
  seconds: 0.5,
  figures: {
    rule: 'linear',
    length: 10,
    decoded_length: 20,
    detour: 1,
    decoded_detour: 1.2,
    pace: 1.3,
    turning: 7,
    quality: null,
  },
  told: '',
  exports: ['gif'],
  reproduce: { command: null, code: null, why_not: 'no name' },
}

describe('figures', () => {
  it('are those that are known', () => {
    const figures = figuresOf(result)
    expect(figures.map(({ name }) => name)).toEqual(['detour', 'change', 'pace', 'turning', 'farthest', 'seconds'])
    expect(figures.find(({ name }) => name === 'farthest')?.value).toBe(1.7)
  })

  it('have those that are measured where they were', () => {
    const quality = {
      features: 'pixels',
      precision: 0.86,
      frames: 22,
      real: 5000,
      ppl: 528,
      steps: 4600,
      judge: null,
      legs: 3,
      precision_interval: [0.7, 0.95] as [number, number],
      ppl_interval: null,
      version: 2,
      measured: {},
    }
    const figures = figuresOf({ ...result, figures: { ...result.figures, quality } })
    expect(figures.find(({ name }) => name === 'precision')).toEqual({
      name: 'precision',
      form: 'share',
      value: 0.86,
      sure: { interval: [0.7, 0.95], n: 22 },
    })
    expect(figures.find(({ name }) => name === 'ppl')?.sure).toEqual({ interval: null, n: 4600 })
    expect(figures.find(({ name }) => name === 'ppl')?.value).toBe(528)
  })

  it('know a path that stands still', () => {
    expect(standsStill(result)).toBe(false)
    expect(standsStill({ ...result, figures: { ...result.figures, detour: null } })).toBe(true)
    expect(standsStill({ ...result, figures: { ...result.figures, decoded_length: 4e-4 } })).toBe(true)
  })
})
