/** Words of the map that depend on more than a key. */

import { EDGE, FAR } from '../../map/overlay'
import { fixed, t } from '../../text/index.svelte'

/** How like the data what a place decodes to is; nothing where it is not tested. */
export function supportSaid(support: number | null): string {
  if (support === null) return ''
  if (support <= EDGE) return t('explore.among')
  return support <= FAR ? t('explore.edge') : t('explore.away', { times: fixed(support, 1) })
}
