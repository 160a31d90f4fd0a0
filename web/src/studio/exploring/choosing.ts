/** The items within a line that was drawn around them: chosen, and taken as a first side of a search for a direction. */

import { inside } from '../../map/overlay'
import type { PointMap } from '../../map/types'
import type { Exploring } from './exploring.svelte'

/** Choose what is shown within a line on the screen; nothing where it is too short to go round anything. */
export function choose(explore: Exploring, points: PointMap, polygon: readonly (readonly [number, number])[]): void {
  explore.mode = 'look'
  explore.chosen = []
  if (polygon.length < 3) return
  const { transform } = points
  const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)]
  const [lowX, highY] = transform.toPlace(Math.min(...xs), Math.min(...ys))
  const [highX, lowY] = transform.toPlace(Math.max(...xs), Math.max(...ys))
  const around = points.within([lowX, lowY, highX, highY], Number.POSITIVE_INFINITY)
  explore.chosen = around.filter((row) => {
    const place = explore.place(row)
    return place !== null && inside(polygon, ...transform.toScreen(place[0], place[1]))
  })
  if (explore.chosen.length === 0) return
  explore.side = 'directions'
  explore.directions.drawn(explore.chosen)
}
