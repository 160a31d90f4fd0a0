/** The keys as a list for people: one line for each thing that they do. */

import type { KeyUse } from '../views/view'

export interface KeyRow {
  keys: string[]
  /** The key of what they do. */
  text: string
}

const SIGNS: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Enter: '↵ Enter',
  '-': '−',
}
/** The same key on another board, or with Shift held: understood, but not listed. */
const UNLISTED = new Set(['=', '_'])

export function keyRows(uses: readonly KeyUse[]): KeyRow[] {
  const rows: KeyRow[] = []
  for (const { keys, text } of uses) {
    const names = keys
      .filter((key) => !UNLISTED.has(key))
      .map((key) => SIGNS[key] ?? (key.length > 1 ? key : key.toUpperCase()))
    const known = rows.find((row) => row.text === text)
    if (known) known.keys = [...new Set([...known.keys, ...names])]
    else rows.push({ keys: [...new Set(names)], text })
  }
  return rows
}

/** Whether a key pressed there is a character of a text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return target.closest('input, textarea, select, [contenteditable]') !== null
}
