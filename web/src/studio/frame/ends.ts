/** What is told of a job when it ends and nothing on the page waits for its result. */

import { type JobCard, Refused } from '../../api/client'
import { t } from '../../text/index.svelte'
import { describe, type More } from '../refusal'

export interface End {
  what: string
  kind: 'error' | 'plain'
  next: string | null
  more: More | null
}

/** Null for one that is done: that is told by whoever follows it. */
export function endOf(job: JobCard): End | null {
  if (job.state === 'cancelled') return { what: t('jobs.stopped'), kind: 'plain', next: null, more: null }
  if (job.state !== 'failed') return null
  if (job.error === null) return { what: t('jobs.failed'), kind: 'error', next: null, more: null }
  const said = describe(new Refused(400, job.error))
  return { what: said.text, kind: 'error', next: said.next, more: said }
}
