/** The keys of the map, for the map itself and for the page that lists them. */

import type { KeyUse } from '../views/view'

export type Action =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'in'
  | 'out'
  | 'all'
  | 'pin'
  | 'lasso'
  | 'sheet'
  | 'thumbnails'
  | 'surprise'
  | 'contours'
  | 'names'
  | 'hear'
  | 'repeat'
  | 'sound'
  | 'back'
  | 'help'

export const KEYS = {
  left: { keys: ['ArrowLeft'], text: 'keys.pan' },
  right: { keys: ['ArrowRight'], text: 'keys.pan' },
  up: { keys: ['ArrowUp'], text: 'keys.pan' },
  down: { keys: ['ArrowDown'], text: 'keys.pan' },
  in: { keys: ['+', '='], text: 'keys.in' },
  out: { keys: ['-', '_'], text: 'keys.out' },
  all: { keys: ['0'], text: 'keys.all' },
  pin: { keys: ['Enter', ' '], text: 'keys.pin' },
  lasso: { keys: ['l', 'L'], text: 'keys.lasso' },
  sheet: { keys: ['s', 'S'], text: 'keys.sheet' },
  thumbnails: { keys: ['t', 'T'], text: 'keys.thumbnails' },
  surprise: { keys: ['x', 'X'], text: 'keys.surprise' },
  contours: { keys: ['c', 'C'], text: 'keys.contours' },
  names: { keys: ['n', 'N'], text: 'keys.names' },
  hear: { keys: ['p', 'P'], text: 'keys.hear' },
  repeat: { keys: ['r', 'R'], text: 'keys.repeat' },
  sound: { keys: ['m', 'M'], text: 'keys.sound' },
  back: { keys: ['Escape'], text: 'keys.back' },
  help: { keys: ['?'], text: 'keys.help' },
} as const satisfies Record<Action, KeyUse>

/** Pixels of one step, and how much one key zooms. */
export const PAN = 24
export const ZOOM = 1.3

/** What a key does; null for nothing. */
export function actionOf(key: string): Action | null {
  for (const [action, { keys }] of Object.entries<KeyUse>(KEYS)) if (keys.includes(key)) return action as Action
  return null
}
