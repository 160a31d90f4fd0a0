/** Bring your own: from a folder to a model of it. */

import type { View } from '../view'
import { words } from './words'

export const bring: View<keyof typeof words.en> = {
  name: 'bring',
  words,
  title: 'nav.bring',
  path: () => [],
  start: () => [],
  reproduces: false,
  help: null,
  load: async () => (await import('./room')).default,
}
