/** Long work: followed until it ends, cancelled, come back to. */

import { answer, DELETE, GET, type JobCard, Refused } from './client'

/** Seconds that one request waits for news. */
const WAIT = 15
/** Milliseconds in which a job is asked for without a pause, and of the pauses of one that takes longer: it has news at
 * every step. */
const QUICK = 3000
const PAUSE = 400

export function isFinished(job: JobCard): boolean {
  return job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
}

/** Tell of every change of a job; what it is at the end. */
export async function follow<G>(
  job: JobCard<G>,
  news: (job: JobCard<G>) => void,
  signal?: AbortSignal,
): Promise<JobCard<G>> {
  let now = job
  const began = Date.now()
  news(now)
  while (!isFinished(now)) {
    if (Date.now() - began > QUICK) await new Promise((resolve) => setTimeout(resolve, PAUSE))
    signal?.throwIfAborted()
    const after = now.version
    now = (await answer(() =>
      GET('/api/jobs/{job}', {
        params: { path: { job: job.id }, query: { after, wait: WAIT } },
        ...(signal ? { signal } : {}),
      }),
    )) as JobCard<G>
    news(now)
  }
  return now
}

/** The result of a job that has ended, or why it has none, thrown. */
export function resultOf<G>(job: JobCard<G>): G {
  if (job.state === 'done') return job.result as G
  const what = job.state === 'cancelled' ? 'stopped' : 'it failed'
  throw new Refused(job.state === 'cancelled' ? 499 : 400, {
    ...(job.error ?? { what, sentence: what, stopped: job.state === 'cancelled' }),
  } as Refused['document'])
}

export async function cancel(id: string): Promise<JobCard> {
  return answer(() => DELETE('/api/jobs/{job}', { params: { path: { job: id } } }))
}
