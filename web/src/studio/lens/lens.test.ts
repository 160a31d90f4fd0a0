import { describe, expect, it } from 'vitest'
import type { Neighbour } from '../../api/client'
import { tileAt } from '../../api/pictures'
import { Newest } from '../newest'
import { itemPicture, pictureName } from './items'
import { isMoved, movedName, movesText, NONE, onlyKnown, readMoves, withDim, withDirection } from './moves'
import { mainLabel, nearness, onMeter, others, readouts, shortName } from './readouts'
import { dimSliders, directionSliders, inSight } from './sliders'

describe('moves', () => {
  it('are the same after the address', () => {
    const moves = { directions: { smile: 1.5, d3: 0.25 }, dims: { 3: -0.7, 40: 2 } }
    expect(movesText(moves)).toBe('smile:1.5~@d3:0.25~d3:-0.7~d40:2')
    expect(readMoves(movesText(moves))).toEqual(moves)
    expect(movesText(NONE)).toBe('')
    expect(readMoves('')).toEqual(NONE)
  })

  it('leave out what cannot be read', () => {
    expect(readMoves('smile~d3:x~:2~d4:~a:1:2~../x:1~d5:1e9~d6:NaN~d7:0~ok:1')).toEqual({
      directions: { ok: 1 },
      dims: {},
    })
    expect(Object.keys(readMoves('__proto__:1~constructor:2').directions)).toEqual(['constructor'])
  })

  it('are gone at 0, and no more than the server takes', () => {
    const one = withDim(NONE, 3, 1)
    expect(isMoved(one)).toBe(true)
    expect(isMoved(withDim(one, 3, 0))).toBe(false)
    expect(withDirection(NONE, 'smile', 0)).toEqual(NONE)
    let many = NONE
    for (let i = 0; i < 50; i++) many = withDim(many, i, 1)
    expect(Object.keys(many.dims)).toHaveLength(40)
    expect(withDim(many, 2, 3).dims[2]).toBe(3)
  })

  it('forget directions that are not there any more', () => {
    const moves = { directions: { smile: 1, old: 2 }, dims: { 3: 1 } }
    expect(onlyKnown(moves, new Set(['smile']))).toEqual({ directions: { smile: 1 }, dims: { 3: 1 } })
    expect(onlyKnown(moves, new Set(['smile', 'old']))).toBe(moves)
  })

  it('name what they made', () => {
    expect(movedName('test:3', { directions: { smile: 1 }, dims: {} })).toBe('test:3 + smile')
    expect(movedName('A', { directions: { smile: -1 }, dims: { 4: 1, 5: 1 } })).toBe('A − smile + dim 4 …')
  })
})

describe('one at a time', () => {
  it('does the newest of what was asked for meanwhile', async () => {
    const done: number[] = []
    let go = () => {}
    const queue = new Newest<number>(async (n) => {
      await new Promise<void>((resolve) => {
        go = resolve
      })
      done.push(n)
    })
    const settle = () => new Promise((resolve) => setTimeout(resolve))
    for (const n of [1, 2, 3, 4]) queue.ask(n)
    expect(queue.busy).toBe(true)
    go()
    await settle()
    expect(done).toEqual([1])
    go()
    await settle()
    expect(done).toEqual([1, 4])
    expect(queue.busy).toBe(false)
    queue.ask(5)
    queue.ask(6)
    queue.drop()
    go()
    await settle()
    expect(done).toEqual([1, 4, 5])
  })
})

describe('read-outs', () => {
  it('say how far from the data', () => {
    expect([0, 1, 1.01, 1.5, 1.6, 40].map(nearness)).toEqual(['among', 'among', 'edge', 'edge', 'far', 'far'])
    expect([0, 1, 1.5].map(onMeter)).toEqual([0, 1 / 3, 0.5])
    expect(onMeter(3)).toBeCloseTo(0.75)
    expect(onMeter(1e9)).toBeLessThanOrEqual(1)
    expect(onMeter(Number.NaN)).toBe(0)
  })

  it('cut a sheet', () => {
    expect([0, 2, 3, 5].map((i) => tileAt(i, 3, 28))).toEqual([
      { x: 0, y: 0 },
      { x: 56, y: 0 },
      { x: 0, y: 28 },
      { x: 56, y: 28 },
    ])
  })

  it('leave the item out of its neighbours, wherever it comes', () => {
    const near = [5, 3, 9].map((row): Neighbour => ({ row, point: null, distance: 0, columns: {} }))
    expect(others(near, 3, 6).map((one) => one.row)).toEqual([5, 9])
    expect(others(near, null, 2).map((one) => one.row)).toEqual([5, 3])
  })

  it('name an item by the column that colours, else by its first label', () => {
    expect(mainLabel({ a: 'x', b: 'y' }, 'b')).toBe('y')
    expect(mainLabel({ a: null, b: 0.123456 }, 'c')).toBe('0.1235')
    expect(mainLabel({}, null)).toBeNull()
  })

  it('say what moving changed', () => {
    const reading = (value: string | number, trusted = true) => ({ value, share: 0.9, accuracy: 0.8, trusted })
    const before = { hair: reading('brown'), age: reading(31.2), beard: reading('none', false) }
    const now = { beard: reading('full', false), hair: reading('blond'), age: reading(31.4) }
    expect(readouts(now, before).map((one) => [one.column, one.before])).toEqual([
      ['hair', 'brown'],
      ['age', null],
      ['beard', 'none'],
    ])
    expect(readouts(now, null).every((one) => one.before === null)).toBe(true)
  })
})

describe('a file', () => {
  it('keeps its ending when its name is cut', () => {
    expect(shortName('a.png')).toBe('a.png')
    expect(shortName(`${'a'.repeat(200)}.png`)).toBe(`${'a'.repeat(96)}.png`)
    expect(shortName('b'.repeat(200))).toHaveLength(100)
  })
})

describe('sliders', () => {
  const sliders = {
    directions: [
      { name: 'smile', target: 'mouth=smile', unit: 'σ', usual: 2, low: -3, high: 3, sentence: null },
      {
        name: 'blond',
        target: null,
        unit: 'the way to the target',
        usual: 1,
        low: 0,
        high: 1.5,
        sentence: 'It works.',
      },
      { target: 'nameless' },
    ],
    dims: [{ dim: 4, sigma: 1.7, low: -3, high: 3 }],
  }

  it('are read from the answer', () => {
    const [smile, blond] = directionSliders(sliders)
    expect(directionSliders(sliders)).toHaveLength(2)
    expect(smile?.aims).toBe(false)
    expect([blond?.aims, blond?.high, blond?.sentence]).toEqual([true, 1.5, 'It works.'])
    expect(dimSliders(sliders, { directions: {}, dims: { 9: 1 } }).map((one) => one.key)).toEqual(['4', '9'])
    expect(dimSliders(null, NONE)).toEqual([])
  })

  it('are in sight where they were sent here or moved', () => {
    const all = directionSliders({ directions: ['a', 'b', 'c', 'd'].map((name) => ({ name })), dims: [] })
    const keys = (first: string[], moves: Record<string, number>) =>
      inSight(all, first, { directions: moves, dims: {} }, 2).map((one) => one.key)
    expect(keys([], {})).toEqual(['a', 'b'])
    expect(keys(['c', 'gone'], {})).toEqual(['c', 'a'])
    expect(keys([], { d: 1 })).toEqual(['a', 'b', 'd'])
  })
})

describe('what pictures are called', () => {
  it('says of a small one whether it is the item itself', () => {
    const map = { pictured: 1000, split: 'test' }
    expect([0, 999, 1000].map((row) => itemPicture(map, row))).toEqual([
      'picture.original',
      'picture.original',
      'picture.rebuilt',
    ])
    expect(itemPicture({ pictured: 500, split: 'own' }, 3)).toBe('picture.made')
    expect(itemPicture({ pictured: 0, split: 'test' }, 3)).toBe('picture.rebuilt')
  })

  it('says of a large one whether it is a place of the map, a reconstruction or neither', () => {
    const named = (at: object, row: number | null, own = false, split = 'test') =>
      pictureName({ spot: { at, xy: [0, 0], name: '' }, answer: { row, original: null } }, own, { split })
    expect(named({ xy: [0, 0] }, null)).toBe('picture.place')
    expect(named({ row: 3 }, 3)).toBe('picture.rebuilt')
    expect(named({ row: 3 }, 3, false, 'own')).toBe('picture.made')
    expect(named({ latent: 'AAAA' }, null)).toBe('picture.made')
    expect(named({ latent: 'AAAA' }, null, true)).toBe('picture.rebuilt')
  })
})

describe('a dimension of a latent that has several axes', () => {
  it('says where it stands', () => {
    const dims = [
      { dim: 517, at: [1, 5], sigma: 1, low: -3, high: 3 },
      { dim: 4, at: [4], sigma: 1, low: -3, high: 3 },
    ]
    expect(dimSliders({ directions: [], dims }, NONE).map((one) => one.at)).toEqual([[1, 5], null])
  })
})
