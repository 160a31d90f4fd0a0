/** How a path plays: the frame that is shown, and going on from frame to frame. */

import { wantsStill } from '../../map/motion'
import { remember, remembered } from '../remembered'
import { sameShare, step, type Way } from './strip'

export const SLOWEST = 4
export const FASTEST = 30

function fpsOf(text: string | null): number {
  const value = Math.round(Number(text))
  return text !== null && value >= SLOWEST && value <= FASTEST ? value : 12
}

export class Player {
  frame = $state(0)
  frames = $state(0)
  playing = $state(false)
  fps = $state(fpsOf(remembered('fps')))
  /** To and fro, for a path that does not come back by itself. */
  swing = $state(remembered('swing') === 'yes')
  /** The path comes back to its first point. */
  loop = $state(false)
  /** While somebody points at the strip, it does not run away under the pointer. */
  held = $state(false)

  #direction: 1 | -1 = 1
  /** Stop at the end. */
  #once = false
  #request = 0
  #last = 0

  get way(): Way {
    return this.swing && !this.loop ? 'swing' : 'round'
  }

  /** Another path is shown: at the same share of the way, or from its beginning where there was none. */
  take(frames: number, loop: boolean): void {
    const fresh = this.frames === 0
    this.frame = fresh ? 0 : sameShare(this.frame, this.frames, frames)
    this.frames = frames
    this.loop = loop
    // The first time it shows by itself what it is, once, unless that is more movement than somebody asked for.
    if (fresh && !wantsStill()) this.play(true)
  }

  /** No path is shown. */
  leave(): void {
    this.pause()
    this.frames = 0
    this.frame = 0
    this.held = false
  }

  play(once = false): void {
    if (this.frames < 2) return
    this.#once = once
    if (this.frame === this.frames - 1 && this.way === 'round') this.frame = 0
    if (this.playing) return
    this.playing = true
    this.#last = performance.now()
    this.#request = requestAnimationFrame((now) => this.#tick(now))
  }

  pause(): void {
    this.playing = false
    cancelAnimationFrame(this.#request)
  }

  toggle(): void {
    if (this.playing) this.pause()
    else this.play()
  }

  seek(frame: number): void {
    this.frame = Math.min(Math.max(frame, 0), Math.max(this.frames - 1, 0))
  }

  /** Go to a frame and stay there. */
  stay(frame: number): void {
    this.pause()
    this.seek(frame)
  }

  setFps(fps: number): void {
    this.fps = Math.min(Math.max(Math.round(fps), SLOWEST), FASTEST)
    remember('fps', String(this.fps))
  }

  setSwing(swing: boolean): void {
    this.swing = swing
    this.#direction = 1
    remember('swing', swing ? 'yes' : 'no')
  }

  #tick(now: number): void {
    if (!this.playing) return
    const due = 1000 / this.fps
    if (this.held) this.#last = now
    else if (now - this.#last >= due) {
      // A page that was hidden does not catch up.
      this.#last = now - this.#last > 4 * due ? now : this.#last + due
      const next = step(this.frame, this.#direction, this.frames, this.way)
      if (this.#once && next.turned) {
        this.pause()
        return
      }
      this.#direction = next.direction
      this.frame = next.frame
    }
    this.#request = requestAnimationFrame((then) => this.#tick(then))
  }
}
