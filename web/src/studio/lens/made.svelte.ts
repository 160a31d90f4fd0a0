/** Latents that are made: draws of the prior, and mixtures of two pins by their layers. They come under the lens. */

import { answer, GET, POST, type Reproduced } from '../../api/client'
import type { components } from '../../api/schema'
import { number, t } from '../../text/index.svelte'
import type { Exploring } from '../exploring/exploring.svelte'
import { latentSpot, letter, pointSpot, type Spot, same } from '../exploring/spot'
import { Newest } from '../newest'
import { groupsOf, layersOf, type Side } from './layers'

type Made = components['schemas']['Made']
type Making = components['schemas']['Making']
type Condition = components['schemas']['ConditionCard']

/** What is remembered of how a latent without a name was made. */
const HELD = 60
const SEEDS = 2 ** 31

/** What a condition is called: those of models in the words of the page, a column as the data call it. */
export function conditionName(name: string): string {
  return name === 'guidance' || name === 'steps' ? t(`made.given.${name}`) : name
}

/** How far a slider of a number goes, in times of what it usually is. */
const FAR = 8

export function farthest(condition: Condition): number {
  return Math.min(condition.high, FAR * condition.usual)
}

export class Makings {
  /** What the open space has; null until it is known. */
  can = $state.raw<Making | null>(null)
  /** How far a draw is from the mean: 1 is as it was drawn. */
  psi = $state(1)
  /** What a draw is asked for by; nothing where it may be anything. */
  given = $state<Record<string, string | number>>({})
  drawing = $state(false)
  /** Which of the two pins gives each group of layers. */
  sides = $state<Side[]>(['a', 'a', 'b'])

  /** What was mixed last. */
  mixed = $state.raw<Spot | null>(null)
  /** What was drawn last, and by which seed. */
  #drawn: { spot: Spot; seed: number } | null = null

  #all: readonly { spot: Spot; how: Reproduced }[] = []
  #map: string | null = null
  readonly #explore: Exploring
  readonly #mixing = new Newest<readonly Side[]>((sides) => this.#mix(sides))

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** What can be made on a map; asked once. */
  async look(map: string): Promise<void> {
    if (this.#map === map) return
    this.#map = map
    this.can = null
    try {
      const can = await answer(() => GET('/api/made', { params: { query: { map } } }))
      if (this.#map !== map) return
      this.can = can
      const names = new Set(can.conditions.map((one) => one.name))
      this.given = Object.fromEntries(Object.entries(this.given).filter(([name]) => names.has(name)))
    } catch (error) {
      this.#explore.noticed(error)
    }
  }

  /** Whether a condition says something: what it needs is chosen. */
  takes(condition: Condition): boolean {
    return condition.needs == null || Boolean(this.given[condition.needs])
  }

  /** What a draw is asked for by, but for what says nothing. */
  get asked(): Record<string, string | number> {
    const said = (this.can?.conditions ?? []).flatMap((one) => {
      const value = this.given[one.name]
      return value === undefined || value === '' || !this.takes(one) ? [] : [[one.name, value] as const]
    })
    return Object.fromEntries(said)
  }

  /** How to get the same, of what has no name. */
  howOf(spot: Spot): Reproduced | null {
    return this.#all.find((one) => same(one.spot, spot))?.how ?? null
  }

  /** The same draw by other settings, while it is looked at. */
  async again(): Promise<void> {
    if (this.#drawn !== null && same(this.#drawn.spot, this.#explore.focus)) await this.draw(this.#drawn.seed)
  }

  /** Draw anew, and look at it. */
  async draw(seed = Math.floor(Math.random() * SEEDS)): Promise<void> {
    const map = this.#explore.map
    if (map === null || this.drawing || this.can?.draws === false) return
    this.drawing = true
    const { psi } = this
    const given = this.asked
    try {
      const made = await answer(() => POST('/api/made/draw', { body: { map: map.id, seed, psi, given } }))
      if (this.#explore.map?.id !== map.id) return
      const words = [
        ...Object.entries(given).map(([name, value]) =>
          typeof value === 'string' ? value : `${conditionName(name)} ${number(value, 2)}`,
        ),
        ...(psi === 1 ? [] : [`ψ ${number(psi, 2)}`]),
      ]
      this.#drawn = { spot: this.#show(made, [`seed:${seed}`, ...words].join(' · ')), seed }
    } catch (error) {
      this.#explore.tell(error)
    } finally {
      this.drawing = false
    }
  }

  /** Take a group of layers from one of the two pins. */
  take(group: number, side: Side): void {
    this.sides = this.sides.map((one, i) => (i === group ? side : one))
    this.#mixing.ask(this.sides)
  }

  /** The pins have changed: what is mixed of them changes with them, while it is looked at. */
  follow(): void {
    if (this.mixed !== null && same(this.mixed, this.#explore.focus)) this.#mixing.ask(this.sides)
  }

  async #mix(sides: readonly Side[]): Promise<void> {
    const { map, pins } = this.#explore
    const [a, b] = pins
    const layers = this.can?.layers ?? 0
    if (map === null || a === undefined || b === undefined || layers === 0) return
    const of = groupsOf(layers)
    try {
      const body = { map: map.id, a: a.at, b: b.at, layers: layersOf(of, sides) }
      const made = await answer(() => POST('/api/made/mix', { body }))
      if (this.#explore.map?.id !== map.id) return
      const said = of.map(({ name }, i) => `${t(`made.group.${name}`)} ${letter(sides[i] === 'b' ? 1 : 0)}`)
      this.mixed = this.#show(made, said.join(' · '))
    } catch (error) {
      this.#explore.tell(error)
    }
  }

  #show(made: Made, name: string): Spot {
    const spot = made.point === null ? latentSpot(made.latent, name, made.xy) : pointSpot(made.point, made.xy)
    if (made.point === null) this.#all = [{ spot, how: made.reproduce }, ...this.#all].slice(0, HELD)
    this.#explore.lookAt(spot)
    this.#explore.centre(made.xy)
    return spot
  }
}
