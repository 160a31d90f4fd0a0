import { describe, expect, it } from 'vitest'
import { nearest, unknownOf } from './wayOut'

const MODELS = ['faces-vae', 'faces-gan', 'pets-vae', 'pets-gan', 'fashion-flow']
const asked = { model: 'pet-vea', space: 'q', method: null, atlas: null }

describe('the way out', () => {
  it('leads to the names that are nearest', () => {
    expect(nearest('pet-vea', MODELS)).toEqual(['pets-vae', 'pets-gan', 'faces-vae'])
    expect(nearest('PÉTS-VAE', MODELS, 1)).toEqual(['pets-vae'])
    expect(nearest('x', [])).toEqual([])
  })

  it('knows what of an address is not there', () => {
    const refused = (got: string, kind = 'unknown_name') => unknownOf({ kind, got, allowed: MODELS }, asked)
    expect(refused('pet-vea')?.part).toBe('model')
    expect(refused("'q'")?.part).toBe('space')
    expect(refused("'elsewhere'")).toBeNull()
    expect(refused('pet-vea', 'gone')).toBeNull()
    expect(unknownOf({ kind: 'unknown_name', got: 'q', allowed: 'none exist yet' }, asked)?.names).toEqual([])
  })
})
