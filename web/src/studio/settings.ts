/** What a method can be set to, and whether something given is one of it. */

import type { About } from '../api/client'
import { number } from '../text/index.svelte'

/** Digits after the point of the finest setting there is. */
const DIGITS = 8

export type Method = About['methods']['finders'][number]
export type Setting = Method['settings'][number]
export type Value = boolean | number | string

/** Whether it is the method where nobody names one; of a finder, for what. */
export function isUsual(method: Method, of = 'anything'): boolean {
  return method.default_for.includes(of)
}

/** Whether a setting can be what was given; nothing given is its default. */
export function fits(setting: Setting, value: Value | undefined): boolean {
  if (value === undefined) return true
  if (setting.choices.length > 0) return setting.choices.includes(value)
  if (setting.kind === 'bool') return typeof value === 'boolean'
  if (setting.kind === 'str') return typeof value === 'string'
  if (typeof value !== 'number' || !Number.isFinite(value) || (setting.kind === 'int' && !Number.isInteger(value)))
    return false
  return value >= (setting.low ?? -Infinity) && value <= (setting.high ?? Infinity)
}

/** A value as one reads it. What is typed into a field is another matter: that is up to the browser. */
export function told(value: Value): string {
  return typeof value === 'number' ? number(value, DIGITS) : String(value)
}
