/** The page's colours, for what is drawn on a canvas. */

import type { Inks } from '../../map/overlay'
import type { Theme } from '../app.svelte'

const known = new Map<Theme, Inks>()

export function readInks(theme: Theme): Inks {
  const kept = known.get(theme)
  if (kept) return kept
  const style = getComputedStyle(document.documentElement)
  const ink = (name: string) => style.getPropertyValue(name).trim()
  const inks: Inks = {
    text: ink('--text'),
    ground: ink('--panel'),
    accent: ink('--accent'),
    onAccent: ink('--on-accent'),
    good: ink('--good'),
    bad: ink('--bad'),
    quiet: ink('--quiet'),
  }
  known.set(theme, inks)
  return inks
}
