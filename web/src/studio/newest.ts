/** One piece of work at a time; of those asked for meanwhile only the newest is done. No browser in it. */

export class Newest<Asked> {
  readonly #work: (asked: Asked) => Promise<void>
  #waiting: { asked: Asked } | null = null
  #busy = false

  /** `work` deals with its own errors. */
  constructor(work: (asked: Asked) => Promise<void>) {
    this.#work = work
  }

  get busy(): boolean {
    return this.#busy
  }

  ask(asked: Asked): void {
    this.#waiting = { asked }
    if (!this.#busy) void this.#run()
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#waiting = null
  }

  async #run(): Promise<void> {
    this.#busy = true
    try {
      while (this.#waiting !== null) {
        const { asked } = this.#waiting
        this.#waiting = null
        await this.#work(asked)
      }
    } finally {
      this.#busy = false
    }
  }
}
