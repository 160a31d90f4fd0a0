import { describe, expect, it } from 'vitest'
import type { MapCard } from '../../api/client'
import { fits, type Method, type Setting } from '../settings'
import { blank, called, EVERY, type Form, lack, methodOf, request, sent, withRows } from './form'
import { grouped } from './groups'

const COUNTS = { counts: [], missing: 0, low: null, high: null }
const MAP = {
  id: 'm1',
  items: 3000,
  color: 'hair',
  columns: [
    { name: 'split', kind: 'category', values: ['test', 'train'], ...COUNTS },
    { name: 'one', kind: 'category', values: ['x'], ...COUNTS },
    { name: 'hair', kind: 'category', values: ['black', 'blond'], ...COUNTS },
    { name: 'age', kind: 'quantity', values: [], ...COUNTS, low: 0, high: 9 },
    { name: 'title', kind: 'text', values: [], ...COUNTS },
  ],
} as unknown as MapCard

const SHRINKAGE: Setting = {
  name: 'shrinkage',
  kind: 'float',
  default: 0.1,
  low: 0,
  high: 1,
  choices: [],
  doc: '',
  unit: null,
}

function method(name: string, needs: Method['needs'], change: Partial<Method> = {}): Method {
  const rest = {
    title: name,
    about: '',
    settings: [],
    evidence: [],
    quick: false,
    default_for: [],
    holds_all: false,
    uses_labels: false,
    uses_data: false,
  }
  return { name, needs, ...rest, ...change }
}

const FINDERS = [
  method('examples', 'examples', { default_for: ['examples'] }),
  method('jacobian', 'nothing', { evidence: ['gradients', 'start'] }),
  method('pca', 'nothing', { default_for: ['nothing'] }),
  method('probe', 'target'),
  method('regression', 'target', { default_for: ['quantity'] }),
  method('towards', 'target', { settings: [SHRINKAGE], holds_all: true, default_for: ['value'] }),
]

const form = (change: Partial<Form> = {}): Form => ({ ...blank(MAP), ...change })
const asked = (change: Partial<Form>, start = null as Parameters<typeof request>[3]) =>
  request(form(change), MAP, FINDERS, start)
const ROWS = [0, 1, 2, 3, 4, 5]

describe('what is asked for', () => {
  it('begins with the column that colours the map, and nothing is kept by finding it', () => {
    expect(asked({ value: 'blond' })).toEqual({
      map: 'm1',
      method: null,
      target: 'hair=blond',
      against: null,
      settings: {},
      seed: 0,
      count: 1,
      measured: true,
      keep: false,
    })
  })

  it('of a quantity is the column alone, by the method for quantities', () => {
    const age = { column: 'age', value: '' }
    expect(asked(age)).toMatchObject({ target: 'age', method: null })
    expect(methodOf(form(age), FINDERS, MAP.columns)?.name).toBe('regression')
  })

  it('names a method that is not the usual one, and settings that are not as they are by default', () => {
    const settings = { towards: { shrinkage: 0.1 }, probe: { c: 2 } }
    expect(asked({ settings })).toMatchObject({ method: null, settings: {} })
    expect(asked({ settings: { towards: { shrinkage: 0.5 } } })).toMatchObject({ settings: { shrinkage: 0.5 } })
    const chosen = { target: 'probe', examples: null, nothing: null }
    expect(asked({ method: chosen, settings })).toMatchObject({ method: 'probe', settings: {} })
  })

  it('of every value is a list, whose searches are corrected for each other', () => {
    const map = {
      ...MAP,
      columns: MAP.columns.map((one) => (one.name === 'hair' ? { ...one, values: ['a', 'b', 'c'] } : one)),
    }
    expect(request(form({ value: EVERY }), map, FINDERS, null).target).toEqual(['hair=a', 'hair=b', 'hair=c'])
    expect(lack(form({ value: EVERY }), map, FINDERS)).toBeNull()
    const two = {
      ...MAP,
      columns: MAP.columns.map((one) => (one.name === 'hair' ? { ...one, values: ['a', 'b'] } : one)),
    }
    expect(lack(form({ value: EVERY }), two, FINDERS)).toBe('value')
  })

  it('leaves alone what was chosen, but for the target itself', () => {
    expect(asked({ against: [] }).against).toEqual([])
    expect(asked({ against: ['age', 'hair'] }).against).toEqual(['age'])
  })

  it('without labels is a number of directions; local ones where the lens looks', () => {
    const local = { kind: 'nothing', method: { target: null, examples: null, nothing: 'jacobian' } } as const
    expect(asked({ kind: 'nothing', count: 3 }, { row: 7 })).toMatchObject({ method: 'pca', count: 3 })
    expect(asked({ kind: 'nothing' }, { row: 7 })).not.toHaveProperty('start')
    expect(asked(local, { row: 7 })).toMatchObject({ method: 'jacobian', start: { row: 7 } })
    expect(asked(local)).not.toHaveProperty('start')
  })

  it('by example is rows of either side', () => {
    expect(asked({ kind: 'examples', these: ROWS, those: [9, 10, 11, 12, 13] })).toMatchObject({
      method: null,
      these: ROWS,
      those: [9, 10, 11, 12, 13],
    })
    const others = asked({ kind: 'examples', these: ROWS, others: true }).those ?? []
    expect(others).toHaveLength(2000)
    expect(others.some((row) => ROWS.includes(row))).toBe(false)
    expect(asked({ kind: 'examples', these: ROWS, others: true }).those).toEqual(others)
  })
})

describe('what is missing is said beforehand', () => {
  const missing = (change: Partial<Form>) => lack(form(change), MAP, FINDERS)

  it('in a form that could be sent: nothing', () => {
    expect(missing({})).toBeNull()
    expect(missing({ kind: 'nothing' })).toBeNull()
    expect(missing({ kind: 'examples', these: ROWS, others: true })).toBeNull()
  })

  it('of columns: those without labels, of one value, or that say where an item is from', () => {
    for (const column of ['one', 'split', 'title', 'no such', '']) expect(missing({ column })).toBe('column')
    expect(missing({ value: 'red' })).toBe('value')
  })

  it('of examples: five of each', () => {
    expect(missing({ kind: 'examples', these: [1, 2, 3, 4] })).toBe('these')
    expect(missing({ kind: 'examples', these: ROWS, those: [7, 8] })).toBe('those')
    expect(lack(form({ kind: 'examples', these: ROWS, others: true }), { ...MAP, items: 8 }, FINDERS)).toBe('those')
  })

  it('of numbers: what is none, or out of range', () => {
    for (const count of [0, 33, 1.5, Number.NaN]) expect(missing({ kind: 'nothing', count })).toBe('count')
    for (const seed of [-1, 0.5, Number.NaN]) expect(missing({ seed })).toBe('seed')
    expect(missing({ settings: { towards: { shrinkage: 2 } } })).toBe('setting')
    expect(lack(form(), MAP, [])).toBe('method')
  })
})

it('settings fit their kind, limits and choices', () => {
  expect([undefined, 0, 1, 0.5].every((value) => fits(SHRINKAGE, value))).toBe(true)
  expect([-0.1, 1.1, Number.NaN, 'x', true].some((value) => fits(SHRINKAGE, value))).toBe(false)
  expect(fits({ ...SHRINKAGE, kind: 'int', high: null }, 1.5)).toBe(false)
  expect(fits({ ...SHRINKAGE, kind: 'str', choices: ['a'] }, 'b')).toBe(false)
  expect(fits({ ...SHRINKAGE, kind: 'bool' }, true)).toBe(true)
})

it('a row is on one side only, the one it was put on last', () => {
  const first = { ...form(), ...withRows(form(), 'these', [5, 1, 3]) }
  expect(first).toMatchObject({ these: [1, 3, 5], those: [] })
  const second = { ...first, ...withRows({ ...first, others: true }, 'those', [3, 4]) }
  expect(second).toMatchObject({ these: [1, 5], those: [3, 4], others: false })
  expect(sent({ ...second, others: true }, 6)).toEqual({ these: [1, 5], those: [0, 2, 3, 4] })
})

describe('a side that a selection fills', () => {
  const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8]
  const named = (before: Form) => ({
    ...before,
    ...withRows(before, 'these', EIGHT, 'left'),
    kind: 'examples' as const,
  })

  it('is asked for by its name, whole, and else by its rows', () => {
    const both = { ...named(form()), those: [20, 21, 22, 23, 24] }
    expect(both.named).toEqual({ these: 'left', those: null })
    const sent = asked(both)
    expect(sent).toMatchObject({ these_selection: 'left', those: [20, 21, 22, 23, 24] })
    expect(sent).not.toHaveProperty('these')
    const swapped = asked({ ...both, named: { these: null, those: 'right' } })
    expect(swapped).toMatchObject({ these: EIGHT, those_selection: 'right' })
    // All others are no selection.
    const others = asked({ ...both, named: { these: 'left', those: 'right' }, others: true })
    expect(others).not.toHaveProperty('those_selection')
    expect(others.those?.length).toBe(2000)
  })

  it('loses the name with the first row that comes or goes', () => {
    const more = { ...named(form()), ...withRows(named(form()), 'these', [9]) }
    expect(more.named.these).toBeNull()
    const fewer = { ...named(form()), ...withRows(named(form()), 'those', [8, 30]) }
    expect(fewer).toMatchObject({ named: { these: null, those: null }, these: [1, 2, 3, 4, 5, 6, 7] })
    const apart = { ...named(form()), ...withRows(named(form()), 'those', [30, 31], 'right') }
    expect(apart.named).toEqual({ these: 'left', those: 'right' })
    // Some of it were there already: still the very rows of the selection.
    expect(withRows(form({ these: [1, 2] }), 'these', EIGHT, 'left').named.these).toBe('left')
    expect(withRows(form({ these: [99] }), 'these', EIGHT, 'left').named.these).toBeNull()
  })

  it('is called so once its rows have got a name', () => {
    const marked = form({ these: EIGHT, those: [20, 21] })
    expect(called(marked, [...EIGHT].reverse(), 'left').named).toEqual({ these: 'left', those: null })
    expect(called(marked, [20, 22], 'right').named).toEqual({ these: null, those: null })
  })
})

it('kept directions are sorted by what they change', () => {
  const kept = (name: string, target: string | null, data = '') =>
    ({ name, target, data }) as Parameters<typeof grouped>[0][0]
  const cards = [
    kept('pca-10', null),
    kept('pca-2', null),
    kept('mine', null, 'examples'),
    kept('hair-b', 'hair=b'),
    kept('age', 'age'),
    kept('hair-a', 'hair=a'),
  ]
  expect(grouped(cards).map(([group, some]) => [group, some.map(({ name }) => name)])).toEqual([
    [':age', ['age']],
    [':hair', ['hair-a', 'hair-b']],
    ['examples', ['mine']],
    ['nothing', ['pca-2', 'pca-10']],
  ])
})
