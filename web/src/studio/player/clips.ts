/** What is heard of the lens and of a path: items as waves, fetched when they are wanted, and held for a while. */

import { bytes, type Inverted } from '../../api/client'
import { readWav, type Wave } from '../../sound/wav'
import { t } from '../../text/index.svelte'
import type { Which } from '../drawers/drawer'
import type { Spot } from '../exploring/spot'
import type { Looked } from '../lens/lens.svelte'
import { isMoved, type Moves, NONE } from '../lens/moves'
import { Declined } from '../refusal'

export interface Clip {
  readonly key: string
  readonly load: () => Promise<Wave>
}

/** Seconds of all waves that are held. */
const HELD = 240
const held = new Map<string, Wave>()

export function waveOf(data: ArrayBuffer): Wave {
  const wave = readWav(data)
  if (wave === null) throw new Declined(t('sound.unread'))
  return wave
}

/** What an item sounds like that lies at a spot of a map. */
export function clipAt(map: string, spot: Spot, moves: Moves = NONE, original = false): Clip {
  const { directions, dims } = moves
  const asked = JSON.stringify({ map, at: spot.at, directions, dims, original, form: 'wav' })
  const headers = { 'Content-Type': 'application/json' }
  return clip(asked, async () => {
    const { data } = await bytes('/api/items', { method: 'POST', body: asked, headers })
    return waveOf(data)
  })
}

/** One of those that the lens shows; null where there is none. */
export function clipOf({ map, spot, moves, answer }: Looked, which: Which, own: Inverted | null): Clip | null {
  if (which === 'shown') return clipAt(map, spot, moves)
  if (which === 'before') return isMoved(moves) ? clipAt(map, spot) : null
  const file = own?.original_file
  if (file) return clip(`own ${file.slice(0, 200)} ${file.length}`, async () => waveOf(fromBase64(file)))
  return answer.original === null ? null : clipAt(map, spot, NONE, true)
}

/** Something that is heard, fetched once. */
export function clip(key: string, get: () => Promise<Wave>): Clip {
  return {
    key,
    load: async () => {
      const there = held.get(key)
      if (there !== undefined) return there
      const wave = await get()
      held.set(key, wave)
      let seconds = 0
      for (const [name, { samples, rate }] of [...held].reverse()) {
        seconds += samples.length / rate
        if (seconds > HELD) held.delete(name)
      }
      return wave
    },
  }
}

function fromBase64(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer
}
