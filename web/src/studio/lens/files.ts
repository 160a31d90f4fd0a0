/** Files of one's own: whether one may be an item of a kind. No browser in it. */

import type { MapCard } from '../../api/client'

type Kind = Pick<MapCard['kind'], 'suffixes' | 'writes'>

/** Whether a file may be one of a kind, by its name or by what the browser says of it. The server looks into it. */
export function mayBe({ name, type }: Pick<File, 'name' | 'type'>, { suffixes, writes }: Kind): boolean {
  const last = name.toLowerCase()
  if (type === '' || suffixes.some((suffix) => last.endsWith(suffix))) return true
  const sort = type.split('/')[0]
  return Object.values(writes).some((media) => media.split('/')[0] === sort && sort !== 'application')
}
