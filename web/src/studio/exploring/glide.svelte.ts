/**
 * From one layout of the items to another. What takes a while is laid out in the background while one that is there at
 * once is shown, and the points then go over into it; who works on the map already is asked first.
 */

import { readPoints } from '../../api/binary'
import { answer, bytes, type JobCard, type MapCard, POST, Refused } from '../../api/client'
import { resultOf } from '../../api/jobs'
import { coloursOf, NO_VALUE, placesOf } from '../../map/colours'
import { wantsStill } from '../../map/motion'
import { app } from '../app.svelte'
import type { Exploring } from './exploring.svelte'
import { onScreen } from './glide'
import type { Query } from './query'

/** The points as they were seen last. */
export interface Left {
  /** Where on the screen, x and y in turn. */
  readonly screen: Float32Array
  /** For every point the place of its colour. */
  readonly places: Uint16Array | null
  readonly colours: readonly string[]
  readonly rows: Uint32Array | null
}

interface Laid {
  readonly map: MapCard
  readonly xy: Float32Array
}

export class Glide {
  /** The job that lays the items out anew, while it does. */
  job = $state.raw<JobCard | null>(null)
  /** By which method. */
  wanted = $state<string | null>(null)
  /** What is laid out by now, and not shown before somebody says so. */
  ready = $state.raw<Laid | null>(null)
  /** The points as they lay before, until they have gone over. */
  left = $state.raw<Left | null>(null)
  /** Whether the map that is open may yet become another one by itself. */
  pending = $derived.by(() => this.wanted !== null && this.#byItself)

  #byItself = $state(false)
  #step: ((query: Query) => void) | null = null
  #laying: Promise<void> = Promise.resolve()
  /** The method that somebody chose, until the map is that. */
  chosen = $derived.by(() => (this.#byItself ? null : this.wanted))
  /** Atlases whose other layout was not wanted. */
  readonly #declined = new Set<string>()
  readonly #explore: Exploring

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** Lay out in the background what shows more than the map that is open, where nobody chose that one. */
  begin(map: MapCard): void {
    const method = map.better
    if (!this.#explore.usual || method === null || this.#declined.has(map.atlas)) return
    this.#byItself = true
    this.#laying = this.#lay(map, method)
  }

  /** The same items by a method that somebody chose. `step` is told, once it is there, what the address will say. */
  async to(method: string, step: (query: Query) => void): Promise<void> {
    const map = this.#explore.map
    if (map === null) return
    if (this.ready?.map.method === method) {
      this.#step = step
      return this.show()
    }
    // What is being laid out by itself is what is wanted now.
    if (this.wanted !== method) {
      this.rest()
      this.#laying = this.#lay(map, method)
    }
    this.#byItself = false
    this.#step = step
    await this.#laying
  }

  /** Show what is laid out by now. */
  async show(): Promise<void> {
    const [ready, step, explore] = [this.ready, this.#step, this.#explore]
    this.ready = null
    this.#step = null
    if (ready === null) return
    this.left = this.#seen()
    const query = { ...explore.query, map: ready.map.method, view: '' }
    const done = explore.relaid(ready.map, ready.xy, query, step !== null)
    // By now the map is the one that the address will name: to follow it changes nothing.
    step?.(query)
    await done
  }

  /** It is not wanted, now or later. */
  decline(): void {
    const map = this.#explore.map
    if (map !== null) this.#declined.add(map.atlas)
    this.rest()
  }

  /** The points have gone over. */
  arrived(): void {
    this.left = null
  }

  /** Another map is opened: what was being made of this one is not waited for. */
  rest(): void {
    const { job } = this
    this.job = null
    this.wanted = null
    this.ready = null
    this.left = null
    this.#step = null
    if (job !== null) void app.stop(job.id)
  }

  async #lay(map: MapCard, method: string): Promise<void> {
    const explore = this.#explore
    this.wanted = method
    const stale = () => explore.map?.id !== map.id || this.wanted !== method
    try {
      const asked = { ...explore.asked, method, settings: {}, seed: 0 }
      const opened = await answer(() => POST('/api/maps', { body: asked }))
      if (stale()) {
        if (opened.map === null) void app.stop(opened.job.id)
        return
      }
      const news = (now: JobCard): void => {
        if (!stale()) this.job = now
      }
      const job = await app.attend(opened.job, news, undefined, false)
      if (stale()) return
      this.job = null
      const next = opened.map ?? resultOf(job)
      const { xy } = readPoints((await bytes(`/api/maps/${next.id}/points`)).data)
      if (stale()) return
      this.wanted = null
      // Rows are the same ones only of the same items.
      if (next.atlas !== map.atlas || next.items !== map.items) return
      this.ready = { map: next, xy }
      if (!this.#byItself || !this.#isWorkedOn()) await this.show()
    } catch (error) {
      if (stale()) return
      const stopped = error instanceof Refused && error.document.stopped
      if (stopped) this.#declined.add(map.atlas)
      else explore.tell(error)
    } finally {
      if (!stale()) {
        this.job = null
        this.wanted = null
      }
    }
  }

  /** Whether somebody has begun to do something with the map as it lies. */
  #isWorkedOn(): boolean {
    const { pins, chosen, focus, bounds, mode, look } = this.#explore
    return (
      pins.length > 0 ||
      chosen.length > 0 ||
      focus !== null ||
      bounds !== null ||
      mode !== 'look' ||
      look.sheet === true
    )
  }

  /** The points as they are seen now; null where nothing is to move. */
  #seen(): Left | null {
    const { seen, xy, shown } = this.#explore
    if (seen === null || xy === null || wantsStill() || document.hidden) return null
    const { column, codes, rows } = shown
    const coloured = column !== null && codes !== null
    return {
      screen: onScreen(xy, seen),
      places: coloured ? placesOf(column, codes) : null,
      colours: coloured ? coloursOf(column) : [NO_VALUE],
      rows,
    }
  }
}
