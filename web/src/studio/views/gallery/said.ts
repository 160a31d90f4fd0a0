/** What the gallery says of a model in few words. */

import type { ModelCard, ModelLine } from '../../../api/client'
import { number, t } from '../../../text/index.svelte'

/** The form of the items: `64 × 64, colour`; null where it is not known. */
export function itemsText(items: ModelLine['items']): string | null {
  const { size, channels } = items ?? {}
  if (typeof size !== 'number') return null
  return `${size} × ${size}, ${t(channels === 1 ? 'gallery.grey' : 'gallery.colour')}`
}

/** Parameters in thousands or millions, as people say them. */
export function sizeText(parameters: number): string {
  const n = parameters < 1e6 ? `${number(parameters / 1e3)} k` : `${number(parameters / 1e6, 1)} M`
  return t('gallery.parameters', { n: parameters < 1e3 ? number(parameters) : n })
}

/** A setting of a model, in one line. */
export function settingText(value: unknown): string {
  if (typeof value === 'number') return number(value, 6)
  if (typeof value === 'boolean') return t(value ? 'card.yes' : 'card.no')
  if (Array.isArray(value)) return value.map(settingText).join(' · ')
  if (value === null || value === undefined) return '–'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function shapeText(shape: ModelCard['spaces'][string]['shape']): string {
  return shape.join(' × ')
}

/** What data are called in a heading: of a folder or a file its name, of others all that is said of them. */
export function dataText(data: string): string {
  return /[/\\]/.test(data)
    ? (data
        .replace(/[/\\]+$/, '')
        .split(/[/\\]/)
        .at(-1) ?? data)
    : data
}
