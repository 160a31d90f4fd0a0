/** The lines of the density as they are drawn, on a 2-D canvas. */

import type { Line } from './contours'
import type { Transform } from './frame'

export interface DrawnLine {
  path: Path2D
  colour: string
  depth: number
}

/** Lines as paths, which are made once and drawn at every move of the map. */
export function drawable(lines: readonly Line[], colourOf: (line: Line) => string): DrawnLine[] {
  return lines.map((line) => {
    const path = new Path2D()
    for (const ring of line.rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const [x, y] = [ring[i] as number, ring[i + 1] as number]
        if (i === 0) path.moveTo(x, y)
        else path.lineTo(x, y)
      }
      path.closePath()
    }
    return { path, colour: colourOf(line), depth: line.depth }
  })
}

/** Draw them over what is there. With `filled` what they lie around is tinted, the more the denser. */
export function drawLines(
  context: CanvasRenderingContext2D,
  transform: Transform,
  lines: readonly DrawnLine[],
  density: number,
  filled: boolean,
): void {
  if (lines.length === 0) return
  const { frame } = transform
  const scale = transform.scale * frame.half
  const [x, y] = transform.toScreen(frame.centreX, frame.centreY)
  context.setTransform(density * scale, 0, 0, -density * scale, density * x, density * y)
  context.lineWidth = 1 / scale
  for (const { path, colour, depth } of lines) {
    context.fillStyle = colour
    context.strokeStyle = colour
    if (filled) {
      context.globalAlpha = 0.06
      context.fill(path, 'evenodd')
    }
    context.globalAlpha = 0.34 + 0.08 * depth
    context.stroke(path)
  }
  context.globalAlpha = 1
}
