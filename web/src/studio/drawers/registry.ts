/** The drawers, one a line: how the rest of each is loaded; null for one that is a picture alone. */

import type { Drawer, Parts } from './drawer'

const DRAWERS: Readonly<Record<Drawer, (() => Promise<{ default: Parts }>) | null>> = {
  picture: null,
  line: null,
  player: () => import('../player'),
}

/** What a drawer brings beside the picture. */
export async function partsOf(drawer: Drawer): Promise<Parts | null> {
  const load = DRAWERS[drawer]
  return load === null ? null : (await load()).default
}
