/** Undo and redo of pins, selections and sliders: one history, which hears of every change by itself. */

import { untrack } from 'svelte'
import { isMoved, type Moves, movesText } from '../lens/moves'
import type { Exploring } from './exploring.svelte'
import { History } from './history'
import { type Spot, same } from './spot'

interface Kept {
  readonly pins: readonly Spot[]
  /** Rows of the lasso. */
  readonly chosen: readonly number[]
  readonly moves: Moves
  /** What was under the lens: what the sliders have moved. */
  readonly focus: Spot | null
}

const PARTS = ['pins', 'chosen', 'moves'] as const
const IS_SAME: Record<(typeof PARTS)[number], (one: Kept, other: Kept) => boolean> = {
  pins: ({ pins: one }, { pins: other }) =>
    one.length === other.length && one.every((pin, i) => same(pin, other[i] ?? null)),
  chosen: ({ chosen: one }, { chosen: other }) => one === other || (one.length === 0 && other.length === 0),
  moves: (one, other) => movesText(one.moves) === movesText(other.moves),
}

/** Looking at something is no step of its own; but where the sliders are moved, they move what is looked at. */
function isSame(one: Kept, other: Kept): boolean {
  return PARTS.every((part) => IS_SAME[part](one, other))
}

export class Memory {
  canUndo = $state(false)
  canRedo = $state(false)

  readonly #explore: Exploring
  #history: History<Kept> | null = null
  /** When something was pressed that is pressed still: all that a drag changes is one step, however long it takes. */
  #pressed: number | null = null
  /** Stops hearing. */
  readonly close: () => void

  constructor(explore: Exploring) {
    this.#explore = explore
    this.close = $effect.root(() => {
      $effect(() => {
        const down = () => {
          this.#pressed = performance.now()
        }
        const up = () => {
          this.#pressed = null
        }
        const events = { pointerdown: down, pointerup: up, pointercancel: up }
        for (const [name, act] of Object.entries(events)) window.addEventListener(name, act, { capture: true })
        return () => {
          for (const [name, act] of Object.entries(events)) window.removeEventListener(name, act, { capture: true })
        }
      })
      $effect(() => {
        const { pins, chosen, focus, restored } = explore
        const { moves } = explore.lens
        if (restored) untrack(() => this.#note({ pins, chosen, focus, moves }))
        else this.#forget()
      })
    })
  }

  undo(): boolean {
    return this.#take(this.#history?.undo() ?? null)
  }

  redo(): boolean {
    return this.#take(this.#history?.redo() ?? null)
  }

  #note(kept: Kept): void {
    if (this.#history === null) this.#history = new History(kept, isSame)
    else {
      const before = this.#history.now
      const part = PARTS.find((one) => !IS_SAME[one](before, kept)) ?? ''
      // A slider is one step; the next slider is another.
      const which = part === 'moves' ? `${part} ${changed(before.moves, kept.moves)}` : `${part} ${kept.pins.length}`
      this.#history.note(kept, which, this.#pressed ?? performance.now())
    }
    this.#tell()
  }

  /** Another map, or another link. */
  #forget(): void {
    this.#history = null
    this.#tell()
  }

  #take(kept: Kept | null): boolean {
    if (kept === null) return false
    const { pins, chosen, moves, focus } = kept
    const explore = this.#explore
    explore.pins = pins
    if (explore.chosen !== chosen) {
      explore.chosen = chosen
      if (chosen.length > 0) explore.directions.drawn(chosen)
    }
    // Where something was moved, it is shown; else what one looks at may stay.
    const back = isMoved(moves) || isMoved(explore.lens.moves) ? focus : explore.focus
    explore.lens.take(moves, back)
    this.#tell()
    return true
  }

  #tell(): void {
    this.canUndo = this.#history?.canUndo ?? false
    this.canRedo = this.#history?.canRedo ?? false
  }
}

/** Which sliders stand elsewhere. */
function changed(before: Moves, now: Moves): string {
  const [one, other] = [before, now].map(
    ({ directions, dims }) => ({ ...directions, ...dims }) as Record<string, number>,
  )
  const names = new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])
  return [...names].filter((name) => one?.[name] !== other?.[name]).join()
}
