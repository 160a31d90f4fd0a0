import { describe, expect, it } from 'vitest'
import { type Address, readAddress, writeAddress } from './address'
import { isModelName } from './models'
import { VIEWS } from './views/registry'

const read = (hash: string) => readAddress(hash, VIEWS)
const write = (address: Address) => writeAddress(address, VIEWS)

/** Numbers that are the same on every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const SIGNS = [...'abcz019-_.~:,/@+%&=?# !\'"<>|\\ñé€𝔸\n']

function text(roll: () => number, most: number): string {
  return Array.from({ length: 1 + Math.floor(roll() * most) }, () => SIGNS[Math.floor(roll() * SIGNS.length)]).join('')
}

describe('the address', () => {
  it('comes back as it was written, whatever is in it', () => {
    const roll = dice(7)
    for (let i = 0; i < 500; i++) {
      const query: Record<string, string> = {}
      for (let j = Math.floor(roll() * 6); j > 0; j--) query[text(roll, 8)] = text(roll, 30)
      const address: Address =
        roll() < 0.2 ? { view: 'gallery', path: [], query } : { view: 'explore', path: [text(roll, 20)], query }
      expect(read(write(address))).toEqual(address)
      // As a browser gives it back.
      expect(read(new URL(write(address), 'http://127.0.0.1/x/').hash)).toEqual(address)
    }
  })

  it('leaves out what is empty', () => {
    expect(write({ view: 'explore', path: ['faces-vae'], query: { space: '', color: 'hair' } })).toBe(
      '#/explore/faces-vae?color=hair',
    )
    expect(write({ view: 'gallery', path: [], query: {} })).toBe('#/')
  })

  it('stays readable', () => {
    const pins = 'test:3~@scout~xy:0.5,-1'
    expect(write({ view: 'explore', path: ['m'], query: { pins } })).toBe('#/explore/m?pins=test:3~@scout~xy:0.5,-1')
  })

  it('is the gallery where it is none', () => {
    for (const hash of ['', '#', '#/', '#/explore', '#/explore/', '#/nowhere/x', '#/explore/%E0%A4%A'])
      expect(read(hash)).toEqual({ view: 'gallery', path: [], query: {} })
    expect(read('#/nowhere?card=faces-vae')).toEqual({ view: 'gallery', path: [], query: { card: 'faces-vae' } })
  })

  it('has no more of a view than the view takes', () => {
    expect(read('#/explore/faces-vae/more?at=row:3')).toEqual({
      view: 'explore',
      path: ['faces-vae'],
      query: { at: 'row:3' },
    })
  })

  it('tells what no model can be called', () => {
    for (const name of ['faces-vae', 'mi modelo', '<b>', 'a.b']) expect(isModelName(name), name).toBe(true)
    for (const name of ['', '.', '..', 'a/b', '../x', '</script>', 'a\\b', 'x'.repeat(121)])
      expect(isModelName(name), name).toBe(false)
  })
})
