/** Steps of a path that are heard one after the other, each fading into the next. No browser in it. */

import { heardPart } from '../../sound/peaks'
import type { Part } from '../../sound/voice'
import type { Wave } from '../../sound/wav'

/** Seconds of the cross-fade from one step to the next. */
export const OVER = 0.09
/** Steps that are fetched before they are heard. */
const AHEAD = 2

export interface Steps {
  readonly frames: readonly number[]
  readonly load: (frame: number) => Promise<Wave>
  /** Resolves true when it has ended by itself, and false where something else is heard instead. */
  readonly play: (frame: number, wave: Wave, part: Part) => Promise<boolean>
  readonly signal: AbortSignal
  readonly wait?: (seconds: number) => Promise<void>
}

/** Of a sound that changes along a path, the frame whose turn it is. */
export function frameAt(position: number, length: number, frames: number): number {
  return Math.min(Math.floor((position / length) * frames), frames - 1)
}

const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds))

/** Play steps to the end, or until it is aborted or something else is played. */
export async function glide({ frames, load, play, signal, wait = sleep }: Steps): Promise<void> {
  const coming = new Map<number, Promise<Wave>>()
  const fetched = (i: number): Promise<Wave> => {
    const frame = frames[i] as number
    const found = coming.get(i) ?? load(frame)
    // One that nobody comes to is nobody's trouble.
    found.catch(() => undefined)
    coming.set(i, found)
    return found
  }
  for (let i = 0; i < frames.length && !signal.aborted; i++) {
    const wave = await fetched(i)
    for (let ahead = 1; ahead <= AHEAD; ahead++) if (i + ahead < frames.length) void fetched(i + ahead)
    coming.delete(i)
    if (signal.aborted) return
    const [from, to] = heardPart(wave.samples, wave.rate)
    const seconds = to - from
    const heard = play(frames[i] as number, wave, { from, seconds, fade: OVER })
    // The next begins before this one has quite ended.
    const next = i + 1 < frames.length ? wait(Math.max(seconds - OVER, 0)).then(() => true) : heard
    if (!(await Promise.race([heard, next])) && !signal.aborted) return
  }
}
