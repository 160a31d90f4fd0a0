import { describe, expect, it } from 'vitest'
import type { ModelLine } from '../../../api/client'
import { firstOf } from '../../models'
import { linkTo } from '../explore/address'
import { familiesOf, groupsOf, searched } from './groups'
import { cellsOf, cutOf } from './sheet'

function line(name: string, given: Partial<ModelLine> = {}): ModelLine {
  const [data = null, family = null] = name.split('-')
  const items = { kind: 'pixels', channels: 3, size: 64 }
  return {
    name, where: 'bundled', bundled: true, family, title: null, data, items, spaces: ['z'], parameters: 1, bytes: 1,
    has_picture: true, psnr: null, at_hand: true, state: 'ready', ...given,
  } // biome-ignore format: one line each
}

describe('models', () => {
  const models = [
    line('faces-gan'),
    line('pets-vae'),
    line('faces-vae'),
    line('faces-other'),
    line('odd', { family: null }),
  ]

  it('stand by their data, the families in one order', () => {
    expect(groupsOf(models).map((group) => group.models.map((model) => model.name))).toEqual([
      ['faces-vae', 'faces-gan', 'faces-other'],
      ['pets-vae'],
      ['odd'],
    ])
    expect(familiesOf(models)).toEqual(['vae', 'gan'])
  })

  it('are offered where they open', () => {
    expect(firstOf([line('a-vae', { state: 'no weights yet' }), line('b-vae')])?.name).toBe('b-vae')
    expect(firstOf([])).toBeNull()
  })

  it('are found by words', () => {
    expect(searched(models, ' FACES  vae').map((model) => model.name)).toEqual(['faces-vae'])
    expect(searched(models, '')).toHaveLength(models.length)
  })

  it('are linked with whatever name they have', () => {
    expect(linkTo('a/b?c', 'w+')).toBe('#/explore/a%2Fb%3Fc?space=w%2B')
  })
})

describe('a sheet of samples', () => {
  it('is known by its measures', () => {
    expect(cellsOf(1079, 414, 64)).toEqual({ across: 8, down: 3, cell: 128, gap: 5, margin: 10 })
    expect(cellsOf(1186, 456, 28)).toEqual({ across: 8, down: 3, cell: 140, gap: 6, margin: 12 })
    expect(cellsOf(1079, 415, 64)).toBeNull()
    expect(cellsOf(0, 0, 0)).toBeNull()
  })

  it('is cut at whole rows', () => {
    const cut = cutOf({ across: 4, down: 4, cell: 100, gap: 4, margin: 8 }, 428)
    expect(cut.ratio).toBeCloseTo(412 / 204)
    expect(cut.width).toBeCloseTo(428 / 412)
    expect(4 * cut.stepX - (cut.stepX - cut.cellX)).toBeCloseTo(1)
    expect(2 * cut.stepY - (cut.stepY - cut.cellY)).toBeCloseTo(1)
  })
})
