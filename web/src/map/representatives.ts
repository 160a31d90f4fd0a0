/**
 * Which items are shown as pictures, so that no two of them lie over each other. Every item has a level: how near one
 * has to be to see its picture. What is seen from afar is seen from near too, so that zooming in only adds, and moving
 * the map changes nothing. Coordinates are those that are drawn, from -1 to 1.
 */

/** Levels there are, and how many of them halve the distance that pictures keep. */
export const LEVELS = 64
const HALVING = 4
/** The level of an item that lies where another one does: it is shown as a point. */
export const NEVER = 255
/** How much nearer pictures may come before a level is left again, so that a trembling hand changes nothing. */
const SLACK = 0.96

/** How far apart the items of a level lie at least, across or along. */
export function reach(level: number): number {
  return 2 ** (-level / HALVING)
}

/** The finest level whose items keep a distance; `last` is the one that was shown before. */
export function levelFor(distance: number, last = -1): number {
  const exact = -HALVING * Math.log2(Math.max(distance, 1e-12))
  const level = Math.floor(exact)
  const kept = last > level && Math.floor(-HALVING * Math.log2(distance * SLACK)) >= last ? last : level
  return Math.min(Math.max(kept, 0), LEVELS - 1)
}

/**
 * The level of every item. At each level, coarse ones first, items are taken in order unless one lies within reach that
 * was taken before.
 *
 * @param order Rows that may be shown, those that matter most first.
 */
export function place(x: Float32Array, y: Float32Array, order: Uint32Array): Uint8Array {
  const levels = new Uint8Array(x.length).fill(NEVER)
  const taken = new Taken(order.length, x.length)
  let left = order
  for (let level = 0; level < LEVELS && left.length > 0; level++) {
    taken.start(x, y, reach(level))
    const others = new Uint32Array(left.length)
    let n = 0
    for (const row of left) {
      if (taken.add(row)) levels[row] = level
      else others[n++] = row
    }
    left = others.subarray(0, n)
  }
  return levels
}

/** Items that were taken, by cells as wide as their reach: in one cell there is one of them at most. */
class Taken {
  readonly #rows: Uint32Array
  #count = 0
  /** Row + 1 by a mark of its cell; 0 for none. */
  readonly #table: Uint32Array
  #x: Float32Array = new Float32Array()
  #y: Float32Array = new Float32Array()
  #reach = 1

  /** The cell of each row that was taken. */
  readonly #across: Int32Array
  readonly #along: Int32Array

  constructor(most: number, count: number) {
    this.#rows = new Uint32Array(most)
    this.#across = new Int32Array(count)
    this.#along = new Int32Array(count)
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * most + 2)))
  }

  start(x: Float32Array, y: Float32Array, reach: number): void {
    this.#x = x
    this.#y = y
    this.#reach = reach
    this.#table.fill(0)
    for (let i = 0; i < this.#count; i++) {
      const row = this.#rows[i] as number
      this.#put(row, Math.floor((x[row] as number) / reach), Math.floor((y[row] as number) / reach))
    }
  }

  /** Take an item, unless another lies within reach. */
  add(row: number): boolean {
    const x = this.#x[row] as number
    const y = this.#y[row] as number
    const across = Math.floor(x / this.#reach)
    const along = Math.floor(y / this.#reach)
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        const other = this.#at(across + i, along + j)
        if (other < 0) continue
        const dx = Math.abs((this.#x[other] as number) - x)
        const dy = Math.abs((this.#y[other] as number) - y)
        if (dx < this.#reach && dy < this.#reach) return false
      }
    }
    this.#rows[this.#count++] = row
    this.#put(row, across, along)
    return true
  }

  #slot(across: number, along: number): number {
    return (Math.imul(across, 73856093) ^ Math.imul(along, 19349663)) & (this.#table.length - 1)
  }

  #put(row: number, across: number, along: number): void {
    this.#across[row] = across
    this.#along[row] = along
    let slot = this.#slot(across, along)
    while (this.#table[slot] !== 0) slot = (slot + 1) & (this.#table.length - 1)
    this.#table[slot] = row + 1
  }

  #at(across: number, along: number): number {
    let slot = this.#slot(across, along)
    for (let held = this.#table[slot]; held; held = this.#table[slot]) {
      if (this.#across[held - 1] === across && this.#along[held - 1] === along) return held - 1
      slot = (slot + 1) & (this.#table.length - 1)
    }
    return -1
  }
}

/** A rectangle of what is drawn: low x, low y, high x, high y. */
type Box = readonly [number, number, number, number]
/** How much of the map around what is in sight is looked through at once. */
const AROUND = 0.5

/** The items of a map that are shown as pictures in what is in sight. */
export class Representatives {
  readonly #x: Float32Array
  readonly #y: Float32Array
  /** Rows by level. */
  readonly #rows: readonly Uint32Array[]
  #level = -1
  #near: { level: number; box: Box; rows: number[] } | null = null

  constructor(x: Float32Array, y: Float32Array, levels: Uint8Array) {
    this.#x = x
    this.#y = y
    const counts = new Uint32Array(LEVELS)
    for (const level of levels) if (level !== NEVER) counts[level] = (counts[level] as number) + 1
    const rows = Array.from(counts, (count) => new Uint32Array(count))
    counts.fill(0)
    for (let row = 0; row < levels.length; row++) {
      const level = levels[row] as number
      if (level === NEVER) continue
      const at = counts[level] as number
      ;(rows[level] as Uint32Array)[at] = row
      counts[level] = at + 1
    }
    this.#rows = rows
  }

  /** Rows in a box that keep a distance from each other, those that are seen from afar first. */
  within(box: Box, distance: number): number[] {
    this.#level = levelFor(distance, this.#level)
    const known = this.#near
    if (known === null || known.level !== this.#level || !holds(known.box, box)) {
      const [w, h] = [AROUND * (box[2] - box[0]), AROUND * (box[3] - box[1])]
      const around: Box = [box[0] - w, box[1] - h, box[2] + w, box[3] + h]
      this.#near = { level: this.#level, box: around, rows: this.#look(around) }
    }
    return (this.#near?.rows ?? []).filter((row) => this.#isIn(row, box))
  }

  #look(box: Box): number[] {
    const found: number[] = []
    for (const rows of this.#rows.slice(0, this.#level + 1))
      for (const row of rows) if (this.#isIn(row, box)) found.push(row)
    return found
  }

  #isIn(row: number, [lowX, lowY, highX, highY]: Box): boolean {
    const [x, y] = [this.#x[row] as number, this.#y[row] as number]
    return x >= lowX && x <= highX && y >= lowY && y <= highY
  }
}

function holds(outer: Box, inner: Box): boolean {
  return outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3]
}

/** How large pictures are on a screen, and how far apart their middles are kept: closer to each other from near. */
export function pictureSize(
  { width, height }: { width: number; height: number },
  zoom: number,
): { side: number; distance: number } {
  const usual = Math.min(Math.max(Math.sqrt(width * height) / 15, 38), 54)
  const near = Math.min(Math.max(Math.log2(Math.max(zoom, 1)) / 3.5, 0), 1)
  const side = 2 * Math.round((usual * (0.72 + 0.28 * near)) / 2)
  return { side, distance: side * (1.3 - 0.2 * near) + 3 }
}
