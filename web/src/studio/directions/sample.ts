/** Rows drawn at random, and the same ones every time. No browser in it. */

/** Numbers in [0, 1) from a seed: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** At most so many of some rows, in order; which ones, the seed says. */
export function some(rows: readonly number[], most: number, seed = 0): number[] {
  const left = [...rows].sort((a, b) => a - b)
  if (left.length <= most) return left
  const draw = random(seed)
  for (let i = 0; i < most; i++) {
    const j = i + Math.floor(draw() * (left.length - i))
    const [a, b] = [left[i] as number, left[j] as number]
    left[i] = b
    left[j] = a
  }
  return left.slice(0, most).sort((a, b) => a - b)
}

/** At most so many of the rows of a map that are not among some. */
export function others(items: number, not: readonly number[], most: number, seed = 0): number[] {
  const taken = new Set(not)
  const rest: number[] = []
  for (let row = 0; row < items; row++) if (!taken.has(row)) rest.push(row)
  return some(rest, most, seed)
}

/** A few rows evenly out of many, to be looked at. */
export function few(rows: readonly number[], most: number): number[] {
  if (rows.length <= most) return [...rows]
  return Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)] as number)
}
