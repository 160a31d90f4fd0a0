/** How like the data something is, in the one wording that the page has for it. */

import { fixed, t } from '../../text/index.svelte'
import { nearness } from './readouts'

/** Up to 1 is among the data. */
export function supportText(support: number | null): string {
  return support === null ? t('support.untested') : t(`support.${nearness(support)}`, { n: fixed(support, 1) })
}
