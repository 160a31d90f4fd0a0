/** A path as the page holds it, and how it comes from the server. */

import { latentText, readLatents } from '../../api/binary'
import { answer, bytes, type JobCard, type PathFound, type PathRequest, POST } from '../../api/client'
import { cancel, resultOf } from '../../api/jobs'
import { bitmap } from '../../api/pictures'
import { app } from '../app.svelte'
import { latentSpot, letter, type Spot } from '../exploring/spot'
import { keyOf } from './asked'
import { Pathfinder } from './pathfinder'
import { legOf, stationsOf } from './strip'

export interface LatentPath {
  key: string
  asked: PathRequest
  /** The pins it goes through. */
  pins: readonly Spot[]
  job: string
  found: PathFound
  /** The frames of the pins, in their order. */
  stations: readonly number[]
  /** All frames in one picture. */
  sheet: ImageBitmap
  latents: { values: Float32Array; width: number }
}

export interface Asked {
  request: PathRequest
  pins: readonly Spot[]
}

/** Colours of paths that are drawn beside each other: told apart by people who see few colours (Okabe and Ito 2008). */
export const INKS = ['#e69f00', '#56b4e9', '#009e73', '#cc79a7', '#d55e00', '#7f7fff']

/** The places of its frames on the map. A path that comes back is drawn to its beginning. */
export function whole({ xy, loop }: PathFound): readonly (readonly [number, number])[] {
  return loop && xy[0] ? [...xy, xy[0]] : xy
}

/** A pathfinder; `hold` gets every path that was finished, wanted or not. */
export function pathfinderOf(
  hold: (latentPath: LatentPath) => void,
): Pathfinder<Asked, JobCard<PathFound>, LatentPath> {
  return new Pathfinder<Asked, JobCard<PathFound>, LatentPath>({
    start: ({ request }) => answer(() => POST('/api/paths', { body: request })),
    attend: (job, news, signal) => {
      // It is what one looks at: what others wait for comes later.
      if (job.state === 'waiting') void app.first(job.id)
      return app.attend(job, news, signal)
    },
    cancel,
    gather: async (asked, job) => {
      const latentPath = await gathered(asked, job)
      hold(latentPath)
      return latentPath
    },
  })
}

async function gathered({ request, pins }: Asked, job: JobCard<PathFound>): Promise<LatentPath> {
  const found = resultOf(job)
  const [sheet, latents] = await Promise.all([
    bytes(`/api/jobs/${job.id}/files/sheet.webp`),
    bytes(`/api/jobs/${job.id}/files/latents.bin`),
  ])
  return {
    key: keyOf(request),
    asked: request,
    pins,
    job: job.id,
    found,
    stations: stationsOf(found.stations),
    sheet: await bitmap(sheet.data),
    latents: readLatents(latents.data),
  }
}

/** A frame as something to look at: the pin itself where it is one, and else its latent, named by where it lies. */
export function spotOfFrame(latentPath: LatentPath, frame: number): Spot {
  const { found, stations, pins, latents } = latentPath
  const pin = pins[stations.indexOf(frame)]
  if (pin !== undefined) return pin
  const [from, to] = legOf(frame, stations, found.loop)
  const name = `${letter(from)}→${letter(to)} ${frame + 1}/${found.frames}`
  return latentSpot(latentText(latents.values, latents.width, frame), name, found.xy[frame] ?? null)
}
