// @vitest-environment happy-dom
import { type Component, flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { teach } from '../../text/index.svelte'
import App from '../App.svelte'
import { readAddress, writeAddress } from '../address'
import { app } from '../app.svelte'
import { VIEWS } from './registry'
import Tiny from './Tiny.test.svelte'
import { type Opened, room, type Shown, type View, viewsOf } from './view'

class Counter implements Opened {
  times = 0
  reproduce = [
    {
      part: 'A tiny thing',
      title: 'of two',
      how: { command: 'trasluz tiny one two', code: 'tl.tiny()', why_not: null },
    },
  ]
}

const words = {
  en: { 'nav.tiny': 'Tiny', 'tiny.keys': 'Keys of the tiny', 'tiny.note': 'Few.', 'tiny.grow': 'Grow it' },
  es: { 'nav.tiny': 'Menuda', 'tiny.keys': 'Teclas de la menuda', 'tiny.note': 'Pocas.', 'tiny.grow': 'Que crezca' },
}

/** A view of somebody else's: two things beside each other. */
const tiny: View<keyof typeof words.en> = {
  name: 'tiny',
  words,
  title: 'nav.tiny',
  path: (given) => (given.length === 2 ? given : null),
  start: () => ['a', 'b'],
  reproduces: true,
  help: { title: 'tiny.keys', note: 'tiny.note', keys: [{ keys: ['g'], text: 'tiny.grow' }], steps: [] },
  load: async () => room(() => new Counter(), Tiny as Component<Shown<Counter>>),
}
const views = viewsOf(...VIEWS, tiny)

/** A studio without models and without work. */
function studio(request: Request): Response {
  const { pathname } = new URL(request.url)
  const answers: Record<string, unknown> = { models: [], jobs: [], about: { methods: {}, limits: {} } }
  return Response.json(answers[pathname.split('/').at(-1) ?? ''] ?? null)
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve))
  flushSync()
}

const texts = (selector: string) => [...document.querySelectorAll(selector)].map((one) => one.textContent?.trim())
const press = (name: string) =>
  [...document.querySelectorAll('button')].find((one) => one.title.startsWith(name))?.click()

describe('a view that is one line more', () => {
  let page: Record<string, unknown>

  beforeEach(async () => {
    vi.stubGlobal('fetch', async (request: Request) => studio(request))
    location.hash = '#/tiny/one/t%2Fwo?x=3'
    app.start(views)
    app.speak('en')
    page = mount(App, { target: document.body })
    await settled()
  })
  afterEach(async () => {
    await unmount(page)
    vi.unstubAllGlobals()
  })

  it('has its address', async () => {
    expect(texts('[data-testid=tiny]')).toEqual(['one+t/wo 3 0'])
    expect(document.title).toBe('one · t/wo · Trasluz')
    expect(readAddress('#/tiny/one', views)).toEqual({ view: 'gallery', path: [], query: {} })
    expect(writeAddress({ view: 'tiny', path: ['é', 'b/c'], query: { x: '1', y: '' } }, views)).toBe(
      '#/tiny/%C3%A9/b%2Fc?x=1',
    )
    app.write({ x: '4' })
    await vi.waitFor(() => expect(location.hash).toBe('#/tiny/one/t%2Fwo?x=4'))
    flushSync()
    expect(texts('[data-testid=tiny]')).toEqual(['one+t/wo 4 0'])
  })

  it('stands in the header, in both languages, and leads back to what was open there', async () => {
    expect(texts('nav a')).toEqual(['Models', 'Explore', 'Read', 'Your own', 'Tiny'])
    expect(texts('nav a[aria-current=page]')).toEqual(['Tiny'])
    app.speak('es')
    flushSync()
    expect(texts('nav a')).toEqual(['Modelos', 'Explorar', 'Leer', 'Lo tuyo', 'Menuda'])
    ;(app.opened.tiny as Counter).times = 7
    app.go({ view: 'gallery', path: [], query: {} })
    await settled()
    expect(texts('nav a[aria-current=page]')).toEqual(['Modelos'])
    expect(texts('[data-testid=tiny]')).toEqual([])
    const back = document.querySelectorAll<HTMLAnchorElement>('nav a')[4]?.getAttribute('href')
    expect(back).toBe('#/tiny/one/t%2Fwo?x=3')
    location.hash = back as string
    await settled()
    // What was open there is open still.
    expect(texts('[data-testid=tiny]')).toEqual(['one+t/wo 3 7'])
  })

  it('says how to get the same, and which keys it has', async () => {
    press('The same result')
    await settled()
    expect(texts('dialog h3')).toEqual(['A tiny thing of two'])
    expect(texts('dialog pre')).toEqual(['trasluz tiny one two'])
    press('Close')
    await settled()
    press('Keys of the tiny')
    await settled()
    expect(texts('dialog h2')).toEqual(['Keys of the tiny'])
    expect([texts('dialog kbd'), texts('dialog dd')]).toEqual([['G'], ['Grow it']])
  })

  it('may call no text of its own what another is called', () => {
    expect(() => teach({ en: { 'nav.tiny': 'Tinier' }, es: { 'nav.tiny': 'Menuda' } })).toThrow('nav.tiny')
  })
})
