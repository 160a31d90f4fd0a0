/** The views of the page, one a line, in the order of the header. The first is the front page. */

import { bring } from './bring'
import { explore } from './explore'
import { gallery } from './gallery'
import { read } from './read'
import { viewsOf } from './view'

export const VIEWS = viewsOf(gallery, explore, read, bring)

type KeysOf<V> = V extends { words: { en: infer E } } ? keyof E & string : never
/** The keys of all their words. */
export type ViewKey = KeysOf<(typeof VIEWS)[number]>
