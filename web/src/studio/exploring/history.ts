/** What was done and can be undone: states one after the other, of which one stands now. No browser in it. */

/** States that are held. */
const MOST = 200
/** Milliseconds within which what goes on changing is one step, such as a slider that is dragged. */
const TOGETHER = 600

export class History<State> {
  #states: readonly State[]
  #now = 0
  #part: string | null = null
  #at = Number.NEGATIVE_INFINITY
  readonly #isSame: (one: State, other: State) => boolean

  constructor(first: State, isSame: (one: State, other: State) => boolean) {
    this.#states = [first]
    this.#isSame = isSame
  }

  get now(): State {
    return this.#states[this.#now] as State
  }

  get canUndo(): boolean {
    return this.#now > 0
  }

  get canRedo(): boolean {
    return this.#now < this.#states.length - 1
  }

  /**
   * Something has changed. What was undone before can be redone no more.
   *
   * @param part What of the state has changed: the same part again within a moment is the same step.
   * @param at Milliseconds of any clock.
   */
  note(state: State, part: string, at: number): void {
    const [before, last] = [this.#states[this.#now - 1], { part: this.#part, at: this.#at }]
    if (this.#isSame(state, this.now)) {
      // The same in other words, such as a pin whose name has become known.
      this.#states = this.#states.with(this.#now, state)
      return
    }
    this.#part = part
    this.#at = at
    if (before !== undefined && part === last.part && at - last.at <= TOGETHER) {
      const kept = this.#states.slice(0, this.#now)
      // What was moved and moved back within one step is no step.
      this.#states = this.#isSame(state, before) ? kept : [...kept, state]
      this.#now = this.#states.length - 1
      return
    }
    this.#states = [...this.#states.slice(0, this.#now + 1), state].slice(-MOST)
    this.#now = this.#states.length - 1
  }

  /** Go back by one step; null where there is none. */
  undo(): State | null {
    return this.#go(-1)
  }

  redo(): State | null {
    return this.#go(1)
  }

  #go(by: 1 | -1): State | null {
    const state = this.#states[this.#now + by]
    if (state === undefined) return null
    this.#now += by
    // Whatever comes next is a step of its own.
    this.#part = null
    return state
  }
}
