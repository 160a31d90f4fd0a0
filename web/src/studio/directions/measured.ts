/** What a direction was measured to do, read from its card (see lab/effects.py). No browser in it.
 *
 * The document was written by a program, but lies in a file that anybody may have changed: nothing in it is taken for
 * granted.
 */

import type { DirectionCard } from '../../api/client'

/** Share of items, beyond what chance gives, from which on a column is said to change. As in lab/effects.py. */
export const CLEAR = 0.15
/** Share that reaches its target from which on it is not held against a direction that chance does well too. */
export const SURE = 0.9
/** Share of left-out examples told apart below which these and those are hardly different; half is chance. */
export const TOLD_APART = 0.65

export type Verdict =
  /** It does what it is for, or something that can be seen. */
  | 'works'
  /** The latents tell it, and pictures hardly follow. */
  | 'hardly'
  /** No more than chance does. */
  | 'nothing'
  /** What it is for cannot be read off pictures, or nothing can. */
  | 'unread'
  | 'unmeasured'

/** What happens in one column. */
export interface Effect {
  readonly column: string
  /** Share of items whose reading changes; of the target, the share that gets there. */
  readonly share: number
  /** The same along random directions, moved as far; null where that was not measured. */
  readonly chance: number | null
  readonly isTarget: boolean
}

/** One strength. */
export interface Step {
  readonly strength: number
  readonly reached: number | null
  readonly kept: number | null
  readonly pixels: number | null
  readonly support: number | null
}

export interface Target {
  readonly column: string
  /** null for a quantity. */
  readonly value: string | null
}

export interface Summary {
  readonly verdict: Verdict
  readonly target: Target | null
  /** Whether strengths are shares of the way to a goal, and not sigmas. */
  readonly aimed: boolean
  readonly usual: number
  /** Share of items that do what is wanted at the usual strength, and the same by chance. */
  readonly reached: number | null
  readonly floor: number
  /** Whether chance counts shuffled labels too. */
  readonly shuffled: boolean
  /** Share of all other columns that stays as it was. */
  readonly kept: number | null
  /** Share of the picture that changes at the usual strength. */
  readonly pixels: number | null
  /** Every column, the target first, then those that change most. */
  readonly effects: readonly Effect[]
  /** Of a direction without a target: columns that change, beyond chance. */
  readonly changes: readonly Effect[]
  /** Other columns that change along, beyond chance. */
  readonly drags: readonly Effect[]
  readonly steps: readonly Step[]
  /** Share of items whose target rises at every step. */
  readonly monotone: number | null
  /** Strength from which on the latents are where no data are; null where they stay. */
  readonly leaves: number | null
  /** How far from the data was measured at all. */
  readonly supported: boolean
  /** Where the picture changes, on 8 x 8 places. */
  readonly where: readonly (readonly number[])[] | null
  /** A name for a direction without labels. */
  readonly suggested: string | null
  /** Columns that cannot be read well enough to judge by. */
  readonly unread: readonly string[]
  readonly items: number
  /** How sure the latents tell the target, or left-out examples, and what chance gives. */
  readonly told: {
    readonly figure: 'AUC' | 'correlation' | 'accuracy'
    readonly value: number
    readonly chance: number
  } | null
  /** Share of all variance, or of what else the method orders directions by. */
  readonly share: number | null
  /** In the server's words. */
  readonly sentence: string
}

type Document = Readonly<Record<string, unknown>>

function record(value: unknown): Document {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Document) : {}
}

function numeral(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function list(value: unknown): number[] {
  return Array.isArray(value) ? value.map((one) => numeral(one) ?? 0) : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** `COLUMN=VALUE`, or the column of a quantity. */
export function targetOf(target: string | null): Target | null {
  if (target === null) return null
  const cut = target.indexOf('=')
  return cut < 0 ? { column: target, value: null } : { column: target.slice(0, cut), value: target.slice(cut + 1) }
}

/** Columns that were left alone: a direction names them value by value. */
export function columnsOf(against: readonly string[]): string[] {
  return [...new Set(against.map((one) => targetOf(one)?.column ?? one))]
}

export function summarise(card: DirectionCard): Summary {
  const m = record(card.measured)
  const strengths = list(m.strengths)
  const at = Math.max(strengths.indexOf(numeral(m.usual) ?? card.usual), 0)
  const target = targetOf(card.target)
  const chance = record(m.changes_by_chance)
  const effects = effectsOf(m, target, at, chance)
  const mine = effects.find((one) => one.isTarget)
  const others = effects.filter((one) => !one.isTarget)
  const moves = movesOf(m, chance)
  const reached = mine?.share ?? null
  const floor = mine?.chance ?? 0
  const support = list(m.support)
  const series = { reached: list(m.reached), kept: list(m.kept), pixels: list(m.pixels_changed), support }
  return {
    verdict: verdictOf(card, m, reached, floor, effects.length > 0),
    target,
    aimed: card.unit !== 'σ',
    usual: card.usual,
    reached,
    floor,
    shuffled: numeral(m.reached_shuffled) !== null,
    kept: series.kept[at] ?? null,
    pixels: series.pixels[at] ?? null,
    effects,
    changes: target === null ? moves.filter((one) => one.share >= CLEAR && beyond(one) >= CLEAR) : [],
    drags: target === null ? [] : others.filter((one) => beyond(one) > CLEAR),
    steps: strengths.map((strength, i) => ({
      strength,
      reached: series.reached[i] ?? null,
      kept: series.kept[i] ?? null,
      pixels: series.pixels[i] ?? null,
      support: series.support[i] ?? null,
    })),
    monotone: numeral(m.monotone),
    leaves: numeral(m.leaves_data_at),
    supported: support.length > 0,
    where: Array.isArray(m.where) ? m.where.map(list) : null,
    suggested: text(m.suggested),
    unread: unreadOf(m),
    items: numeral(m.items) ?? 0,
    told: toldOf(card),
    share: numeral(card.details.share),
    sentence: text(m.sentence) ?? '',
  }
}

function beyond({ share, chance }: Effect): number {
  return share - (chance ?? 0)
}

/** Columns that a direction without a target moves, from one end to the other. */
function movesOf(m: Document, chance: Document): Effect[] {
  if (!Array.isArray(m.moves)) return []
  return m.moves.flatMap((pair: unknown): Effect[] => {
    const [column, share] = Array.isArray(pair) ? (pair as unknown[]) : []
    const value = numeral(share)
    return typeof column === 'string' && value !== null
      ? [{ column, share: value, chance: numeral(chance[column]), isTarget: false }]
      : []
  })
}

function effectsOf(m: Document, target: Target | null, at: number, chance: Document): Effect[] {
  const most = (a: Effect, b: Effect) => Number(b.isTarget) - Number(a.isTarget) || b.share - a.share
  const changes = Object.entries(record(m.changes)).map(([column, values]): [string, number[]] => [
    column,
    list(values),
  ])
  if (target !== null) {
    const read = !('target_not_read' in m)
    return changes
      .map(([column, values]): Effect => {
        const isTarget = read && column === target.column
        const own = isTarget && target.value !== null
        return {
          column,
          isTarget,
          share: (own ? list(m.reached) : values)[at] ?? 0,
          chance: isTarget ? floorOf(m, target, chance) : numeral(chance[column]),
        }
      })
      .sort(most)
  }
  const moves = movesOf(m, chance)
  const rest = changes
    .filter(([column]) => !moves.some((one) => one.column === column))
    .map(([column, values]): Effect => {
      // From the start to either end; chance was measured from end to end, which is no comparison.
      return { column, share: Math.max(values[0] ?? 0, values.at(-1) ?? 0), chance: null, isTarget: false }
    })
  return [...moves, ...rest].sort(most)
}

/** What the target does by chance: along random directions, or one found on shuffled labels. */
function floorOf(m: Document, target: Target, chance: Document): number {
  const random = numeral(target.value !== null ? m.reached_by_chance : chance[target.column]) ?? 0
  return Math.max(random, numeral(m.reached_shuffled) ?? 0)
}

function verdictOf(card: DirectionCard, m: Document, reached: number | null, floor: number, read: boolean): Verdict {
  if (card.measured === null) return 'unmeasured'
  if (!read || 'target_not_read' in m) return card.details.learned === false ? 'nothing' : 'unread'
  if (card.target === null) return text(m.suggested) === null ? 'nothing' : 'works'
  const short = (reached ?? 0) < Math.min(floor + CLEAR, SURE)
  if (card.details.learned === true) return short ? 'hardly' : 'works'
  return card.details.learned === false || short ? 'nothing' : 'works'
}

function toldOf({ details }: DirectionCard): Summary['told'] {
  const held = numeral(details.held_out)
  if (held !== null) {
    const figure = details.figure === 'correlation' ? 'correlation' : 'AUC'
    return { figure, value: held, chance: numeral(details.shuffled) ?? (figure === 'AUC' ? 0.5 : 0) }
  }
  const left = numeral(details.left_out_accuracy)
  return left === null ? null : { figure: 'accuracy', value: left, chance: 0.5 }
}

function unreadOf(m: Document): string[] {
  const names = Array.isArray(m.not_read) ? m.not_read.filter((one): one is string => typeof one === 'string') : []
  const target = text(m.target_not_read)
  return target === null || names.includes(target) ? names : [target, ...names]
}
