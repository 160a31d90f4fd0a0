/** The little Markdown that a model's card is written in, as data: what is shown of it is text and nothing else. */

export type Inline =
  | { kind: 'text' | 'code' | 'strong' | 'em'; text: string }
  | { kind: 'link'; text: string; href: string }

export type Block =
  | { kind: 'heading'; level: number; text: Inline[] }
  | { kind: 'paragraph'; text: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'code'; text: string }

/** Characters of a card that are read. */
export const MOST = 40_000

const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/
const BULLET = /^\s{0,8}[-*+]\s+(.*)$/
const NUMBER = /^\s{0,8}\d{1,4}[.)]\s+(.*)$/
const FENCE = /^\s{0,3}(```|~~~)/
const RULE = /^\s*\|?[\s:]*-{2,}[-\s:|]*$/
const PICTURE = /!\[[^\]]*\]\([^)]*\)/g

export function readMarkdown(text: string): Block[] {
  const lines = text.slice(0, MOST).replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let i = 0
  const line = () => lines[i] ?? ''
  while (i < lines.length) {
    const heading = HEADING.exec(line())
    const fence = FENCE.exec(line())
    if (line().trim() === '') i++
    else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: readInline(heading[2] ?? '') })
      i++
    } else if (fence) {
      const kept: string[] = []
      for (
        i++;
        i < lines.length &&
        !line()
          .trim()
          .startsWith(fence[1] as string);
        i++
      )
        kept.push(line())
      i++
      blocks.push({ kind: 'code', text: kept.join('\n') })
    } else if (isTable(lines, i)) {
      const head = cells(line())
      const rows: string[][] = []
      for (i += 2; i < lines.length && line().includes('|'); i++) rows.push(cells(line()))
      blocks.push({
        kind: 'table',
        head: head.map(readInline),
        // Every row is as long as the head.
        rows: rows.map((row) => head.map((_, j) => readInline(row[j] ?? ''))),
      })
    } else if (BULLET.test(line()) || NUMBER.test(line())) {
      const ordered = !BULLET.test(line())
      const [mark, other] = ordered ? [NUMBER, BULLET] : [BULLET, NUMBER]
      const items: string[] = []
      for (; i < lines.length && line().trim() !== '' && !other.test(line()); i++) {
        const item = mark.exec(line())
        if (item) items.push(item[1] ?? '')
        else if (/^\s+\S/.test(line())) items.push(`${items.pop() ?? ''} ${line().trim()}`)
        else break
      }
      blocks.push({ kind: 'list', ordered, items: items.map(readInline) })
    } else {
      const kept: string[] = []
      do kept.push(lines[i++] as string)
      while (i < lines.length && line().trim() !== '' && !begins(lines, i))
      // Pictures are left out: the page shows the model's own.
      const paragraph = kept.join(' ').replace(PICTURE, '').trim()
      if (paragraph !== '') blocks.push({ kind: 'paragraph', text: readInline(paragraph) })
    }
  }
  return blocks
}

function begins(lines: readonly string[], i: number): boolean {
  const line = lines[i] ?? ''
  return HEADING.test(line) || FENCE.test(line) || BULLET.test(line) || NUMBER.test(line) || isTable(lines, i)
}

function isTable(lines: readonly string[], i: number): boolean {
  return (lines[i] ?? '').includes('|') && (lines[i + 1] ?? '').includes('|') && RULE.test(lines[i + 1] ?? '')
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())
}

/** Code, bold, italics and links to the web; anything else, tags among it, stays the text that it is. */
export function readInline(text: string): Inline[] {
  const found: Inline[] = []
  const marks =
    /`([^`]+)`|\*\*([^*]+)\*\*|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>()|`]*[^\s<>()|`.,;:!?])/g
  let last = 0
  for (const match of text.matchAll(marks)) {
    const [whole, code, strong, em, words, href, bare] = match
    if (match.index > last) found.push({ kind: 'text', text: text.slice(last, match.index) })
    if (code !== undefined) found.push({ kind: 'code', text: code })
    else if (strong !== undefined) found.push({ kind: 'strong', text: strong })
    else if (em !== undefined) found.push({ kind: 'em', text: em })
    else if (href !== undefined) found.push({ kind: 'link', text: words ?? href, href })
    else if (bare !== undefined) found.push({ kind: 'link', text: bare, href: bare })
    last = match.index + whole.length
  }
  if (last < text.length) found.push({ kind: 'text', text: text.slice(last) })
  return found
}
