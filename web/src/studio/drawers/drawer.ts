/**
 * What a page shows items with, by what their kind says (`drawer`). Every drawer draws a picture; one that has more to it
 * brings parts of its own, which are loaded with the first map of such a kind. A new drawer is a folder and a line of
 * registry.ts; nothing else of the page asks what kind an item is of.
 */

import type { Component } from 'svelte'
import type { MapCard } from '../../api/client'
import type { Frame } from '../../api/live'
import type { Looked } from '../lens/lens.svelte'
import type { Own } from '../lens/own.svelte'
import type { LatentPath } from '../path/paths'

export type Drawer = MapCard['kind']['drawer']

/** Which of the items of the lens: the real one, what is shown, or the same before it was moved. */
export type Which = 'original' | 'shown' | 'before'

/** Components that stand where the page has room for what a drawer adds. */
export interface Parts {
  /** In the top bar, for as long as a map is open. */
  readonly Bar: Component
  /** Under each picture of the lens. */
  readonly Figure: Component<{ looked: Looked; which: Which }>
  /** Under all of them. */
  readonly Said: Component<{ looked: Looked }>
  /** Under the picture beside the cursor. */
  readonly Hover: Component<{ frame: Pick<Frame, 'row'>; row: number }>
  /** Beside the button that takes a file of one's own. */
  readonly Own: Component
  /** Under the picture of a model's card. */
  readonly Samples: Component<{ model: string }>
  /** With what is said of an item of one's own. */
  readonly Kept: Component<{ own: Own }>
  /** Among the buttons of a path. */
  readonly Path: Component<{ latentPath: LatentPath }>
}

/** What hears of the map, while a drawer is in sight. */
export interface Listener {
  /** Whether a frame under the cursor is wanted with its item's file now; else in how many seconds to ask again, or never. */
  wants(): boolean | number
  /** One came. */
  take(file: ArrayBuffer): void
  /** The cursor has left the map. */
  rest(): void
  /** A key of the map. */
  key(action: 'hear' | 'repeat' | 'sound'): void
}
