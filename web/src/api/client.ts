/** The studio's routes, typed from its OpenAPI document; every refusal as one typed error. */

import createClient from 'openapi-fetch'
import { lineUrl } from './line'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type About = Schemas['About']
export type At = Schemas['At']
export type ModelLine = Schemas['ModelLine']
export type ModelCard = Schemas['ModelCard']
export type MapCard = Schemas['MapCard']
export type MapRequest = Schemas['MapRequest']
export type DataCard = Schemas['DataCard']
export type NewItemsCard = Schemas['NewItemsCard']
export type Column = Schemas['Column']
export type RowCard = Schemas['RowCard']
export type TraitCard = Schemas['TraitCard']
export type RegionCard = Schemas['RegionCard']
export type ApartCard = Schemas['ApartCard']
export type SearchCard = Schemas['SearchCard']
export type Neighbour = Schemas['Neighbour']
export type Picture = Schemas['Picture']
export type Reproduced = Schemas['Reproduced']
/** A job that gives a `Given`; the answers of routes that begin one say what that is. */
export type JobCard<Given = unknown> = Omit<Schemas['JobCard_Any_'], 'result'> & { result: Given | null }
export type PathFound = Schemas['PathFound']
export type DirectionsFound = Schemas['DirectionsFound']
export type LensAnswer = Schemas['LensAnswer']
export type LyingAnswer = Schemas['LyingAnswer']
export type Inverted = Schemas['Inverted']
export type DirectionCard = Schemas['DirectionCard']
export type DirectionLine = Schemas['DirectionLine']
export type FindRequest = Schemas['FindRequest']
export type SelectionCard = Schemas['SelectionCard']
export type PathRequest = Schemas['PathRequest']
export type Sliders = Schemas['Sliders']
export type RefusalDocument = Schemas['Refusal']

/** The version of the routes that this page was written for. */
export const PROTOCOL = '1'

/** Why a request was not answered, as the server says it. */
export class Refused extends Error {
  readonly status: number
  readonly document: RefusalDocument

  constructor(status: number, document: RefusalDocument) {
    super(document.sentence)
    this.name = 'Refused'
    this.status = status
    this.document = document
  }
}

/** The server cannot be reached. */
export class Lost extends Error {
  constructor() {
    super('the studio does not answer')
    this.name = 'Lost'
  }
}

/** Where the page lies, without a slash at the end. */
export function home(): string {
  return new URL('.', window.location.href).href.replace(/\/$/, '')
}

type Listener = (reached: boolean) => void
const listeners = new Set<Listener>()

/** Be told after every request whether the server was reached. */
export function onReach(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Milliseconds without an answer after which one wonders whether the server is there at all. */
export const WONDERS = 3000
/** Milliseconds that an answer takes at most which is no work. */
export const PATIENCE = 5000

async function reach(request: Request): Promise<Response> {
  let response: Response
  const timer = setInterval(() => void wonder(), WONDERS)
  try {
    response = await fetch(request)
  } catch (error) {
    if (request.signal.aborted && (request.signal.reason as Error).name !== 'TimeoutError') throw error
    for (const listener of listeners) listener(false)
    throw new Lost()
  } finally {
    clearInterval(timer)
  }
  for (const listener of listeners) listener(true)
  return response
}

let wondering = false

/** Ask for something that is no work. A server that was halted refuses nothing, it leaves every request unanswered. */
export async function wonder(): Promise<void> {
  if (wondering) return
  wondering = true
  const init = { headers: { 'X-Trasluz-Protocol': PROTOCOL }, signal: AbortSignal.timeout(PATIENCE) }
  await reach(new Request(`${home()}/api/jobs`, init)).catch(() => undefined)
  wondering = false
}

const client = createClient<paths>({
  baseUrl: typeof window === 'undefined' ? 'http://127.0.0.1' : home(),
  headers: { 'X-Trasluz-Protocol': PROTOCOL },
  fetch: reach,
})

export const { GET, POST, PATCH, DELETE } = client

const BUSY_TRIES = 4

/** The answer of a request, or its refusal thrown. A busy server is asked again after the time it says. */
export async function answer<T>(ask: () => Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { data, error, response } = await ask()
    if (response.ok) return data as T
    if (response.status === 503 && tries < BUSY_TRIES) {
      const seconds = Number(response.headers.get('Retry-After') ?? '1')
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(seconds, 5)))
      continue
    }
    throw new Refused(response.status, asRefusal(error, response.status))
  }
}

function asRefusal(error: unknown, status: number): RefusalDocument {
  if (error !== null && typeof error === 'object' && 'sentence' in error) return error as RefusalDocument
  const what = `the studio answered ${status}`
  return { what, sentence: what, kind: 'internal', stopped: false } as RefusalDocument
}

/** Bytes of a route that gives no JSON. */
export async function bytes(path: string, init: RequestInit = {}): Promise<{ data: ArrayBuffer; headers: Headers }> {
  const headers = new Headers(init.headers)
  headers.set('X-Trasluz-Protocol', PROTOCOL)
  return answer(async () => {
    const response = await reach(new Request(`${home()}${path}`, { ...init, headers }))
    if (!response.ok) return { error: await response.json().catch(() => null), response }
    return { data: { data: await response.arrayBuffer(), headers: response.headers }, response }
  })
}

/** The address of a picture inside an answer; of an item that is a line, the line itself, sharp at any size. */
export function pictureUrl(picture: Picture): string {
  return picture.line ? lineUrl(picture.line) : `data:image/webp;base64,${picture.webp}`
}
