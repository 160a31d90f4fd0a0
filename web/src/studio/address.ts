/** The state of the page as the part of its address behind `#`, so that a link opens it again. No browser in it. */

import type { Query, View } from './views/view'

export interface Address {
  /** The name of the view. */
  view: string
  /** What of it is open, such as a model. */
  path: readonly string[]
  /** What the view says of itself, by name; empty values are left out. */
  query: Query
}

/** What no view has is the front page: the first of `views`. */
export function readAddress(hash: string, views: readonly View[]): Address {
  const [where = '', text = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [name = '', ...given] = where.split('/')
  const query = Object.fromEntries(new URLSearchParams(text))
  const front: Address = { view: views[0]?.name ?? '', path: [], query }
  const view = views.slice(1).find((one) => one.name === name)
  try {
    const path = view?.path(given.map(decodeURIComponent)) ?? null
    return view === undefined || path === null ? front : { view: view.name, path, query }
  } catch {
    return { ...front, query: {} }
  }
}

export function writeAddress({ view, path, query }: Address, views: readonly View[]): string {
  const written = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== '') written.set(name, value)
  // What people read in a link stays readable.
  const text = written
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%2F', '/')
    .replaceAll('%40', '@')
    .replaceAll('%7E', '~')
  const where = view === views[0]?.name ? [] : [view, ...path.map(encodeURIComponent)]
  return `#/${where.join('/')}${text === '' ? '' : `?${text}`}`
}
