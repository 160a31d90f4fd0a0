/** The state of the path: how to walk through the pins, what was walked, what goes on. */

import { bytes, type JobCard, type PathRequest, Refused, type Reproduced } from '../../api/client'
import { isFinished } from '../../api/jobs'
import { t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import { explore } from '../explore.svelte'
import { remember, remembered } from '../remembered'
import {
  type Choice,
  choiceText,
  fileName,
  framesOf,
  groupOf,
  isQuick,
  keyOf,
  ordered,
  QUICK,
  type Rule,
  readChoice,
  type Settings,
  USUAL,
} from './asked'
import { player } from './player.svelte'
import { type Asked, spotOfFrame, type Walk, walkerOf } from './walks'

/** Milliseconds that pins and numbers stay as they are before a walk begins. */
const SETTLES = 250
/** Walks that are kept. */
const KEPT = 24
/** The status that a job stopped by a person is given; see api/jobs.ts. */
const STOPPED = 499

class Path {
  rule = $state(USUAL.rule)
  frames = $state(USUAL.frames)
  loop = $state(USUAL.loop)
  /** Whether walks are to be held against real items. */
  measure = $state(USUAL.measure)
  /** What rules are set to, by rule; what is as it is by default is left out. */
  settings = $state.raw<Readonly<Record<string, Settings>>>({})

  folded = $state(remembered('path') === 'folded')
  comparing = $state(false)

  /** The walk that is shown; of another request than the present one, until that has its own. */
  shown = $state.raw<Walk | null>(null)
  /** What is walked now. */
  busy = $state(false)
  job = $state.raw<JobCard | null>(null)
  trouble = $state.raw<unknown>(null)
  /** Somebody stopped it. */
  stopped = $state(false)
  /** The rule that a comparison walks by now, and what went wrong by rule. */
  comparedNow = $state<string | null>(null)
  comparedJob = $state.raw<JobCard | null>(null)
  comparedTrouble = $state.raw<ReadonlyMap<string, unknown>>(new Map())
  /** The form of a file that is being made. */
  exporting = $state<string | null>(null)

  #walks = $state.raw<readonly Walk[]>([])
  #walker = walkerOf((walk) => this.#keep(walk))
  #compared = walkerOf((walk) => this.#keep(walk))
  #redone = walkerOf((walk) => this.#keep(walk))
  #timer: ReturnType<typeof setTimeout> | undefined
  #comparison: ReturnType<typeof setTimeout> | undefined
  #forget: (() => void) | null = null

  rules = $derived<Rule[]>(ordered(app.about?.methods.rules ?? []))
  method = $derived<Rule | null>(this.rules.find((rule) => rule.name === this.rule) ?? null)
  choice = $derived<Choice>({
    rule: this.rule,
    frames: this.frames,
    loop: this.loop,
    measure: this.measure,
    settings: this.settings[this.rule] ?? {},
  })
  /** For the address; nothing where there is no path. */
  text = $derived(explore.pins.length < 2 ? '' : choiceText(this.choice))

  /** The request as it stands; null with fewer than two pins. */
  asked = $derived.by<PathRequest | null>(() => {
    const map = explore.map
    if (map === null || explore.pins.length < 2) return null
    const { rule, loop, measure, settings } = this.choice
    const through = explore.pins.map((pin) => pin.at)
    return {
      map: map.id,
      through,
      rule,
      frames: this.#framesFor(through.length),
      loop,
      settings: { ...settings },
      measure,
    }
  })
  key = $derived(this.asked === null ? '' : keyOf(this.asked))
  groupKey = $derived(this.asked === null ? '' : groupOf(this.asked))
  stale = $derived(this.shown !== null && this.shown.key !== this.key)
  /** The walk that is shown has yet to be held against real items. */
  unmeasured = $derived(this.measure && this.shown !== null && !this.stale && this.shown.found.figures.quality === null)

  /** Walks through the same points in as many frames, by rule. */
  group = $derived.by<ReadonlyMap<string, Walk>>(() => {
    const asked = this.asked
    if (asked === null) return new Map()
    return new Map(
      this.rules.flatMap((rule): [string, Walk][] => {
        const walk = this.#known(keyOf(this.#by(asked, rule.name)))
        return walk ? [[rule.name, walk]] : []
      }),
    )
  })

  /** Rules of the comparison whose walks have yet to be held against real items. */
  unmeasuredRules = $derived(
    [...this.group].filter(([, walk]) => walk.found.figures.quality === null).map(([rule]) => rule),
  )

  /** What the map draws. A walk that comes back is drawn to its beginning. */
  trail = $derived.by<typeof explore.trail>(() => {
    const walk = this.shown
    if (walk === null) return null
    const { xy, loop } = walk.found
    return { xy: loop && xy[0] ? [...xy, xy[0]] : xy, at: Math.min(player.frame, xy.length - 1) }
  })

  /** What there is to reproduce here. */
  reproduce = $derived.by<{ title: string; how: Reproduced }[]>(() => {
    if (this.shown === null || this.stale) return []
    return [{ title: t('explore.path'), how: this.shown.found.reproduce }]
  })

  #framesFor(pins: number): number {
    return framesOf(this.frames, pins, app.about?.limits.frames ?? USUAL.frames)
  }

  #by(asked: PathRequest, rule: string): PathRequest {
    return { ...asked, rule, settings: { ...this.settings[rule] } }
  }

  // The address -------------------------------------------------------------------------------------------------------

  /** As the address says; one that says nothing, such as after another map was chosen, leaves it as it is. */
  take(text: string): void {
    if (text === '' || text === this.text || this.rules.length === 0) return
    const { rule, frames, loop, measure, settings } = readChoice(text, this.rules, app.about?.limits.frames ?? 0)
    Object.assign(this, { rule, frames, loop, measure })
    this.set(rule, settings)
  }

  set(rule: string, settings: Settings): void {
    this.settings = { ...this.settings, [rule]: settings }
  }

  fold(folded: boolean): void {
    this.folded = folded
    remember('path', folded ? 'folded' : 'open')
  }

  // Walking -----------------------------------------------------------------------------------------------------------

  /** Something of the request has changed. Quick rules are walked as soon as it rests. */
  want(): void {
    clearTimeout(this.#timer)
    this.#walker.drop()
    this.#settle()
    this.trouble = null
    this.stopped = false
    const asked = this.asked
    if (asked === null || this.shown?.asked.map !== asked.map) this.#show(null)
    if (asked === null) return
    this.#walks = this.#walks.filter((walk) => walk.asked.map === asked.map)
    const known = this.#known(this.key)
    if (known) this.#show(known)
    else if (isQuick(asked.rule)) {
      this.busy = true
      this.#timer = setTimeout(() => void this.#walk({ ...asked, measure: false }), SETTLES)
    } else this.#show(null)
  }

  /** Walk now, as asked. */
  walk(): void {
    clearTimeout(this.#timer)
    if (this.asked !== null) void this.#walk(this.asked)
  }

  async #walk(request: PathRequest): Promise<void> {
    this.#settle()
    this.busy = true
    this.trouble = null
    this.stopped = false
    try {
      const walk = await this.#walker.walk({ request, pins: explore.pins }, (job) => {
        this.job = isFinished(job) ? null : job
      })
      if (walk === null) return
      this.#settle()
      this.#show(walk)
    } catch (error) {
      this.#settle()
      if (error instanceof Refused && error.status === STOPPED) this.stopped = true
      else this.trouble = error
      if (app.noticed(error)) this.#forget = app.whenBack(() => this.walk())
      // Frames of a path that there was before say nothing of this one; those that could not be measured stay.
      else if (this.stale) this.#show(null)
    }
  }

  #settle(): void {
    this.busy = false
    this.job = null
    this.#forget?.()
    this.#forget = null
  }

  #show(walk: Walk | null): void {
    this.shown = walk
    if (walk === null) player.leave()
    else player.take(walk.found.frames, walk.found.loop)
  }

  #known(key: string): Walk | null {
    return this.#walks.find((walk) => walk.key === key) ?? null
  }

  #keep(walk: Walk): void {
    const others = this.#walks.filter((known) => known.key !== walk.key)
    const before = this.#known(walk.key)
    // What was measured once is not lost when the same is walked again without.
    if (before?.found.figures.quality && walk.found.figures.quality === null)
      walk.found.figures.quality = before.found.figures.quality
    this.#walks = [walk, ...others].slice(0, KEPT)
    if (this.shown?.key === walk.key) this.shown = walk
  }

  /** The page leaves the path. */
  rest(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#comparison)
    this.#walker.drop()
    this.#compared.drop()
    this.#settle()
    player.pause()
  }

  // Comparing ---------------------------------------------------------------------------------------------------------

  /** Walk by all quick rules what they have not walked yet. */
  compare(): void {
    clearTimeout(this.#comparison)
    this.#compared.drop()
    this.comparedNow = null
    this.comparedJob = null
    this.comparedTrouble = new Map()
    if (!this.comparing || this.asked === null) return
    this.#comparison = setTimeout(() => void this.#all(), 2 * SETTLES)
  }

  async #all(): Promise<void> {
    for (const rule of QUICK.filter((name) => this.rules.some((known) => known.name === name))) {
      if (rule === this.rule || this.group.has(rule)) continue
      if (!(await this.compareBy(rule, false))) return
    }
  }

  /** Walk by one more rule beside the one that is shown; false where something newer is walked instead, or it was stopped. */
  async compareBy(rule: string, measure: boolean): Promise<boolean> {
    const asked = this.asked
    if (asked === null) return false
    clearTimeout(this.#comparison)
    this.comparedNow = rule
    this.comparedJob = null
    this.comparedTrouble = new Map([...this.comparedTrouble].filter(([name]) => name !== rule))
    let going = true
    try {
      const request = { ...this.#by(asked, rule), measure }
      const walk = await this.#compared.walk({ request, pins: explore.pins }, (job) => {
        this.comparedJob = isFinished(job) ? null : job
      })
      if (walk === null) return false
    } catch (error) {
      app.noticed(error)
      const stopped = error instanceof Refused && error.status === STOPPED
      if (!stopped) this.comparedTrouble = new Map([...this.comparedTrouble, [rule, error]])
      going = !stopped
    }
    this.comparedNow = null
    this.comparedJob = null
    return going
  }

  /** Hold every walk of the comparison against real items that was not yet. */
  async measureAll(): Promise<void> {
    for (const rule of this.unmeasuredRules) if (!(await this.compareBy(rule, true))) return
  }

  /** Show the walk of another rule of the comparison. */
  use(rule: string): void {
    this.rule = rule
  }

  // Frames and files --------------------------------------------------------------------------------------------------

  /** Look at a frame in the lens. */
  look(frame: number): void {
    if (this.shown !== null) explore.lookAt(spotOfFrame(this.shown, frame))
  }

  /** Save the walk that is shown as a file. */
  async save(form: string): Promise<void> {
    const walk = this.shown
    if (walk === null || this.exporting !== null) return
    this.exporting = form
    try {
      const data = await this.#exported(walk, form)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([data]))
      link.download = fileName(explore.map?.model ?? 'model', walk.asked.rule, walk.pins.length, form)
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
    } catch (error) {
      app.tell(error)
    } finally {
      this.exporting = null
    }
  }

  async #exported(walk: Walk, form: string): Promise<ArrayBuffer> {
    const from = async (job: string) => (await bytes(`/api/jobs/${job}/export?form=${form}&fps=${player.fps}`)).data
    try {
      return await from(walk.job)
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
      // The studio keeps few results. It has let this one go, so it is walked once more.
      const asked: Asked = { request: { ...walk.asked, measure: false }, pins: walk.pins }
      const again = await this.#redone.walk(asked)
      if (again === null) throw error
      return await from(again.job)
    }
  }
}

export const path = new Path()
