import { describe, expect, it } from 'vitest'
import type { Column } from '../../api/client'
import { colourOf, hiddenOf, isSame, LOOK, lookOf, lookText, NO_COLOUR, rangeOf } from './query'

const hair = { name: 'hair', kind: 'category', values: ['a', 'b', 'c'] } as unknown as Column
const alone = { name: 'measure:alone', kind: 'quantity', values: [] } as unknown as Column
const map = {
  columns: [hair, { name: 'note', kind: 'text' } as unknown as Column],
  measures: ['measure:alone'],
  color: 'hair',
}

describe('what the address says of a map', () => {
  it('brings a look back', () => {
    const look = { size: 9, opacity: 0.3, thumbnails: false, sheet: true, contours: false, names: false, ghosts: false }
    expect(lookOf(lookText(look))).toEqual(look)
    expect(Object.values(lookText(LOOK)).join('')).toBe('')
    expect(lookOf(lookText(LOOK))).toEqual(LOOK)
  })

  it('stays within bounds', () => {
    expect(lookOf({ size: '-5', opacity: '7', thumbs: 'x', sheet: 'yes' })).toEqual({ ...LOOK, size: 1, opacity: 1 })
    expect(lookOf({ size: 'NaN', opacity: '' })).toEqual(LOOK)
  })

  it('colours by what is there', () => {
    expect(colourOf({ color: 'measure:alone' }, map)).toBe('measure:alone')
    expect(colourOf({ color: NO_COLOUR }, map)).toBeNull()
    for (const color of ['', 'note', 'nobody']) expect(colourOf({ color }, map)).toBe('hair')
    expect(colourOf({}, { ...map, color: null })).toBeNull()
  })

  it('leaves out values that the column has', () => {
    expect([...hiddenOf('0.3.7', hair)]).toEqual([0, 3])
    for (const text of [undefined, '', '1.', '9.x', '-1', '1e0']) expect(hiddenOf(text, hair).size).toBe(0)
    expect(hiddenOf('0', alone).size).toBe(0)
    expect(hiddenOf('0', null).size).toBe(0)
  })

  it('takes a range from low to high', () => {
    expect(rangeOf('10.65534', alone)).toEqual([10, 65534])
    for (const text of [undefined, '', '5.1', '0.65535', '.', 'a.b', '1.2.3']) expect(rangeOf(text, alone)).toBeNull()
    expect(rangeOf('1.2', hair)).toBeNull()
  })

  it('tells one view from another', () => {
    expect(isSame({ a: '1', b: '' }, { a: '1' })).toBe(true)
    expect(isSame({ a: '1' }, { a: '1', b: '2' })).toBe(false)
  })
})
