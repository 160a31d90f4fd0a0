/** What lies under the cursor as the lens shows it, live: whoever draws the map brings the cursor, the lens a canvas. */

import type { Cursor } from './cursor.svelte'

export class Sight {
  /** Of the map that is shown; null without one. */
  cursor = $state.raw<Cursor | null>(null)
  /** Whether what is under the lens is what lies under the cursor, and not what is kept. */
  live = $derived.by(() => this.cursor?.live ?? false)
  /** Whether the cursor rests on what was put under the lens, which may not have been looked at yet. */
  rests = $derived.by(() => this.cursor !== null && this.cursor.rests && this.cursor.frame !== null)

  #picture: ImageBitmap | null = null
  readonly #canvases = new Set<HTMLCanvasElement>()

  /** Show what lies under the cursor there, for as long as the canvas is in sight. */
  readonly on = (canvas: HTMLCanvasElement): (() => void) => {
    this.#canvases.add(canvas)
    if (this.#picture !== null) paint(canvas, this.#picture)
    return () => this.#canvases.delete(canvas)
  }

  /** A frame has come. Its picture is this one's from then on. */
  draw(picture: ImageBitmap): void {
    this.#picture?.close()
    this.#picture = picture
    for (const canvas of this.#canvases) paint(canvas, picture)
  }

  /** The map has left the page. */
  leave(cursor: Cursor): void {
    if (this.cursor !== cursor) return
    this.cursor = null
    this.#picture?.close()
    this.#picture = null
  }
}

function paint(canvas: HTMLCanvasElement, picture: ImageBitmap): void {
  // To be given a size wipes a canvas, which a frame as large as the last one does without.
  if (canvas.width !== picture.width) canvas.width = picture.width
  if (canvas.height !== picture.height) canvas.height = picture.height
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
}
