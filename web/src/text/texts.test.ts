import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { count, fill, ofTold, setLanguage, words } from './index.svelte'

const ROOT = join(import.meta.dirname, '..')
const keys = Object.keys(words.en) as (keyof typeof words.en)[]

/** What the page is made of, without the words themselves and without tests. */
const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter(
    (path) =>
      /\.(svelte|ts)$/.test(path) &&
      !/\.test\.ts$|\.d\.ts$|^text[\\/](?!index)|^studio[\\/]views[\\/]\w+[\\/]words\.ts$/.test(path),
  )
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n')

/** Keys that are put together where they are used, and whose last part comes from the server. */
const FROM_SERVER = ['refused.', 'path.save.', 'path.rule.', 'jobs.kind.']

const literals = new Set([...sources.matchAll(/(['"`])([\w.+-]+)\1/g)].map((match) => match[2] as string))
/** Names in the sources, such as the members of an object that are put into a key. */
const names = new Set([...sources.matchAll(/[\w-]+/g)].map((match) => match[0]))
/** `part.${name}` and `part.${name}More`, as they stand in the sources. */
const patterns = [...sources.matchAll(/`([a-z]\w*\.(?:[\w.]*))\$\{[^}`]+\}([\w.]*)`/g)].map(
  ([, before = '', after = '']) => ({ before, after }),
)

function isUsed(key: string): boolean {
  // Of a number of things, one and others are one text.
  const whole = key.replace(/\.(one|other)$/, '')
  if (literals.has(key) || literals.has(whole) || FROM_SERVER.some((part) => key.startsWith(part))) return true
  return patterns.some(({ before, after }) => {
    if (!key.startsWith(before) || !key.endsWith(after)) return false
    const name = key.slice(before.length, after === '' ? undefined : -after.length)
    return literals.has(name) || (/^[\w-]+$/.test(name) && names.has(name) && before.split('.').length > 2)
  })
}

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe('the words', () => {
  it('are the same in every language, and in every language they say something', () => {
    expect(Object.keys(words.es).sort()).toEqual([...keys].sort())
    for (const [language, texts] of Object.entries(words))
      for (const [key, text] of Object.entries(texts)) {
        expect(text.trim(), `${language} ${key}`).not.toBe('')
        expect(text, `${language} ${key}`).toBe(text.trim())
      }
  })

  it('leave the same places to be filled', () => {
    for (const key of keys) expect(holes(words.es[key]), key).toEqual(holes(words.en[key]))
  })

  it('of a number of things come in one and others', () => {
    const counted = [...sources.matchAll(/\bcount\(\s*'([\w.]+)'/g)].map((match) => match[1])
    const lone = counted.filter((key) => !(`${key}.one` in words.en && `${key}.other` in words.en))
    expect(lone).toEqual([])
  })

  it('of a number of things are chosen as the language does', () => {
    expect([0, 1, 2, 1_000_000].map((n) => count('jobs.running', n))).toEqual([
      '0 jobs running',
      '1 job running',
      '2 jobs running',
      '1,000,000 jobs running',
    ])
    setLanguage('es')
    expect([0, 1, 12_345].map((n) => count('jobs.running', n))).toEqual([
      '0 trabajos en curso',
      '1 trabajo en curso',
      '12.345 trabajos en curso',
    ])
    setLanguage('en')
  })

  it('are all in use', () => {
    expect(keys.filter((key) => !isUsed(key))).toEqual([])
  })

  it('are filled with what is given, and keep what is not', () => {
    expect(fill('{n} of {of} {what}', { n: 1, of: '2' })).toBe('1 of 2 {what}')
  })
})

describe('work in progress', () => {
  afterEach(() => setLanguage('en'))

  it('is told in Spanish, with its numbers as they are written there', () => {
    expect(ofTold('Encoding pets:1500')).toEqual({ text: 'Encoding pets:1500', lang: undefined })
    setLanguage('es')
    expect(ofTold('Encoding pets:1500')).toEqual({ text: 'Codificando pets:1500', lang: undefined })
    expect(ofTold('Encoding the training items').text).toBe('Codificando los elementos de entrenamiento')
    expect(ofTold('Laying out 15,000 items by UMAP').text).toBe('Proyectando 15.000 elementos: UMAP')
    expect(ofTold('loss 0.25, 3.1 steps/s, 40 s left').text).toBe('pérdida 0,25, 3,1 pasos/s, quedan 40 s')
    expect(ofTold("energy 0.71 of the straight line's").text).toBe('energía: 0,71 veces la de la recta')
  })

  it('stays as it is where nobody knows it, marked as English', () => {
    setLanguage('es')
    expect(ofTold('Something of tomorrow')).toEqual({ text: 'Something of tomorrow', lang: 'en' })
  })
})
