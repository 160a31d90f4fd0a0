/** Words of the path that depend on more than a key. */

import { fixed, type Key, number, percent, t, words } from '../../text/index.svelte'
import { supportText } from '../lens/support'
import type { Figure } from './figures'

/** What a rule is called: known ones in the language of the page, others as the studio calls them. */
export function ruleName({ name, title }: { name: string; title: string }): string {
  const key = `path.rule.${name}`
  return key in words.en ? t(key as Key) : title
}

export function frameText(frame: number, frames: number, support: number | undefined): string {
  const said = t('path.frame', { n: frame + 1, of: frames })
  return support === undefined ? said : t('path.frame.said', { frame: said, support: supportText(support) })
}

/** How sure a figure is: its interval, or that one leg gives none. */
export function sureText(figure: Figure): string | null {
  const { sure } = figure
  if (sure === null) return null
  const n = number(sure.n, 0)
  if (sure.interval === null) return t('path.figure.unsure', { n })
  const [low, high] = sure.interval.map((value) => figureText({ ...figure, value }))
  return t('path.figure.sure', { low: low ?? '', high: high ?? '', n })
}

export function figureText({ form, value }: Figure): string {
  if (value === null) return t('path.figure.none')
  if (form === 'times') return `×${fixed(value, 2)}`
  if (form === 'degrees') return `${number(value, value < 10 ? 1 : 0)}°`
  if (form === 'share') return percent(value)
  if (form === 'seconds') return `${fixed(value, value < 10 ? 1 : 0)} s`
  if (form === 'large') return number(value, value < 100 ? 1 : 0)
  return fixed(value, 2)
}
