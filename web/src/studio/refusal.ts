/** An error as a person reads it. */

import { Lost, Refused } from '../api/client'
import { type Key, language, number, t, words } from '../text/index.svelte'

export interface Said {
  text: string
  /** The server's own words, where `text` is in another language than they are. */
  detail: string | null
  /** What was given and what would have been accepted, in few words. */
  given: string | null
  /** What to do about it. */
  next: string | null
  /** The language of `detail` and `next`, where it is not the page's. */
  lang: 'en' | undefined
}

/** What is said of an error behind its text. */
export type More = Pick<Said, 'detail' | 'given' | 'lang'>

/** What the page itself does not take, said in its own language. */
export class Declined extends Error {
  constructor(
    message: string,
    readonly next: string | null = null,
  ) {
    super(message)
  }
}

/** Characters of what was given or allowed that are shown, and values of a list. */
const MOST = 160
const VALUES = 12

/** Refusals are said in the language of the page, with the server's own words, which are English, behind. */
export function describe(error: unknown): Said {
  if (error instanceof Refused) {
    const { kind, what, got, allowed, next, stopped, number: fault } = error.document
    const known = `refused.${kind ?? (stopped ? 'stopped' : 'error')}`
    const sort = known in words.en ? t(known as Key) : t('refused.error')
    // What goes wrong inside is written down in the terminal under a number.
    const meant = fault ? `${sort} ${t('refused.number', { number: fault })}` : sort
    const english = language() === 'en'
    const own = what === '' ? null : sentence(what)
    return {
      text: english ? (own ?? meant) : meant,
      detail: english ? null : own,
      given: [shown('refused.given', got), shown('refused.allowed', allowed)].filter(Boolean).join(' · ') || null,
      next: next && (english || !fault) ? sentence(next) : null,
      lang: english ? undefined : 'en',
    }
  }
  const nothing = { detail: null, given: null, next: null, lang: undefined }
  if (error instanceof Declined)
    return { ...nothing, text: sentence(error.message), next: error.next && sentence(error.next) }
  if (error instanceof Lost) return { text: t('state.lost'), ...nothing }
  // By its name alone: what draws is loaded when it is wanted.
  if (error instanceof Error && error.name === 'NoWebGL')
    return { ...nothing, text: t('explore.noWebGL'), next: t('explore.noWebGL.next') }
  return { text: error instanceof Error ? error.message : String(error), ...nothing }
}

/** As the studio refuses a model that it does not have. */
export function unknownModel(name: string, models: readonly { name: string }[]): Refused {
  const what = 'unknown model'
  const allowed = models.map((model) => model.name)
  return new Refused(404, {
    kind: 'unknown_name',
    what,
    sentence: what,
    got: name,
    allowed,
    next: null,
    stopped: false,
  })
}

/** The server's clauses begin small and end without a stop. What is no word at the beginning, such as a name, stays. */
export function sentence(clause: string): string {
  const text = clause.trim()
  const begun = /^[a-z]+(?=[\s,;'’]|:\s|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  // Behind a command, a stop would be copied along.
  return /[.!?…:)]$/.test(begun) || /trasluz \S/.test(begun) ? begun : `${begun}.`
}

function shown(key: 'refused.given' | 'refused.allowed', value: string | string[] | null | undefined): string | null {
  if (value === null || value === undefined || value.length === 0) return null
  if (typeof value === 'string') return t(key, { values: short(value) })
  const values = short(value.slice(0, VALUES).join(', '))
  const more = value.length - VALUES
  return t(key, { values: more > 0 ? t('refused.more', { values, n: number(more) }) : values })
}

function short(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text
}
