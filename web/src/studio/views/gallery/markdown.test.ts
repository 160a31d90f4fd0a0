import { describe, expect, it } from 'vitest'
import { type Block, type Inline, readInline, readMarkdown } from './markdown'

const plain = (inline: Inline[]) => inline.map((part) => part.text).join('')
const kinds = (blocks: Block[]) => blocks.map((block) => block.kind)

const CARD = `# faces-vae

![Samples](picture.png)

- Kind: **VAE**, 771,523 parameters
- Made again by: \`python tools/zoo.py build faces-vae\`, which runs
  \`trasluz train vae --data faces\`

## Figures

Features: a classifier; n = 5,000.
They compare with nothing else.

| samples from | Fréchet distance |
|---|---:|
| N(0, I) | 830 |
| the prior \`flow\` | 92.83 | more
| short |

1. one
2) two

\`\`\`sh
# no heading
| no | table |
\`\`\`
`

describe('a card', () => {
  const blocks = readMarkdown(CARD)

  it('is read block by block', () => {
    expect(kinds(blocks)).toEqual(['heading', 'list', 'heading', 'paragraph', 'table', 'list', 'code'])
  })

  it('keeps a list item on two lines together', () => {
    const list = blocks[1] as Extract<Block, { kind: 'list' }>
    expect(list.items.map(plain)).toEqual([
      'Kind: VAE, 771,523 parameters',
      'Made again by: python tools/zoo.py build faces-vae, which runs trasluz train vae --data faces',
    ])
    expect(list.items[0]?.[1]).toEqual({ kind: 'strong', text: 'VAE' })
  })

  it('has tables of even rows', () => {
    const table = blocks[4] as Extract<Block, { kind: 'table' }>
    expect(table.head.map(plain)).toEqual(['samples from', 'Fréchet distance'])
    expect(table.rows.map((row) => row.map(plain))).toEqual([
      ['N(0, I)', '830'],
      ['the prior flow', '92.83'],
      ['short', ''],
    ])
  })

  it('leaves code alone', () => {
    expect(blocks[6]).toEqual({ kind: 'code', text: '# no heading\n| no | table |' })
  })

  it('ends where a fence never does', () => {
    expect(readMarkdown('```\nnever closed')).toEqual([{ kind: 'code', text: 'never closed' }])
  })
})

describe('what comes from anybody', () => {
  it('keeps tags as text', () => {
    const [block] = readMarkdown('<script>alert(1)</script> <img src=x onerror=alert(1)>')
    expect(block).toEqual({
      kind: 'paragraph',
      text: [{ kind: 'text', text: '<script>alert(1)</script> <img src=x onerror=alert(1)>' }],
    })
  })

  it('links to the web alone', () => {
    expect(
      readInline('[x](javascript:alert(1)) [y](data:text/html,1) [z](/api/jobs)').every((p) => p.kind === 'text'),
    ).toBe(true)
    expect(readInline('see [here](https://example.org/a) or https://example.org/b.')).toEqual([
      { kind: 'text', text: 'see ' },
      { kind: 'link', text: 'here', href: 'https://example.org/a' },
      { kind: 'text', text: ' or ' },
      { kind: 'link', text: 'https://example.org/b', href: 'https://example.org/b' },
      { kind: 'text', text: '.' },
    ])
  })

  it('is read to the end, in little time, whatever it is', () => {
    const start = performance.now()
    for (const text of [
      '*'.repeat(50_000),
      '`'.repeat(50_000),
      '|-|'.repeat(20_000),
      '[a]('.repeat(20_000),
      '- \n'.repeat(20_000),
      '**a'.repeat(20_000),
    ])
      readMarkdown(text)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('loses no word of a paragraph', () => {
    expect(plain(readInline('2 * 3 * 4 and snake_case and a*b*c'))).toBe('2 * 3 * 4 and snake_case and a*b*c')
  })
})
