/** What methods are called on the page: nowhere by the word that the command line takes. */

import { ofMethod, type Told, t } from '../text/index.svelte'
import { app } from './app.svelte'

const KNOWN_MAPS = ['pca', 'umap', 'discriminant'] as const

/** How a direction was found; one that the studio does not have any more, by what it was called. */
export function finderName(method: string): Told {
  const title = app.about?.methods.finders.find((one) => one.name === method)?.title
  return ofMethod('finders', method, 'title', title ?? method)
}

/** How a map is laid out. */
export function mapName(method: string, title?: string): string {
  const known = KNOWN_MAPS.find((one) => one === method)
  if (known) return t(`explore.method.${known}`)
  return title ?? app.about?.methods.projections.find((one) => one.name === method)?.title ?? method
}

/** How an item of one's own was placed. */
export function inverterName(method: string): string {
  if (method === 'encoder') return t('lens.own.method.encoder')
  if (method === 'optimise') return t('lens.own.method.optimise')
  return app.about?.methods.inverters.find((one) => one.name === method)?.title ?? method
}
