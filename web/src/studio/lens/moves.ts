/** How far the lens has moved what it shows, and how that is written. No browser in it. */

export interface Moves {
  /** Strengths of kept directions by name. */
  readonly directions: Readonly<Record<string, number>>
  /** Strengths of single dimensions, in σ. */
  readonly dims: Readonly<Record<number, number>>
}

export const NONE: Moves = { directions: {}, dims: {} }
/** Moves of one request at most, as the server takes them. */
const MOST = { directions: 20, dims: 40 } as const
/** The strongest that the server takes. */
const STRONGEST = 100

const DIMENSION = /^d(\d{1,6})$/
const DIRECTION = /^[A-Za-z0-9][\w.-]{0,119}$/

export function isMoved({ directions, dims }: Moves): boolean {
  return Object.keys(directions).length > 0 || Object.keys(dims).length > 0
}

export function withDirection(moves: Moves, name: string, value: number): Moves {
  return { ...moves, directions: withValue(moves.directions, name, value, MOST.directions) }
}

export function withDim(moves: Moves, dim: number, value: number): Moves {
  return { ...moves, dims: withValue(moves.dims, String(dim), value, MOST.dims) }
}

/** A strength of 0 is no move. */
function withValue(of: Readonly<Record<string, number>>, key: string, value: number, most: number) {
  const next: Record<string, number> = { ...of }
  if (value === 0) delete next[key]
  else if (Object.hasOwn(next, key) || Object.keys(next).length < most) next[key] = value
  return next
}

/** Without the directions that are not there any more; the same object where all are. */
export function onlyKnown(moves: Moves, names: ReadonlySet<string>): Moves {
  const kept = Object.entries(moves.directions).filter(([name]) => names.has(name))
  if (kept.length === Object.keys(moves.directions).length) return moves
  return { ...moves, directions: Object.fromEntries(kept) }
}

/** As it is written in the address: `smile:1.5~d3:-0.7`. A direction that is called like a dimension has an `@` before. */
export function movesText({ directions, dims }: Moves): string {
  const parts = Object.entries(directions).map(([name, value]) => [DIMENSION.test(name) ? `@${name}` : name, value])
  parts.push(...Object.entries(dims).map(([dim, value]) => [`d${dim}`, value]))
  return parts.map(([name, value]) => `${name}:${value}`).join('~')
}

/** From the address; what cannot be read is left out. */
export function readMoves(text: string): Moves {
  let moves = NONE
  for (const part of text.split('~')) {
    const [given = '', number = '', more] = part.split(':')
    const value = Number(number)
    if (more !== undefined || number === '' || !(Math.abs(value) <= STRONGEST)) continue
    const dim = DIMENSION.exec(given)
    const name = given.replace(/^@/, '')
    if (dim) moves = withDim(moves, Number(dim[1]), value)
    else if (DIRECTION.test(name)) moves = withDirection(moves, name, value)
  }
  return moves
}

/** What a moved latent is called: `test:3 + smile − dim 40`; of many moves only how many more there are. */
export function movedName(name: string, { directions, dims }: Moves): string {
  const moves: [string, number][] = [
    ...Object.entries(directions),
    ...Object.entries(dims).map(([dim, value]): [string, number] => [`dim ${dim}`, value]),
  ]
  const said = moves.slice(0, 2).map(([label, value]) => ` ${value < 0 ? '−' : '+'} ${label}`)
  return `${name}${said.join('')}${moves.length > 2 ? ' …' : ''}`
}
