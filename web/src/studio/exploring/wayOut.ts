/** Where one goes on from an address of what is not there: to the names that are nearest to it. No browser in it. */

import type { RefusalDocument } from '../../api/client'

/** What of an address was not known, and names that are. */
export interface Unknown {
  readonly part: 'model' | 'space' | 'method' | 'atlas'
  readonly names: readonly string[]
}

/** Names that are offered. */
const OFFERED = 3

/** What a refusal says is not known of what an address asked for; null where it is about something else. */
export function unknownOf(
  { kind, got, allowed }: Pick<RefusalDocument, 'kind' | 'got' | 'allowed'>,
  asked: Readonly<Record<Unknown['part'], string | null>>,
): Unknown | null {
  if (kind !== 'unknown_name' || typeof got !== 'string') return null
  const name = got.replace(/^'(.*)'$/, '$1')
  const part = (['model', 'space', 'method', 'atlas'] as const).find((one) => asked[one] === name)
  if (part === undefined) return null
  return { part, names: Array.isArray(allowed) ? nearest(name, allowed) : [] }
}

/** The names that are nearest to one, by the letters that would have to change. */
export function nearest(name: string, known: readonly string[], most = OFFERED): string[] {
  const wanted = plain(name)
  return known
    .map((one, i) => ({ one, i, far: distance(wanted, plain(one)) }))
    .sort((a, b) => a.far - b.far || a.i - b.i)
    .slice(0, most)
    .map(({ one }) => one)
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Letters to put in, take out or change (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const now = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      now.push(Math.min(change, (before[j] as number) + 1, (now[j - 1] as number) + 1))
    }
    before = now
  }
  return before[b.length] as number
}
