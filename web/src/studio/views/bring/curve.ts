/** A figure of a run as a line. No browser in it. */

export interface Mark {
  readonly step: number
  readonly values: Readonly<Record<string, number>>
}

export interface Span {
  readonly first: number
  readonly last: number
  readonly low: number
  readonly high: number
}

/** The part of the first steps that is not shown: what is learned in them would leave no room for the rest. */
const SKIPPED = 0.05

/** The steps and values that are shown: without the first steps, where there are enough others. */
export function spanOf(marks: readonly Mark[], names: readonly string[]): Span {
  const last = marks.at(-1)?.step ?? 1
  const late = marks.filter((mark) => mark.step >= SKIPPED * last)
  const shown = late.length > 2 ? late : marks
  const values = shown.flatMap((mark) => names.map((name) => mark.values[name]).filter((value) => value !== undefined))
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return { first: shown[0]?.step ?? 0, last, low, high: high > low ? high : low + 1 }
}

/** The points of a polyline; the lowest value is at the bottom. */
export function curve(marks: readonly Mark[], name: string, span: Span, width: number, height: number): string {
  const [room, wide] = [6, Math.max(span.last - span.first, 1)]
  return marks
    .filter((mark) => mark.step >= span.first && name in mark.values)
    .map((mark) => {
      const x = room + ((mark.step - span.first) / wide) * (width - 2 * room)
      const y =
        height - room - (((mark.values[name] as number) - span.low) / (span.high - span.low)) * (height - 2 * room)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}
