/**
 * What is played of what the cursor runs over: short grains, one at a time. A place that is come to within a moment is
 * heard from where the last one had got to, so that a walk over the map lets a word go on while it turns into another.
 * No browser in it.
 */

/** Seconds of a grain, of the cross-fade from one to the next, and between two beginnings at least. */
export const GRAIN = 0.3
export const FADE = 0.04
export const GAP = 0.14
/** Seconds after which a place is heard from its beginning again. */
const FORGETS = 0.6

export interface Grain {
  /** Seconds into the item, and how long. */
  readonly from: number
  readonly seconds: number
}

export class Grains {
  #began = -Infinity
  #from = 0

  /** Seconds until the next one may begin; 0 for now. */
  wait(now: number): number {
    return Math.max(this.#began + GAP - now, 0)
  }

  /** What to play of an item that is heard between two seconds; null where it is too soon. */
  next(now: number, [first, last]: readonly [number, number]): Grain | null {
    if (this.wait(now) > 1e-9) return null
    const seconds = Math.min(GRAIN, last - first)
    const gone = now - this.#began
    const reached = this.#from + gone
    const goesOn = gone < FORGETS && reached >= first && reached + seconds <= last + 1e-9
    this.#began = now
    this.#from = goesOn ? reached : first
    return { from: this.#from, seconds }
  }
}
