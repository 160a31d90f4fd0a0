import { describe, expect, it } from 'vitest'
import { Density, linesOf, SHARES, widthOf } from './contours'
import { Frame, fitted, NO_INSETS, reserved, Transform } from './frame'
import { layOut } from './layout'
import { type Name, roomFor } from './regionNames'
import { levelFor, NEVER, pictureSize, place, Representatives, reach } from './representatives'

/** Points in some lumps, the same every time. */
function lumps(n: number, places: readonly (readonly [number, number])[], wide = 0.08) {
  let state = 7
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 4294967296
  }
  const [x, y, codes] = [new Float32Array(n), new Float32Array(n), new Uint16Array(n)]
  for (let i = 0; i < n; i++) {
    const [cx, cy] = places[i % places.length] as readonly [number, number]
    const [radius, angle] = [wide * Math.sqrt(-2 * Math.log(uniform())), 2 * Math.PI * uniform()]
    x[i] = cx + radius * Math.cos(angle)
    y[i] = cy + radius * Math.sin(angle)
    codes[i] = i % places.length
  }
  return { x, y, codes }
}

const THREE = [
  [-0.5, -0.4],
  [0.5, -0.3],
  [0.1, 0.5],
] as const
const ALL = [-2, -2, 2, 2] as const

describe('items that are shown as pictures', () => {
  const { x, y } = lumps(3000, THREE)
  const order = Uint32Array.from(x, (_, i) => i)
  const shown = new Representatives(x, y, place(x, y, order))

  it('never lie over each other', () => {
    for (const distance of [0.5, 0.2, 0.07, 0.02]) {
      const rows = shown.within(ALL, distance)
      let least = Number.POSITIVE_INFINITY
      for (const [i, one] of rows.entries())
        for (const other of rows.slice(0, i)) {
          const [dx, dy] = [(x[one] as number) - (x[other] as number), (y[one] as number) - (y[other] as number)]
          least = Math.min(least, Math.max(Math.abs(dx), Math.abs(dy)))
        }
      expect(rows.length).toBeGreaterThan(2)
      expect(least).toBeGreaterThanOrEqual(distance)
    }
  })

  it('stay as one comes nearer, and become more', () => {
    let before: number[] = []
    for (let distance = 1; distance > 1e-4; distance *= 0.8) {
      const rows = new Set(shown.within(ALL, distance))
      expect(before.every((row) => rows.has(row))).toBe(true)
      before = [...rows]
    }
    expect(before.length).toBeGreaterThan(2900)
  })

  it('are the same wherever the map is moved', () => {
    const all = shown.within(ALL, 0.05)
    const part = shown.within([-0.6, -0.5, -0.3, -0.2], 0.05)
    expect(part.length).toBeGreaterThan(3)
    expect(part.every((row) => all.includes(row))).toBe(true)
  })

  it('leave no room where another could be', () => {
    const distance = 0.1
    const rows = shown.within(ALL, distance)
    const least = reach(levelFor(distance))
    const isNear = (row: number) =>
      rows.some(
        (one) =>
          Math.abs((x[one] as number) - (x[row] as number)) < least &&
          Math.abs((y[one] as number) - (y[row] as number)) < least,
      )
    expect([...order].every(isNear)).toBe(true)
  })

  it('are there wherever one item is, and of equals one', () => {
    const [twins, others] = [new Float32Array(50).fill(0.25), new Float32Array(50).fill(-0.5)]
    const levels = place(
      twins,
      others,
      Uint32Array.from(twins, (_, i) => i),
    )
    expect([...levels].filter((level) => level !== NEVER)).toHaveLength(1)
    expect(new Representatives(twins, others, levels).within(ALL, 1e-9)).toEqual([0])
  })

  it('are those that are shown, pictures that are there first', () => {
    const flags = Uint8Array.from(x, (_, i) => +(i % 3 === 1))
    const asked = { x, y, pictured: 300, codes: null, classes: 0 }
    const levels = layOut({ ...asked, shown: flags, want: 'levels' }) as Uint8Array
    const rows = new Representatives(x, y, levels).within(ALL, 0.3)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every((row) => row % 3 === 1 && row < 300)).toBe(true)
  })

  it('do not come and go with a trembling hand', () => {
    const level = levelFor(0.1)
    expect(levelFor(0.1 * 1.02, level)).toBe(level)
    expect(levelFor(0.1 * 1.5, level)).toBeLessThan(level)
  })

  it('are larger on a larger screen and from near', () => {
    const [phone, desk] = [pictureSize({ width: 380, height: 520 }, 1), pictureSize({ width: 1400, height: 900 }, 1)]
    expect(phone.side).toBeLessThan(desk.side)
    expect(pictureSize({ width: 1400, height: 900 }, 20).side).toBeGreaterThan(desk.side)
    expect(phone.distance).toBeGreaterThan(phone.side)
  })
})

describe('lines of the density', () => {
  const { x, y, codes } = lumps(6000, THREE)
  const rows = Uint32Array.from(x, (_, i) => i)

  it('lie around the shares of the points that they say', () => {
    const width = widthOf(x, y)
    const density = new Density(x, y, rows, width)
    for (const share of SHARES) {
      const level = density.level(x, y, rows, share)
      const within = [...rows].filter((row) => density.at(x[row] as number, y[row] as number) >= level)
      expect(within.length / rows.length).toBeCloseTo(share, 1)
    }
    expect(density.cells.reduce((a, b) => a + b, 0)).toBeCloseTo(6000, 0)
  })

  it('go round each lump', () => {
    const lines = linesOf(x, y, rows, null, 0)
    expect(lines).toHaveLength(SHARES.length)
    const inner = lines[SHARES.length - 1]
    const middles = (inner?.rings ?? []).map((ring) => {
      const n = ring.length / 2
      const mean = (axis: number) => ring.filter((_, i) => i % 2 === axis).reduce((a, b) => a + b, 0) / n
      return [mean(0), mean(1)] as const
    })
    for (const [cx, cy] of THREE) expect(middles.some(([mx, my]) => Math.hypot(mx - cx, my - cy) < 0.1)).toBe(true)
  })

  it('are of each class where there are few, and of all together where there are many or one', () => {
    expect(new Set(linesOf(x, y, rows, codes, 3).map((line) => line.class))).toEqual(new Set([0, 1, 2]))
    expect(new Set(linesOf(x, y, rows, codes, 40).map((line) => line.class))).toEqual(new Set([-1]))
    expect(new Set(linesOf(x, y, rows, codes, 1).map((line) => line.class))).toEqual(new Set([-1]))
    expect(linesOf(x, y, rows.slice(0, 5), codes, 3)).toEqual([])
  })
})

describe('names on the map', () => {
  const transform = new Transform(new Frame([-1, -1, 1, 1]), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 400, 400)
  const name = (text: string, x: number, y: number, level = 0): Name => ({ text, xy: [x, y], level })
  const wide = (text: string) => 8 * text.length

  it('do not lie over each other, and say the same once in one place', () => {
    const names = [name('cat', 0, 0), name('dog', 0.02, 0), name('cat', 0.3, 0.3), name('bird', 0.5, -0.5)]
    const placed = [...roomFor(names, transform, 1, wide, new Map()).values()]
    expect(placed.map((one) => one.text)).toEqual(['cat', 'bird'])
  })

  it('wait until one is near enough', () => {
    const names = [name('cat', 0, 0), name('tabby', 0.5, 0.5, 1)]
    expect([...roomFor(names, transform, 1, wide, new Map()).keys()]).toHaveLength(1)
    expect([...roomFor(names, transform, 2, wide, new Map()).keys()]).toHaveLength(2)
  })

  it('keep clear of pictures where they can', () => {
    const at = transform.toScreen(0, 0)
    const beside = { middles: [at], side: 40 }
    const [placed] = roomFor([name('cat', 0, 0)], transform, 1, wide, new Map(), beside).values()
    expect(Math.abs((placed?.y ?? 0) - at[1])).toBeGreaterThanOrEqual(30)
  })
})

describe('what lies over the map', () => {
  const size = { width: 800, height: 500 }
  const bounds = [0, 0, 2, 1] as const
  const covers = (over: { left: number; top: number; width: number; height: number }[]) => {
    const [lowX, lowY, highX, highY] = fitted(bounds, size, reserved(bounds, size, over))
    const scale = size.width / (highX - lowX)
    const [left, right] = [(bounds[0] - lowX) * scale, (bounds[2] - lowX) * scale]
    const [top, bottom] = [(highY - bounds[3]) * scale, (highY - bounds[1]) * scale]
    expect(lowY).toBeLessThan(highY)
    return over.some(
      (one) => one.left < right && one.left + one.width > left && one.top < bottom && one.top + one.height > top,
    )
  }

  it('covers no point, at the side or above', () => {
    expect(covers([{ left: 568, top: 8, width: 224, height: 300 }])).toBe(false)
    expect(covers([{ left: 568, top: 8, width: 224, height: 40 }])).toBe(false)
    expect(
      covers([
        { left: 8, top: 8, width: 34, height: 330 },
        { left: 568, top: 8, width: 224, height: 484 },
      ]),
    ).toBe(false)
  })

  it('takes what leaves the map larger', () => {
    const folded = reserved(bounds, size, [{ left: 568, top: 8, width: 224, height: 40 }])
    expect(folded).toEqual({ ...NO_INSETS, top: 48 })
    const open = reserved([0, 0, 1, 2], size, [{ left: 568, top: 8, width: 224, height: 300 }])
    expect(open).toEqual({ ...NO_INSETS, right: 232 })
  })
})
