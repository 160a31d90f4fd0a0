import { describe, expect, it } from 'vitest'
import { MISSING, STEPS } from '../api/binary'
import { coloursOf, NO_VALUE, numberAt, placesOf, SHADES, shade } from './colours'
import { Frame, fitted, NO_INSETS, readBounds, Transform } from './frame'
import { inside } from './overlay'
import { clearness, gridFor } from './sheet'
import { Spatial } from './spatial'

const FRAME = new Frame([-2, 0, 6, 4])
/** Zoomed twice, moved by a quarter to the right and an eighth up. */
const VIEW = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0.25, 0.125, 0, 1]

describe('a map on the screen', () => {
  it('draws the longer side from -1 to 1', () => {
    const { x, y } = FRAME.drawn(new Float32Array([-2, 0, 6, 4, 2, 2]))
    expect([...x]).toEqual([-1, 1, 0])
    expect([...y]).toEqual([-0.5, 0.5, 0])
  })

  it('knows where a place is drawn', () => {
    const transform = new Transform(FRAME, VIEW, 800, 400)
    // The middle of the points: moved by 0.25 of half a height to the right, by 0.125 up.
    expect(transform.toScreen(2, 2)).toEqual([450, 175])
    expect(transform.scale).toBe(100)
  })

  it('finds the place of every pixel again', () => {
    for (const [width, height] of [
      [800, 400],
      [390, 700],
      [1, 1],
    ] as const) {
      const transform = new Transform(FRAME, VIEW, width, height)
      for (const [x, y] of [
        [-2, 0],
        [6, 4],
        [0.3, 17],
        [2, 2],
      ] as const) {
        const [backX, backY] = transform.toPlace(...transform.toScreen(x, y))
        expect(backX).toBeCloseTo(x, 6)
        expect(backY).toBeCloseTo(y, 6)
      }
    }
  })

  it('says what of it is in sight', () => {
    const [lowX, lowY, highX, highY] = new Transform(FRAME, VIEW, 800, 400).bounds
    expect([highX - lowX, highY - lowY]).toEqual([8, 4])
  })
})

describe('all of a map', () => {
  const size = { width: 800, height: 500 }

  it('fills the screen but for a margin', () => {
    const [lowX, lowY, highX, highY] = fitted([0, 0, 2, 1], size, NO_INSETS)
    const scale = 800 / (highX - lowX)
    expect(500 / (highY - lowY)).toBeCloseTo(scale, 9)
    expect(scale).toBeCloseTo((800 - 52) / 2, 9)
    expect((lowX + highX) / 2).toBeCloseTo(1, 9)
  })

  it('keeps clear of what lies over it', () => {
    const insets = { left: 50, right: 250, top: 10, bottom: 0 }
    const [lowX, lowY, highX, highY] = fitted([0, 0, 2, 2], size, insets)
    const scale = 800 / (highX - lowX)
    const [left, right] = [(0 - lowX) * scale, (2 - lowX) * scale]
    const [top, bottom] = [(highY - 2) * scale, (highY - 0) * scale]
    expect(left >= 76 && right <= 524 && top >= 36 - 1e-6 && bottom <= 474 + 1e-6).toBe(true)
    expect(highY).toBeGreaterThan(lowY)
  })
})

describe('a place that is pinned', () => {
  it('is said in few digits, none of them below what one can see', () => {
    const transform = new Transform(FRAME, VIEW, 800, 400)
    for (const [px, py] of [
      [0, 0],
      [123, 77],
      [799, 399],
    ] as const) {
      const [x, y] = transform.toShortPlace(px, py)
      const [backX, backY] = transform.toScreen(x, y)
      expect(Math.hypot(backX - px, backY - py)).toBeLessThan(0.01)
      expect(String(x).length).toBeLessThan(9)
    }
  })

  it('is nothing and not next to nothing in the middle', () => {
    const transform = new Transform(
      new Frame([-1, -1, 1, 1]),
      [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1e-12, 0, 1],
      300,
      300,
    )
    const [x, y] = transform.toShortPlace(150, 150)
    expect([Object.is(x, 0), Object.is(y, 0)]).toEqual([true, true])
  })
})

describe('the sheet', () => {
  it('has cells that stay where they are when the map moves', () => {
    const here = gridFor(new Transform(FRAME, VIEW, 800, 400))
    const moved = [...VIEW]
    moved[12] = 0.31
    const there = gridFor(new Transform(FRAME, moved, 800, 400))
    const step = (here.bounds[2] - here.bounds[0]) / here.across
    expect((there.bounds[2] - there.bounds[0]) / there.across).toBeCloseTo(step, 9)
    expect(Math.abs((there.bounds[0] - here.bounds[0]) / step) % 1).toBeCloseTo(0, 9)
  })

  it('covers what is in sight, with no more cells than the server takes', () => {
    for (const zoom of [0.3, 1, 7, 900]) {
      const transform = new Transform(FRAME, [zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, 1], 3000, 2000)
      const { bounds, across, down } = gridFor(transform)
      const seen = transform.bounds
      expect(across * down).toBeLessThanOrEqual(600)
      expect(bounds[0] <= seen[0] && bounds[1] <= seen[1] && bounds[2] >= seen[2] && bounds[3] >= seen[3]).toBe(true)
    }
  })

  it('fades where data are far', () => {
    expect(clearness(0.5)).toBe(clearness(1))
    expect(clearness(1.5)).toBeLessThan(clearness(1))
    expect(clearness(40)).toBeGreaterThan(0)
  })
})

describe('a lasso', () => {
  it('tells inside from outside, in a shape with a dent too', () => {
    const dented = [
      [0, 0],
      [10, 0],
      [10, 10],
      [5, 4],
      [0, 10],
    ] as const
    expect(inside(dented, 5, 2)).toBe(true)
    expect(inside(dented, 5, 8)).toBe(false)
    expect(inside(dented, 9, 8)).toBe(true)
    expect(inside(dented, -1, 5)).toBe(false)
  })
})

describe('points by place', () => {
  const x = new Float32Array([0, 1, 2, 2])
  const y = new Float32Array([0, 0, 0, 0])

  it('finds the nearest one in reach, the first of equals', async () => {
    const spatial = await Spatial.of(x, y)
    expect(spatial.nearest(0.4, 0, 0.5, null)).toBe(0)
    expect(spatial.nearest(0.5, 0.6, 0.5, null)).toBe(-1)
    expect(spatial.nearest(2.1, 0, 1, null)).toBe(2)
  })

  it('passes over what is not shown', async () => {
    const spatial = await Spatial.of(x, y)
    expect(spatial.nearest(0.1, 0, 2, new Uint8Array([0, 1, 1, 1]))).toBe(1)
    expect(spatial.range(-1, -1, 3, 1, 9, new Uint8Array([0, 1, 0, 1]))).toEqual([1, 3])
    expect(spatial.range(-1, -1, 3, 1, 2, null)).toHaveLength(2)
  })

  it('finds in a rectangle what looking at every point finds', async () => {
    const places = Array.from(
      { length: 3000 },
      (_, i) => [Math.sin(i * 12.9898) * 3, Math.sin(i * 78.233) * 2] as const,
    )
    const spatial = await Spatial.of(
      Float32Array.from(places, ([x]) => x),
      Float32Array.from(places, ([, y]) => y),
    )
    const shown = Uint8Array.from(places, (_, i) => (i % 3 === 0 ? 1 : 0))
    for (const [lowX, lowY, highX, highY] of [
      [-3, -2, 3, 2],
      [-0.4, -0.3, 0.5, 0.1],
      [2.5, 1, 9, 9],
      [4, 4, 5, 5],
    ] as const) {
      const inside = places.flatMap(([x, y], i) => (x >= lowX && x <= highX && y >= lowY && y <= highY ? [i] : []))
      const every = Number.POSITIVE_INFINITY
      expect(spatial.range(lowX, lowY, highX, highY, every, null)).toEqual(inside)
      expect(spatial.range(lowX, lowY, highX, highY, every, shown)).toEqual(inside.filter((i) => shown[i]))
      const some = spatial.range(lowX, lowY, highX, highY, 20, null)
      expect(some).toHaveLength(Math.min(20, inside.length))
      expect(some.every((i) => inside.includes(i))).toBe(true)
    }
  })

  it('is empty without points', async () => {
    const spatial = await Spatial.of(new Float32Array(), new Float32Array())
    expect(spatial.nearest(0, 0, 1, null)).toBe(-1)
  })
})

describe('colours', () => {
  it('are those that the server gives a name, and one of no value', () => {
    const column = { kind: 'category', values: ['a', 'b'], colours: ['#3f8ad0', '#f1771d'] }
    expect(coloursOf(column)).toEqual(['#3f8ad0', '#f1771d', NO_VALUE])
    expect([...placesOf(column, new Uint16Array([1, 0, MISSING]))]).toEqual([1, 0, 2])
    expect([...placesOf({ ...column, kind: 'order' }, new Uint16Array([1, MISSING]))]).toEqual([1, 2])
  })

  it('run through the stops of a scale', () => {
    const column = { kind: 'quantity', values: [], colours: ['#000000', '#808080', '#ffffff'], low: -1, high: 3 }
    for (const kind of ['quantity', 'date']) {
      const places = placesOf({ ...column, kind }, new Uint16Array([0, STEPS / 2, STEPS, MISSING]))
      expect([...places]).toEqual([0, 32, SHADES - 1, SHADES])
      expect(coloursOf({ ...column, kind })).toHaveLength(SHADES + 1)
    }
    expect([numberAt(column, STEPS), numberAt(column, 0)]).toEqual([3, -1])
    expect([0, 0.5, 2].map((share) => shade(column.colours, share))).toEqual(['#000000', '#808080', '#ffffff'])
    expect(shade([], 0.5)).toBe(NO_VALUE)
  })
})

describe('what an address says is on the screen', () => {
  it('is taken where the map can show it', () => {
    expect(readBounds('-1,-2,3,4.5', [-10, -10, 10, 10])).toEqual([-1, -2, 3, 4.5])
    expect(readBounds('-50,-40,50,40', [-1, -1, 1, 1])).toEqual([-50, -40, 50, 40])
  })

  it('is nothing otherwise', () => {
    const none = ['', '1,2,3', 'NaN,1,2,3', '0,0,0,0', '5,5,-5,-5', '-1e300,-1e300,1e300,1e300', '1e20,1e20,2e20,2e20']
    for (const text of none) expect(readBounds(text, [-10, -10, 10, 10]), text).toBeNull()
  })
})
