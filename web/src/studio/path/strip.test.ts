import { describe, expect, it } from 'vitest'
import { nearness } from '../lens/readouts'
import {
  cellsOf,
  farRuns,
  frameAt,
  legOf,
  markOf,
  middleOf,
  sameShare,
  sourceOf,
  stationBeyond,
  stationsOf,
  step,
} from './strip'

describe('the strip', () => {
  it('finds a frame in the sheet', () => {
    expect(sourceOf(0, 6, [64, 48])).toEqual({ x: 0, y: 0, width: 48, height: 64 })
    expect(sourceOf(7, 6, [64, 48])).toEqual({ x: 48, y: 64, width: 48, height: 64 })
  })

  it('shows every frame where there is room', () => {
    const cells = cellsOf(8, 1000, 40, 64, [0, 7])
    expect(cells.frames).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(cells.size).toBe(64)
    expect(cells.width).toBe(512)
    expect(cellsOf(0, 1000, 40, 64, []).frames).toEqual([])
    expect(cellsOf(8, 0, 40, 64, []).frames).toEqual([])
  })

  it('shows the whole way where there is less room, with its points', () => {
    for (const stations of [
      [0, 23],
      [0, 9, 23],
      [0, 1, 2, 23],
    ]) {
      const { frames, size, width } = cellsOf(24, 410, 40, 64, stations)
      expect(frames).toHaveLength(10)
      expect(size).toBeCloseTo(41)
      expect(width).toBeCloseTo(410)
      expect(frames[0]).toBe(0)
      expect(frames.at(-1)).toBe(23)
      expect([...frames].sort((a, b) => a - b)).toEqual(frames)
    }
    expect(cellsOf(24, 410, 40, 64, [0, 10, 23]).frames).toContain(10)
    expect(cellsOf(240, 30, 40, 64, [0, 239]).frames).toEqual([0])
  })

  it('goes from a place to a frame and back', () => {
    for (let frame = 0; frame < 24; frame++) expect(frameAt(middleOf(frame, 24) * 500, 500, 24)).toBe(frame)
    expect(frameAt(-5, 500, 24)).toBe(0)
    expect(frameAt(500, 500, 24)).toBe(23)
    expect(frameAt(5, 0, 24)).toBe(0)
  })
})

describe('the points of a path', () => {
  it('come in order', () => {
    expect(stationsOf({ '11': 'test:9', '0': 'test:3', '23': '#2' })).toEqual([0, 11, 23])
  })

  it('say between which of them a frame is', () => {
    expect(legOf(0, [0, 11, 23], false)).toEqual([0, 0])
    expect(legOf(5, [0, 11, 23], false)).toEqual([0, 1])
    expect(legOf(22, [0, 11, 23], false)).toEqual([1, 2])
    expect(legOf(22, [0, 11], true)).toEqual([1, 0])
  })

  it('are gone to one by one', () => {
    expect(stationBeyond(5, [0, 11, 23], 1, 24)).toBe(11)
    expect(stationBeyond(11, [0, 11, 23], -1, 24)).toBe(0)
    expect(stationBeyond(20, [0, 11], 1, 24)).toBe(23)
  })
})

describe('the distance from the data', () => {
  it('has three parts', () => {
    expect([0.2, 1, 1.2, 1.5, 1.6].map(nearness)).toEqual(['among', 'among', 'edge', 'edge', 'far'])
  })

  it('is told in runs of frames', () => {
    expect(farRuns([0, 2, 2, 1, 1.6])).toEqual([
      [2, 3],
      [5, 5],
    ])
    expect(farRuns([0, 1.5])).toEqual([])
  })

  it('is seen in a mark that stays on the strip', () => {
    expect(markOf(0.4)).toBe(1.5)
    expect(markOf(1.2)).toBeLessThan(markOf(1.6))
    expect(markOf(100)).toBe(8)
    expect(markOf(Number.NaN)).toBe(1.5)
  })
})

describe('playing', () => {
  it('goes round and round', () => {
    expect(step(3, 1, 5, 'round')).toEqual({ frame: 4, direction: 1, turned: false })
    expect(step(4, 1, 5, 'round')).toEqual({ frame: 0, direction: 1, turned: true })
  })

  it('goes to and fro', () => {
    expect(step(4, 1, 5, 'swing')).toEqual({ frame: 3, direction: -1, turned: true })
    expect(step(0, -1, 5, 'swing')).toEqual({ frame: 1, direction: 1, turned: true })
    expect(step(2, -1, 5, 'swing')).toEqual({ frame: 1, direction: -1, turned: false })
    expect(step(0, 1, 1, 'swing').turned).toBe(true)
  })

  it('stays where it was when the path becomes another one', () => {
    expect(sameShare(12, 25, 49)).toBe(24)
    expect(sameShare(24, 25, 8)).toBe(7)
    expect(sameShare(5, 0, 8)).toBe(0)
  })
})
