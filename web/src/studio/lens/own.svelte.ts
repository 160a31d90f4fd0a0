/** One's own pictures in the space: sent, inverted, looked at, refined. */

import { answer, type Inverted, type JobCard, POST, Refused } from '../../api/client'
import { resultOf } from '../../api/jobs'
import { number, t } from '../../text/index.svelte'
import { app } from '../app.svelte'
import type { Drawer } from '../drawers/drawer'
import { tOf } from '../drawers/words'
import type { Exploring } from '../exploring/exploring.svelte'
import { latentSpot, type Spot, same } from '../exploring/spot'
import { Declined } from '../refusal'
import type { Crop } from './crop'
import { shortName } from './readouts'

export interface Own {
  /** Where it lies, as the lens and the pins know it. */
  readonly spot: Spot
  readonly file: File
  readonly inverted: Inverted
  /** The space that it was placed in. */
  readonly space: string
  /** The same picture placed otherwise before, or by what took its place. */
  readonly other: Own | null
  /** Where it is a part of a picture that was chosen by hand: of which one, and where. */
  readonly part: Part | null
}

export interface Part {
  readonly file: File
  readonly crop: Crop
}

/** A picture of which a part is being chosen. */
export interface Cropping {
  readonly file: File
  readonly picture: ImageBitmap
  /** The part that was chosen before; null where none was. */
  readonly crop: Crop | null
  /** What it takes the place of. */
  readonly instead: Own | null
}

/** Pictures that are held. */
const HELD = 24
const MIB = 1 << 20

export class OwnPictures {
  /** What is being placed now. */
  placing = $state.raw<{ name: string; job: JobCard | null } | null>(null)
  /** Why the last one was not placed, and how to try again where that may help. */
  trouble = $state.raw<{ name: string; error: unknown; again: (() => void) | null } | null>(null)
  all = $state.raw<readonly Own[]>([])
  /** Which part of one is placed is asked now. */
  cropping = $state.raw<Cropping | null>(null)

  #asked = 0
  readonly #explore: Exploring

  constructor(explore: Exploring) {
    this.#explore = explore
  }

  /** The space that is open. */
  get #here(): string {
    return `${this.#explore.map?.model}/${this.#explore.map?.space}`
  }

  /** The own picture that lies at a spot of the open space; null where none does. */
  at(spot: Spot | null): Own | null {
    const space = this.#here
    return this.all.find((own) => own.space === space && same(own.spot, spot)) ?? null
  }

  /** Place a file that somebody gave. Of a picture that is no square it is asked first which part. */
  async take(file: File): Promise<void> {
    const drawer = this.#explore.map?.kind.drawer
    if (drawer === 'picture' && check(file, drawer) === null && (await isOblong(file))) {
      const picture = await createImageBitmap(file).catch(() => null)
      if (picture !== null) {
        this.crop({ file, picture, crop: null, instead: null })
        return
      }
    }
    await this.place(file)
  }

  /** Choose another part of one that was placed. */
  async cropAgain(own: Own): Promise<void> {
    const file = own.part?.file ?? own.file
    try {
      this.crop({ file, picture: await createImageBitmap(file), crop: own.part?.crop ?? null, instead: own })
    } catch {
      app.say(t('crop.failed'), 'error')
    }
  }

  /** Ask for a part, or do so no more. */
  crop(asked: Cropping | null): void {
    this.cropping?.picture.close()
    this.cropping = asked
  }

  /** Find the latent of a picture, and look at it. With `method` null the server takes what the space has. */
  async place(
    file: File,
    method: string | null = null,
    instead: Own | null = null,
    part: Part | null = null,
  ): Promise<void> {
    const map = this.#explore.map
    const space = this.#here
    if (map === null) return
    const mine = ++this.#asked
    const stale = () => mine !== this.#asked
    const name = shortName(file.name || 'picture.png')
    this.#explore.side = 'lens'
    this.trouble = null
    this.#giveUp()
    const again = () => void this.place(file, method, instead, part)
    const refused = check(file, map.kind.drawer)
    if (refused !== null) {
      this.trouble = { name, error: refused, again: null }
      return
    }
    this.placing = { name, job: null }
    try {
      const sent = await answer(() =>
        POST('/api/uploads', {
          params: {
            query: { map: map.id, name: file.name.slice(-255) || name, ...(method === null ? {} : { method }) },
          },
          body: file,
          bodySerializer: (body) => body as File,
          headers: { 'Content-Type': file.type || 'application/octet-stream' },
        }),
      )
      if (stale()) {
        if (sent.inverted === null) void app.stop(sent.job.id)
        return
      }
      // It is what one looks at: what others wait for comes later.
      if (sent.job.state === 'waiting') void app.first(sent.job.id)
      const job = await app.attend(sent.job, (now) => {
        if (!stale()) this.placing = { name, job: now }
      })
      if (stale()) return
      const inverted = sent.inverted ?? resultOf(job)
      if (this.#here === space) this.#show({ file, inverted, space, part }, name, instead)
    } catch (error) {
      if (stale()) return
      const stopped = error instanceof Refused && error.document.stopped
      if (this.#explore.noticed(error)) app.whenBack(() => !stale() && again())
      else if (!stopped) this.trouble = { name, error, again: isOfFile(error) ? null : again }
    } finally {
      if (!stale()) this.placing = null
    }
  }

  /** An own picture under another name, such as that of a kept point. */
  rename(own: Own, spot: Spot): void {
    this.all = this.all.map((one) => (one === own ? { ...own, spot } : one))
  }

  #show(found: Omit<Own, 'spot' | 'other'>, name: string, instead: Own | null): void {
    const spot = latentSpot(found.inverted.latent, name, found.inverted.xy)
    const own: Own = { ...found, spot, other: instead && { ...instead, other: null } }
    this.all = [own, ...this.all].slice(0, HELD)
    this.#turn(instead, own)
  }

  /** Take it as it was placed the other time; what is shown now stays at hand. */
  swap(own: Own): void {
    const { other } = own
    if (other === null) return
    const back: Own = { ...other, other: { ...own, other: null } }
    this.all = [back, ...this.all.filter((one) => !same(one.spot, back.spot))].slice(0, HELD)
    this.#turn(own, back)
  }

  /** Look at one, in place of another. */
  #turn(before: Own | null, now: Own): void {
    const pinned = before === null ? -1 : this.#explore.pins.findIndex((pin) => same(pin, before.spot))
    if (pinned >= 0) this.#explore.movePin(pinned, now.spot)
    this.#explore.lookAt(now.spot)
    if (now.spot.xy !== null) this.#explore.centre(now.spot.xy)
  }

  /** Stop what another picture takes the place of. */
  #giveUp(): void {
    const job = this.placing?.job
    this.placing = null
    if (job) void app.stop(job.id)
  }
}

/** What can be said of a file before it is sent: a body that is too large is not even read by the server. */
function check(file: File, drawer: Drawer): Declined | null {
  const most = app.about?.limits.upload ?? Number.POSITIVE_INFINITY
  if (file.size > most) {
    const given = { size: number(file.size / MIB, 1), most: number(most / MIB, 1) }
    return new Declined(t('lens.own.large', given), tOf(drawer, 'lens.own.large.next'))
  }
  return file.size === 0 ? new Declined(t('lens.own.empty')) : null
}

/** Whether a file is a picture that is no square, by its head: a large one is not decoded for it. */
async function isOblong(file: File): Promise<boolean> {
  const url = URL.createObjectURL(file)
  try {
    const image = new Image()
    await new Promise((resolve, reject) => {
      image.onload = resolve
      image.onerror = reject
      image.src = url
    })
    return image.naturalWidth !== image.naturalHeight
  } catch {
    // Whatever it is, the server says it better.
    return false
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Whether the file is what is wrong, so that sending it again does not help. */
function isOfFile(error: unknown): boolean {
  return error instanceof Refused && ['data_error', 'too_large'].includes(error.document.kind)
}
