/** What is open in Bring: a data set on its way, what is in it, and the training on it. */

import { answer, bytes, DELETE, GET, home, type JobCard, POST, type Schemas } from '../../../api/client'
import { isFinished, resultOf } from '../../../api/jobs'
import { t } from '../../../text/index.svelte'
import { app } from '../../app.svelte'
import type { Opened, Way } from '../view'
import type { Gathered } from './gather'
import { bodies, type Wanted } from './pieces'

export type Report = Schemas['OwnReport']
export type Run = Schemas['RunCard']
export type Family = Schemas['FamilyCard']
export type Own = Schemas['OwnCard']

/** Files of one request that asks which are wanted. */
const ASKED = 1000
/** Milliseconds between two looks at a run that goes on. */
const LOOKS = 1500

/** Files on their way. */
export interface Sending {
  name: string
  files: number
  bytes: number
  sent: number
}

/** What can be said of a run before it is begun. */
export interface Form {
  size: number | null
  fit: 'crop' | 'pad' | 'stretch'
  /** Of sounds, how long each is. */
  seconds: number | null
  family: string
  preset: string
  minutes: number
  name: string
  force: boolean
}

export class Bringing implements Opened {
  sending = $state<Sending | null>(null)
  /** Data sets that were handed over before. */
  owns = $state.raw<readonly Own[]>([])
  runs = $state.raw<readonly Run[]>([])
  families = $state.raw<readonly Family[]>([])
  report = $state.raw<Report | null>(null)
  /** The picture of its first items. */
  sheet = $state('')
  /** What reads the data now. */
  reading = $state.raw<JobCard<Report> | null>(null)
  run = $state.raw<Run | null>(null)
  job = $state.raw<JobCard<Run> | null>(null)
  trouble = $state.raw<unknown>(null)
  form = $state<Form>({
    size: null,
    fit: 'crop',
    seconds: null,
    family: 'vae',
    preset: 'small',
    minutes: 5,
    name: '',
    force: false,
  })

  #stop: AbortController | null = null
  #asked = 0
  #looked = 0
  #later: ReturnType<typeof setTimeout> | undefined

  get reproduce(): Way[] {
    return []
  }

  /** What lies on the studio by now; a run that goes on is shown. */
  async load(): Promise<void> {
    try {
      const [owns, { runs, families }] = await Promise.all([
        answer(() => GET('/api/own')),
        answer(() => GET('/api/trainings')),
      ])
      this.owns = owns
      this.runs = runs
      this.families = families
      const going = runs.find((run) => run.job !== null)
      if (going && this.job === null) await this.look(going)
    } catch (error) {
      if (!app.noticed(error)) this.trouble = error
    }
  }

  // The files ---------------------------------------------------------------------------------------------------------

  async send(gathered: Gathered): Promise<void> {
    if (this.sending !== null) return
    this.close()
    const { files, unread } = gathered
    if (files.length === 0) {
      app.say(t(unread.length > 0 ? 'bring.unread' : 'bring.empty'), 'error')
      return
    }
    const stop = new AbortController()
    this.#stop = stop
    const name = gathered.name ?? t('bring.unnamed')
    this.sending = { name, files: files.length, bytes: 0, sent: 0 }
    let id: string | null = null
    try {
      id = (await answer(() => POST('/api/own', { body: { name: name.slice(0, 255) }, signal: stop.signal }))).id
      const wanted = await this.#announce(id, gathered, stop.signal)
      await this.#hand(id, wanted, stop.signal)
      const path = { id }
      const own = await answer(() => POST('/api/own/{id}/done', { params: { path } }))
      id = null
      if (unread.length > 0) app.say(t('bring.unreadSome', { n: unread.length, first: unread[0] as string }), 'error')
      this.sending = null
      void this.load()
      await this.read(own.name)
    } catch (error) {
      if (!app.noticed(error)) this.trouble = error
    } finally {
      this.sending = null
      this.#stop = null
      const path = { id: id ?? '' }
      if (id !== null)
        await answer(() => DELETE('/api/own/{id}/coming', { params: { path } })).catch(app.noticed.bind(app))
    }
  }

  async #announce(id: string, { files }: Gathered, signal: AbortSignal): Promise<Wanted[]> {
    const wanted: Wanted[] = []
    const path = { id }
    for (let i = 0; i < files.length; i += ASKED) {
      const some = files.slice(i, i + ASKED)
      const asked = some.map(({ path, file }) => ({ path: path.slice(0, 4000), size: file.size }))
      const judged = await answer(() =>
        POST('/api/own/{id}/files', { params: { path }, body: { files: asked }, signal }),
      )
      judged.names.forEach((name, k) => {
        if (name !== null) wanted.push({ name, file: (some[k] as (typeof some)[number]).file })
      })
      if (this.sending) Object.assign(this.sending, { files: judged.files, bytes: judged.bytes })
    }
    return wanted
  }

  async #hand(id: string, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    const unwanted = new Set<string>()
    for await (const { body, bytes: n } of bodies(wanted, unwanted)) {
      signal.throwIfAborted()
      const { data } = await bytes(`/api/own/${id}/pieces`, { method: 'POST', body, signal })
      const taken = JSON.parse(new TextDecoder().decode(data)) as Schemas['Taken']
      for (const name of Object.keys(taken.unwanted)) unwanted.add(name)
      if (this.sending) this.sending.sent += n
    }
  }

  cancel(): void {
    this.#stop?.abort()
  }

  // What is in them ---------------------------------------------------------------------------------------------------

  /** Say what is in a data set; in the form of the run that is about to be, where one was chosen. */
  async read(name: string): Promise<void> {
    const fresh = this.report?.name !== name
    this.trouble = null
    if (fresh) {
      this.close()
      this.form = { ...this.form, size: null, fit: 'crop', seconds: null, name: '', force: false }
    }
    const mine = ++this.#asked
    try {
      const [path, body] = [{ name }, fresh ? {} : this.#shape]
      const begun = await answer(() => POST('/api/own/{name}/report', { params: { path }, body }))
      const news = (job: JobCard) => {
        if (mine === this.#asked) this.reading = job as JobCard<Report>
      }
      const ended = await app.attend(begun as JobCard<Report>, news)
      if (mine !== this.#asked) return
      this.report = resultOf(ended)
      this.sheet = `${home()}/api/jobs/${ended.id}/files/items.png`
      this.#fill()
    } catch (error) {
      if (mine === this.#asked && !app.noticed(error)) this.trouble = error
    } finally {
      if (mine === this.#asked) this.reading = null
    }
  }

  get #pictures(): boolean {
    return this.report?.kind.drawer === 'picture'
  }

  /** The form of the items that was chosen, as far as it can be of their kind. */
  get #shape(): Pick<Form, 'size' | 'fit'> | Pick<Form, 'seconds'> {
    const { size, fit, seconds } = this.form
    return this.#pictures ? { size, fit } : { seconds }
  }

  get family(): Family | null {
    return this.families.find((one) => one.name === this.form.family) ?? null
  }

  /** What was not chosen yet, as the data are. */
  #fill(): void {
    const report = this.report
    if (report === null) return
    if (this.#pictures) this.form.size ??= report.shape.at(-1) ?? null
    else this.form.seconds ??= report.kind.seconds
    if (this.form.name === '') {
      const taken = new Set(app.models?.map((model) => model.name))
      let [name, i] = [report.name, 2]
      while (taken.has(name) || this.runs.some((run) => run.name === name)) name = `${report.name}-${i++}`
      this.form.name = name
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await answer(() => DELETE('/api/own/{name}', { params: { path: { name } } }))
      if (this.report?.name === name) this.close()
      await this.load()
    } catch (error) {
      app.tell(error)
    }
  }

  /** Let go of what is shown, so that other data can be chosen. What trains goes on. */
  close(): void {
    this.#asked++
    this.report = null
    this.reading = null
    this.sheet = ''
    this.trouble = null
    if (this.job === null) this.run = null
  }

  // The training ------------------------------------------------------------------------------------------------------

  async train(): Promise<void> {
    const { report, form } = this
    if (report === null) return
    const { family, preset, minutes, name, force } = form
    await this.#begin({ data: report.name, family, preset, minutes, name, force, ...this.#shape })
  }

  /** Go on with a run; for longer, where minutes are given. */
  async resume(run: Run, minutes: number | null = null): Promise<void> {
    await this.#begin({ resume: run.name, minutes })
  }

  async #begin(asked: Partial<Schemas['TrainRequest']>): Promise<void> {
    this.trouble = null
    try {
      const job = await answer(() => POST('/api/trainings', { body: asked as Schemas['TrainRequest'] }))
      this.run = null
      void this.#follow(job as JobCard<Run>)
    } catch (error) {
      if (!app.noticed(error)) this.trouble = error
    }
  }

  /** Show a run, and follow it where it goes on. */
  async look(run: Run): Promise<void> {
    this.run = run
    const id = run.job
    if (id === null) return
    const job = await answer(() => GET('/api/jobs/{job}', { params: { path: { job: id } } }))
    if (!isFinished(job as JobCard)) void this.#follow(job as JobCard<Run>)
  }

  async #follow(begun: JobCard<Run>): Promise<void> {
    this.job = begun
    const name = begun.of ?? ''
    try {
      const ended = await app.attend(begun, (job) => {
        this.job = job
        this.#lookSoon(name)
      })
      if (ended.state === 'failed') resultOf(ended)
    } catch (error) {
      if (!app.noticed(error)) this.trouble = error
    } finally {
      this.job = null
      clearTimeout(this.#later)
      this.#later = undefined
      await this.#see(name)
      void this.load()
      void app.load()
    }
  }

  /** How the run has gone so far, now and then. */
  #lookSoon(name: string): void {
    if (this.#later !== undefined) return
    const wait = Math.max(0, this.#looked + LOOKS - Date.now())
    this.#later = setTimeout(() => {
      this.#looked = Date.now()
      void this.#see(name).finally(() => {
        this.#later = undefined
      })
    }, wait)
  }

  /** The list is asked until the run has written something down: one that is not there yet would be an error. */
  async #see(name: string): Promise<void> {
    try {
      if (this.run?.name === name) {
        this.run = await answer(() => GET('/api/trainings/{name}', { params: { path: { name } } }))
        return
      }
      const { runs } = await answer(() => GET('/api/trainings'))
      this.run = runs.find((run) => run.name === name) ?? null
    } catch (error) {
      app.noticed(error)
    }
  }
}
