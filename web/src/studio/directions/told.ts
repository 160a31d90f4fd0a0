/** What was measured of a direction, in words. */

import { fixed, number, percent, t } from '../../text/index.svelte'
import type { Effect, Share, Summary } from './measured'

/** Share of true bearers that are read so once reconstructed, below which the model hardly holds a value. */
const HELD = 0.8

/** A strength: of the way to a goal, or in sigmas. */
export function strengthText(strength: number, aimed: boolean): string {
  if (aimed) return percent(strength)
  const sign = strength > 0 ? '+' : strength < 0 ? '−' : ''
  return `${sign}${number(Math.abs(strength), 2)}\u00a0σ`
}

/** How much of everything lies along a direction that a method found; nothing where that says nothing. */
export function shareText(method: string, { share }: Summary): string {
  if (share === null) return ''
  return t(method === 'pca' ? 'directions.by.variance' : 'directions.by.share', { share: percent(share) })
}

/** How well the latents alone tell what is wanted; null where that was not tried. */
export function toldText({ told }: Summary): string | null {
  if (told === null) return null
  const show = (value: number) => (told.figure === 'accuracy' ? percent(value) : fixed(value, 2))
  return t(`directions.told.${told.figure}`, {
    value: show(told.value),
    chance: show(told.chance),
    p: chanceText(told.p) + allText(told.all),
  })
}

/** How often chance does as well, behind a figure. */
function chanceText(p: number | null): string {
  if (p === null) return ''
  const small = 0.001
  const text =
    p < small ? t('directions.told.small', { p: fixed(small, 3) }) : t('directions.told.p', { p: fixed(p, 3) })
  return ` ${text}`
}

/** The same for all that was searched at once, which decides. */
function allText(all: { p: number; tests: number } | null): string {
  if (all === null) return ''
  const p = all.p < 0.001 ? `< ${fixed(0.001, 3)}` : fixed(all.p, 3)
  return `; ${t('directions.told.all', { p, n: number(all.tests, 0) })}`
}

/** That what was learned may be who the items are of. */
function doubted({ doubt }: Summary): string[] {
  if (doubt === null) return []
  const { column, values, p } = doubt
  const of = { column, n: number(values, 0) }
  return [
    p === null
      ? t('directions.doubt.few', of)
      : t('directions.doubt', { ...of, p: p < 0.001 ? `< ${fixed(0.001, 3)}` : fixed(p, 3) }),
  ]
}

export interface Telling {
  /** What it does, or that it does nothing. */
  text: string
  /** Whether that is nothing, or as good as nothing. */
  isWarning: boolean
  /** What else there is to know. */
  more: string[]
}

export function tell(summary: Summary): Telling {
  const seenSo = seen(summary)
  const told = summary.byChance ? { ...seenSo, more: [t('directions.byChance'), ...seenSo.more] } : seenSo
  const more = [...told.more, ...doubted(summary)]
  if (summary.tooFew !== null) more.push(t('directions.notTested', { n: number(summary.tooFew, 0) }))
  return { ...told, more }
}

function seen(summary: Summary): Telling {
  const { verdict, target, leaves, aimed } = summary
  const shares = { share: percent(summary.reached ?? 0), chance: percent(summary.floor) }
  const pixels = percent(summary.pixels ?? 0)
  const ends = leaves === null ? [] : [t('directions.leaves', { strength: strengthText(leaves, aimed) })]
  switch (verdict) {
    case 'unsure': {
      const text = t('directions.apart', { share: percent(summary.told?.value ?? 0) })
      return { text, isWarning: true, more: changes(summary) }
    }
    case 'unmeasured':
      return { text: t('directions.unmeasured'), isWarning: false, more: [] }
    case 'unread': {
      const column = target?.column
      const text = column ? t('directions.unread', { pixels, column }) : t('directions.unreadAll', { pixels })
      const latents = toldText(summary)
      return { text, isWarning: false, more: latents === null ? ends : [latents, ...ends] }
    }
    case 'nothing':
      if (target !== null && summary.reached === null) {
        return { text: t('directions.nothingTold', { told: toldText(summary) ?? '' }), isWarning: true, more: [] }
      }
      if (target === null) {
        const latents = summary.told?.p === undefined || summary.told.p === null ? null : toldText(summary)
        const text = latents === null ? t('directions.nothingSeen') : t('directions.nothingTold', { told: latents })
        return { text, isWarning: true, more: [] }
      }
      return {
        text: t('directions.nothing', shares),
        isWarning: true,
        more: [toldText(summary) ?? '', ...sureTexts(summary)].filter(Boolean),
      }
    case 'hardly':
      return { text: t('directions.hardly', shares), isWarning: true, more: [...sureTexts(summary), ...basis(summary)] }
    case 'works': {
      if (target === null) return { text: changes(summary)[0] ?? summary.sentence, isWarning: false, more: ends }
      const drags =
        summary.drags.length > 0
          ? [t('directions.drags', { columns: named(summary.drags, 2) })]
          : summary.worst === null
            ? [t('directions.dragsNothing')]
            : []
      const { column, value } = target
      const text =
        value === null
          ? t('directions.worksQuantity', { column, share: shares.share })
          : t('directions.works', { value, share: shares.share })
      const more = [...sureTexts(summary), ...lossTexts(summary), ...drags, ...ends, ...basis(summary)]
      return { text, isWarning: false, more }
    }
  }
}

/** How sure the share is, and what it is to be held against. */
export function sureTexts(summary: Summary): string[] {
  const { sure, unmoved, ceiling, target } = summary
  const out = sure === null ? [] : [ofText(sure)]
  if (unmoved !== null) out.push(t('directions.unmoved', { share: percent(unmoved.value) }))
  if (ceiling === null) return out
  const said = { share: percent(ceiling.value), of: ofText(ceiling), value: target?.value ?? '' }
  return [...out, t(ceiling.value < HELD ? 'directions.unheld' : 'directions.ceiling', said)]
}

/** The mean, and the worst beside it. */
function lossTexts({ kept, worst, drags, twins }: Summary): string[] {
  const rest = kept === null ? [] : [t('directions.keptRest', { share: percent(kept) })]
  if (twins.length > 0) rest.push(t('directions.twins', { columns: twins.join(', ') }))
  if (worst === null) return rest
  const [low, high] = worst.interval ?? [worst.lost, worst.lost]
  const points = (share: number) => number(100 * share)
  const said = { column: worst.column, lost: points(worst.lost), low: points(low), high: points(high) }
  const isDragged = drags.some(({ column }) => column === worst.column)
  return [...rest, t(isDragged ? 'directions.worst' : 'directions.worst.alike', said)]
}

/** Who sees it otherwise, and what it rests on. */
function basis({ second, noSecond, chosen, tried, apart, sure }: Summary): string[] {
  const out: string[] = []
  if (second?.differs === true) {
    out.push(t('directions.second', { share: percent(second.reached.value), of: ofText(second.reached) }))
  }
  if (noSecond !== null && sure !== null) out.push(t(`directions.noSecond.${noSecond}`))
  if (chosen) out.push(t('directions.chosen', { n: number(tried) }))
  if (apart === false) out.push(t('directions.notApart'))
  return out
}

/** How many items, and the interval: `100 items, 88 % to 97 %`. */
function ofText({ n, interval }: Share): string {
  if (interval === null) return t('directions.of', { n: number(n) })
  return t('directions.ofBetween', { n: number(n), low: percent(interval[0]), high: percent(interval[1]) })
}

function changes(summary: Summary): string[] {
  return summary.changes.length > 0 ? [t('directions.changes', { columns: named(summary.changes, 3) })] : []
}

function named(effects: readonly Effect[], most: number): string {
  const some = effects.slice(0, most)
  return some.map(({ column, share }) => t('directions.columnShare', { column, share: percent(share) })).join(', ')
}
