/** The state of a view as the part of the address behind `#`, so that a link opens it again. No browser in it. */

export const VIEWS = ['gallery', 'explore'] as const
export type View = (typeof VIEWS)[number]

/** Whether a model can be called so. What no path of a route can say never reaches the studio. */
export function isModelName(name: string): boolean {
  return name.length <= 120 && !/[/\\]|^\.*$/.test(name)
}

export interface Address {
  view: View
  model: string | null
  /** What the view says of itself, by name; empty values are left out. */
  query: Record<string, string>
}

export function readAddress(hash: string): Address {
  const [path = '', text = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', model = ''] = path.split('/', 2)
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(text)) query[name] = value
  if (view !== 'explore' || model === '') return { view: 'gallery', model: null, query }
  let named = model
  try {
    named = decodeURIComponent(model)
  } catch {
    return { view: 'gallery', model: null, query: {} }
  }
  return { view: 'explore', model: named, query }
}

export function writeAddress({ view, model, query }: Address): string {
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
  const path = view === 'explore' && model !== null ? `#/explore/${encodeURIComponent(model)}` : '#/'
  return text === '' ? path : `${path}?${text}`
}
