/** Points drawn by regl-scatterplot. Nobody else knows of it. */

import createRegl from '@plotly/regl'
import createScatterplot, { createRenderer } from 'regl-scatterplot'
import { type Bounds, Frame, fitted, type Insets, NO_INSETS, Transform } from './frame'
import { wantsStill } from './motion'
import { code } from './regl-code.js'
import { Spatial } from './spatial'
import type { Mode, Painting, PointMap, PointMapEvents } from './types'

const SMOOTH = { transition: true, transitionDuration: 350 }
/** Beside what shows everything. */
const LEAST_ZOOM = 0.4
const MOST_ZOOM = 2000
/** How much of a point that is not shown is left, and points up to which those lie under all others. */
const GHOST = { opacity: 0.1, colour: '#8a93a6', ordered: 200_000 }
const CHOSEN = { dark: '#ffffff', light: '#111111' }
const PLAIN = '#8a93a6'

/** The canvas cannot be drawn on. */
export class NoWebGL extends Error {
  constructor() {
    super('this browser cannot draw the map: WebGL is not to be had')
    this.name = 'NoWebGL'
  }
}

export function makePointMap(canvas: HTMLCanvasElement, events: Partial<PointMapEvents>): PointMap {
  return new Scatter(canvas, events)
}

class Scatter implements PointMap {
  readonly #plot: ReturnType<typeof createScatterplot>
  readonly #renderer: ReturnType<typeof createRenderer>
  readonly #events: Partial<PointMapEvents>
  #frame = new Frame([-1, -1, 1, 1])
  #spatial: Spatial | null = null
  #drawn: { x: Float32Array; y: Float32Array } | null = null
  #painting: Painting = { codes: null, colours: [PLAIN] }
  #shown: Uint8Array | null = null
  /** Whether what is not shown is a ghost. */
  #ghosts = false
  /** Whether points are drawn in another order than that of the rows. */
  #ordered = false
  #opacity = 0.8
  #bounds: Bounds = [-1, -1, 1, 1]
  /** What is on the screen when everything is shown; null before. */
  #whole: Bounds | null = null
  /** Where the map was last asked to go, how often it is still on its way, and how it lay when it had come there. */
  #aim: Bounds | 'whole' = 'whole'
  #going = 0
  #there: Float32Array | null = null
  /** It keeps to where it lay before it was resized. */
  #held = false
  #insets: Insets = NO_INSETS
  #size = { width: 1, height: 1 }
  #transform: Transform
  #destroyed = false
  /** Drawings one after the other: the library takes no second one before the first has ended. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(canvas: HTMLCanvasElement, events: Partial<PointMapEvents>) {
    this.#events = events
    const box = canvas.getBoundingClientRect()
    this.#size = { width: Math.max(box.width, 1), height: Math.max(box.height, 1) }
    const own = document.createElement('canvas')
    const gl = own.getContext('webgl', { antialias: true, preserveDrawingBuffer: false })
    if (gl === null) throw new NoWebGL()
    const regl = createRegl({
      gl,
      extensions: ['ANGLE_instanced_arrays', 'OES_texture_float', 'OES_element_index_uint'],
      optionalExtensions: ['EXT_float_blend', 'WEBGL_color_buffer_float'],
      cachedCode: code,
    } as Parameters<typeof createRegl>[0])
    this.#renderer = createRenderer({ regl: regl as never, canvas: own })
    this.#plot = createScatterplot({
      canvas,
      renderer: this.#renderer,
      ...this.#size,
      lassoOnLongPress: false,
      lassoInitiator: false,
      deselectOnDblClick: false,
      deselectOnEscape: false,
      ...({ actionKeyMap: {} } as object),
      spatialIndexUseWorker: false,
      pointSize: 5,
      pointScaleMode: 'constant',
      pointSizeSelected: 2,
      pointOutlineWidth: 1,
      opacity: 0.8,
      backgroundColor: [0, 0, 0, 0],
    })
    this.#resizeRenderer()
    this.#transform = this.#read()
    this.#plot.subscribe('view', () => this.#moved())
  }

  get transform(): Transform {
    return this.#transform
  }

  async setPoints(xy: Float32Array, bounds: Bounds): Promise<void> {
    const frame = new Frame(bounds)
    const drawn = frame.drawn(xy)
    const spatial = await Spatial.of(drawn.x, drawn.y)
    if (this.#destroyed) return
    this.#frame = frame
    this.#bounds = bounds
    this.#drawn = drawn
    this.#spatial = spatial
    this.#shown = null
    this.#ghosts = false
    this.#painting = { codes: null, colours: this.#painting.colours }
    await this.#draw(false)
    await this.reset(false)
  }

  async paint(painting: Painting): Promise<void> {
    this.#painting = painting
    if (this.#drawn !== null) await this.#draw(true)
  }

  async show(rows: Uint32Array | null, ghosts: boolean): Promise<void> {
    if (this.#drawn === null) return
    const [n, haunted] = [this.#drawn.x.length, this.#ghosts]
    this.#shown = rows === null ? null : new Uint8Array(n)
    for (const row of rows ?? []) (this.#shown as Uint8Array)[row] = 1
    this.#ghosts = rows !== null && ghosts
    if (haunted || this.#ghosts) await this.#draw(true)
    await this.#then(async () => {
      if (rows === null || ghosts) await this.#plot.unfilter()
      else await this.#plot.filter(Array.from(rows))
    })
  }

  choose(rows: ArrayLike<number>): void {
    if (this.#drawn === null) return
    if (rows.length === 0) this.#plot.deselect({ preventEvent: true })
    else this.#plot.select(Array.from(rows), { preventEvent: true })
  }

  setLook({ size, opacity, dark }: { size: number; opacity: number; dark: boolean }): void {
    const chosen = dark ? CHOSEN.dark : CHOSEN.light
    this.#opacity = opacity
    this.#plot.set({ pointSize: size, pointColorActive: chosen, pointColorHover: chosen })
    this.#see()
  }

  /** How clear points are: of ghosts, which have the last colour, next to nothing. */
  #see(): void {
    const { length } = this.#painting.colours
    const clear = Array<number>(Math.max(length, 1)).fill(this.#opacity)
    const ghosts = this.#ghosts && this.#drawn !== null
    this.#plot.set({
      opacityBy: ghosts ? 'valueA' : null,
      opacity: ghosts ? [...clear, GHOST.opacity] : this.#opacity,
    } as never)
  }

  setMode(mode: Mode): void {
    this.#plot.set({ cameraIsFixed: mode === 'lasso' })
  }

  nearest(px: number, py: number, within: number): number {
    if (this.#spatial === null) return -1
    const [x, y] = this.#toDrawn(px, py)
    const radius = within / (this.#transform.scale * this.#frame.half)
    return this.#spatial.nearest(x, y, radius, this.#shown)
  }

  within([lowX, lowY, highX, highY]: Bounds, most: number): number[] {
    if (this.#spatial === null) return []
    const { centreX, centreY, half } = this.#frame
    return this.#spatial.range(
      (lowX - centreX) / half,
      (lowY - centreY) / half,
      (highX - centreX) / half,
      (highY - centreY) / half,
      most,
      this.#shown,
    )
  }

  zoomBy(factor: number, px = this.#size.width / 2, py = this.#size.height / 2): void {
    const view = this.#view()
    const zoom = this.#kept(view[0] as number, factor)
    const [x, y] = this.#toDrawn(px, py)
    const change = zoom - (view[0] as number)
    this.#look(zoom, (view[12] as number) - change * x, (view[13] as number) - change * y)
  }

  /** As near or far as the map goes: not so far that it is a dot, nor nearer than where single points are. */
  #kept(zoom: number, factor: number): number {
    const whole = this.#whole === null ? 1 : (2 * this.#frame.half) / (this.#whole[3] - this.#whole[1])
    const most = Math.min(MOST_ZOOM, Math.max(60, 8 * Math.sqrt(this.#drawn?.x.length ?? 0)))
    const [low, high] = [Math.min(LEAST_ZOOM * whole, zoom), Math.max(most * whole, zoom)]
    return Math.min(Math.max(zoom * factor, low), high)
  }

  panBy(dx: number, dy: number): void {
    const view = this.#view()
    const unit = 2 / this.#size.height
    this.#look(view[0] as number, (view[12] as number) + dx * unit, (view[13] as number) - dy * unit)
  }

  async goTo(bounds: Bounds, smooth = true): Promise<void> {
    this.#aim = bounds
    await this.#go(bounds, smooth)
  }

  async #go([lowX, lowY, highX, highY]: Bounds, smooth: boolean): Promise<void> {
    if (this.#drawn === null) return
    const { centreX, centreY, half } = this.#frame
    const rectangle = {
      x: (lowX - centreX) / half,
      y: (lowY - centreY) / half,
      width: (highX - lowX) / half,
      height: (highY - lowY) / half,
    }
    this.#going++
    try {
      await this.#then(() => this.#plot.zoomToArea(rectangle, smooth && !wantsStill() ? SMOOTH : {}))
    } finally {
      this.#going--
    }
    // Who leaves the map on its way has let go of what it was drawn by.
    if (this.#destroyed) return
    this.#there = Float32Array.from(this.#view())
    this.#moved()
  }

  async reset(smooth = true): Promise<void> {
    this.#whole = fitted(this.#bounds, this.#size, this.#insets)
    this.#aim = 'whole'
    await this.#go(this.#whole, smooth)
  }

  get isWhole(): boolean {
    if (this.#whole === null) return false
    const [now, whole] = [this.#transform.bounds, this.#whole]
    const slack = 1e-3 * (whole[2] - whole[0])
    return now.every((value, i) => Math.abs(value - (whole[i] as number)) < slack)
  }

  setInsets(insets: Insets): void {
    // One that is on its way to a part of itself goes there, whatever it shows for now.
    const whole = this.#going > 0 ? this.#aim === 'whole' : this.isWhole
    this.#insets = insets
    if (whole) void this.reset(false)
  }

  resize(width: number, height: number, holds = false): void {
    if (this.#destroyed || width < 2 || height < 2) return
    if (width === this.#size.width && height === this.#size.height) return
    const before = this.#transform
    // Nobody has moved the map since it was asked to go somewhere: in its new shape it is to show the same.
    const stays = this.#going > 0 || this.#view().every((value, i) => value === this.#there?.[i])
    const aim = stays ? this.#aim : this.isWhole ? 'whole' : null
    this.#size = { width, height }
    this.#resizeRenderer()
    // The library knows its new shape a frame later; an area that it goes to before that is another one.
    const sized = this.#plot.set({ width, height })
    void this.#then(() => sized)
    if (holds && this.#drawn !== null) {
      const [lowX, , , highY] = before.bounds
      void this.#go([lowX, highY - height / before.scale, lowX + width / before.scale, highY], false)
      this.#held = true
      return
    }
    this.#held = false
    this.#moved()
    if (aim === 'whole') void this.reset(false)
    else if (aim !== null) void this.goTo(aim, false)
  }

  settle(): void {
    const stays = this.#view().every((value, i) => value === this.#there?.[i])
    if (this.#held && stays) {
      if (this.#aim === 'whole') void this.reset()
      else void this.goTo(this.#aim)
    }
    this.#held = false
  }

  destroy(): void {
    this.#destroyed = true
    this.#plot.destroy()
    this.#renderer.destroy()
  }

  #resizeRenderer(): void {
    this.#renderer.resize(this.#size.width, this.#size.height)
    this.#renderer.refresh()
  }

  #toDrawn(px: number, py: number): [number, number] {
    const [x, y] = this.#transform.toPlace(px, py)
    return [(x - this.#frame.centreX) / this.#frame.half, (y - this.#frame.centreY) / this.#frame.half]
  }

  #view(): Float32Array {
    return this.#plot.get('cameraView')
  }

  #look(zoom: number, moveX: number, moveY: number): void {
    const view = new Float32Array(16)
    view.set([zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, zoom, 0, moveX, moveY, 0, 1])
    this.#plot.set({ cameraView: view })
    this.#plot.refresh()
    this.#moved()
  }

  #read(): Transform {
    return new Transform(this.#frame, this.#view(), this.#size.width, this.#size.height)
  }

  #moved(): void {
    if (this.#destroyed) return
    const now = this.#read()
    if (now.equals(this.#transform)) return
    this.#transform = now
    this.#events.view?.(now)
  }

  async #then<T>(work: () => Promise<T> | T): Promise<T | undefined> {
    const turn = this.#queue.then(() => (this.#destroyed ? undefined : work()))
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** What colours every point: the painting, where what is not shown has one more colour. */
  #colours(): { codes: Uint16Array | null; colours: string[] } {
    const { codes, colours } = this.#painting
    if (!this.#ghosts || this.#shown === null) return { codes, colours: [...colours] }
    const shown = this.#shown
    const haunted = Uint16Array.from(shown, (one, i) => (one ? (codes?.[i] ?? 0) : colours.length))
    return { codes: haunted, colours: [...colours, GHOST.colour] }
  }

  async #draw(keep: boolean): Promise<void> {
    await this.#then(async () => {
      const { x, y } = this.#drawn as { x: Float32Array; y: Float32Array }
      const { codes, colours } = this.#colours()
      // Two colours at least: with one, the library takes the array for the colour itself.
      const pointColor = colours.length > 1 ? colours : [colours[0] ?? PLAIN, colours[0] ?? PLAIN]
      this.#plot.set({
        colorBy: codes === null ? null : 'valueA',
        pointColor: codes === null ? pointColor[0] : pointColor,
      } as never)
      this.#see()
      if (x.length === 0) {
        this.#plot.clear()
        return
      }
      const index = (this.#spatial as Spatial).data
      const options = { spatialIndex: index, zDataType: 'categorical' as const, preventFilterReset: keep }
      await this.#plot.draw(codes === null ? { x, y } : { x, y, valueA: codes }, options)
      if (this.#destroyed || x.length > GHOST.ordered || !(this.#ghosts || this.#ordered)) return
      this.#ordered = this.#ghosts
      this.#plot.set({ pointOrder: this.#order() } as never)
    })
  }

  /** Ghosts first, under all others; null for the order of the rows. */
  #order(): number[] | null {
    if (!this.#ghosts || this.#shown === null) return null
    const shown = this.#shown
    return Array.from(shown.keys()).filter((row) => !shown[row])
  }
}

export type { Mode }
