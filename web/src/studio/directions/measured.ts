/** What a direction was measured to do, as its card tells it (see spaces/effects.py, which judges). No browser in it. */

import type { DirectionCard, Schemas } from '../../api/client'
import type { Way } from './arrows.svelte'

/** What it is worth: the server's code, which told.ts puts into words. */
export type Verdict = Schemas['Verdict']

/** What happens in one column. */
export interface Effect {
  readonly column: string
  /** Share of items whose reading changes; of the target, the share that gets there. */
  readonly share: number
  /** The same along random directions, moved as far; null where that was not measured. */
  readonly chance: number | null
  readonly isTarget: boolean
}

/** A share of n items, with the ends of its 95 % interval. */
export interface Share {
  readonly value: number
  readonly n: number
  readonly interval: readonly [number, number] | null
}

/** The other column that loses most: by how many points fewer items are read rightly. */
export interface Loss {
  readonly column: string
  readonly lost: number
  readonly interval: readonly [number, number] | null
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
  readonly sure: Share | null
  /** Those that are read as having the value where they are. */
  readonly unmoved: Share | null
  /** Of true bearers of the value, those that are read so once reconstructed. */
  readonly ceiling: Share | null
  readonly worst: Loss | null
  /** What a second reader says, and whether it is another thing. */
  readonly second: { readonly reached: Share; readonly differs: boolean } | null
  readonly noSecond: 'few' | 'unread' | null
  /** Whether the strength was chosen, on `tried` other items. */
  readonly chosen: boolean
  readonly tried: number
  /** Whether it was found on other items than it is measured on; null where nobody wrote that down. */
  readonly apart: boolean | null
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
  /** Columns that say the same as the target's, and are left out. */
  readonly twins: readonly string[]
  readonly items: number
  /** How sure the latents tell the target, or left-out examples, and what chance gives. */
  readonly told: {
    readonly figure: 'AUC' | 'correlation' | 'accuracy'
    readonly value: number
    readonly chance: number
    /** How often chance alone does as well; null where that is not known. */
    readonly p: number | null
    /** The same for all that was searched at once, and how many searches that were; null where it was one. */
    readonly all: { readonly p: number; readonly tests: number } | null
  } | null
  /** Items that were too few to test whether anything was learned; null where it was tested, or there is nothing to. */
  readonly tooFew: number | null
  /** That what was learned may be whose the items are: of another column, and how often chance does as well. */
  readonly doubt: { readonly column: string; readonly values: number; readonly p: number | null } | null
  /** Whether the method says of itself that this direction is chance. */
  readonly byChance: boolean
  /** Share of all variance, or of what else the method orders directions by. */
  readonly share: number | null
  /** In the server's words. */
  readonly sentence: string
}

function numeral(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
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
  const m = card.measured
  const at = Math.max(m?.strengths.indexOf(m.usual) ?? 0, 0)
  const target = targetOf(card.target)
  const effects = (m?.effects ?? []).map(
    ({ column, share, chance, is_target }): Effect => ({ column, share, chance, isTarget: is_target }),
  )
  const clear = effects.filter((one, i) => m?.effects[i]?.clear === true && !one.isTarget)
  return {
    verdict: card.verdict,
    target,
    aimed: card.unit !== 'σ',
    usual: card.usual,
    reached: m?.success?.value ?? null,
    sure: sureOf(m?.success ?? null),
    unmoved: shareOf(m?.reported?.unmoved ?? null),
    ceiling: shareOf(m?.ceiling ?? null),
    worst: worstOf(m?.effects ?? []),
    second: m?.second ? { reached: shareOf(m.second.reached), differs: m.second.differs } : null,
    noSecond: m?.no_second ?? null,
    chosen: m?.chosen ?? false,
    tried: m?.tried ?? m?.items ?? 0,
    apart: m?.apart ?? null,
    floor: m?.success?.chance ?? 0,
    shuffled: numeral(m?.reached_shuffled) !== null,
    kept: m?.reported?.kept ?? m?.kept?.[at] ?? null,
    pixels: m?.pixels_changed?.[at] ?? null,
    effects,
    changes: target === null ? clear : [],
    drags: target === null ? [] : clear,
    steps: (m?.strengths ?? []).map((strength, i) => ({
      strength,
      reached: m?.reached?.[i] ?? null,
      kept: m?.kept?.[i] ?? null,
      pixels: m?.pixels_changed?.[i] ?? null,
      support: m?.support?.[i] ?? null,
    })),
    monotone: m?.monotone ?? null,
    leaves: m?.leaves_data_at ?? null,
    supported: (m?.support ?? []).length > 0,
    where: m?.where ?? null,
    suggested: m?.suggested ?? null,
    twins: m?.twins ?? [],
    unread: unreadOf(m?.not_read ?? [], m?.target_not_read ?? null),
    items: m?.items ?? 0,
    told: toldOf(card),
    doubt: doubtOf(card.details),
    tooFew: card.learned === null && typeof card.details.tested === 'string' ? numeral(card.details.held_out_n) : null,
    byChance: card.details.by_chance === true,
    share: numeral(card.details.share),
    sentence: m?.sentence ?? '',
  }
}

type Told = Schemas['Share']

function shareOf(share: Told): Share
function shareOf(share: Told | null): Share | null
function shareOf(share: Told | null): Share | null {
  return share === null ? null : { value: share.value, n: share.n, interval: ends(share.interval) }
}

function sureOf(figure: Schemas['Figure'] | null): Share | null {
  return figure === null ? null : { value: figure.value, n: figure.n ?? 0, interval: ends(figure.interval) }
}

function ends(interval: readonly unknown[] | null | undefined): readonly [number, number] | null {
  const [low, high] = [numeral(interval?.[0]), numeral(interval?.[1])]
  return low === null || high === null ? null : [low, high]
}

/** As spaces/effects.py has it: none where nothing is lost. */
function worstOf(effects: readonly Schemas['Effect'][]): Loss | null {
  let worst: Loss | null = null
  for (const { column, is_target, lost, lost_interval } of effects) {
    if (is_target || typeof lost !== 'number' || lost <= (worst?.lost ?? 0)) continue
    worst = { column, lost, interval: ends(lost_interval) }
  }
  return worst
}

function toldOf({ details, p, p_corrected }: DirectionCard): Summary['told'] {
  const held = numeral(details.held_out)
  const tests = numeral(details.tests)
  const all = p_corrected === null || tests === null ? null : { p: p_corrected, tests }
  if (held !== null) {
    const figure = details.figure === 'AUC' ? 'AUC' : 'correlation'
    return { figure, value: held, chance: figure === 'AUC' ? 0.5 : 0, p, all }
  }
  const left = numeral(details.left_out_accuracy)
  return left === null ? null : { figure: 'accuracy', value: left, chance: 0.5, p: null, all: null }
}

function doubtOf({ doubt: found }: DirectionCard['details']): Summary['doubt'] {
  if (typeof found !== 'object' || found === null || !('column' in found) || !('values' in found)) return null
  const p = 'p' in found ? numeral(found.p) : null
  return { column: String(found.column), values: numeral(found.values) ?? 0, p }
}

function unreadOf(names: readonly string[], target: string | null): readonly string[] {
  return target === null || names.includes(target) ? names : [target, ...names]
}

/** A direction as it is shown: its usual strength is one step. */
export function wayOf(card: DirectionCard, of: { direction: string } | { job: string; which: number }): Way {
  const { aimed, usual } = summarise(card)
  const where = 'direction' in of ? { ...of, job: null, which: 0 } : { ...of, direction: null }
  return { name: card.name, step: usual, aimed, ...where }
}
