/** Parts of data, as a person reads them. */

import { t } from '../../text/index.svelte'

/** In the order in which they are offered. */
export const PARTS = ['test', 'train', 'val', 'all'] as const

export function partName(part: string): string {
  const known = [...PARTS, 'own' as const].find((one) => one === part)
  return known === undefined ? part : t(`data.part.${known}`)
}

/** What items are of: their data and the part of them. */
export function itemsName(split: string, data: string): string {
  return split === 'own' ? t('data.part.own') : `${data} · ${partName(split)}`
}
