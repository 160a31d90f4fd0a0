/** What a view of the page is: one folder beside this file, and one line in registry.ts. */

import type { Component } from 'svelte'
import type { ModelLine, Reproduced } from '../../api/client'
import { type Language, teach } from '../../text/index.svelte'
import type { IconName } from '../parts/Icon.svelte'

export type Query = Readonly<Record<string, string>>
/** Texts by key, in every language. */
export type Words<K extends string = string> = Readonly<Record<Language, Readonly<Record<K, string>>>>

/** Commands or code that give again what is shown. */
export interface Way {
  /** What they give, as it is said on the page. */
  part: string
  /** What of it, where that is not plain. */
  title: string | null
  how: Reproduced
  /** Give a name to what the code would have to read from files, so that it says that name. */
  save?: (name: string) => Promise<void>
}

/** What is open in a view. The page makes it when the view is first shown, keeps it, and hands it down. */
export interface Opened {
  readonly reproduce: readonly Way[]
}

export interface Shown<O extends Opened> {
  open: O
  /** What of the view is open, as its address says. */
  path: readonly string[]
  query: Query
}

/** The part of a view that is loaded when it is wanted. */
export interface Room {
  readonly open: () => Opened
  /** Shows what `open` gave, and that alone; `room` sees to it. */
  readonly Show: Component<Shown<never>>
}

export function room<O extends Opened>(open: () => O, Show: Component<Shown<O>>): Room {
  return { open, Show }
}

/** Keys that do one thing, and the key of the text that says what. */
export interface KeyUse<K extends string = string> {
  readonly keys: readonly string[]
  readonly text: K
}

/** What the page's help says of a view; texts by their keys. */
export interface Help<K extends string = string> {
  readonly title: K
  readonly note: K
  readonly keys: readonly KeyUse<K>[]
  /** First steps, shown once. */
  readonly steps: readonly { readonly title: K; readonly text: K; readonly icon: IconName }[]
}

export interface View<K extends string = string> {
  /** The first word of its addresses, `#/name/...`; the first view of all is at `#/`. */
  readonly name: string
  readonly words: Words<K>
  /** The key of what the header calls it. */
  readonly title: K
  /** From what an address has behind the name to what of the view is open; null where that is no address of it. */
  readonly path: (given: readonly string[]) => readonly string[] | null
  /** What of it the header leads to before anything was open there; null for nothing. */
  readonly start: (models: readonly ModelLine[]) => readonly string[] | null
  /** Whether what is open there can be reproduced. */
  readonly reproduces: boolean
  readonly help: Help<K> | null
  readonly load: () => Promise<Room>
}

/** Views as the page takes them, the front page first. Their words are known from then on. */
export function viewsOf<const V extends readonly View[]>(...views: V): V {
  for (const { words } of views) teach(words)
  return views
}
