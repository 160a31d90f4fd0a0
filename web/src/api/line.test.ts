import { expect, test } from 'vitest'
import { lineUrl } from './line'

function drawn(heights: readonly number[]): string {
  return atob(lineUrl(heights).replace('data:image/svg+xml;base64,', ''))
}

test('a line goes from left to right, its highest value near the top', () => {
  expect(drawn([0, 1, 0.5])).toContain('points="0,96 50,4 100,50"')
})

test('a single value is no division by nothing', () => {
  expect(drawn([0.5])).toContain('points="0,50"')
})
