/** What a job is called, and of which model it is. In English as the studio calls it, which says more; elsewhere by what
 * sort of work it is. */

import type { JobCard } from '../../api/client'
import { type Key, language, t, words } from '../../text/index.svelte'

export function jobTitle({ kind, title, of }: Pick<JobCard, 'kind' | 'title' | 'of'>): string {
  const key = `jobs.kind.${kind}`
  const said = language() !== 'en' && key in words.en ? t(key as Key) : title
  return of && !said.includes(of) ? `${said} · ${of}` : said
}
