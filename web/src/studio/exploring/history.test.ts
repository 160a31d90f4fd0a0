import { describe, expect, it } from 'vitest'
import { History } from './history'
import { everywhere } from './keys'
import { Taps } from './taps'

const history = (first = 'a') => new History<string>(first, (one, other) => one === other)

/** Times at which nothing is one step with what was before. */
let clock = 0
const later = () => {
  clock += 10_000
  return clock
}

describe('what was done', () => {
  it('is undone and done again, step by step', () => {
    const steps = history()
    expect([steps.canUndo, steps.canRedo, steps.undo(), steps.redo()]).toEqual([false, false, null, null])
    for (const state of ['b', 'c', 'd']) steps.note(state, 'pins', later())
    expect([steps.undo(), steps.undo(), steps.undo(), steps.undo()]).toEqual(['c', 'b', 'a', null])
    expect([steps.redo(), steps.now, steps.canUndo, steps.canRedo]).toEqual(['b', 'b', true, true])
    expect([steps.redo(), steps.redo(), steps.redo()]).toEqual(['c', 'd', null])
  })

  it('takes the place of what was undone', () => {
    const steps = history()
    for (const state of ['b', 'c']) steps.note(state, 'pins', later())
    steps.undo()
    steps.note('x', 'pins', later())
    expect([steps.canRedo, steps.undo(), steps.undo()]).toEqual([false, 'b', 'a'])
  })

  it('is one step while the same goes on changing, and another for something else', () => {
    const steps = history()
    for (const [i, state] of ['1', '2', '3'].entries()) steps.note(state, 'slider', 1000 + 100 * i)
    steps.note('4', 'other slider', 1300)
    steps.note('5', 'other slider', 1400)
    expect([steps.undo(), steps.undo(), steps.undo()]).toEqual(['3', 'a', null])
  })

  it('is two steps with a rest between them', () => {
    const steps = history()
    steps.note('1', 'slider', 1000)
    steps.note('2', 'slider', 3000)
    expect([steps.undo(), steps.undo()]).toEqual(['1', 'a'])
  })

  it('is no step where it comes back to where it was, nor where nothing changed', () => {
    const steps = history()
    steps.note('b', 'slider', 1000)
    steps.note('a', 'slider', 1100)
    expect([steps.canUndo, steps.now]).toEqual([false, 'a'])
    steps.note('a', 'slider', later())
    expect(steps.canUndo).toBe(false)
  })

  it('begins a new step behind an undo, however soon', () => {
    const steps = history()
    steps.note('b', 'slider', 1000)
    steps.note('c', 'pins', 1000)
    steps.undo()
    steps.note('d', 'pins', 1001)
    expect([steps.undo(), steps.undo()]).toEqual(['b', 'a'])
  })

  it('says a state in the newest words, such as a pin whose name has become known', () => {
    const steps = new History({ at: 1, name: '#1' }, (one, other) => one.at === other.at)
    steps.note({ at: 1, name: 'test:1' }, 'pins', later())
    steps.note({ at: 2, name: '#2' }, 'pins', later())
    expect(steps.undo()).toEqual({ at: 1, name: 'test:1' })
    expect(steps.redo()).toEqual({ at: 2, name: '#2' })
  })

  it('is held up to a number of steps, the newest', () => {
    const steps = history('0')
    for (let i = 1; i <= 500; i++) steps.note(String(i), 'pins', later())
    let back = 0
    while (steps.undo() !== null) back++
    expect([back, steps.now]).toEqual([199, '301'])
  })
})

describe('keys that work everywhere', () => {
  const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) =>
    everywhere({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held })

  it('pin, undo and redo', () => {
    expect([press('p'), press('P', { shiftKey: true })]).toEqual(['pin', 'pin'])
    expect([press('z', { ctrlKey: true }), press('z', { metaKey: true })]).toEqual(['undo', 'undo'])
    expect([press('Z', { ctrlKey: true, shiftKey: true }), press('y', { ctrlKey: true })]).toEqual(['redo', 'redo'])
  })

  it('are no others: printing is no pin', () => {
    expect([press('p', { ctrlKey: true }), press('z'), press('y'), press('p', { altKey: true })]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})

describe('two presses', () => {
  const at = (timeStamp: number, clientX = 0, clientY = 0) => ({ timeStamp, clientX, clientY })

  it('at one place, soon, are a double one; a third begins anew', () => {
    const taps = new Taps()
    expect([taps.isSecond(at(0)), taps.isSecond(at(200, 3)), taps.isSecond(at(300)), taps.isSecond(at(450))]).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  it('are two where they lie apart, come late or wander', () => {
    const taps = new Taps()
    taps.isSecond(at(0))
    expect(taps.isSecond(at(900))).toBe(false)
    expect(taps.isSecond(at(1000, 50))).toBe(false)
    expect(taps.isSecond(at(1100, 50), true)).toBe(false)
    expect(taps.isSecond(at(1200, 50))).toBe(false)
  })
})
