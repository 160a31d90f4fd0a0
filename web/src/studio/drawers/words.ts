/** What is said of items, as it fits what they are. */

import { type Key, t, words } from '../../text/index.svelte'
import type { Drawer } from './drawer'

/** A text of items: `key.player` for a kind that is played, where there is such a text, and else `key`. */
export function tOf(drawer: Drawer | undefined, key: Key, given: Record<string, string | number> = {}): string {
  const own = `${key}.${drawer}`
  return t(own in words.en ? (own as Key) : key, given)
}
