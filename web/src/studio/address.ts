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
  /** Whatever the view keeps, by name; empty values are left out. */
  kept: Record<string, string>
}

export function readAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', model = ''] = path.split('/', 2)
  const kept: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) kept[name] = value
  if (view !== 'explore' || model === '') return { view: 'gallery', model: null, kept }
  let named = model
  try {
    named = decodeURIComponent(model)
  } catch {
    return { view: 'gallery', model: null, kept: {} }
  }
  return { view: 'explore', model: named, kept }
}

export function writeAddress({ view, model, kept }: Address): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(kept)) if (value !== '') query.set(name, value)
  // What people read in a link stays readable.
  const text = query
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%2F', '/')
    .replaceAll('%40', '@')
    .replaceAll('%7E', '~')
  const path = view === 'explore' && model !== null ? `#/explore/${encodeURIComponent(model)}` : '#/'
  return text === '' ? path : `${path}?${text}`
}
