/** What a path is asked for by, and how the address and a file's name say it. No browser in it. */

import type { PathRequest } from '../../api/client'
import { letter } from '../exploring/spot'
import { fits, isUsual, type Method, type Setting, type Value } from '../settings'

export type Rule = Method
export type Settings = Readonly<Record<string, Value>>

export const LEAST_FRAMES = 8
export const MOST_FRAMES = 120

export interface Choice {
  rule: string
  frames: number
  loop: boolean
  measure: boolean
  settings: Settings
}

export const USUAL: Choice = { rule: 'linear', frames: 24, loop: false, measure: false, settings: {} }

/** Rules that take no time, the usual one first. */
export function quick(rules: readonly Rule[]): Rule[] {
  return ordered(rules).filter((rule) => rule.quick)
}

export function isQuick(name: string, rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.name === name && rule.quick)
}

/** Rules in the order in which they are offered: the usual one, those that take no time, the others. */
export function ordered(rules: readonly Rule[]): Rule[] {
  const place = (rule: Rule) => (isUsual(rule) ? 0 : rule.quick ? 1 : 2)
  return [...rules].sort((a, b) => place(a) - place(b))
}

/** A number of frames that can be asked for, where the path goes through so many points. */
export function framesOf(frames: number, pins: number, limit: number): number {
  const most = Math.min(MOST_FRAMES, limit)
  const whole = Number.isFinite(frames) ? Math.round(frames) : USUAL.frames
  return Math.min(Math.max(whole, LEAST_FRAMES, pins), Math.max(most, pins))
}

/** A setting as the server takes it; null for one that stays as it is by default, or that cannot be. */
export function settingOf(setting: Setting, given: unknown): Value | null {
  const value = typeof given === 'string' ? parsed(setting, given.trim()) : given
  if (value === null || value === undefined || value === setting.default) return null
  return fits(setting, value as Value) ? (value as Value) : null
}

function parsed(setting: Setting, text: string): Value | null {
  if (text === '') return null
  if (setting.kind === 'bool') return text === 'true' || text === '1'
  if (setting.kind === 'str') return text
  return Number(text)
}

/** As it is written in the address. */
export function choiceText({ rule, frames, loop, measure, settings }: Choice): string {
  const more = Object.entries(settings)
    .filter(([, value]) => !/[,=]/.test(String(value)))
    .map(([name, value]) => `${name}=${value}`)
  return [rule, String(frames), ...(loop ? ['loop'] : []), ...(measure ? ['measure'] : []), ...more].join(',')
}

/** From the address; what is no rule, no number and no setting is left as it usually is. */
export function readChoice(text: string, rules: readonly Rule[], limit: number): Choice {
  const [name = '', frames = '', ...rest] = text.split(',')
  const rule = rules.find((one) => one.name === name)
  const settings: Record<string, Value> = {}
  for (const setting of rule?.settings ?? []) {
    const given = rest.find((part) => part.startsWith(`${setting.name}=`))
    const value = given === undefined ? null : settingOf(setting, given.slice(setting.name.length + 1))
    if (value !== null) settings[setting.name] = value
  }
  return {
    rule: rule?.name ?? USUAL.rule,
    frames: frames === '' ? USUAL.frames : framesOf(Number(frames), 0, limit),
    loop: rest.includes('loop'),
    measure: rest.includes('measure'),
    settings,
  }
}

/** Which path this is: two requests of one key get the same frames. Measuring changes no frame. */
export function keyOf(asked: PathRequest): string {
  const { map, through, rule, frames, loop, settings } = asked
  const set = Object.entries(settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([map, rule, frames, loop, set, through])
}

/** Which comparison this is: the same path whatever the rule. */
export function groupOf({ map, through, frames, loop }: PathRequest): string {
  return JSON.stringify([map, frames, loop, through])
}

/** The pins of a path as letters: A-B-C, and the ends alone of many. */
export function lettersOf(pins: number): string {
  const all = Array.from({ length: pins }, (_, i) => letter(i))
  return pins > 6 ? `${all[0]}-to-${all[pins - 1]}` : all.join('-')
}

export function fileName(model: string, rule: string, pins: number, form: string): string {
  return `${[model, rule, lettersOf(pins)].join('-').replace(/[^\p{L}\p{N}.+@-]+/gu, '-')}.${form}`
}
