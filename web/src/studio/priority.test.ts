// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { MapCard } from '../api/client'
import { Exploring } from './exploring/exploring.svelte'
import { pathfinderOf } from './path/paths'

const MAP = {
  id: 'm1',
  model: 'mine',
  space: 'z',
  atlas: 'a',
  items: 40,
  kind: { drawer: 'picture' },
  columns: [],
  measures: [],
}
/** What was asked, in order. */
let asked: string[] = []
let state = 'waiting'

const job = (now: string) => ({ id: 'j1', kind: 'path', state: now, version: 1, said: [], files: [], error: null })

beforeEach(() => {
  asked = []
  state = 'waiting'
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname
    asked.push(`${request.method} ${path}`)
    const begins = /\/api\/(paths|uploads|directions\/find)$/.test(path) && request.method === 'POST'
    const card = job(begins ? state : 'cancelled')
    const answer = path.endsWith('/uploads') ? { job: card, inverted: null } : card
    const lists = path.endsWith('/directions') || path.endsWith('/selections')
    return new Response(JSON.stringify(lists ? [] : answer), { headers: { 'Content-Type': 'application/json' } })
  })
})
afterEach(() => vi.unstubAllGlobals())

const explored = () => {
  const explore = new Exploring()
  explore.map = MAP as unknown as MapCard
  return explore
}

/** What is looked at, and how one begins to wait for it. */
const LOOKED_AT: Record<string, () => Promise<unknown>> = {
  'a path': () => pathfinderOf(() => {}).find({ request: {} as never, pins: [] }),
  directions: () => {
    const { directions } = explored()
    directions.attend(MAP as unknown as MapCard)
    directions.set({ kind: 'nothing' })
    return directions.find()
  },
  'a picture of one’s own': () => explored().own.place(new File(['x'], 'me.png', { type: 'image/png' })),
}

for (const [what, begin] of Object.entries(LOOKED_AT)) {
  it(`${what} that has to wait goes before what others wait for`, async () => {
    await begin().catch(() => undefined)
    await vi.waitFor(() => expect(asked).toContain('POST /api/jobs/j1/first'))
  })

  it(`${what} that runs at once is not hurried`, async () => {
    state = 'cancelled'
    await begin().catch(() => undefined)
    expect(asked.some((one) => /^POST \/api\/(paths|uploads|directions\/find)$/.test(one))).toBe(true)
    expect(asked).not.toContain('POST /api/jobs/j1/first')
  })
}
