/** Explore: a live map of a model's latent space, with lens, directions and path. */

import { KEYS } from '../../exploring/keys'
import { firstOf } from '../../models'
import type { View } from '../view'
import { words } from './words'

export const explore: View<keyof typeof words.en> = {
  name: 'explore',
  words,
  title: 'nav.explore',
  path: ([model = '']) => (model === '' ? null : [model]),
  start: (models) => {
    const first = firstOf(models)
    return first === null ? null : [first.name]
  },
  reproduces: true,
  help: {
    title: 'keys.title',
    note: 'keys.note',
    keys: Object.values(KEYS),
    steps: [
      { title: 'hints.1.title', text: 'hints.1.text', icon: 'compass' },
      { title: 'hints.2.title', text: 'hints.2.text', icon: 'pin' },
      { title: 'hints.3.title', text: 'hints.3.text', icon: 'lasso' },
    ],
  },
  load: async () => (await import('./room')).default,
}
