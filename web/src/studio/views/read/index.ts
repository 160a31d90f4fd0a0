/** Read: what a latent space is, in one screen with three live pictures. */

import type { View } from '../view'
import { words } from './words'

export const read: View<keyof typeof words.en> = {
  name: 'read',
  words,
  title: 'nav.read',
  path: () => [],
  start: () => [],
  reproduces: false,
  help: null,
  load: async () => (await import('./room')).default,
}
