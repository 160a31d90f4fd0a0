import { describe, expect, it } from 'vitest'
import type { DirectionCard, Schemas } from '../../api/client'
import { setLanguage } from '../../text/index.svelte'
import { columnsOf, summarise, targetOf } from './measured'
import { strengthText, tell } from './told'

const WAYS = [0, 0.5, 1, 1.5]
type Measured = NonNullable<DirectionCard['measured']>

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
    details: { figure: 'AUC', held_out: 0.98, held_out_n: 1250, p: 1e-9, learned: true, tested: 'a quarter held out' },
    learned: true,
    p: 1e-9,
    p_corrected: null,
    verdict: 'works',
    measured: blond(),
    ...change,
  }
}

function success(value: number, chance: number): Schemas['Figure'] {
  const words = { better: 'higher', unit: '', source: '', name: 'hair=blond' } as const
  return { value, chance, n: 48, interval: [0.9, 1], by_judge: [], ...words }
}

function blond(change: Partial<Measured> = {}): Measured {
  return {
    items: 48,
    measured_on: 'faces--test',
    chosen: false,
    strengths: WAYS,
    usual: 1,
    unit: 'the way to the target',
    pixels_changed: [0, 0.1, 0.2, 0.25],
    where: [[0, 1]],
    support: [0, 0.5, 0.8, 1.4],
    leaves_data_at: null,
    reached: [0, 0.4, 0.98, 1],
    reached_shuffled: 0.2,
    kept: [1, 0.95, 0.75, 0.65],
    monotone: 1,
    sentence: 'as the server says it',
    verdict: 'works',
    success: success(0.98, 0.2),
    effects: [
      { column: 'hair', share: 0.98, chance: 0.2, is_target: true, clear: true },
      { column: 'beard', share: 0.4, chance: 0.2, is_target: false, clear: true },
      { column: 'eyes', share: 0.1, chance: 0.3, is_target: false, clear: false },
    ],
    ...change,
  }
}

const PCA: Partial<DirectionCard> = {
  method: 'pca',
  target: null,
  unit: 'σ',
  usual: 2,
  details: { share: 0.16 },
  measured: {
    items: 48,
    measured_on: 'faces--test',
    chosen: false,
    strengths: [-3, -2, 0, 2, 3],
    usual: 2,
    unit: 'σ',
    pixels_changed: [0.4, 0.3, 0, 0.3, 0.4],
    support: [1.2, 1, 0, 1, 2.1],
    leaves_data_at: 3,
    suggested: 'hair-blond',
    sentence: '',
    verdict: 'works',
    effects: [
      { column: 'hair', share: 1, chance: 0.2, is_target: false, clear: true },
      { column: 'skin', share: 0.7, chance: 0.6, is_target: false, clear: false },
      { column: 'eyes', share: 0.1, chance: null, is_target: false, clear: false },
    ],
  },
}

describe('a direction to a value', () => {
  it('is summed up by who gets there, what is kept, and what the server says is dragged along', () => {
    const summary = summarise(card())
    expect(summary).toMatchObject({ verdict: 'works', aimed: true, reached: 0.98, floor: 0.2, kept: 0.75, pixels: 0.2 })
    expect(summary.drags.map(({ column }) => column)).toEqual(['beard'])
    expect(summary.effects[0]).toEqual({ column: 'hair', share: 0.98, chance: 0.2, isTarget: true })
    expect(summary.steps[1]).toEqual({ strength: 0.5, reached: 0.4, kept: 0.95, pixels: 0.1, support: 0.5 })
    expect(summary.told).toEqual({ figure: 'AUC', value: 0.98, chance: 0.5, p: 1e-9, all: null })
    expect(summary.tooFew).toBeNull()
  })

  it('is put into the words of its verdict, whatever the numbers', () => {
    setLanguage('en')
    const measured = blond({ success: success(0.3, 0.2) })
    const said = (verdict: DirectionCard['verdict']) => tell(summarise(card({ verdict, measured })))
    expect(said('nothing')).toMatchObject({ isWarning: true })
    expect(said('nothing').text).toMatch(/^Nothing was learned: 30\s% change as wanted, 20\s% do by chance/)
    expect(said('nothing').more[0]).toMatch(/AUC 0.98.*p < 0.001/)
    expect(said('hardly').isWarning).toBe(true)
    expect(said('works').isWarning).toBe(false)
    expect(said('works').text).not.toBe(said('hardly').text)
  })

  it('has n, interval and ceiling beside the share, the worst beside the mean, and says who sees it otherwise', () => {
    const share = (value: number) => ({ value, n: 100, interval: [value - 0.05, value + 0.05] as [number, number] })
    const measured = blond({
      items: 100,
      chosen: true,
      tried: 48,
      apart: false,
      ceiling: share(0.4),
      reported: { changes: {}, lost: {}, reached: share(0.94), unmoved: share(0.05), kept: 0.97 },
      second: { accuracy: 0.99, reached: share(0.61), ceiling: null, differs: true },
      effects: [
        { column: 'hair', share: 0.98, chance: 0.2, is_target: true, clear: true },
        {
          column: 'eyes',
          share: 0.1,
          chance: 0.3,
          is_target: false,
          clear: false,
          lost: 0.02,
          lost_interval: [0, 0.1],
        },
        {
          column: 'hairstyle',
          share: 0.3,
          chance: 0.1,
          is_target: false,
          clear: true,
          lost: 0.2,
          lost_interval: [0.12, 0.29],
        },
      ],
    })
    const summary = summarise(card({ measured }))
    expect(summary).toMatchObject({ kept: 0.97, chosen: true, tried: 48, apart: false })
    expect(summary.worst).toEqual({ column: 'hairstyle', lost: 0.2, interval: [0.12, 0.29] })
    const words = {
      en: [
        'n = 48, 90\u00a0% to 100\u00a0%',
        'The model hardly holds blond',
        'hairstyle, loses 20 points (12 to 29)',
        'a second reader says 61',
        'chosen on 48 other items',
        'found on the same items',
      ],
      es: [
        'de 90\u00a0% a 100\u00a0%',
        'El modelo apenas conserva blond',
        'lo que más pierde es hairstyle: 20 puntos (12 a 29)',
        'un segundo lector dice 61',
        'elegida con otros 48',
        'con los mismos elementos',
      ],
    }
    for (const language of ['en', 'es'] as const) {
      setLanguage(language)
      const more = tell(summary).more.join(' · ')
      for (const part of words[language]) expect(more).toContain(part)
    }
    const quiet = summarise(
      card({ measured: blond({ second: { accuracy: 1, reached: share(0.95), ceiling: null, differs: false } }) }),
    )
    setLanguage('en')
    expect(tell(quiet).more.join()).not.toMatch(/second reader|loses|hardly holds/)
  })

  it('whose column no reader can read says so, and whether the latents tell it', () => {
    const measured = blond({ target_not_read: 'hair', not_read: ['hair', 'mouth'], success: null })
    const summary = summarise(card({ measured, verdict: 'unread' }))
    expect(summary).toMatchObject({ verdict: 'unread', reached: null, unread: ['hair', 'mouth'] })
    expect(tell(summary).more[0]).toMatch(/0.98/)
    expect(summarise(card({ measured: blond({ target_not_read: 'hair' }) })).unread).toEqual(['hair'])
  })
})

it('that was one of many searches is judged by all of them', () => {
  setLanguage('en')
  const details = {
    figure: 'AUC',
    held_out: 0.6,
    held_out_n: 100,
    p: 0.02,
    learned: false,
    tests: 12,
    p_corrected: 0.24,
  }
  const one = card({ details, learned: false, p: 0.02, p_corrected: 0.24, verdict: 'nothing' })
  expect(tell(summarise(one)).more.join()).toMatch(/p = 0.020.*corrected for 12 searches at once p = 0.240/)
  expect(tell(summarise(card())).more.join()).not.toMatch(/corrected/)
})

it('that may have learned who the items are of says so', () => {
  setLanguage('en')
  const doubt = { column: 'patient', values: 30, p: 0.41 }
  const more = (doubt: object) => tell(summarise(card({ details: { p: 0.01, ...doubt } }))).more.join()
  expect(more({ doubt })).toMatch(/all items of a patient held out \(30 of them\) nothing is learned \(p = 0.410\)/)
  expect(more({ doubt: { ...doubt, p: null } })).toMatch(/patient that is told: 30 of them are too few to test/)
  expect(more({})).not.toMatch(/group_id/)
})

it('that nobody could test says so', () => {
  setLanguage('en')
  const details = { tested: 'not tested: too few items (12 with it, 9 without)', held_out_n: 21, held_out: null }
  const told = tell(summarise(card({ details, learned: null, p: null })))
  expect(told.more.at(-1)).toMatch(/not tested: 21 items are too few/)
})

describe('a direction without labels', () => {
  it('is summed up by what changes from end to end, beyond chance', () => {
    const summary = summarise(card(PCA))
    expect(summary).toMatchObject({ verdict: 'works', aimed: false, suggested: 'hair-blond', leaves: 3, share: 0.16 })
    expect(summary.changes.map(({ column }) => column)).toEqual(['hair'])
    expect(summary.drags).toEqual([])
  })

  it('that is chance by its own method says so', () => {
    setLanguage('es')
    expect(tell(summarise(card({ ...PCA, details: { share: 0.02, by_chance: true } }))).more[0]).toMatch(/es azar/)
    setLanguage('en')
    expect(tell(summarise(card(PCA))).more.join()).not.toMatch(/chance/)
  })

  it('from examples that are hardly different is not trusted', () => {
    setLanguage('en')
    const details = { left_out_accuracy: 0.52 }
    const told = tell(summarise(card({ ...PCA, method: 'examples', details, verdict: 'unsure' })))
    expect(told.isWarning).toBe(true)
    expect(told.text).toMatch(/52\s%/)
    expect(told.more[0]).toMatch(/hair/)
  })
})

it('what was not measured has words for every verdict', () => {
  const verdicts = ['works', 'hardly', 'nothing', 'unread', 'unsure', 'unmeasured'] as const
  for (const verdict of verdicts) {
    for (const target of ['hair=blond', 'hair', null]) {
      for (const measured of [null, { ...blond(), effects: [], success: null, strengths: [1] }]) {
        expect(tell(summarise(card({ verdict, target, measured }))).text).toBeTypeOf('string')
      }
    }
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
