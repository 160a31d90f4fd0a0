/** Names on the map: which of them have room, as things lie on the screen. No browser in it. */

import type { Transform } from './frame'

export interface Name {
  xy: readonly [number, number]
  text: string
  /** How finely one has to look for its region: 0 is the coarsest. */
  level: number
}

export interface PlacedName {
  text: string
  x: number
  y: number
  width: number
  /** How far below its place it stands, in pixels. */
  shift: number
}

/** Pictures on the screen, which names keep clear of where they can. */
export interface Beside {
  middles: readonly (readonly [number, number])[]
  side: number
}

/** How far one has to be zoomed in for the regions of a level. */
const FROM = [0, 1.5, 2.6]
export const NAME_HEIGHT = 20
const APART = 6
/** Pixels between two names that say the same. */
const SAME = 240
const MOST = 24

/** Names that have room beside each other, those of large regions first; what was shown before keeps its place. */
export function roomFor(
  names: readonly Name[],
  transform: Transform,
  zoom: number,
  widthOf: (text: string) => number,
  before: ReadonlyMap<Name, PlacedName>,
  beside: Beside = { middles: [], side: 0 },
): Map<Name, PlacedName> {
  const placed = new Map<Name, PlacedName>()
  const inReach = names.filter((name) => zoom >= (FROM[name.level] ?? 9) * (before.has(name) ? 0.94 : 1))
  for (const name of [...inReach.filter((one) => before.has(one)), ...inReach.filter((one) => !before.has(one))]) {
    if (placed.size >= MOST) break
    const [exact, y] = transform.toScreen(name.xy[0], name.xy[1])
    const width = widthOf(name.text)
    if (exact < 0 || y < 0 || exact > transform.width || y > transform.height || width > 0.8 * transform.width) continue
    // Whole, as long as its place is in sight.
    const x = Math.min(Math.max(exact, width / 2 + 4), transform.width - width / 2 - 4)
    const fits = (shift: number) =>
      [...placed.values()].every(
        (other) =>
          (Math.abs(other.x - x) > (other.width + width) / 2 + APART ||
            Math.abs(other.y - y - shift) > NAME_HEIGHT + APART) &&
          (other.text !== name.text || Math.hypot(other.x - x, other.y - y) > SAME),
      )
    const isClear = (shift: number) =>
      beside.middles.every(
        ([px, py]) =>
          Math.abs(px - x) > (width + beside.side) / 2 ||
          Math.abs(py - y - shift) > (NAME_HEIGHT + beside.side) / 2 + 1,
      )
    const step = (beside.side + NAME_HEIGHT) / 2 + 2
    const shifts = [before.get(name)?.shift ?? 0, 0, step, -step, 1.5 * step, -1.5 * step].filter(fits)
    const shift = shifts.find(isClear) ?? shifts[0]
    if (shift !== undefined) placed.set(name, { text: name.text, x, y: y + shift, width, shift })
  }
  return placed
}
