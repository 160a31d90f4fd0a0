/** A part of a picture, chosen by hand: a square of it, or what has the form of a model's pictures. No browser in it. */

export interface Crop {
  /** The left upper corner, in pixels of the picture. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels that are left at least. */
const LEAST = 8

/** The largest part of a form, from the middle. */
export function whole(of: Size, form: Size): Crop {
  return placed(of, form, of.width / 2, of.height / 2, Number.POSITIVE_INFINITY)
}

/** A part about a middle, as wide as wanted and as there is room for, pushed back into the picture. */
export function placed(of: Size, form: Size, middleX: number, middleY: number, wanted: number): Crop {
  const most = Math.min(of.width, (of.height * form.width) / form.height)
  const width = Math.max(1, Math.round(Math.min(Math.max(wanted, Math.min(LEAST, most)), most)))
  const height = Math.max(1, Math.min(of.height, Math.round((width * form.height) / form.width)))
  const at = (middle: number, side: number, room: number) =>
    Math.round(Math.min(Math.max(middle - side / 2, 0), room - side))
  return { x: at(middleX, width, of.width), y: at(middleY, height, of.height), width, height }
}

export function moved(crop: Crop, of: Size, dx: number, dy: number): Crop {
  return placed(of, crop, crop.x + crop.width / 2 + dx, crop.y + crop.height / 2 + dy, crop.width)
}

/** Larger or smaller about its middle. */
export function zoomed(crop: Crop, of: Size, factor: number): Crop {
  return placed(of, crop, crop.x + crop.width / 2, crop.y + crop.height / 2, crop.width * factor)
}

/** What the file of a part is called. */
export function partName(name: string, { x, y, width, height }: Crop): string {
  return `${name.replace(/\.[^.]*$/, '') || 'picture'}-${x}-${y}-${width}x${height}.png`
}
