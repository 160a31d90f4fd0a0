import { afterEach, expect, describe as group, it } from 'vitest'
import { Lost, Refused } from '../api/client'
import { setLanguage } from '../text/index.svelte'
import { Declined, describe, sentence } from './refusal'

function refused(given: Partial<Refused['document']>): Refused {
  return new Refused(404, {
    kind: 'unknown_name',
    what: 'unknown model',
    got: null,
    allowed: null,
    next: null,
    sentence: '',
    stopped: false,
    ...given,
  })
}

afterEach(() => setLanguage('en'))

group('a refusal', () => {
  it('is told in the words of the server, in English', () => {
    expect(describe(refused({ got: "'cats'", allowed: ['a', 'b'], next: 'Did you mean a?' }))).toEqual({
      text: 'Unknown model.',
      detail: null,
      given: "given: 'cats' · allowed: a, b",
      next: 'Did you mean a?',
      lang: undefined,
    })
  })

  it('is told in Spanish, with the words of the server behind', () => {
    setLanguage('es')
    const said = describe(refused({ allowed: Array.from({ length: 40 }, (_, i) => `m${i}`), next: 'look' }))
    expect(said.text).toBe('No hay nada con ese nombre.')
    expect(said).toMatchObject({ detail: 'Unknown model.', next: 'Look.', lang: 'en' })
    expect(said.given).toContain('m11 y 28 más')
  })

  it('of the studio itself says under which number the terminal has it', () => {
    const inside = { kind: 'internal', what: 'internal error (KeyError)', number: '66f5f186' }
    const said = describe(refused({ ...inside, next: 'Look for 66f5f186 in the terminal' }))
    expect(said).toMatchObject({ text: 'Internal error (KeyError)', next: 'Look for 66f5f186 in the terminal.' })
    setLanguage('es')
    const dicho = describe(refused({ ...inside, next: 'Look for 66f5f186 in the terminal' }))
    expect(dicho.text).toContain('66f5f186 en la terminal')
    expect(dicho.next).toBeNull()
  })

  it('of a sort that nobody knows is told all the same', () => {
    setLanguage('es')
    expect(describe(refused({ kind: 'of_tomorrow' })).text).toBe('Eso no ha funcionado.')
    // As a job that was cancelled has none.
    const bare = { what: 'stopped', sentence: 'stopped', stopped: true } as Refused['document']
    expect(describe(new Refused(499, bare)).text).toContain('Se ha detenido')
  })

  it('is never long', () => {
    expect(describe(refused({ got: 'x'.repeat(5000) })).given?.length).toBeLessThan(200)
  })
})

group('anything else', () => {
  it('that the page itself does not take is said in its own language', () => {
    setLanguage('es')
    const said = describe(new Declined('el archivo está vacío', 'elige otro'))
    expect(said).toEqual({
      text: 'El archivo está vacío.',
      detail: null,
      given: null,
      next: 'Elige otro.',
      lang: undefined,
    })
  })

  it('has a text', () => {
    expect(describe(new Lost()).text).toContain('does not answer')
    expect(describe(new Error('odd')).text).toBe('odd')
    expect(describe('just so').text).toBe('just so')
  })
})

group('a clause', () => {
  it('becomes a sentence, and a name or a command stays', () => {
    expect(sentence('not enough memory')).toBe('Not enough memory.')
    expect(sentence('pets:5 and more: none')).toBe('pets:5 and more: none.')
    expect(sentence('not so: none')).toBe('Not so: none.')
    expect(sentence('faces-vae has no weights')).toBe('faces-vae has no weights.')
    expect(sentence('Run trasluz encode faces-vae')).toBe('Run trasluz encode faces-vae')
  })
})
