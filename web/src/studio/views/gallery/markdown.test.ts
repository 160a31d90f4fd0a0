// @vitest-environment happy-dom
import { flushSync, mount, unmount } from 'svelte'
import { afterEach, describe, expect, it } from 'vitest'
import Markdown from './Markdown.svelte'
import { isWhole, MOST, readMarkdown } from './markdown'

const CARD = `---
license: mit
tags: [vae]
---
# faces-vae

![Samples](picture.png)

- Kind: **VAE**, 771,523 parameters
- Made again by: \`python tools/zoo.py build faces-vae\`, which runs
  \`trasluz train vae --data faces\`
  - in a list **of \`its\` own**

## Figures

Features: a classifier; n = 5,000.
They compare with nothing else.

| samples from | Fréchet distance |
|---|---:|
| N(0, I) | 830 |
| the prior \`flow\` | 92.83 | more
| short |

3. three
4. four

> said by \\*others\\*

\`\`\`sh
# no heading
| no | table |
\`\`\`

<!-- left out -->
`

let shown: Record<string, unknown> | undefined
function show(text: string): HTMLElement {
  shown = mount(Markdown, { target: document.body, props: { text } })
  flushSync()
  return document.body
}
afterEach(async () => {
  if (shown) await unmount(shown)
  shown = undefined
})

const texts = (page: HTMLElement, selector: string) =>
  [...page.querySelectorAll(selector)].map((one) => one.textContent?.replace(/\s+/g, ' ').trim())

describe('a card', () => {
  it('is shown block by block, without what is for a hub, pictures and comments', () => {
    const page = show(CARD)
    const blocks = [...(page.querySelector('.markdown')?.children ?? [])].map((one) => one.localName)
    expect(blocks).toEqual(['h3', 'ul', 'h4', 'p', 'div', 'ol', 'blockquote', 'pre'])
    expect(page.textContent).not.toMatch(/license|left out|Samples/)
    expect(page.querySelector('img')).toBeNull()
  })

  it('keeps a list item on two lines together, and a list inside of it', () => {
    const page = show(CARD)
    expect(texts(page, '.markdown > ul > li')).toEqual([
      'Kind: VAE, 771,523 parameters',
      'Made again by: python tools/zoo.py build faces-vae, which runs trasluz train vae --data facesin a list of its own',
    ])
    expect(texts(page, 'li li')).toEqual(['in a list of its own'])
    expect(texts(page, 'strong')).toEqual(['VAE', 'of its own'])
    expect(texts(page, 'strong code')).toEqual(['its'])
    expect(page.querySelector('ol')?.getAttribute('start')).toBe('3')
    expect(texts(page, 'blockquote')).toEqual(['said by *others*'])
  })

  it('has tables of even rows', () => {
    const page = show(CARD)
    expect(texts(page, 'th')).toEqual(['samples from', 'Fréchet distance'])
    expect([...page.querySelectorAll('tbody tr')].map((row) => texts(row as HTMLElement, 'td'))).toEqual([
      ['N(0, I)', '830'],
      ['the prior flow', '92.83'],
      ['short', ''],
    ])
  })

  it('leaves code alone, also behind a fence that nothing closes', () => {
    expect(show(CARD).querySelector('pre')?.textContent).toBe('# no heading\n| no | table |')
    expect(readMarkdown('```\nnever closed')).toMatchObject([{ type: 'code', text: 'never closed' }])
  })
})

describe('what comes from anybody', () => {
  it('keeps tags as text', () => {
    const text = '<script>alert(1)</script> <img src=x onerror=alert(1)>'
    const page = show(`${text}\n\nand *so* <b onclick=alert(1)>on</b>`)
    expect(page.querySelector('script, img, b')).toBeNull()
    expect(texts(page, 'p')).toEqual([text, 'and so <b onclick=alert(1)>on</b>'])
  })

  it('links to the web alone', () => {
    const page = show(
      '[x](javascript:alert(1)) [y](data:text/html,1) [z](/api/jobs) [v](  JAVASCRIPT:alert) <javascript:alert(1)> a@b.org\n\n' +
        'see [here](https://example.org/a) or https://example.org/b.',
    )
    const links = [...page.querySelectorAll('a')]
    expect(links.map((one) => [one.textContent, one.getAttribute('href')])).toEqual([
      ['here', 'https://example.org/a'],
      ['https://example.org/b', 'https://example.org/b'],
    ])
    expect(texts(page, 'p')[1]).toBe('see here or https://example.org/b.')
  })

  it('is read to the end, in little time, whatever it is', () => {
    for (const text of [
      '*',
      '`',
      '|-|',
      '[a](',
      '- \n',
      '**a',
      '> ',
      '<!--',
      '![',
      '\\',
      '<a ',
      '&',
      '_a',
      'x_',
      '1. ',
      '_a\n\n'.repeat(9),
      '---\n',
    ]) {
      const start = performance.now()
      readMarkdown(text.repeat(50_000 / text.length))
      expect(performance.now() - start, text).toBeLessThan(2000)
    }
    const deep = '> '.repeat(2000)
    expect(show(`${deep}down`).querySelector('pre')?.textContent).toBe(`${deep}down`)
  })

  it('loses no word of a paragraph', () => {
    expect(texts(show('2 * 3 * 4 and snake_case and a \\_ b'), 'p')).toEqual(['2 * 3 * 4 and snake_case and a _ b'])
  })
})

describe('what is cut', () => {
  it('is known: front matter does not count, one character more than is read does', () => {
    expect(isWhole(`---\na: b\n---\n${'x'.repeat(MOST)}`)).toBe(true)
    expect(isWhole('x'.repeat(MOST + 1))).toBe(false)
  })
})
