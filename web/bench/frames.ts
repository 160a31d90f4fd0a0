/**
 * Frames of the studio's map beside those of regl-scatterplot alone: the same points, colours, size and moves of the
 * mouse, in one page and in turns. `benchmarks/speed_page.py` opens it and calls `window.frames_of`.
 *
 * A frame is one move up to the next time that the browser lets a script draw, which it does not before
 * the last picture is made where nothing limits the rate (--disable-frame-rate-limit).
 */

import createScatterplot from 'regl-scatterplot'
import type { Line } from '../src/map/contours'
import { drawable, drawLines } from '../src/map/drawnLines'
import { type Bounds, Frame, type Transform } from '../src/map/frame'
import { laidOut } from '../src/map/layout'
import { drawOverlay, type Inks, type Scene } from '../src/map/overlay'
import { type Name, type PlacedName, roomFor } from '../src/map/regionNames'
import { pictureSize, Representatives } from '../src/map/representatives'
import { makePointMap } from '../src/map/scatter'

const COLOURS = ['#4e79a7', '#f28e2b', '#e15759', '#76b7b2', '#59a14f', '#edc948', '#b07aa1', '#ff9da7']
const LOOK = { size: 4, opacity: 0.7 }
const INKS: Inks = {
  text: '#fff',
  ground: '#10131a',
  accent: '#ffb454',
  onAccent: '#111',
  good: '#6c6',
  bad: '#e66',
  quiet: '#89a',
}
const SCENE: Scene = {
  pins: [
    { letter: 'A', xy: [-1, 0.5], current: true },
    { letter: 'B', xy: [1, -0.5], current: false },
  ],
  focus: null,
  marks: {
    lines: [{ xy: Array.from({ length: 24 }, (_, i) => [-1 + i / 12, 0.5 - i / 24] as const), ink: null, at: 5 }],
    arrows: [],
    track: [],
  },
  cursor: { xy: [0.2, 0.1], support: 0.6, nearest: [0.21, 0.12] },
  crosshair: false,
  lasso: [],
  thumbnails: [],
  thumbnailSize: 44,
  hits: [],
  names: [],
}

interface Plot {
  canvas: HTMLCanvasElement
  destroy(): void
}

/** Milliseconds a frame, by turns. */
interface Frames {
  ours: number[]
  bare: number[]
}

/** Points in eight clumps, the same every time. */
function points(n: number): { xy: Float32Array; codes: Uint16Array } {
  let state = 1
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 4294967296
  }
  const xy = new Float32Array(2 * n)
  const codes = new Uint16Array(n)
  for (let i = 0; i < n; i++) {
    const clump = i % 8
    const [radius, angle] = [0.35 * Math.sqrt(-2 * Math.log(uniform())), 2 * Math.PI * uniform()]
    xy[2 * i] = 1.6 * Math.cos((clump * Math.PI) / 4) + radius * Math.cos(angle)
    xy[2 * i + 1] = 1.1 * Math.sin((clump * Math.PI) / 4) + radius * Math.sin(angle)
    codes[i] = clump
  }
  return { xy, codes }
}

const BOUNDS: Bounds = [-3.2, -3.2, 3.2, 3.2]

/** A picture as the page has them, many to a source. */
function sheet(): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width: 640, height: 640 })
  const context = made.getContext('2d') as CanvasRenderingContext2D
  for (let i = 0; i < 100; i++) {
    context.fillStyle = COLOURS[i % COLOURS.length] as string
    context.fillRect((i % 10) * 64, Math.floor(i / 10) * 64, 64, 64)
  }
  return made
}

/** What the page shows at each change of the view: pictures of some items, lines of the density, names of regions. */
async function ours(xy: Float32Array, codes: Uint16Array): Promise<Plot & { bounds: Bounds }> {
  const [under, canvas, over] = layers('ours') as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement]
  const [below, context] = [under, over].map((one) => one.getContext('2d') as CanvasRenderingContext2D) as [
    CanvasRenderingContext2D,
    CanvasRenderingContext2D,
  ]
  const frame = new Frame(BOUNDS)
  const drawn = frame.drawn(xy)
  const asked = { ...drawn, shown: null, pictured: 1000, codes, classes: COLOURS.length }
  const { signal } = new AbortController()
  const shown = new Representatives(
    drawn.x,
    drawn.y,
    (await laidOut({ ...asked, want: 'levels' }, signal)) as Uint8Array,
  )
  const found = (await laidOut({ ...asked, want: 'lines' }, signal)) as Line[]
  const lines = drawable(found, (line) => COLOURS[line.class] as string)
  const names: Name[] = COLOURS.map((text, i) => ({
    text,
    level: 0,
    xy: [1.6 * Math.cos((i * Math.PI) / 4), 1.1 * Math.sin((i * Math.PI) / 4)],
  }))
  const source = sheet()
  let placed: ReadonlyMap<Name, PlacedName> = new Map()
  const moved = (transform: Transform) => {
    const zoom = transform.scale / 100
    const { side, distance } = pictureSize(transform, zoom)
    const [lowX, lowY, highX, highY] = transform.bounds.map((value) => value / frame.half) as unknown as Bounds
    const rows = shown.within([lowX, lowY, highX, highY], distance / (transform.scale * frame.half))
    below.setTransform(1, 0, 0, 1, 0, 0)
    below.clearRect(0, 0, under.width, under.height)
    drawLines(below, transform, lines, devicePixelRatio, true)
    const middles = rows.map((row) => transform.toScreen(xy[2 * row] as number, xy[2 * row + 1] as number))
    placed = roomFor(names, transform, zoom, () => 60, placed, { middles, side })
    const scene: Scene = {
      ...SCENE,
      thumbnails: rows.map((row) => ({
        xy: [xy[2 * row] as number, xy[2 * row + 1] as number],
        tile: { source, x: (row % 10) * 64, y: 0, size: 64 },
        colour: COLOURS[codes[row] as number] as string,
      })),
      thumbnailSize: side,
      names: [...placed.values()],
    }
    drawOverlay(context, transform, scene, INKS, devicePixelRatio)
    window.pictures = rows.length
  }
  const map = makePointMap(canvas, { view: moved })
  map.resize(1000, 640)
  map.setLook({ ...LOOK, dark: true })
  await map.setPoints(xy, BOUNDS)
  await map.paint({ codes, colours: COLOURS })
  return { canvas, bounds: map.transform.bounds, destroy: () => map.destroy() }
}

/** The same part of the same map. */
async function bare(xy: Float32Array, codes: Uint16Array, bounds: Bounds): Promise<Plot> {
  const [canvas] = layers('bare')
  const plot = createScatterplot({
    canvas: canvas as HTMLCanvasElement,
    width: 1000,
    height: 640,
    pointSize: LOOK.size,
    opacity: LOOK.opacity,
    pointScaleMode: 'constant',
    colorBy: 'valueA',
    pointColor: COLOURS,
    backgroundColor: [0, 0, 0, 0],
  })
  const n = codes.length
  const [x, y] = [new Float32Array(n), new Float32Array(n)]
  for (let i = 0; i < n; i++) {
    x[i] = (xy[2 * i] as number) / 3.2
    y[i] = (xy[2 * i + 1] as number) / 3.2
  }
  await plot.draw({ x, y, valueA: codes }, { zDataType: 'categorical' })
  const [lowX, lowY, highX, highY] = bounds.map((value) => value / 3.2) as unknown as Bounds
  await plot.zoomToArea({ x: lowX, y: lowY, width: highX - lowX, height: highY - lowY })
  return { canvas: canvas as HTMLCanvasElement, destroy: () => plot.destroy() }
}

function layers(id: string): HTMLCanvasElement[] {
  const found = [...(document.getElementById(id) as HTMLElement).querySelectorAll('canvas')]
  for (const canvas of found) [canvas.width, canvas.height] = [1000, 640]
  return found
}

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

/** Milliseconds of each frame of a way round with the mouse held, and of one nearer and away again by its wheel. */
async function timed(id: 'ours' | 'bare', { canvas }: Plot, count: number): Promise<number[]> {
  for (const stage of document.querySelectorAll('.stage')) stage.classList.toggle('now', stage.id === id)
  const took: number[] = []
  const at = (turn: number) => ({ clientX: 500 + 120 * Math.sin(turn), clientY: 320 + 90 * (1 - Math.cos(turn)) })
  const mouse = (kind: string, turn: number, buttons: number) =>
    canvas.dispatchEvent(new MouseEvent(kind, { ...at(turn), buttons, bubbles: true, cancelable: true }))
  const each = async (change: (i: number) => void) => {
    let before = await frame()
    for (let i = 0; i < count; i++) {
      change(i)
      const now = await frame()
      took.push(now - before)
      before = now
    }
  }
  mouse('mousemove', 0, 0) // or the press would take the map along from where the mouse was before
  await frame()
  await frame()
  mouse('mousedown', 0, 1)
  await each((i) => mouse('mousemove', (2 * Math.PI * (i + 1)) / count, 1))
  mouse('mouseup', 0, 0)
  const wheel = (deltaY: number) =>
    canvas.dispatchEvent(
      new WheelEvent('wheel', { clientX: 500, clientY: 320, deltaY, bubbles: true, cancelable: true }),
    )
  await each((i) => wheel(i < count / 2 ? -40 : 40))
  return took
}

declare global {
  interface Window {
    /** Pictures of the last frame. */
    pictures: number
    frames_of: (n: number, count: number, rounds: number) => Promise<Frames>
  }
}

window.frames_of = async (n, count, rounds) => {
  const { xy, codes } = points(n)
  const mine = await ours(xy, codes)
  const alone = await bare(xy, codes, mine.bounds)
  const out: Frames = { ours: [], bare: [] }
  await timed('ours', mine, 5)
  await timed('bare', alone, 5)
  for (let i = 0; i < rounds; i++) {
    const first = i % 2 === 0
    if (first) out.ours.push(...(await timed('ours', mine, count)))
    out.bare.push(...(await timed('bare', alone, count)))
    if (!first) out.ours.push(...(await timed('ours', mine, count)))
  }
  mine.destroy()
  alone.destroy()
  return out
}
