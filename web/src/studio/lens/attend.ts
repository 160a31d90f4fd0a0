/** A job to its end, even when the server is out of reach for a while: the work goes on there. */

import { type JobCard, Lost } from '../../api/client'
import { app } from '../app.svelte'

export async function attend(job: JobCard, news: (job: JobCard) => void): Promise<JobCard> {
  let last = job
  for (;;) {
    try {
      return await app.attend(last, (now) => {
        last = now
        news(now)
      })
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      await new Promise<void>((resolve) => app.whenBack(resolve))
    }
  }
}
