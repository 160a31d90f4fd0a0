/** What is open in Read: a map that is at hand, and latents of its items that the three pictures move. */

import { floatsOf, readCodes, toBase64 } from '../../../api/binary'
import { type At, answer, bytes, GET, type MapCard, type ModelLine, POST, type Schemas } from '../../../api/client'
import { hasNames } from '../../../map/colours'
import { app } from '../../app.svelte'
import { type Little, littleOf, openLittle } from '../../little/open'
import type { Opened } from '../view'

export type Seen = Schemas['Seen']

/** Two values of a column, and the way from the items of one to those of the other. */
export interface Towards {
  column: string
  from: string
  to: string
  step: Float32Array
  /** Items that have the first value. */
  rows: readonly number[]
}

/** Columns that say nothing of what an item looks like. */
const ASIDE = ['split', 'source']

export class Reading implements Opened {
  readonly reproduce = []
  little = $state.raw<Little | null>(null)
  model = $state.raw<ModelLine | null>(null)
  towards = $state.raw<Towards | null>(null)
  trouble = $state.raw<unknown>(null)
  #opening = false

  get map(): MapCard | null {
    return this.little?.card ?? null
  }

  /** Open the map where it is not open yet, or was let go. */
  async open(models: readonly ModelLine[], signal: AbortSignal): Promise<void> {
    const model = littleOf(models)
    if (this.#opening || model === null) return
    this.#opening = true
    this.trouble = null
    try {
      const little = await openLittle(model.name, signal)
      this.model = model
      this.towards = await this.#towards(little.card, signal)
      this.little = little
    } catch (error) {
      if (!app.noticed(error)) this.trouble = error
    } finally {
      this.#opening = false
    }
  }

  /** What lies at some places, decoded. */
  async decode(at: At[], neighbours = 0): Promise<Seen[]> {
    const map = this.map?.id ?? ''
    return (await answer(() => POST('/api/decode', { body: { map, at, neighbours } }))).items
  }

  /** The latent of an item. */
  async latent(row: number): Promise<Float32Array> {
    const body = { map: this.map?.id ?? '', at: { row }, neighbours: 0, directions: {}, dims: {} }
    return floatsOf((await answer(() => POST('/api/lens', { body }))).latent)
  }

  /** The first column that tells items apart, and its two values that lie farthest from each other. */
  async #towards(card: MapCard, signal: AbortSignal): Promise<Towards | null> {
    const column = card.columns.find(
      (one) => hasNames(one) && one.values.length > 1 && one.values.length <= 40 && !ASIDE.includes(one.name),
    )
    if (column === undefined) return null
    const path = { map: card.id }
    const { means } = await answer(() =>
      GET('/api/means/{map}', { params: { path, query: { column: column.name } }, signal }),
    )
    const latents = means.map((mean) => floatsOf(mean.latent))
    let best: [number, number, number] = [-1, 0, 0]
    for (let i = 0; i < latents.length; i++)
      for (let k = i + 1; k < latents.length; k++) {
        const far = distance(latents[i] as Float32Array, latents[k] as Float32Array)
        if (far > best[0]) best = [far, i, k]
      }
    const [far, i, k] = best
    if (far < 0) return null
    const [from, to] = [means[i]?.value ?? '', means[k]?.value ?? '']
    const codes = readCodes(
      (await bytes(`/api/maps/${card.id}/columns/${encodeURIComponent(column.name)}`, { signal })).data,
    )
    const code = column.values.indexOf(from)
    const rows = [...codes.keys()].filter((row) => codes[row] === code).slice(0, 60)
    return {
      column: column.name,
      from,
      to,
      step: difference(latents[k] as Float32Array, latents[i] as Float32Array),
      rows,
    }
  }
}

/** A latent as a route takes it. */
export function textOf(latent: Float32Array): string {
  return toBase64(new Uint8Array(latent.buffer, latent.byteOffset, latent.byteLength))
}

/** A part of the way from one to another. */
export function between(from: Float32Array, to: Float32Array, share: number): Float32Array {
  return from.map((value, i) => value + share * ((to[i] ?? value) - value))
}

export function moved(from: Float32Array, step: Float32Array, share: number): Float32Array {
  return from.map((value, i) => value + share * (step[i] ?? 0))
}

function difference(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, i) => value - (other[i] ?? 0))
}

function distance(one: Float32Array, other: Float32Array): number {
  return Math.hypot(...difference(one, other))
}
