/** Points on their way from one layout of the same items to another. No browser in it. */

import type { Transform } from '../../map/frame'

/** Milliseconds that the whole way takes. */
export const LASTS = 1400
/** How much later the last point sets out than the first one, as a share of that. */
const APART = 0.35

/** How far along its way a point is: it sets out slowly, and comes to rest slowly. */
export function eased(share: number): number {
  const t = Math.min(Math.max(share, 0), 1)
  return t < 0.5 ? 4 * t * t * t : 1 - (2 - 2 * t) ** 3 / 2
}

/** Where on the screen places of a map lie, x and y in turn. */
export function onScreen(xy: Float32Array, transform: Pick<Transform, 'toScreen'>): Float32Array {
  const out = new Float32Array(xy.length)
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = transform.toScreen(xy[i] as number, xy[i + 1] as number)
    out[i] = x
    out[i + 1] = y
  }
  return out
}

/** Where points are after a share of the time; those on the left set out first, so that it goes through the map. */
export function between(from: Float32Array, to: Float32Array, width: number, share: number, out: Float32Array): void {
  for (let i = 0; i < from.length; i += 2) {
    const [x, y] = [from[i] as number, from[i + 1] as number]
    const late = APART * Math.min(Math.max(x / Math.max(width, 1), 0), 1)
    const t = eased((share - late) / (1 - APART))
    out[i] = x + t * ((to[i] as number) - x)
    out[i + 1] = y + t * ((to[i + 1] as number) - y)
  }
}
