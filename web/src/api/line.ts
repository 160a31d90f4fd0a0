/** Room above and below a line, and its width, of a square of 100. */
const MARGIN = 4
const WIDTH = 2.2

/** A line through heights from 0 to 1 as the address of a picture. */
export function lineUrl(heights: readonly number[]): string {
  const step = 100 / Math.max(heights.length - 1, 1)
  const points = heights.map((height, i) => `${round(i * step)},${round(MARGIN + (1 - height) * (100 - 2 * MARGIN))}`)
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 100 100">' +
    '<rect width="100" height="100" fill="#fff"/>' +
    `<polyline points="${points.join(' ')}" fill="none" stroke="#212121" stroke-width="${WIDTH}" stroke-linejoin="round"/>` +
    '</svg>'
  return `data:image/svg+xml;base64,${btoa(svg)}`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
