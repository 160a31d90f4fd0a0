/** What a method of maps is called. */

import { t } from '../../text/index.svelte'
import { app } from '../app.svelte'

const KNOWN = ['pca', 'umap', 'discriminant'] as const

export function methodName(name: string): string {
  const translated = KNOWN.find((one) => one === name)
  if (translated) return t(`explore.method.${translated}`)
  return app.about?.methods.projections.find((one) => one.name === name)?.title ?? name
}
