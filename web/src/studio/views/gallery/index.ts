/** Gallery: the front page, with the models that came along and one's own. */

import type { View } from '../view'
import { words } from './words'

export const gallery: View<keyof typeof words.en> = {
  name: 'gallery',
  words,
  title: 'nav.gallery',
  path: () => [],
  start: () => [],
  reproduces: false,
  help: null,
  load: async () => (await import('./room')).default,
}
