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
  | 'look'
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
  | 'undo'
  | 'redo'
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
  look: { keys: ['Enter'], text: 'keys.look' },
  pin: { keys: ['p', 'P'], text: 'keys.pin' },
  lasso: { keys: ['l', 'L'], text: 'keys.lasso' },
  sheet: { keys: ['s', 'S'], text: 'keys.sheet' },
  thumbnails: { keys: ['t', 'T'], text: 'keys.thumbnails' },
  surprise: { keys: ['x', 'X'], text: 'keys.surprise' },
  contours: { keys: ['c', 'C'], text: 'keys.contours' },
  names: { keys: ['n', 'N'], text: 'keys.names' },
  hear: { keys: [' '], text: 'keys.hear' },
  repeat: { keys: ['r', 'R'], text: 'keys.repeat' },
  sound: { keys: ['m', 'M'], text: 'keys.sound' },
  undo: { keys: ['Ctrl+Z'], text: 'keys.undo' },
  redo: { keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], text: 'keys.redo' },
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

interface Chord {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** What a key does wherever nothing is being written: pin what the lens shows, undo, redo; null for nothing. */
export function everywhere({ key, ctrlKey, metaKey, shiftKey, altKey }: Chord): 'pin' | 'undo' | 'redo' | null {
  const letter = key.toLowerCase()
  if (altKey) return null
  if (!ctrlKey && !metaKey) return letter === 'p' ? 'pin' : null
  if (letter === 'z') return shiftKey ? 'redo' : 'undo'
  return letter === 'y' && !shiftKey ? 'redo' : null
}

/** Whether a letter that is typed there is one of a text, which has an undo of its own. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  const input = target.closest('input')
  if (input !== null) return !['range', 'checkbox', 'radio', 'button', 'file'].includes(input.type)
  return target.closest('textarea, select, [contenteditable]') !== null
}
