/** One path at a time: a newer one takes the place of an older, whose job is cancelled. No browser in it. */

export interface Hands<Asked, Job extends { id: string }, Path> {
  start: (asked: Asked) => Promise<Job>
  /** Until the job has ended. */
  attend: (job: Job, news: (job: Job) => void, signal: AbortSignal) => Promise<Job>
  /** What it gave. */
  gather: (asked: Asked, job: Job) => Promise<Path>
  cancel: (id: string) => Promise<unknown>
}

interface Going {
  abort: AbortController
  job: string | null
  ended: boolean
}

export class Pathfinder<Asked, Job extends { id: string }, Path> {
  readonly #hands: Hands<Asked, Job, Path>
  #going: Going | null = null

  constructor(hands: Hands<Asked, Job, Path>) {
    this.#hands = hands
  }

  get busy(): boolean {
    return this.#going !== null
  }

  /** Find a path in place of another. null where this was superseded in its turn; then its errors are nobody's. */
  async find(asked: Asked, news: (job: Job) => void = () => {}): Promise<Path | null> {
    this.drop()
    const mine: Going = { abort: new AbortController(), job: null, ended: false }
    const { signal } = mine.abort
    this.#going = mine
    try {
      // The request itself is not given up: only its answer says which job has to be stopped.
      const started = await this.#hands.start(asked)
      if (signal.aborted) {
        this.#cancel(started.id)
        return null
      }
      mine.job = started.id
      const job = await this.#hands.attend(started, (now) => void (signal.aborted || news(now)), signal)
      mine.ended = true
      if (signal.aborted) return null
      const path = await this.#hands.gather(asked, job)
      return signal.aborted ? null : path
    } catch (error) {
      if (signal.aborted) return null
      throw error
    } finally {
      if (this.#going === mine) this.#going = null
    }
  }

  /** What is being found is not wanted any more. */
  drop(): void {
    const old = this.#going
    this.#going = null
    if (old === null) return
    old.abort.abort()
    if (old.job !== null && !old.ended) this.#cancel(old.job)
  }

  #cancel(id: string): void {
    // A job that cannot be stopped any more is done; a server that is away has none.
    this.#hands.cancel(id).catch(() => {})
  }
}
