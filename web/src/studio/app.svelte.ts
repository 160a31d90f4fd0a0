/** What the whole page shares: the server, the models, the view, language, theme, messages, work in progress. */

import {
  type About,
  answer,
  GET,
  type JobCard,
  Lost,
  type ModelLine,
  onReach,
  PATIENCE,
  POST,
  Refused,
} from '../api/client'
import { cancel, follow, isFinished } from '../api/jobs'
import { type Language, setLanguage, t } from '../text/index.svelte'
import { type Address, readAddress, writeAddress } from './address'
import { jobTitle } from './parts/jobTitle'
import { describe, type More } from './refusal'
import { remember, remembered } from './remembered'
import type { Opened, Query, Room, View } from './views/view'

export { describe }

export type Theme = 'dark' | 'light'

export interface Message {
  id: number
  kind: 'error' | 'good' | 'plain'
  text: string
  /** What to do about it. */
  next: string | null
  /** The server's own words behind a translation, and what it was given. */
  more: More | null
}

const AGAIN = 1500
const STAYS = 9000
/** Seconds of work from which on its end is told: whoever waited that long may look elsewhere. */
const LONG = 4
/** Milliseconds between two writings of the address at least. */
const WRITES = 250

class App {
  about = $state.raw<About | null>(null)
  models = $state.raw<ModelLine[] | null>(null)
  modelsTrouble = $state.raw<unknown>(null)
  address = $state.raw<Address>({ view: '', path: [], query: {} })
  /** All that the page has, the front page first. */
  views = $state.raw<readonly View[]>([])
  view = $derived<View | null>(this.views.find((view) => view.name === this.address.view) ?? null)
  /** What is open in the views that were shown, by their names. */
  opened = $state.raw<Readonly<Record<string, Opened>>>({})
  /** How many links were followed. What a view writes into the address itself does not count. */
  links = $state(0)
  theme = $state<Theme>('dark')
  /** The server cannot be reached at the moment. */
  lost = $state(false)
  /** Why the page has to be opened anew; null where it need not. */
  ended = $state<'token' | 'version' | null>(null)
  messages = $state<Message[]>([])
  /** Jobs that this page follows, by id, the newest last. */
  jobs = $state<JobCard[]>([])
  hints = $state(remembered('hints') !== 'seen')

  #messages = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #write: ReturnType<typeof setTimeout> | undefined
  /** What the view keeps and the address does not say yet. */
  #unwritten: Query | null = null
  #back = new Set<() => void>()
  #attended = new Map<string, number>()

  start(views: readonly View[]): void {
    this.views = views
    const spoken = remembered('language') ?? (navigator.language.startsWith('es') ? 'es' : 'en')
    this.speak(spoken === 'es' ? 'es' : 'en')
    const dark = window.matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
    this.show((remembered('theme') as Theme | null) ?? dark)
    this.address = readAddress(location.hash, this.views)
    window.addEventListener('hashchange', () => {
      // What another view was about to write is out of date.
      clearTimeout(this.#write)
      this.#unwritten = null
      this.address = readAddress(location.hash, this.views)
      this.links++
    })
    // Who leaves by a link comes back to what was there in that moment.
    window.addEventListener(
      'click',
      ({ target }) => {
        if (target instanceof Element && target.closest('a[href]') !== null) this.#written()
      },
      { capture: true },
    )
    onReach((reached) => this.#reached(reached))
    void this.load()
  }

  speak(language: Language): void {
    setLanguage(language)
    document.documentElement.lang = language
    remember('language', language)
  }

  show(theme: Theme): void {
    this.theme = theme === 'light' ? 'light' : 'dark'
    document.documentElement.dataset.theme = this.theme
  }

  switchTheme(): void {
    this.show(this.theme === 'dark' ? 'light' : 'dark')
    remember('theme', this.theme)
  }

  async load(): Promise<void> {
    this.modelsTrouble = null
    try {
      ;[this.about, this.models] = await Promise.all([
        answer(() => GET('/api/about')),
        answer(() => GET('/api/models')),
      ])
    } catch (error) {
      this.modelsTrouble = error
      this.noticed(error)
    }
  }

  /** Load a view, and make what is open in it where nothing is yet. */
  async enter(view: View): Promise<{ view: View; Show: Room['Show']; open: Opened }> {
    const { Show, open } = await view.load()
    const opened = this.opened[view.name] ?? open()
    this.opened = { ...this.opened, [view.name]: opened }
    return { view, Show, open: opened }
  }

  // Where the page is -------------------------------------------------------------------------------------------------

  go(address: Address): void {
    this.#written()
    location.hash = writeAddress(address, this.views)
  }

  /** Write what the view says of itself into the address, without a step in the history. */
  write(query: Query): void {
    clearTimeout(this.#write)
    this.#unwritten = query
    this.#write = setTimeout(() => this.#written(), WRITES)
  }

  /** Now, and not in a moment. */
  #written(): void {
    clearTimeout(this.#write)
    if (this.#unwritten === null) return
    const text = writeAddress({ ...this.address, query: this.#unwritten }, this.views)
    this.#unwritten = null
    // What reads the address also writes it: once it says what it should, it is left alone.
    if (text === writeAddress(readAddress(location.hash, this.views), this.views)) return
    history.replaceState(null, '', text)
    this.address = readAddress(location.hash, this.views)
  }

  // What went wrong ---------------------------------------------------------------------------------------------------

  say(text: string, kind: Message['kind'] = 'plain', next: string | null = null, more: Message['more'] = null): void {
    if (this.messages.some((message) => message.text === text && message.next === next)) return
    const id = ++this.#messages
    this.messages.push({ id, kind, text, next, more })
    if (kind !== 'error') setTimeout(() => this.unsay(id), STAYS / 2)
    else setTimeout(() => this.unsay(id), STAYS)
  }

  unsay(id: number): void {
    this.messages = this.messages.filter((message) => message.id !== id)
  }

  /** An error that belongs to the whole page is shown by it: true. Any other is for whoever asked. */
  noticed(error: unknown): boolean {
    if (error instanceof Lost) return true
    if (error instanceof Refused && error.status === 401) this.ended = 'token'
    else if (error instanceof Refused && error.document.kind === 'old_page') this.ended = 'version'
    else return error instanceof DOMException && error.name === 'AbortError'
    return true
  }

  /** Tell of an error in passing. */
  tell(error: unknown): void {
    if (this.noticed(error)) return
    const said = describe(error)
    this.say(said.text, 'error', said.next, said)
  }

  /** Do something when the server is there again; once. */
  whenBack(again: () => void): () => void {
    this.#back.add(again)
    return () => this.#back.delete(again)
  }

  /** Ask whether the server is there, as when a live line broke. */
  check(): void {
    const signal = AbortSignal.timeout(PATIENCE)
    void answer(() => GET('/api/about', { signal })).catch((error: unknown) => this.noticed(error))
  }

  #reached(reached: boolean): void {
    if (reached) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      if (!this.lost) return
      this.lost = false
      this.say(t('state.back'), 'good')
      const waiting = [...this.#back]
      this.#back.clear()
      if (this.models === null) void this.load()
      for (const again of waiting) again()
      return
    }
    this.lost = true
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.check()
    }, AGAIN)
  }

  // Work --------------------------------------------------------------------------------------------------------------

  /** Show a job while it runs; what it is at the end. While the server is out of reach the work goes on there, and it
   * is followed from where it was lost sight of. With `isTold` false, its end is seen elsewhere. */
  async attend<G>(
    job: JobCard<G>,
    news: (job: JobCard<G>) => void = () => {},
    signal?: AbortSignal,
    isTold = true,
  ): Promise<JobCard<G>> {
    if (isFinished(job)) {
      news(job)
      return job
    }
    this.#attended.set(job.id, (this.#attended.get(job.id) ?? 0) + 1)
    let last = job
    const show = (now: JobCard<G>): void => {
      last = now
      const place = this.jobs.findIndex((known) => known.id === now.id)
      if (place >= 0) this.jobs[place] = now
      else this.jobs.push(now)
      if (isTold && now.state === 'done' && now.seconds > LONG)
        this.say(t('jobs.done', { title: jobTitle(now) }), 'good')
      news(now)
    }
    try {
      for (;;) {
        try {
          return await follow(last, show, signal)
        } catch (error) {
          if (!(error instanceof Lost)) throw error
          await this.#isBack(signal)
        }
      }
    } finally {
      this.jobs = this.jobs.filter((known) => known.id !== job.id)
    }
  }

  /** Until the server is there again, or nobody waits for it any more. */
  #isBack(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = this.whenBack(resolve)
      const abort = () => {
        forget()
        reject(signal?.reason)
      }
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Whether more than one part of the page has attended a job. */
  shared(id: string): boolean {
    return (this.#attended.get(id) ?? 0) > 1
  }

  /** Before all others that wait: it is what is looked at. */
  async first(id: string): Promise<void> {
    try {
      await answer(() => POST('/api/jobs/{job}/first', { params: { path: { job: id } } }))
    } catch (error) {
      this.noticed(error)
    }
  }

  async stop(id: string): Promise<void> {
    try {
      await cancel(id)
    } catch (error) {
      this.tell(error)
    }
  }

  hintsSeen(): void {
    this.hints = false
    remember('hints', 'seen')
  }

  /** Show the first-time hints once more. */
  hintsAgain(): void {
    this.hints = true
  }
}

export const app = new App()
