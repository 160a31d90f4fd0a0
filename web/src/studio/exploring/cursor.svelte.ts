/** What lies under the cursor: decoded live, and the item there where there is one. */

import { Refused, type RowCard } from '../../api/client'
import { type Frame, Live } from '../../api/live'
import { app } from '../app.svelte'
import type { Exploring } from './exploring.svelte'

/** Pixels around an item within which the cursor is on it. */
export const ON_ITEM = 8
/** Cards of rows that are held. */
const HELD = 500
const REST = 40
/** Pixels that the cursor may wander on what was clicked before it has gone on. */
const GOES_ON = 6

export class Cursor {
  /** Where on the screen; null when it is elsewhere. */
  at = $state.raw<{ px: number; py: number } | null>(null)
  /** The place of the map that is decoded: the cursor's own, or the item's that it is on. */
  xy = $state.raw<readonly [number, number] | null>(null)
  /** The item that it is on; -1 for none. */
  row = $state(-1)
  card = $state.raw<RowCard | null>(null)
  /** The last frame, without its picture. */
  frame = $state.raw<Omit<Frame, 'picture' | 'file'> | null>(null)
  /** Whether it is the keyboard's crosshair. */
  byKeys = $state(false)
  /** Whether it is a finger, under which nothing is seen. */
  byFinger = $state(false)
  /** It rests on what was put under the lens from there, which is what the lens shows. */
  rests = $state(false)
  /** Whether the lens shows what lies under it, and not what is kept. */
  live = $derived(this.at !== null && this.frame !== null && !this.rests)

  readonly #explore: Exploring
  readonly #live: Live
  readonly #cards = new Map<number, RowCard>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  /** Where what rests under the lens was clicked. */
  #kept: { px: number; py: number } | null = null

  /** `draw` is handed every picture; it belongs to whoever draws it. */
  constructor(explore: Exploring, map: string, draw: (picture: ImageBitmap) => void) {
    this.#explore = explore
    this.#live = new Live(map, {
      frame: ({ picture, file, ...frame }) => {
        if (this.xy === null) {
          picture.close()
          return
        }
        this.frame = frame
        draw(picture)
        if (file) this.#explore.listener?.take(file)
        else this.#wantFile()
      },
      refused: (error) => {
        if (error.kind !== 'busy') this.#explore.tell(new Refused(400, error))
      },
      state: (open) => {
        if (!open) app.check()
      },
    })
  }

  point(px: number, py: number, place: readonly [number, number], row: number, byKeys = false): void {
    if (this.rests && !byKeys && this.#kept !== null) {
      if (Math.hypot(px - this.#kept.px, py - this.#kept.py) <= GOES_ON) return
    }
    this.#kept = null
    this.rests = false
    this.at = { px, py }
    this.byKeys = byKeys
    const xy = row >= 0 ? (this.#explore.place(row) ?? place) : place
    this.xy = xy
    clearTimeout(this.#again)
    this.#live.ask(xy[0], xy[1], this.#explore.listener?.wants() === true)
    if (row !== this.row) {
      this.row = row
      this.card = this.#cards.get(row) ?? null
      clearTimeout(this.#timer)
      if (row >= 0 && this.card === null) this.#timer = setTimeout(() => void this.#ask(row), REST)
    }
  }

  /** What lies there was put under the lens: until the cursor goes on, that is what is shown. */
  rest(px: number, py: number): void {
    this.#kept = { px, py }
    this.rests = true
  }

  leave(): void {
    this.#kept = null
    this.rests = false
    clearTimeout(this.#again)
    this.#explore.listener?.rest()
    this.#live.rest()
    clearTimeout(this.#timer)
    this.at = null
    this.xy = null
    this.row = -1
    this.card = null
    this.frame = null
  }

  close(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#again)
    this.#live.close()
  }

  /** A place that was come to too soon after another is asked for once more, with its file, if the cursor is still there. */
  #wantFile(): void {
    const wants = this.#explore.listener?.wants() ?? false
    if (wants === false) return
    clearTimeout(this.#again)
    const ask = () => {
      if (this.xy !== null) this.#live.ask(this.xy[0], this.xy[1], true)
    }
    this.#again = setTimeout(ask, wants === true ? 0 : 1000 * wants)
  }

  async #ask(row: number): Promise<void> {
    try {
      const [card] = await this.#explore.rows([row])
      if (card === undefined) return
      if (this.#cards.size > HELD) this.#cards.clear()
      this.#cards.set(row, card)
      if (this.row === row) this.card = card
    } catch (error) {
      this.#explore.noticed(error)
    }
  }
}
