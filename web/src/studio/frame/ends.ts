/** What is told of a job when it ends and nothing on the page waits for its result. */

import type { JobCard } from '../../api/client'
import { t } from '../../text/index.svelte'
import { sentence } from '../refusal'

export interface End {
  what: string
  kind: 'error' | 'plain'
  next: string | null
}

/** Null for one that is done: that is told by whoever follows it. */
export function endOf(job: JobCard): End | null {
  if (job.state === 'cancelled') return { what: t('jobs.stopped'), kind: 'plain', next: null }
  if (job.state !== 'failed') return null
  const error = job.error
  return {
    what: error?.what ? sentence(error.what) : t('jobs.failed'),
    kind: 'error',
    next: error?.next ? sentence(error.next) : null,
  }
}
