import { describe, expect, it } from 'vitest'
import { curve, spanOf } from './curve'
import { chosen, nameOf, walked } from './gather'
import { BODY, bodies } from './pieces'

const file = (name: string, size = 3) => new File([new Uint8Array(size)], name)

/** A folder as a browser gives it: a hundred entries at a time. */
function folder(path: string, inside: FileSystemEntry[]): FileSystemEntry {
  const rest = [...inside]
  const readEntries = (give: (some: FileSystemEntry[]) => void) => give(rest.splice(0, 100))
  return { isDirectory: true, fullPath: path, createReader: () => ({ readEntries }) } as unknown as FileSystemEntry
}

function entry(path: string, fails = false): FileSystemEntry {
  const read = (give: (file: File) => void, refuse: (error: Error) => void) =>
    fails ? refuse(new Error('no')) : give(file(path.split('/').at(-1) ?? ''))
  return { isDirectory: false, fullPath: path, file: read } as unknown as FileSystemEntry
}

describe('what was dropped', () => {
  it('is gathered whole, however many lie in a folder', async () => {
    const many = Array.from({ length: 250 }, (_, i) => entry(`/photos/cats/${i}.png`))
    const found = await walked([folder('/photos', [folder('/photos/cats', many), entry('/photos/labels.csv')])])
    expect(found.files).toHaveLength(251)
    expect(found.files.map(({ path }) => path)).toContain('photos/cats/249.png')
    expect(found).toMatchObject({ name: 'photos', unread: [] })
  })

  it('is told of where the browser may not read it, and the rest is there', async () => {
    const found = await walked([folder('/a', [entry('/a/1.png'), entry('/a/2.png', true)])])
    expect(found.files.map(({ path }) => path)).toEqual(['a/1.png'])
    expect(found.unread).toEqual(['a/2.png'])
  })

  it('has the name of its folder, or of the file that came alone', () => {
    expect(nameOf(['photos/a.png', 'photos/b/c.png', 'labels.csv'])).toBe('photos')
    expect(nameOf(['viaje.zip'])).toBe('viaje')
    expect(nameOf(['a/1.png', 'b/2.png'])).toBeNull()
    expect(nameOf([])).toBeNull()
    expect(chosen([file('one.png'), file('two.png')])).toMatchObject({ name: null })
  })
})

describe('files on their way', () => {
  async function sent(files: { name: string; file: Blob }[], unwanted = new Set<string>(), most = BODY) {
    const found: { name: string; at: number; data: Uint8Array }[] = []
    const sizes: number[] = []
    for await (const { body } of bodies(files, unwanted, most)) {
      const data = new Uint8Array(await body.arrayBuffer())
      sizes.push(data.length)
      const view = new DataView(data.buffer)
      for (let i = 0; i < data.length; ) {
        const [name, at, size] = [
          view.getUint16(i, true),
          Number(view.getBigUint64(i + 2, true)),
          view.getUint32(i + 10, true),
        ]
        const begins = i + 14 + name
        found.push({
          name: new TextDecoder().decode(data.slice(i + 14, begins)),
          at,
          data: data.slice(begins, begins + size),
        })
        i = begins + size
      }
    }
    return { found, sizes }
  }

  it('arrive whole and in order, small ones together and large ones in pieces', async () => {
    const bytes = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 251)
    const files = [10, 700, 5000, 1, 300].map((n, i) => ({ name: `ñ${i}.png`, file: new Blob([bytes(n)]) }))
    const { found, sizes } = await sent(files, new Set(), 1000)
    for (const { name, file } of files) {
      const pieces = found.filter((piece) => piece.name === name)
      const whole = new Uint8Array(file.size)
      let at = 0
      for (const piece of pieces) {
        expect(piece.at).toBe(at)
        whole.set(piece.data, at)
        at += piece.data.length
      }
      expect(whole).toEqual(new Uint8Array(await file.arrayBuffer()))
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000)
    expect(sizes.length).toBeLessThan(12)
  })

  it('are left out once they are not wanted', async () => {
    const { found } = await sent(
      [
        { name: 'a', file: file('a') },
        { name: 'b', file: file('b') },
      ],
      new Set(['a']),
    )
    expect(found.map(({ name }) => name)).toEqual(['b'])
  })
})

describe('the figure of a run', () => {
  const marks = [1, 2, 4, 40, 100].map((step) => ({ step, values: { loss: 100 / step, test_loss: 3 } }))

  it('is drawn without its first steps, the lowest at the bottom', () => {
    const span = spanOf(marks, ['loss'])
    expect(span).toMatchObject({ last: 100 })
    const points = curve(marks, 'loss', span, 200, 100).split(' ')
    expect(points.at(-1)).toBe('194.0,94.0')
  })

  it('is a line where it never changes', () => {
    expect(curve(marks, 'test_loss', spanOf(marks, ['test_loss']), 200, 100)).not.toContain('NaN')
  })
})
