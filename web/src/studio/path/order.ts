/** Where among things in rows a dragged one would be put. No browser in it. */

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The place before the nearest box, or behind it where the pointer is in its right half; null without boxes. */
export function placeAmong(boxes: readonly Box[], x: number, y: number): number | null {
  let nearest: number | null = null
  let least = Number.POSITIVE_INFINITY
  for (const [i, box] of boxes.entries()) {
    const distance = Math.hypot(outside(x, box.left, box.width), outside(y, box.top, box.height))
    if (distance >= least) continue
    least = distance
    nearest = x > box.left + box.width / 2 ? i + 1 : i
  }
  return nearest
}

function outside(value: number, from: number, size: number): number {
  return Math.max(from - value, 0, value - from - size)
}

/** Texts that differ from each other, by which those that are equal can be told apart. */
export function distinct(texts: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return texts.map((text) => {
    const times = seen.get(text) ?? 0
    seen.set(text, times + 1)
    return `${text}#${times}`
  })
}
