/** The lens: what is looked at from near, and how far it is moved. */

import { untrack } from 'svelte'
import {
  answer,
  GET,
  type JobCard,
  type LensAnswer,
  type MapCard,
  POST,
  Refused,
  type Reproduced,
  type Sliders,
} from '../../api/client'
import { resultOf } from '../../api/jobs'
import { EDGE, type Spotted } from '../../map/overlay'
import { placeText } from '../../text/index.svelte'
import { app } from '../app.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import { isNameless, latentSpot, pointSpot, type Spot, same } from '../exploring/spot'
import { Newest } from '../newest'
import { KeptPoints } from './kept.svelte'
import { Makings } from './made.svelte'
import { isMoved, type Moves, movedName, movesText, NONE, onlyKnown, readMoves, withDim, withDirection } from './moves'

/** Neighbours that are shown; one more is asked for, since a real item is its own nearest. */
export const NEIGHBOURS = 6
/** Milliseconds after which one says that an answer is on its way. */
const SLOW = 300
/** Places of the way that a slider has moved it, at most. */
const STEPS = 400

export interface Looked {
  readonly map: string
  readonly spot: Spot
  readonly moves: Moves
  readonly answer: LensAnswer
}

export class Lens {
  readonly #explore: Exploring

  /** What is shown: an answer, with what it was asked for. */
  looked = $state.raw<Looked | null>(null)
  /** The same before it was moved, where that is known: for what moving it has changed. */
  unmoved = $state.raw<Looked | null>(null)
  moves = $state.raw<Moves>(NONE)
  /** Whether the sliders stay where they are when one looks at something else. */
  hold = $state(false)
  sliders = $state.raw<Sliders | null>(null)
  slidersTrouble = $state.raw<unknown>(null)
  trouble = $state.raw<unknown>(null)
  /** An answer takes longer than one does not notice. */
  slow = $state(false)
  /** The job that learns to read labels, while it does. */
  learning = $state.raw<JobCard | null>(null)
  /** Directions that were sent here, the latest first. */
  sent = $state.raw<readonly string[]>([])
  /** The slider to go to; taken by it. */
  wanted = $state<string | null>(null)

  /** Draws of the model, and mixtures. */
  readonly made: Makings
  readonly kept: KeptPoints

  answer = $derived<LensAnswer | null>(this.looked?.answer ?? null)
  /** What is looked at has not been seen yet, and soon will be. */
  awaited = $derived.by(() => {
    const { focus } = this.#explore
    return focus !== null && this.trouble === null && !same(this.unmoved?.spot ?? null, focus)
  })
  /** What is looked at takes long to come: what stands in the lens is something else. */
  coming = $derived.by(() => this.slow && this.awaited)
  /** What is shown is moved. */
  moved = $derived(this.looked !== null && isMoved(this.looked.moves))
  /** One's own picture, where that is what is looked at. */
  own = $derived.by(() => this.#explore.own.at(this.looked?.spot ?? null))
  /** What the spot is called, as far as anyone knows. */
  name = $derived.by<string>(() => {
    if (this.looked === null) return ''
    const { spot, answer } = this.looked
    // A place is shorter without the name of its map.
    return spot.at.xy ? placeText(spot.at.xy as [number, number]) : (answer.point ?? spot.name)
  })
  /** What is looked at as it lies on the map: how unlike the data it is, and off them the item that is nearest. */
  spotted = $derived.by<Spotted | null>(() => {
    const { focus } = this.#explore
    if (focus === null || focus.xy === null) return null
    const known = this.looked !== null && !this.moved && same(this.looked.spot, focus) ? this.looked.answer : null
    const support = known?.seen.support ?? null
    const [nearest] = known?.seen.nearest ?? []
    const isOff = known?.row === null && support !== null && support > EDGE && nearest !== undefined
    return { xy: focus.xy, support, nearest: isOff ? this.#explore.place(nearest.row) : null }
  })
  /** Where on the map it has been since it was first moved, from where it lay to where it lies now. */
  track = $state.raw<readonly (readonly [number, number])[]>([])
  /** What there is to reproduce here. */
  reproduce = $derived.by<{ title: string; how: Reproduced }[]>(() => {
    if (this.looked === null) return []
    const made = this.moved ? null : (this.own?.inverted.reproduce ?? this.made.howOf(this.looked.spot))
    const how = made ?? this.looked.answer.reproduce
    return [{ title: this.name, how }]
  })

  #map: string | null = null
  #space: string | null = null
  #focus: Spot | null = null
  /** What was last written into the address from here. */
  #written = ''
  #queue = new Newest<Omit<Looked, 'answer'>>((asked) => this.#look(asked))

  /** Lets go of what is looked at. */
  readonly close: () => void

  constructor(explore: Exploring) {
    this.#explore = explore
    this.kept = new KeptPoints(explore)
    this.made = new Makings(explore)
    // For as long as the map may be shown: what is looked at counts whether or not the lens is in sight.
    this.close = $effect.root(() => {
      $effect(() => {
        const [map, focus, move] = [this.#explore.map, this.#explore.focus, this.#explore.extras.move ?? '']
        if (map !== null) untrack(() => this.#follow(map, focus, move))
      })
    })
  }

  // Moving ------------------------------------------------------------------------------------------------------------

  setMove(name: string, value: number): void {
    this.#move(withDirection(this.moves, name, value))
    const known = this.sliders?.directions.some((one) => one.name === name)
    if (!known) this.addSlider(name)
    this.#explore.side = 'lens'
  }

  setDim(dim: number, value: number): void {
    this.#move(withDim(this.moves, dim, value))
  }

  reset(): void {
    this.#move(NONE)
  }

  /** Show something moved as it was once. */
  take(moves: Moves, focus: Spot | null): void {
    this.moves = moves
    this.#write()
    if (!same(this.#focus, focus)) {
      // The sliders stay where they are put.
      this.#focus = focus
      this.unmoved = null
      this.track = []
      this.#explore.focus = focus
    }
    this.#ask()
  }

  /** Show a direction as the first slider, and something to move with it. */
  addSlider(name: string): void {
    this.sent = [name, ...this.sent.filter((other) => other !== name)]
    if (this.#explore.focus === null) this.#explore.lookAt(this.#explore.pins[0] ?? this.#explore.rowSpot(0))
    this.#explore.side = 'lens'
    void this.refresh().then(() => {
      this.wanted = name
    })
  }

  /** Ask again what there is to move along: a direction was kept, renamed or removed. */
  async refresh(): Promise<void> {
    const map = this.#explore.map
    if (map === null) return
    try {
      const found = await answer(() => GET('/api/maps/{map}/sliders', { params: { path: { map: map.id } } }))
      if (this.#explore.map?.id !== map.id) return
      const waited = this.#waits()
      this.sliders = found
      this.slidersTrouble = null
      const kept = onlyKnown(this.moves, new Set(found.directions.map((one) => String(one.name))))
      if (kept !== this.moves) this.#move(kept)
      else if (waited) this.#ask()
    } catch (error) {
      if (this.#explore.map?.id !== map.id) return
      if (this.#explore.noticed(error)) app.whenBack(() => void this.refresh())
      else {
        const waited = this.#waits()
        this.slidersTrouble = error
        if (waited) this.#ask()
      }
    }
  }

  /** A link may hold directions that are not there any more, which only the sliders tell. */
  #waits(): boolean {
    return this.sliders === null && this.slidersTrouble === null && Object.keys(this.moves.directions).length > 0
  }

  #move(moves: Moves): void {
    this.moves = moves
    this.#write()
    this.#ask()
  }

  #write(): void {
    const move = movesText(this.moves)
    if (move === this.#written) return
    this.#written = move
    this.#explore.keepExtra({ move })
  }

  // Keeping -----------------------------------------------------------------------------------------------------------

  /** Pin what the sliders made, as a latent of its own. */
  pinMoved(): void {
    const looked = this.looked
    if (looked === null || !isMoved(looked.moves)) return
    const { latent, seen } = looked.answer
    const spot = latentSpot(latent, movedName(this.name, looked.moves), seen.xy)
    // What is pinned is moved already.
    this.moves = NONE
    this.#write()
    this.#explore.pin(spot)
  }

  /** Keep what is shown under a name. What had none before is called by it from then on. */
  async save(name: string, replace: boolean): Promise<string> {
    const looked = this.looked
    const map = this.#explore.map
    if (looked === null || map === null) throw new Error('nothing is looked at')
    const wasMoved = isMoved(looked.moves)
    const at = wasMoved ? { latent: looked.answer.latent } : looked.spot.at
    const saved = await answer(() => POST('/api/points', { body: { name, map: map.id, at, replace } }))
    void this.kept.load()
    if (this.#explore.map?.id !== map.id || !same(this.#explore.focus, looked.spot)) return saved.point
    const spot = pointSpot(saved.point, looked.answer.seen.xy)
    if (wasMoved) {
      this.moves = NONE
      this.#write()
      this.#explore.lookAt(spot)
    } else if (looked.spot.at.latent) {
      const mine = this.#explore.own.at(looked.spot)
      if (mine !== null) this.#explore.own.rename(mine, spot)
      this.#explore.pins = this.#explore.pins.map((pin) => (same(pin, looked.spot) ? spot : pin))
      this.#explore.lookAt(spot)
    }
    return saved.point
  }

  // Looking -----------------------------------------------------------------------------------------------------------

  /** Ask the same again, as after an error. */
  again(): void {
    this.trouble = null
    if (this.sliders === null) void this.refresh()
    this.#ask()
  }

  /** Learn to read labels off pictures; once for a model. */
  async learn(): Promise<void> {
    const model = this.#explore.map?.model
    if (model === undefined || this.learning !== null) return
    try {
      const begun = await answer(() => POST('/api/lens/reader', { body: { model } }))
      const job = await app.attend(begun, (now) => {
        this.learning = now
      })
      resultOf(job)
      if (this.#explore.map?.model === model) this.#ask()
    } catch (error) {
      if (!(error instanceof Refused && error.document.stopped)) this.#explore.tell(error)
    } finally {
      this.learning = null
    }
  }

  #follow(map: MapCard, focus: Spot | null, move: string): void {
    if (map.id !== this.#map) this.#enter(map)
    else if (move !== this.#written) {
      // A link was followed.
      this.#written = move
      this.moves = readMoves(move)
    }
    const before = this.#focus
    this.#focus = focus
    if (focus === null) {
      this.#queue.drop()
      this.track = []
      this.looked = null
      this.unmoved = null
      this.trouble = null
      return
    }
    // The same in other words: its place was filled in.
    if (same(before, focus)) return
    this.unmoved = null
    this.track = []
    if (before !== null && !this.hold && isMoved(this.moves)) {
      this.moves = NONE
      this.#write()
    }
    this.#ask()
  }

  /** Another map: the sliders of its space, and the moves that the address asks for. */
  #enter(map: MapCard): void {
    const space = `${map.model}/${map.space}`
    const given = this.#explore.extras.move ?? ''
    // What was moved in one space means nothing in another; a link has moves of its own.
    const foreign = this.#space !== null && this.#space !== space && given === this.#written
    this.moves = foreign ? NONE : readMoves(given)
    this.#written = given
    this.#write()
    if (space !== this.#space) this.sent = []
    this.#map = map.id
    this.#space = space
    this.#focus = null
    this.track = []
    this.looked = null
    this.unmoved = null
    this.trouble = null
    this.sliders = null
    this.slidersTrouble = null
    void this.refresh()
    void this.made.look(map.id)
  }

  #ask(): void {
    if (this.#waits()) return
    const map = this.#map
    const spot = this.#explore.focus
    if (map !== null && spot !== null) this.#queue.ask({ map, spot, moves: this.moves })
  }

  async #look(asked: Omit<Looked, 'answer'>): Promise<void> {
    const stale = () => this.#explore.map?.id !== asked.map || !same(this.#explore.focus, asked.spot)
    if (stale()) return
    const timer = setTimeout(() => {
      this.slow = true
    }, SLOW)
    try {
      const found = { ...asked, answer: await see(asked, NEIGHBOURS + 1) }
      if (stale()) return
      this.looked = found
      this.trouble = null
      this.#went(found)
      if (!isMoved(asked.moves)) this.#unmoved(found)
      else if (this.#lacksUnmoved(found)) {
        const still = { ...asked, moves: NONE }
        const before = { ...still, answer: await see(still, 0) }
        if (!stale()) this.#unmoved(before)
      }
    } catch (error) {
      if (stale()) return
      if (this.#explore.noticed(error)) {
        app.whenBack(() => this.#ask())
        return
      }
      this.trouble = error
      if (!same(this.looked?.spot ?? null, asked.spot)) this.looked = null
    } finally {
      clearTimeout(timer)
      this.slow = false
    }
  }

  #went({ spot, moves, answer }: Looked): void {
    if (!isMoved(moves)) {
      this.track = []
      return
    }
    const from = this.unmoved?.answer.seen.xy ?? spot.xy
    const before = this.track.length > 0 ? this.track : from === null ? [] : [from]
    this.track = [...before, answer.seen.xy].slice(-STEPS)
  }

  /** Whether it has to be asked once what this was before it was moved. */
  #lacksUnmoved(found: Looked): boolean {
    if (this.unmoved === null || !same(this.unmoved.spot, found.spot)) return true
    return found.answer.reader === 'ready' && this.unmoved.answer.reader !== 'ready'
  }

  /** Who looked at a spot knows where on the map it is, and what it is called. */
  #unmoved(found: Looked): void {
    this.unmoved = found
    const { spot, answer } = found
    if (spot.xy !== null && !isNameless(spot)) return
    const name = isNameless(spot) ? (answer.point ?? spot.name) : spot.name
    this.#explore.know({ ...spot, xy: spot.xy ?? answer.seen.xy, name })
  }
}

async function see({ map, spot, moves }: Omit<Looked, 'answer'>, neighbours: number): Promise<LensAnswer> {
  const { directions, dims } = moves
  return answer(() => POST('/api/lens', { body: { map, at: spot.at, neighbours, directions, dims } }))
}
