/** How like the data something is, in the one wording that the page has for it. */

import { fixed, t } from '../../text/index.svelte'
import { nearness } from './readouts'

/** Up to 1 is among the data. */
export function supportText(support: number | null, short = false): string {
  if (support === null) return t('support.untested')
  const near = nearness(support)
  return t(near === 'far' && short ? 'support.far.short' : `support.${near}`, { n: fixed(support, 1) })
}
