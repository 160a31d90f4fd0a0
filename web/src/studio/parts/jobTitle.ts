/** What a job is called. In English as the studio calls it, which says more; elsewhere by what sort of work it is. */

import type { JobCard } from '../../api/client'
import { type Key, language, t, words } from '../../text/index.svelte'

export function jobTitle({ kind, title }: Pick<JobCard, 'kind' | 'title'>): string {
  const key = `jobs.kind.${kind}`
  return language() !== 'en' && key in words.en ? t(key as Key) : title
}
