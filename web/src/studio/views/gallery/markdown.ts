/** The Markdown that a model's card is written in, as marked's tokens: what is shown of it is text and nothing else. */

import { Lexer, type MarkedToken, type Token } from 'marked'

/** Characters of a card that are read. */
export const MOST = 40_000
/** What a hub reads of a card, before its text. */
const FRONT = /^\s*---\r?\n[\s\S]*?\r?\n---[ \t]*(\r?\n|$)/

/** Things inside of each other that are shown at most. */
const DEEPEST = 40
/** A line that begins with so many of them. */
const DEEP = new RegExp(`^[ \\t]*(?:(?:>|[-*+][ \\t]|\\d{1,9}[.)][ \\t])[ \\t]*){${DEEPEST}}`, 'm')
/** Characters of one paragraph, cell or heading in which marks are read; how long that takes grows with their square. */
const LONGEST = 8000

/** Whether all of a text is read. */
export function isWhole(text: string): boolean {
  return text.replace(FRONT, '').length <= MOST
}

/** What is nested deeper than anybody writes stays as it was written. */
export function readMarkdown(text: string): MarkedToken[] {
  const read = text.replace(FRONT, '').slice(0, MOST)
  const tokens = DEEP.test(read) ? [] : lexed(read)
  if (tokens.length > 0 && !isDeep(tokens, DEEPEST)) return tokens
  return read.trim() === '' ? [] : [{ type: 'code', raw: read, text: read }]
}

function lexed(text: string): MarkedToken[] {
  const lexer = new Lexer()
  lexer.blockTokens(text.replace(/\r\n?/g, '\n'), lexer.tokens)
  for (const { src, tokens } of lexer.inlineQueue)
    if (src.length <= LONGEST) lexer.inlineTokens(src, tokens)
    else tokens.push({ type: 'text', raw: src, text: src })
  return [...known(lexer.tokens)]
}

function isDeep(tokens: readonly Token[], most: number): boolean {
  const inside = (token: Token): readonly Token[] =>
    token.type === 'list' ? token.items : 'tokens' in token ? (token.tokens ?? []) : []
  return most === 0 || tokens.some((token) => isDeep(inside(token), most - 1))
}

/** The tokens inside another one; all are marked's own, since it has no extensions here. */
export function known(tokens: readonly Token[] | undefined): MarkedToken[] {
  return (tokens ?? []) as MarkedToken[]
}

/** Where a link leads; null for all that is not the web. */
export function webOf(href: string): string | null {
  return /^https?:\/\/\S+$/i.test(href) ? href : null
}

/** Whether a block says anything. Pictures are left out, since the page shows the model's own, and so are comments. */
export function says(token: MarkedToken): boolean {
  if (token.type === 'html') return !/^\s*(<!--[\s\S]*?-->\s*)*$/.test(token.raw)
  if (token.type === 'paragraph')
    return known(token.tokens).some((one) => one.type !== 'image' && one.raw.trim() !== '')
  return token.type !== 'space' && token.type !== 'def'
}
