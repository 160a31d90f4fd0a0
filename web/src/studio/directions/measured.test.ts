import { describe, expect, it } from 'vitest'
import type { DirectionCard } from '../../api/client'
import { setLanguage } from '../../text/index.svelte'
import { columnsOf, summarise, targetOf } from './measured'
import { strengthText, tell } from './told'

const WAYS = [0, 0.5, 1, 1.5]

function card(change: Partial<DirectionCard> = {}): DirectionCard {
  return {
    name: 'hair-blond',
    model: 'faces',
    space: 'z',
    method: 'towards',
    target: 'hair=blond',
    against: [],
    unit: 'the way to the target',
    usual: 1,
    sigma: 3,
    data: 'faces--z',
    items: 5000,
    settings: {},
    seed: 0,
    details: { figure: 'AUC', held_out: 0.98, shuffled: 0.5, learned: true },
    measured: blond(),
    ...change,
  }
}

function blond(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    items: 48,
    strengths: WAYS,
    usual: 1,
    pixels_changed: [0, 0.1, 0.2, 0.25],
    where: [[0, 1]],
    support: [0, 0.5, 0.8, 1.4],
    leaves_data_at: null,
    changes: { hair: [0, 0.5, 1, 1], eyes: [0, 0, 0.1, 0.2], beard: [0, 0.1, 0.4, 0.5] },
    changes_by_chance: { hair: 0.1, eyes: 0.3, beard: 0.2 },
    reached: [0, 0.4, 0.98, 1],
    reached_by_chance: 0.05,
    reached_shuffled: 0.2,
    kept: [1, 0.95, 0.75, 0.65],
    monotone: 1,
    sentence: 'as the server says it',
    ...change,
  }
}

const PCA = {
  method: 'pca',
  target: null,
  unit: 'σ',
  usual: 2,
  details: { share: 0.16 },
  measured: {
    items: 48,
    strengths: [-3, -2, 0, 2, 3],
    usual: 2,
    pixels_changed: [0.4, 0.3, 0, 0.3, 0.4],
    support: [1.2, 1, 0, 1, 2.1],
    leaves_data_at: 3,
    changes: { hair: [0.8, 0.7, 0, 0.7, 0.8], skin: [0.4, 0.1, 0, 0.3, 0.5], eyes: [0.1, 0, 0, 0, 0.05] },
    changes_by_chance: { hair: 0.2, skin: 0.6, eyes: 0.4 },
    moves: [
      ['hair', 1],
      ['skin', 0.7],
    ],
    suggested: 'hair-blond',
    sentence: '',
  },
} satisfies Partial<DirectionCard>

describe('a direction to a value', () => {
  it('is summed up by who gets there, what is kept, and what is dragged along beyond chance', () => {
    const summary = summarise(card())
    expect(summary).toMatchObject({ verdict: 'works', aimed: true, reached: 0.98, floor: 0.2, kept: 0.75, pixels: 0.2 })
    expect(summary.drags.map(({ column }) => column)).toEqual(['beard'])
    expect(summary.effects.map(({ column }) => column)).toEqual(['hair', 'beard', 'eyes'])
    expect(summary.effects[0]).toEqual({ column: 'hair', share: 0.98, chance: 0.2, isTarget: true })
    expect(summary.steps[1]).toEqual({ strength: 0.5, reached: 0.4, kept: 0.95, pixels: 0.1, support: 0.5 })
    expect(summary.told).toEqual({ figure: 'AUC', value: 0.98, chance: 0.5 })
  })

  it('that does no more than chance is said to have learned nothing', () => {
    const weak = { measured: blond({ reached: [0, 0, 0.3, 0.4] }) }
    expect(summarise(card(weak)).verdict).toBe('hardly')
    expect(summarise(card({ ...weak, details: {} })).verdict).toBe('nothing')
    expect(summarise(card({ details: { learned: false } })).verdict).toBe('nothing')
    setLanguage('en')
    const told = tell(summarise(card({ ...weak, details: {} })))
    expect(told.isWarning).toBe(true)
    expect(told.text).toMatch(/^Nothing was learned: 30\s% change as wanted, 20\s% do by chance/)
  })

  it('that reaches nearly all is not held against chance that does so too', () => {
    expect(summarise(card({ measured: blond({ reached_shuffled: 0.85 }) })).verdict).toBe('works')
  })

  it('of a quantity is judged by who changes', () => {
    const measured = blond({ reached: undefined, reached_by_chance: undefined, reached_shuffled: undefined })
    const summary = summarise(card({ target: 'beard', measured }))
    expect(summary).toMatchObject({
      verdict: 'works',
      reached: 0.4,
      floor: 0.2,
      target: { column: 'beard', value: null },
    })
  })

  it('whose column no reader can read says so, and whether the latents tell it', () => {
    const measured = blond({ target_not_read: 'hair', not_read: ['hair', 'mouth'] })
    expect(summarise(card({ measured }))).toMatchObject({ verdict: 'unread', reached: null, unread: ['hair', 'mouth'] })
    expect(summarise(card({ measured, details: { learned: false, held_out: 0.5 } })).verdict).toBe('nothing')
    expect(summarise(card({ measured: blond({ changes: undefined }) })).verdict).toBe('unread')
  })
})

describe('a direction without labels', () => {
  it('is summed up by what changes from end to end, beyond chance', () => {
    const summary = summarise(card(PCA))
    expect(summary).toMatchObject({ verdict: 'works', aimed: false, suggested: 'hair-blond', leaves: 3, share: 0.16 })
    expect(summary.changes.map(({ column }) => column)).toEqual(['hair'])
    expect(summary.effects).toEqual([
      { column: 'hair', share: 1, chance: 0.2, isTarget: false },
      { column: 'skin', share: 0.7, chance: 0.6, isTarget: false },
      { column: 'eyes', share: 0.1, chance: null, isTarget: false },
    ])
  })

  it('that changes nothing more than chance has no name to suggest', () => {
    expect(summarise(card({ ...PCA, measured: { ...PCA.measured, suggested: null } })).verdict).toBe('nothing')
  })

  it('from examples that are hardly different is not trusted', () => {
    setLanguage('en')
    const told = tell(summarise(card({ ...PCA, method: 'examples', details: { left_out_accuracy: 0.52 } })))
    expect(told.isWarning).toBe(true)
    expect(told.text).toMatch(/52\s%/)
  })
})

it('nothing in the document is taken for granted', () => {
  expect(summarise(card({ measured: null })).verdict).toBe('unmeasured')
  for (const measured of [
    {},
    { changes: 3, moves: 'x', strengths: null, where: [[null]] },
    { moves: [3, ['a'], ['b', 'c']] },
  ]) {
    for (const target of ['hair=blond', 'hair', null]) tell(summarise(card({ target, measured })))
  }
})

it('targets and strengths are read as they are written', () => {
  expect(targetOf('s=a=b')).toEqual({ column: 's', value: 'a=b' })
  expect(columnsOf(['a=1', 'a=2', 'b'])).toEqual(['a', 'b'])
  setLanguage('en')
  expect([strengthText(-2, false), strengthText(0, false), strengthText(0.25, true)]).toEqual([
    '−2\u00a0σ',
    '0\u00a0σ',
    '25\u00a0%',
  ])
})
