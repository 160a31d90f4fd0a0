/** A lasso without a mouse: corners are set at the cross in the middle, while the map moves under it. */

import type { Transform } from '../../map/frame'
import type { PointMap } from '../../map/types'
import { choose } from './choosing'
import type { Exploring } from './exploring.svelte'

type Place = readonly [number, number]

export class KeyLasso {
  /** Corners as places of the map. */
  corners = $state.raw<readonly Place[]>([])
  /** Whether the keyboard draws: then the cross is shown. */
  isOn = $state(false)
  readonly #explore: Exploring

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  begin(): void {
    this.isOn = true
  }

  /** Set a corner in the middle; how many there are now. */
  add(transform: Transform): number {
    this.isOn = true
    this.corners = [...this.corners, transform.toPlace(transform.width / 2, transform.height / 2)]
    return this.corners.length
  }

  back(): void {
    this.corners = this.corners.slice(0, -1)
  }

  /** Choose what lies within; how many items that are. Null with too few corners to go round anything. */
  close(points: PointMap): number | null {
    if (this.corners.length < 3) return null
    const { transform } = points
    choose(
      this.#explore,
      points,
      this.corners.map(([x, y]) => transform.toScreen(x, y)),
    )
    this.stop()
    return this.#explore.chosen.length
  }

  stop(): void {
    this.corners = []
    this.isOn = false
  }

  /** On the screen, with the cross as the corner that would come next. */
  line(transform: Transform): readonly Place[] {
    if (this.corners.length === 0) return []
    const set = this.corners.map(([x, y]) => transform.toScreen(x, y))
    return [...set, [transform.width / 2, transform.height / 2]]
  }
}
