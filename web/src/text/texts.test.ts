import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { count, fill, ofTold, setLanguage, words } from './index.svelte'
import { methods } from './methods'
import { told } from './told'

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
const FROM_SERVER = [
  'explore.measure.',
  'explore.said.',
  'explore.new.why.',
  'refused.',
  'path.save.',
  'path.rule.',
  'jobs.kind.',
  'onMap.apart.',
]

const literals = new Set([...sources.matchAll(/(['"`])([\w.+-]+)\1/g)].map((match) => match[2] as string))
/** Names in the sources, such as the members of an object that are put into a key. */
const names = new Set([...sources.matchAll(/[\w-]+/g)].map((match) => match[0]))
/** `part.${name}` and `part.${name}More`, as they stand in the sources. */
const patterns = [...sources.matchAll(/`([a-z]\w*\.(?:[\w.]*))\$\{[^}`]+\}([\w.]*)`/g)].map(
  ([, before = '', after = '']) => ({ before, after }),
)

function isUsed(key: string): boolean {
  // Of items that are played there may be another text.
  if (key.endsWith('.player')) return isUsed(key.slice(0, -'.player'.length))
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

/** What the decision page lays down: a row an idea, with the words that are used and those that are ruled out. */
const REPOSITORY = join(ROOT, '..', '..')
const page = readFileSync(join(REPOSITORY, 'docs', 'design', '0033-words.md'), 'utf8')
const glossary = [...page.matchAll(/^\|(.+)\|$/gm)]
  .map((row) => (row[1] as string).split('|').map((cell) => cell.trim()))
  .slice(2)
const listed = (cell: string | undefined) => (cell ?? '').split(', ').filter((word) => word !== '')
const ruledOutInEnglish = listed(/^English texts do not say: (.+)\.$/m.exec(page)?.[1])

/** Whether a text has these words, as whole ones and in any capitals. */
function says(text: string, word: string): boolean {
  return new RegExp(`(?<!\\p{L})${word}(?!\\p{L})`, 'iu').test(text)
}

describe('the glossary', () => {
  const spanish = [
    ...Object.entries(words.es),
    ...Object.entries(methods),
    ...Object.entries(told),
    ['README.es.md', readFileSync(join(REPOSITORY, 'README.es.md'), 'utf8')] as const,
  ]
  const english = [
    ...Object.entries(words.en),
    ...['README.md', 'docs/cli.md', 'docs/studio.md'].map(
      (name) => [name, readFileSync(join(REPOSITORY, name), 'utf8')] as const,
    ),
  ]
  const breaches = (texts: (readonly [string, string])[], ruledOut: string[]) =>
    texts.flatMap(([key, text]) => ruledOut.filter((word) => says(text, word)).map((word) => `${key}: ${word}`))

  it('is read, and a word that it rules out would be found', () => {
    expect(glossary.length).toBeGreaterThan(20)
    expect(breaches([['card.priors', 'Previas']], listed('previa, previas'))).toEqual(['card.priors: previas'])
    expect(breaches([['lens', 'An item that has it not.']], ruledOutInEnglish)).toEqual(['lens: has it not'])
    expect(says('imprevias', 'previas')).toBe(false)
  })

  it('is kept to in Spanish', () => {
    expect(
      breaches(
        spanish,
        glossary.flatMap((row) => listed(row[3])),
      ),
    ).toEqual([])
  })

  it('is kept to in English', () => {
    expect(breaches(english, ruledOutInEnglish)).toEqual([])
  })

  it('names words that are in use', () => {
    const terms = ['camino', 'lente', 'fotograma', 'marcador', 'dirección', 'comando', 'archivo', 'elemento']
    const used = (word: string) =>
      glossary.some((row) => listed(row[2]).includes(word)) && spanish.some(([, text]) => says(text, word))
    expect(terms.filter((word) => !used(word))).toEqual([])
    expect(words.es['card.priors' as keyof typeof words.es]).toBe('Distribuciones a priori')
  })

  it('says of films and sounds alone that they are played', () => {
    const played = Object.entries(words.es).filter(([, text]) => /reproduc/i.test(text))
    expect(played.map(([key]) => key).filter((key) => !/^(path|sound)\.|^keys\.hear$/.test(key))).toEqual([])
    expect(played.map(([key]) => key)).toContain('path.play')
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

  it('says in Spanish what a report says of somebody’s data, of one and of many, clause by clause', () => {
    setLanguage('es')
    const told: Record<string, string> = {
      '12 of 1,400 pictures, of 20 x 30 pixels, are resized to 64 x 64.':
        'De 12 de 1400 imágenes, de 20 x 30 píxeles, se ha cambiado el tamaño a 64 x 64.',
      '1 is not square: only their central squares are kept, on average 67% of each; --fit pad keeps all of them with a margin, --fit stretch distorts.':
        '1 no es cuadrada: solo se conserva su cuadrado central, el 67%; con un margen se conservan enteras, estiradas se deforman.',
      'labels.csv: 18 of 20 pictures have a row, by its column file (15 by name, 3 in small letters); 2 have none: a.png, b.png; 1 row names none of them: z.png.':
        'labels.csv: 18 de 20 imágenes tienen una fila, por su columna file (15 por el nombre, 3 en minúsculas); 2 no tienen: a.png, b.png; 1 fila no nombra ninguno: z.png.',
      'labels.csv: The column age is text, since 2 of 20 cells are not numbers (x, y).':
        'labels.csv: La columna age es texto, porque 2 de 20 celdas no son números (x, y).',
      '1 of 3 sounds is brought to 16 kHz.': '1 de 3 sonidos pasa a 16 kHz.',
      '1 of 1 sound has silence cut off its ends.': '1 de 1 sonido pierde el silencio de sus extremos.',
      '2 sounds are longer than 1 s, and cut into 9 windows; 1 silent window is left out; --seconds says how long an item is.':
        '2 sonidos duran más de 1 s, y se cortan en 9 ventanas; 1 ventana en silencio queda fuera; --seconds dice cuánto dura un elemento.',
      'The top folders are parts of the data (test 4, train 16).':
        'Las carpetas de arriba son partes de los datos (test 4, train 16).',
    }
    for (const [english, spanish] of Object.entries(told))
      expect(ofTold(english)).toEqual({ text: spanish, lang: undefined })
    expect(ofTold('The column kept is text, since 1 of 2 cells is not a number (Decoding).').text).toContain('kept')
    expect(ofTold('labels.csv: something of tomorrow; 2 have none: a.').lang).toBe('en')
  })

  it('stays as it is where nobody knows it, marked as English', () => {
    setLanguage('es')
    expect(ofTold('Something of tomorrow')).toEqual({ text: 'Something of tomorrow', lang: 'en' })
  })
})
