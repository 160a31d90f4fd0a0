import { describe, expect, it } from 'vitest'
import type { PathRequest } from '../../api/client'
import {
  choiceText,
  fileName,
  framesOf,
  groupOf,
  isQuick,
  keyOf,
  lettersOf,
  ordered,
  quick,
  type Rule,
  readChoice,
  settingOf,
  USUAL,
} from './asked'

function rule(name: string, settings: Rule['settings'] = [], change: Partial<Rule> = {}): Rule {
  return {
    name,
    title: name,
    about: '',
    settings,
    quick: false,
    default_for: [],
    needs: null,
    evidence: [],
    holds_all: false,
    uses_labels: false,
    uses_data: false,
    ...change,
  }
}

const steps = { name: 'steps', kind: 'int', default: 30, low: 1, high: 1000, choices: [], doc: '', unit: null } as const
const stay = { name: 'stay', kind: 'float', default: 6, low: 0, high: null, choices: [], doc: '', unit: null } as const
const rules = [
  rule('density'),
  rule('own'),
  rule('geodesic', [
    { ...steps, choices: [] },
    { ...stay, choices: [] },
  ]),
  rule('spherical', [], { quick: true }),
  rule('linear', [], { quick: true, default_for: ['anything'] }),
]

const asked: PathRequest = {
  map: 'm',
  through: [{ point: 'test:3' }, { row: 4 }],
  rule: 'linear',
  frames: 24,
  loop: false,
  settings: {},
  measure: false,
}

describe('the address', () => {
  it('is read as usual where it says nothing', () => {
    expect(readChoice('', rules, 240)).toEqual(USUAL)
    expect(choiceText(USUAL)).toBe('linear,24')
  })

  it('opens the same again', () => {
    for (const choice of [
      { ...USUAL, rule: 'spherical', loop: true },
      { ...USUAL, frames: 60, measure: true },
      { ...USUAL, rule: 'geodesic', settings: { steps: 60, stay: 0 } },
    ])
      expect(readChoice(choiceText(choice), rules, 240)).toEqual(choice)
    expect(choiceText({ ...USUAL, rule: 'spherical', loop: true })).toBe('spherical,24,loop')
  })

  it('leaves out what cannot be', () => {
    expect(readChoice('nothing,9999,round,steps=4', rules, 240)).toEqual({ ...USUAL, frames: 120 })
    expect(readChoice('geodesic,x,steps=0.5,stay=-1,power=3', rules, 240)).toEqual({ ...USUAL, rule: 'geodesic' })
    expect(readChoice('linear,100', rules, 60).frames).toBe(60)
  })
})

describe('rules', () => {
  it('come the usual one first, then those that say they are quick', () => {
    expect(ordered(rules).map(({ name }) => name)).toEqual(['linear', 'spherical', 'density', 'own', 'geodesic'])
    expect(quick(rules).map(({ name }) => name)).toEqual(['linear', 'spherical'])
    expect(['linear', 'geodesic', 'nobody'].map((name) => isQuick(name, rules))).toEqual([true, false, false])
  })

  it('take settings between their limits', () => {
    expect(settingOf({ ...steps, choices: [] }, '60')).toBe(60)
    expect(settingOf({ ...steps, choices: [] }, '30')).toBeNull()
    expect(settingOf({ ...steps, choices: [] }, '')).toBeNull()
    expect(settingOf({ ...steps, choices: [] }, '0')).toBeNull()
    expect(settingOf({ ...steps, choices: [] }, 'many')).toBeNull()
    expect(settingOf({ ...stay, choices: [] }, 0.5)).toBe(0.5)
    expect(settingOf({ ...stay, kind: 'bool', default: false, choices: [] }, true)).toBe(true)
    expect(settingOf({ ...stay, kind: 'str', default: 'a', choices: ['a', 'b'] }, 'b')).toBe('b')
    expect(settingOf({ ...stay, kind: 'str', default: 'a', choices: ['a', 'b'] }, 'c')).toBeNull()
  })

  it('have a frame for every pin', () => {
    expect(framesOf(4, 2, 240)).toBe(8)
    expect(framesOf(8, 26, 240)).toBe(26)
    expect(framesOf(500, 2, 240)).toBe(120)
    expect(framesOf(Number.NaN, 2, 240)).toBe(24)
  })
})

describe('paths', () => {
  it('are the same however their settings are ordered, and whether or not they are measured', () => {
    const a = keyOf({ ...asked, rule: 'geodesic', settings: { steps: 9, stay: 1 } })
    expect(keyOf({ ...asked, rule: 'geodesic', settings: { stay: 1, steps: 9 }, measure: true })).toBe(a)
    expect(keyOf({ ...asked, loop: true })).not.toBe(keyOf(asked))
    expect(keyOf({ ...asked, through: [...asked.through].reverse() })).not.toBe(keyOf(asked))
  })

  it('are compared with those through the same points', () => {
    expect(groupOf({ ...asked, rule: 'geodesic', settings: { steps: 9 } })).toBe(groupOf(asked))
    expect(groupOf({ ...asked, frames: 8 })).not.toBe(groupOf(asked))
  })

  it('become files with a name that says what is in them', () => {
    expect(fileName('faces-vae', 'spherical', 2, 'gif')).toBe('faces-vae-spherical-A-B.gif')
    expect(fileName('my models/one', 'linear', 3, 'mp4')).toBe('my-models-one-linear-A-B-C.mp4')
    expect(lettersOf(8)).toBe('A-to-H')
  })
})
