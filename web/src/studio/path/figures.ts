/** What a path is like, figure by figure. No browser in it. */

import type { PathFound } from '../../api/client'

export const NAMES = ['detour', 'change', 'pace', 'turning', 'farthest', 'precision', 'ppl', 'seconds'] as const
export type FigureName = (typeof NAMES)[number]
export type Form = 'times' | 'degrees' | 'plain' | 'large' | 'share' | 'seconds'

const FORMS: Record<FigureName, Form> = {
  detour: 'times',
  change: 'times',
  pace: 'times',
  turning: 'degrees',
  farthest: 'plain',
  precision: 'share',
  ppl: 'large',
  seconds: 'seconds',
}

export interface Figure {
  name: FigureName
  form: Form
  /** null where it has none: nothing was measured, or the pins are one place. */
  value: number | null
  /** The 95 % interval, and of how many frames it is; null where nothing was measured. */
  sure: { interval: readonly [number, number] | null; n: number } | null
}

/** The figures of a path; those that need measuring only where it was measured. */
export function figuresOf(result: PathFound): Figure[] {
  const { figures, support } = result
  const values: Record<FigureName, number | null> = {
    detour: figures.detour,
    change: figures.decoded_detour,
    pace: figures.pace,
    turning: figures.turning,
    farthest: support === null || support.length === 0 ? null : Math.max(...support),
    precision: figures.quality?.precision ?? null,
    ppl: figures.quality?.ppl ?? null,
    seconds: result.seconds,
  }
  const { quality } = figures
  const sure: Partial<Record<FigureName, Figure['sure']>> =
    quality === null
      ? {}
      : {
          ...(quality.precision === null
            ? {}
            : { precision: { interval: quality.precision_interval, n: quality.frames } }),
          ppl: { interval: quality.ppl_interval, n: quality.steps },
        }
  return NAMES.filter((name) => figures.quality !== null || (name !== 'precision' && name !== 'ppl')).map((name) => ({
    name,
    form: FORMS[name],
    value: values[name],
    sure: sure[name] ?? null,
  }))
}

/** Shorter than this beside the pictures' own size, nothing is seen to change. */
const STANDS = 1e-2

/** Whether the path stands still: its pins are one place. */
export function standsStill({ figures }: PathFound): boolean {
  return figures.detour === null || figures.decoded_length < STANDS
}
