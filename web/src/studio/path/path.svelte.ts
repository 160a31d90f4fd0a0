/** The state of the path: how it goes through the pins, what was found, what goes on. */

import { bytes, type JobCard, type PathRequest, Refused, type Reproduced } from '../../api/client'
import { isFinished } from '../../api/jobs'
import type { Line } from '../../map/marks'
import { t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import { same } from '../exploring/spot'
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
  quick,
  type Rule,
  readChoice,
  type Settings,
  USUAL,
} from './asked'
import { type Asked, INKS, type LatentPath, pathfinderOf, spotOfFrame, whole } from './paths'
import { Player } from './player.svelte'

/** Milliseconds that pins and numbers stay as they are before a path begins. */
const SETTLES = 250
/** Paths that are held. */
const HELD = 24
/** The status that a job stopped by a person is given; see api/jobs.ts. */
const STOPPED = 499

export class Path {
  readonly #explore: Exploring
  readonly player = new Player()

  rule = $state(USUAL.rule)
  frames = $state(USUAL.frames)
  loop = $state(USUAL.loop)
  /** Whether paths are to be held against real items. */
  measure = $state(USUAL.measure)
  /** What rules are set to, by rule; what is as it is by default is left out. */
  settings = $state.raw<Readonly<Record<string, Settings>>>({})

  folded = $state(remembered('path') === 'folded')
  comparing = $state(false)

  /** The path that is shown; of another request than the present one, until that has its own. */
  shown = $state.raw<LatentPath | null>(null)
  /** One is being found now. */
  busy = $state(false)
  job = $state.raw<JobCard | null>(null)
  trouble = $state.raw<unknown>(null)
  /** Somebody stopped it. */
  stopped = $state(false)
  /** The rule that a comparison goes by now, and what went wrong by rule. */
  comparedNow = $state<string | null>(null)
  comparedJob = $state.raw<JobCard | null>(null)
  comparedTrouble = $state.raw<ReadonlyMap<string, unknown>>(new Map())
  /** The form of a file that is being made. */
  exporting = $state<string | null>(null)

  #paths = $state.raw<readonly LatentPath[]>([])
  #finder = pathfinderOf((latentPath) => this.#hold(latentPath))
  #compared = pathfinderOf((latentPath) => this.#hold(latentPath))
  #redone = pathfinderOf((latentPath) => this.#hold(latentPath))
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
  text = $derived.by(() => (this.#explore.pins.length < 2 ? '' : choiceText(this.choice)))

  /** The request as it stands; null with fewer than two pins. */
  asked = $derived.by<PathRequest | null>(() => {
    const map = this.#explore.map
    if (map === null || this.#explore.pins.length < 2) return null
    const { rule, loop, measure, settings } = this.choice
    const through = this.#explore.pins.map((pin) => pin.at)
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
  /** The path that is shown has yet to be held against real items. */
  unmeasured = $derived(this.measure && this.shown !== null && !this.stale && this.shown.found.figures.quality === null)

  /** Paths through the same points in as many frames, by rule. */
  group = $derived.by<ReadonlyMap<string, LatentPath>>(() => {
    const asked = this.asked
    if (asked === null) return new Map()
    return new Map(
      this.rules.flatMap((rule): [string, LatentPath][] => {
        const latentPath = this.#known(keyOf(this.#by(asked, rule.name)))
        return latentPath ? [[rule.name, latentPath]] : []
      }),
    )
  })

  /** Rules of the comparison whose paths have yet to be held against real items. */
  unmeasuredRules = $derived(
    [...this.group].filter(([, latentPath]) => latentPath.found.figures.quality === null).map(([rule]) => rule),
  )

  /**
   * What the map draws: the path that is shown, last and with its frame; beside it those of other rules while they are
   * compared; and from pin to pin, dashed, where the path through them is yet to be found.
   */
  lines = $derived.by<Line[]>(() => {
    if (this.#explore.pins.length < 2) return []
    const { shown, rule } = this
    const others = this.comparing ? [...this.group].filter(([name]) => name !== rule) : []
    const lines = others.map(([name, { found }]): Line => ({ xy: whole(found), ink: this.inkOf(name), thin: true }))
    // Another rule through the same pins takes the place of the one that is drawn; pins that were moved leave no line.
    if (shown === null || (this.stale && !this.#leads(shown))) {
      const places = this.#explore.pins.flatMap(({ xy }) => (xy === null ? [] : [xy]))
      const [first] = places
      return [...lines, { xy: this.loop && first ? [...places, first] : places, ink: null, dashed: true }]
    }
    const { found } = shown
    const at = Math.min(this.player.frame, found.xy.length - 1)
    return [...lines, { xy: whole(found), ink: this.comparing ? this.inkOf(rule) : null, at }]
  })

  /** Whether a path goes through the pins as they are. */
  #leads({ pins }: LatentPath): boolean {
    const now = this.#explore.pins
    return pins.length === now.length && pins.every((pin, i) => same(pin, now[i] ?? null))
  }

  /** The colour of a rule's path, where several are drawn. */
  inkOf(rule: string): string {
    const place = this.rules.findIndex(({ name }) => name === rule)
    return INKS[place % INKS.length] as string
  }

  /** What there is to reproduce here. */
  reproduce = $derived.by<{ title: string; how: Reproduced }[]>(() => {
    if (this.shown === null || this.stale) return []
    return [{ title: t('explore.path'), how: this.shown.found.reproduce }]
  })

  constructor(explore: Exploring) {
    this.#explore = explore
  }

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

  // Finding -----------------------------------------------------------------------------------------------------------

  /** Something of the request has changed. Paths by quick rules are found as soon as it rests. */
  want(): void {
    clearTimeout(this.#timer)
    this.#finder.drop()
    this.#settle()
    this.trouble = null
    this.stopped = false
    const asked = this.asked
    if (asked === null || this.shown?.asked.map !== asked.map) this.#show(null)
    if (asked === null) return
    this.#paths = this.#paths.filter((latentPath) => latentPath.asked.map === asked.map)
    const known = this.#known(this.key)
    if (known) this.#show(known)
    else if (isQuick(asked.rule, this.rules)) {
      this.busy = true
      this.#timer = setTimeout(() => void this.#find({ ...asked, measure: false }), SETTLES)
    } else this.#show(null)
  }

  /** Find it now, as asked. */
  find(): void {
    clearTimeout(this.#timer)
    if (this.asked !== null) void this.#find(this.asked)
  }

  async #find(request: PathRequest): Promise<void> {
    this.#settle()
    this.busy = true
    this.trouble = null
    this.stopped = false
    try {
      const latentPath = await this.#finder.find({ request, pins: this.#explore.pins }, (job) => {
        this.job = isFinished(job) ? null : job
      })
      if (latentPath === null) return
      this.#settle()
      this.#show(latentPath)
    } catch (error) {
      this.#settle()
      if (error instanceof Refused && error.status === STOPPED) this.stopped = true
      else this.trouble = error
      if (this.#explore.noticed(error)) this.#forget = app.whenBack(() => this.find())
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

  #show(latentPath: LatentPath | null): void {
    this.shown = latentPath
    if (latentPath === null) this.player.leave()
    else this.player.take(latentPath.found.frames, latentPath.found.loop)
  }

  #known(key: string): LatentPath | null {
    return this.#paths.find((latentPath) => latentPath.key === key) ?? null
  }

  #hold(latentPath: LatentPath): void {
    const others = this.#paths.filter((known) => known.key !== latentPath.key)
    const before = this.#known(latentPath.key)
    // What was measured once is not lost when the same is found again without.
    if (before?.found.figures.quality && latentPath.found.figures.quality === null)
      latentPath.found.figures.quality = before.found.figures.quality
    this.#paths = [latentPath, ...others].slice(0, HELD)
    if (this.shown?.key === latentPath.key) this.shown = latentPath
  }

  /** The page leaves the path. */
  rest(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#comparison)
    this.#finder.drop()
    this.#compared.drop()
    this.#settle()
    this.player.pause()
  }

  // Comparing ---------------------------------------------------------------------------------------------------------

  /** Find the paths of all quick rules that have none yet. */
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
    for (const { name: rule } of quick(this.rules)) {
      if (rule === this.rule || this.group.has(rule)) continue
      if (!(await this.compareBy(rule, false))) return
    }
  }

  /** Find one more path beside the one that is shown; false where a newer one is found instead, or it was stopped. */
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
      const latentPath = await this.#compared.find({ request, pins: this.#explore.pins }, (job) => {
        this.comparedJob = isFinished(job) ? null : job
      })
      if (latentPath === null) return false
    } catch (error) {
      this.#explore.noticed(error)
      const stopped = error instanceof Refused && error.status === STOPPED
      if (!stopped) this.comparedTrouble = new Map([...this.comparedTrouble, [rule, error]])
      going = !stopped
    }
    this.comparedNow = null
    this.comparedJob = null
    return going
  }

  /** Hold every path of the comparison against real items that was not yet. */
  async measureAll(): Promise<void> {
    for (const rule of this.unmeasuredRules) if (!(await this.compareBy(rule, true))) return
  }

  /** Show the path of another rule of the comparison. */
  use(rule: string): void {
    this.rule = rule
  }

  // Frames and files --------------------------------------------------------------------------------------------------

  /** Look at a frame in the lens. */
  look(frame: number): void {
    if (this.shown !== null) this.#explore.lookAt(spotOfFrame(this.shown, frame))
  }

  /** Save the path that is shown as a file. */
  async save(form: string): Promise<void> {
    const latentPath = this.shown
    if (latentPath === null || this.exporting !== null) return
    this.exporting = form
    try {
      const data = await this.#exported(latentPath, form)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([data]))
      link.download = fileName(this.#explore.map?.model ?? 'model', latentPath.asked.rule, latentPath.pins.length, form)
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
    } catch (error) {
      this.#explore.tell(error)
    } finally {
      this.exporting = null
    }
  }

  async #exported(latentPath: LatentPath, form: string): Promise<ArrayBuffer> {
    const from = async (job: string) =>
      (await bytes(`/api/jobs/${job}/export?form=${form}&fps=${this.player.fps}`)).data
    try {
      return await from(latentPath.job)
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
      // The studio keeps few results. It has let this one go, so it is found once more.
      const asked: Asked = { request: { ...latentPath.asked, measure: false }, pins: latentPath.pins }
      const again = await this.#redone.find(asked)
      if (again === null) throw error
      return await from(again.job)
    }
  }
}
