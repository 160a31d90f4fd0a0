/** Drawing a map lightly, without WebGL: dots in their colours, some pictures, and what is on the way over it. */

import { type ThumbnailSheet, tileAt } from '../../api/pictures'
import type { Little } from './open'
import type { Fit, Place } from './walk'

/** A canvas as sharp as the screen; its context, in CSS pixels. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const sharp = Math.min(window.devicePixelRatio || 1, 2)
  const [w, h] = [Math.round(width * sharp), Math.round(height * sharp)]
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
  const ctx = canvas.getContext('2d')
  ctx?.setTransform(sharp, 0, 0, sharp, 0, 0)
  ctx?.clearRect(0, 0, width, height)
  return ctx
}

export interface Pictures {
  rows: readonly number[]
  sheet: ThumbnailSheet
  /** Pixels that each is wide. */
  side: number
}

/** Dots, and over them pictures. */
export function drawMap(ctx: CanvasRenderingContext2D, little: Little, fit: Fit, pictures: Pictures | null): void {
  const { xy, places, colours } = little
  ctx.globalAlpha = 0.62
  for (let i = 0; i < places.length; i++) {
    const [x, y] = fit.to([xy[2 * i] as number, xy[2 * i + 1] as number])
    ctx.fillStyle = colours[places[i] as number] ?? '#888'
    ctx.beginPath()
    ctx.arc(x, y, 1.9, 0, 2 * Math.PI)
    ctx.fill()
  }
  ctx.globalAlpha = 1
  if (pictures === null) return
  const { rows, sheet, side } = pictures
  ctx.imageSmoothingQuality = 'high'
  rows.forEach((row, i) => {
    const [x, y] = fit.to([xy[2 * row] as number, xy[2 * row + 1] as number])
    const from = tileAt(i, sheet.across, sheet.tile)
    ctx.save()
    ctx.beginPath()
    ctx.roundRect(x - side / 2, y - side / 2, side, side, side / 5)
    ctx.clip()
    ctx.drawImage(sheet.source, from.x, from.y, sheet.tile, sheet.tile, x - side / 2, y - side / 2, side, side)
    ctx.restore()
    ctx.lineWidth = 1.5
    ctx.strokeStyle = colours[places[row] as number] ?? '#888'
    ctx.beginPath()
    ctx.roundRect(x - side / 2, y - side / 2, side, side, side / 5)
    ctx.stroke()
  })
}

/** Where one is, and where one came from. */
export function drawWay(
  ctx: CanvasRenderingContext2D,
  trail: readonly Place[],
  at: Place,
  ink: { accent: string; ground: string },
): void {
  ctx.lineCap = 'round'
  ctx.lineWidth = 3
  ctx.strokeStyle = ink.accent
  for (let i = 1; i < trail.length; i++) {
    const [from, to] = [trail[i - 1] as Place, trail[i] as Place]
    ctx.globalAlpha = 0.85 * (i / trail.length) ** 1.5
    ctx.beginPath()
    ctx.moveTo(from[0], from[1])
    ctx.lineTo(to[0], to[1])
    ctx.stroke()
  }
  ctx.globalAlpha = 1
  ctx.beginPath()
  ctx.arc(at[0], at[1], 8, 0, 2 * Math.PI)
  ctx.lineWidth = 5
  ctx.strokeStyle = ink.ground
  ctx.stroke()
  ctx.lineWidth = 2.5
  ctx.strokeStyle = ink.accent
  ctx.stroke()
}

/** Decoded pictures one after another, each faded into by the next. */
export class Stream {
  #before: ImageBitmap | null = null
  #now: ImageBitmap | null = null
  #since = 0
  /** Milliseconds of one fade. */
  fade = 260

  get empty(): boolean {
    return this.#now === null
  }

  /** Whether a fade goes on. */
  fading(time: number): boolean {
    return this.#now !== null && time - this.#since < this.fade
  }

  take(picture: ImageBitmap, time: number): void {
    this.#before?.close()
    this.#before = this.#now
    this.#now = picture
    this.#since = time
  }

  draw(canvas: HTMLCanvasElement, time: number): void {
    const now = this.#now
    if (now === null) return
    if (canvas.width !== now.width || canvas.height !== now.height)
      Object.assign(canvas, { width: now.width, height: now.height })
    const ctx = canvas.getContext('2d')
    if (ctx === null) return
    const share = this.fade <= 0 ? 1 : Math.min(1, (time - this.#since) / this.fade)
    ctx.globalAlpha = 1
    if (this.#before !== null && share < 1) ctx.drawImage(this.#before, 0, 0, canvas.width, canvas.height)
    ctx.globalAlpha = this.#before === null ? 1 : share
    ctx.drawImage(now, 0, 0)
  }

  close(): void {
    this.#before?.close()
    this.#now?.close()
    this.#before = this.#now = null
  }
}
