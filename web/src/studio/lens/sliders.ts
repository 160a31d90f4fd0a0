/** What a latent can be moved along, and which of it is shown. No browser in it. */

import type { Sliders } from '../../api/client'
import type { Moves } from './moves'

export interface Slider {
  readonly kind: 'direction' | 'dim'
  /** The direction's name, or the dimension's number. */
  readonly key: string
  readonly low: number
  readonly high: number
  /** Whether its unit is the way to a target and not σ. */
  readonly aims: boolean
  /** What is known of a direction: what it is to change, and what it was measured to change. */
  readonly target: string | null
  readonly sentence: string | null
  /** Where a dimension stands in a latent of several axes, axis by axis; null in a plain vector, or where nobody said. */
  readonly at: readonly number[] | null
  /** How far the items spread along a dimension. */
  readonly sigma: number | null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}

export function directionSliders(sliders: Sliders | null): Slider[] {
  return (sliders?.directions ?? []).flatMap((one): Slider[] => {
    const key = text(one.name)
    if (key === null) return []
    const low = numberOr(one.low, -3)
    const high = numberOr(one.high, 3)
    const aims = low === 0
    return [
      {
        kind: 'direction',
        key,
        low,
        high,
        aims,
        target: text(one.target),
        sentence: text(one.sentence),
        at: null,
        sigma: null,
      },
    ]
  })
}

/** The most active dimensions, and those that are moved besides, such as one from the address. */
export function dimSliders(sliders: Sliders | null, moves: Moves): Slider[] {
  const active = (sliders?.dims ?? []).map((one) => dimSlider(String(one.dim), numberOr(one.sigma, 0) || null, one))
  const known = new Set(active.map((one) => one.key))
  const more = Object.keys(moves.dims).filter((dim) => !known.has(dim))
  return [...active, ...more.map((dim) => dimSlider(dim, null))]
}

function dimSlider(key: string, sigma: number | null, given: Record<string, unknown> = {}): Slider {
  const [low, high] = [numberOr(given.low, -3), numberOr(given.high, 3)]
  const at = Array.isArray(given.at) && given.at.length > 1 ? given.at.map(Number) : null
  return { kind: 'dim', key, low, high, aims: false, target: null, sentence: null, at, sigma }
}

export function strengthOf(slider: Slider, moves: Moves): number {
  const of: Readonly<Record<string, number>> = slider.kind === 'dim' ? moves.dims : moves.directions
  // A direction may be called `constructor`.
  return Object.hasOwn(of, slider.key) ? (of[slider.key] ?? 0) : 0
}

/** What is shown of sliders: those sent here first, then as many as there is room for; those that are moved always. */
export function inSight(sliders: readonly Slider[], first: readonly string[], moves: Moves, most: number): Slider[] {
  const sent = first.flatMap((key) => sliders.filter((one) => one.key === key))
  const ordered = [...sent, ...sliders.filter((one) => !first.includes(one.key))]
  return ordered.filter((one, i) => i < most || strengthOf(one, moves) !== 0)
}
