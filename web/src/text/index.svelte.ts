/** The page's words, in the language that was chosen. One file of words for each part of the page; views bring theirs. */

import type { ViewKey } from '../studio/views/registry'
import type { Words } from '../studio/views/view'
import { common } from './common'
import { methods } from './methods'
import { refusals } from './refusals'
import { report } from './report'
import { told as inSpanish } from './told'

export const LANGUAGES = { en: 'English', es: 'Español' } as const
export type Language = keyof typeof LANGUAGES

const en = { ...common.en, ...refusals.en }
const es: Record<keyof typeof en, string> = { ...common.es, ...refusals.es }
export type Key = keyof typeof en | ViewKey
const known: Record<Language, Record<string, string>> = { en: { ...en }, es: { ...es } }
export const words: Readonly<Record<Language, Readonly<Record<Key, string>>>> = known as Record<
  Language,
  Record<Key, string>
>

/** Take up the words of a view; a key says one thing, whoever brings it. */
export function teach(more: Words): void {
  for (const language of Object.keys(known) as Language[]) {
    for (const [key, text] of Object.entries(more[language])) {
      if ((known[language][key] ?? text) !== text) throw new Error(`two texts are called ${key}`)
      known[language][key] = text
    }
  }
}

let chosen = $state<Language>('en')

export function language(): Language {
  return chosen
}

export function setLanguage(next: Language): void {
  chosen = next
}

/** A text by its key, with `{name}` replaced by what is given. */
export function t(key: Key, given: Record<string, string | number> = {}): string {
  return fill(words[chosen][key], given)
}

const plurals = { en: new Intl.PluralRules('en'), es: new Intl.PluralRules('es') }
/** What is said of a number of things. */
export type Counted<K = Key> = K extends `${infer Whole}.other` ? Whole : never

/** A text for a number of things, with `{n}`: `key.one` and so on as the language has it, or else `key.other`. */
export function count(key: Counted, n: number, given: Record<string, string | number> = {}): string {
  const form = `${key}.${plurals[chosen].select(n)}`
  return t((form in words[chosen] ? form : `${key}.other`) as Key, { n: number(n), ...given })
}

export function fill(text: string, given: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in given ? String(given[name]) : whole))
}

/** A number as the language writes it. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString(chosen === 'es' ? 'es' : 'en', {
    maximumFractionDigits: digits,
    minimumFractionDigits: 0,
  })
}

/** A number with exactly so many digits after the point. */
export function fixed(value: number, digits: number): string {
  return value.toLocaleString(chosen === 'es' ? 'es' : 'en', {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  })
}

/** A number in as many figures as matter. */
export function figures(value: number, most = 4): string {
  return value.toLocaleString(chosen === 'es' ? 'es' : 'en', { maximumSignificantDigits: most, useGrouping: false })
}

/** A place of a map; where a comma divides whole from part, something else stands between the two. */
export function placeText([x, y]: readonly [number, number]): string {
  return [x, y].map((value) => figures(value)).join(chosen === 'es' ? '; ' : ', ')
}

/** A share as per cent. */
export function percent(share: number): string {
  return `${number(100 * share, share > 0 && share < 0.1 ? 1 : 0)}\u00a0%`
}

/** A text of the server, and its language where that is another one than the page's. */
export interface Told {
  text: string
  lang: 'en' | undefined
}

/** What the server says of a method, in the language of the page where that is known. Marks of emphasis are left out. */
export function ofMethod(kind: 'finders' | 'paths', method: string, part: string, told: string): Told {
  const known = chosen === 'es' ? methods[`${kind}.${method}.${part}`] : undefined
  if (known !== undefined) return { text: known, lang: undefined }
  return { text: told.replace(/[*`]/g, ''), lang: chosen === 'en' ? undefined : 'en' }
}

/** The longer ones first: of two that fit, the one that says more itself. */
const patterns = Object.entries({ ...inSpanish, ...report })
  .sort(([one], [other]) => other.length - one.length)
  .map(([english, told]) => ({
    told,
    whole: new RegExp(`^${english.split('{}').map(literally).join('((?:(?!; ).)+?)')}$`),
  }))

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** What the server says by the way, in the language of the page where that is known. */
export function ofTold(told: string): Told {
  if (chosen === 'en') return { text: told, lang: undefined }
  const text = inOurs(told) ?? (told.endsWith('.') ? ended(inOurs(told.slice(0, -1))) : null)
  return text === null ? { text: told, lang: 'en' } : { text, lang: undefined }
}

function ended(sentence: string | null): string | null {
  return sentence === null ? null : `${sentence}.`
}

/** A text in Spanish: whole; or of clauses, or behind the name of a file, where each of them is known. */
function inOurs(told: string): string | null {
  const clauses = told.split('; ')
  if (clauses.length > 1) {
    const all = clauses.map(inOurs)
    if (all.every((clause) => clause !== null)) return all.join('; ')
  }
  for (const pattern of patterns) {
    const found = pattern.whole.exec(told)
    if (found === null) continue
    const given = found.slice(1).map((part) => counts(part) ?? asWritten(part))
    return pattern.told.replaceAll('{}', () => given.shift() ?? '')
  }
  const [, name = '', rest = ''] = /^(\S.*?): (.+)$/.exec(told) ?? []
  const behind = rest === '' ? null : inOurs(rest)
  return behind === null ? null : `${name}: ${behind}`
}

/** What is said of numbers of things, one after the other: `12 by name, 3 in small letters`. */
function counts(part: string): string | null {
  const each = part.split(', ').map((one) => (/^\d[\d,]* \D/.test(one) ? inOurs(one) : null))
  return each.every((one) => one !== null) ? each.join(', ') : null
}

/** A number in a text as the language writes it; anything else as it is. */
function asWritten(text: string): string {
  const value = Number(text.replaceAll(',', ''))
  return Number.isFinite(value) ? number(value, 4) : text
}
