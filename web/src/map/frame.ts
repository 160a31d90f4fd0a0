/** From the coordinates of a map to those that are drawn and back. No browser in it. */

export type Bounds = readonly [lowX: number, lowY: number, highX: number, highY: number]

/** Pixels at the edges. */
export interface Insets {
  left: number
  right: number
  top: number
  bottom: number
}

export const NO_INSETS: Insets = { left: 0, right: 0, top: 0, bottom: 0 }
/** Pixels left free around all points. */
const MARGIN = 26

/** A part of the screen that something else lies over. */
export interface Over {
  left: number
  top: number
  width: number
  height: number
}

/** How much larger the map has to become by a strip above or below it, in place of one at a side. */
const ABOVE = 1.2

/**
 * The edges to keep free so that nothing lies over the bounds, whatever else is to lie there: what is at the left or the
 * right takes its width or its height, as leaves the bounds larger.
 */
export function reserved(bounds: Bounds, size: { width: number; height: number }, over: readonly Over[]): Insets {
  let best: { insets: Insets; value: number } | null = null
  for (let choice = 0; choice < 2 ** over.length; choice++) {
    const insets = { ...NO_INSETS }
    for (const [i, { left, top, width, height }] of over.entries()) {
      if ((choice >> i) & 1) {
        if (top + height / 2 < size.height / 2) insets.top = Math.max(insets.top, top + height)
        else insets.bottom = Math.max(insets.bottom, size.height - top)
      } else if (left + width / 2 < size.width / 2) insets.left = Math.max(insets.left, left + width)
      else insets.right = Math.max(insets.right, size.width - left)
    }
    const [lowX, , highX] = fitted(bounds, size, insets)
    const scale = size.width / (highX - lowX)
    // A strip above pushes all of the map down: only where it is worth it.
    const value = scale * ABOVE ** -over.filter((_, i) => (choice >> i) & 1).length
    if (best === null || value > best.value + 1e-9) best = { insets, value }
  }
  return best?.insets ?? NO_INSETS
}

/** The rectangle of the map to show so that bounds fill a screen but for its insets, as large as they can. */
export function fitted(bounds: Bounds, size: { width: number; height: number }, insets: Insets): Bounds {
  const [lowX, lowY, highX, highY] = bounds
  const width = Math.max(size.width - insets.left - insets.right - 2 * MARGIN, size.width / 4)
  const height = Math.max(size.height - insets.top - insets.bottom - 2 * MARGIN, size.height / 4)
  const scale = Math.min(width / Math.max(highX - lowX, 1e-9), height / Math.max(highY - lowY, 1e-9))
  const left = (lowX + highX) / 2 - (insets.left + MARGIN + width / 2) / scale
  const top = (lowY + highY) / 2 + (insets.top + MARGIN + height / 2) / scale
  return [left, top - size.height / scale, left + size.width / scale, top]
}

/** How many times the map's own size an address may show, or be away from it; and how small a part of it. */
const MOST = 100
const LEAST = 1e-4

/** Whether a place lies inside. */
export function holds([lowX, lowY, highX, highY]: Bounds, x: number, y: number): boolean {
  return x > lowX && x < highX && y > lowY && y < highY
}

/** Bounds of the same size around a place. */
export function around([lowX, lowY, highX, highY]: Bounds, x: number, y: number): Bounds {
  const [w, h] = [(highX - lowX) / 2, (highY - lowY) / 2]
  return [x - w, y - h, x + w, y + h]
}

/** Give layers that lie over each other the pixels of the screen. */
export function sized(layers: readonly HTMLCanvasElement[], width: number, height: number): void {
  const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
  for (const layer of layers) {
    // To be given a size wipes a canvas, and of one that it had already nobody would draw it again.
    if (layer.width !== across) layer.width = across
    if (layer.height !== down) layer.height = down
  }
}

/** What an address says is on the screen; null where that is nothing, or nothing that one would find back from. */
export function readBounds(text: string, whole: Bounds): Bounds | null {
  const given = text.split(',').map(Number)
  if (given.length !== 4 || !given.every(Number.isFinite)) return null
  const [lowX, lowY, highX, highY] = given as unknown as Bounds
  const size = Math.max(whole[2] - whole[0], whole[3] - whole[1], 1e-9)
  const fits = (length: number) => length > LEAST * size && length < MOST * size
  const isNear = (middle: number, own: number) => Math.abs(middle - own) < MOST * size
  if (!fits(highX - lowX) || !fits(highY - lowY)) return null
  if (!isNear((lowX + highX) / 2, (whole[0] + whole[2]) / 2)) return null
  return isNear((lowY + highY) / 2, (whole[1] + whole[3]) / 2) ? [lowX, lowY, highX, highY] : null
}

/** The square around all points, which is drawn from -1 to 1 on both axes. */
export class Frame {
  readonly centreX: number
  readonly centreY: number
  /** Units of the map to one unit drawn. */
  readonly half: number

  constructor([lowX, lowY, highX, highY]: Bounds) {
    this.centreX = (lowX + highX) / 2
    this.centreY = (lowY + highY) / 2
    this.half = Math.max(highX - lowX, highY - lowY, 1e-9) / 2
  }

  /** x and y apart, as they are drawn. */
  drawn(xy: Float32Array): { x: Float32Array; y: Float32Array } {
    const n = xy.length / 2
    const x = new Float32Array(n)
    const y = new Float32Array(n)
    for (let i = 0; i < n; i++) {
      x[i] = ((xy[2 * i] as number) - this.centreX) / this.half
      y[i] = ((xy[2 * i + 1] as number) - this.centreY) / this.half
    }
    return { x, y }
  }
}

/** How the map lies on the screen: a similarity without rotation. */
export class Transform {
  readonly frame: Frame
  readonly width: number
  readonly height: number
  readonly #zoom: number
  readonly #moveX: number
  readonly #moveY: number

  /** `view` is the camera's 4 x 4 matrix, column by column. */
  constructor(frame: Frame, view: ArrayLike<number>, width: number, height: number) {
    this.frame = frame
    this.width = Math.max(width, 1)
    this.height = Math.max(height, 1)
    this.#zoom = view[0] ?? 1
    this.#moveX = view[12] ?? 0
    this.#moveY = view[13] ?? 0
  }

  /** Pixels to one unit of the map. */
  get scale(): number {
    return (this.#zoom * this.height) / 2 / this.frame.half
  }

  /** How far it is zoomed in; 1 shows everything. */
  get zoom(): number {
    return this.#zoom
  }

  toScreen(x: number, y: number): [number, number] {
    const drawnX = (x - this.frame.centreX) / this.frame.half
    const drawnY = (y - this.frame.centreY) / this.frame.half
    const aspect = this.width / this.height
    return [
      (((this.#zoom * drawnX + this.#moveX) / aspect + 1) / 2) * this.width,
      ((1 - (this.#zoom * drawnY + this.#moveY)) / 2) * this.height,
    ]
  }

  toPlace(px: number, py: number): [number, number] {
    const aspect = this.width / this.height
    const drawnX = (((2 * px) / this.width - 1) * aspect - this.#moveX) / this.#zoom
    const drawnY = (1 - (2 * py) / this.height - this.#moveY) / this.#zoom
    return [drawnX * this.frame.half + this.frame.centreX, drawnY * this.frame.half + this.frame.centreY]
  }

  /** The same to a hundredth of a pixel, in as few digits as say it. */
  toShortPlace(px: number, py: number): [number, number] {
    const digits = Math.min(Math.max(Math.ceil(Math.log10(this.scale)) + 2, 0), 15)
    const [x, y] = this.toPlace(px, py).map((value) => Number(value.toFixed(digits)) + 0) as [number, number]
    return [x, y]
  }

  /** What of the map is on the screen. */
  get bounds(): Bounds {
    const [lowX, highY] = this.toPlace(0, 0)
    const [highX, lowY] = this.toPlace(this.width, this.height)
    return [lowX, lowY, highX, highY]
  }

  equals(other: Transform): boolean {
    return (
      this.frame === other.frame &&
      this.width === other.width &&
      this.height === other.height &&
      this.#zoom === other.#zoom &&
      this.#moveX === other.#moveX &&
      this.#moveY === other.#moveY
    )
  }
}
