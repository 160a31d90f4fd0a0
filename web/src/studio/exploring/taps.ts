/** Whether a press is the second of two at one place, which pins. No browser in it. */

/** Milliseconds, and pixels, that two presses may lie apart. */
const SOON = 350
const NEAR = 12

interface Press {
  readonly timeStamp: number
  readonly clientX: number
  readonly clientY: number
}

export class Taps {
  #last: Press | null = null

  /** One that wandered is none of two. */
  isSecond(press: Press, wandered = false): boolean {
    const last = this.#last
    this.#last = wandered ? null : press
    if (last === null || wandered || press.timeStamp - last.timeStamp > SOON) return false
    if (Math.hypot(press.clientX - last.clientX, press.clientY - last.clientY) > NEAR) return false
    // A third one begins anew.
    this.#last = null
    return true
  }
}
