/** What is shown on a map beside its points: pictures of some items, lines of the density, names of regions. */

import { answer, GET, type MapCard, type RegionCard, type TraitCard } from '../../api/client'
import { coloursOf, hasNames } from '../../map/colours'
import type { Line } from '../../map/contours'
import { MOST_CLASSES } from '../../map/contours'
import { type DrawnLine, drawable } from '../../map/drawnLines'
import { Frame, type Transform } from '../../map/frame'
import { laidOut } from '../../map/layout'
import { NAME_FONT } from '../../map/overlay'
import { type Name, type PlacedName, roomFor } from '../../map/regionNames'
import { pictureSize, Representatives } from '../../map/representatives'
import { app } from '../app.svelte'
import type { Exploring } from './exploring.svelte'
import { readInks } from './inks'
import { traitName } from './traits'

/** How much farther apart pictures are where the sheet lies under them. */
const OVER_SHEET = 2

export class OnMap {
  /** Lines as they are drawn. */
  lines = $state.raw<readonly DrawnLine[]>([])
  #regions = $state.raw<readonly RegionCard[]>([])
  names = $derived.by<readonly Name[]>(() => {
    const columns = this.#explore.map?.columns ?? []
    return this.#regions
      .filter(({ traits }) => !traits.some((trait) => this.#isHidden(trait)))
      .map(({ x, y, level, traits }) => ({
        xy: [x, y],
        level,
        text: traits.map((trait) => traitName(trait, columns)).join(' · '),
      }))
  })
  /** Whether it is not known yet which items are shown as pictures. */
  placing = $state(true)
  #representatives = $state.raw<Representatives | null>(null)
  #raw = $state.raw<readonly Line[]>([])
  readonly #explore: Exploring
  readonly #map: MapCard
  readonly #frame: Frame
  readonly #drawn: { x: Float32Array; y: Float32Array }
  readonly #widths = new Map<string, number>()
  #pen: CanvasRenderingContext2D | null = null
  #placed: ReadonlyMap<Name, PlacedName> = new Map()

  /** To be made while a component is: it works things out anew as what they hang on changes. */
  constructor(explore: Exploring, map: MapCard, xy: Float32Array) {
    this.#explore = explore
    this.#map = map
    this.#frame = new Frame(map.bounds)
    this.#drawn = this.#frame.drawn(xy)
    $effect(() => this.#place())
    $effect(() => this.#draw())
    $effect(() => this.#paint())
    $effect(() => this.#name())
  }

  /** The column whose values have lines of their own; null where all points have them together. */
  readonly #classes = $derived.by(() => {
    const { column, codes } = this.#explore.shown
    const few = column !== null && hasNames(column) && column.values.length <= MOST_CLASSES && column.values.length > 1
    return few && codes !== null ? { column, codes } : null
  })

  readonly #shown = $derived.by(() => {
    const { rows } = this.#explore.shown
    if (rows === null) return null
    const shown = new Uint8Array(this.#drawn.x.length)
    for (const row of rows) shown[row] = 1
    return shown
  })

  #place() {
    const shown = this.#shown
    const gone = new AbortController()
    this.placing = true
    const { pictured } = this.#map
    laidOut({ ...this.#drawn, shown, pictured, want: 'levels', codes: null, classes: 0 }, gone.signal)
      .then((levels) => {
        if (gone.signal.aborted) return
        this.#representatives = new Representatives(this.#drawn.x, this.#drawn.y, levels as Uint8Array)
        this.placing = false
      })
      .catch((error: unknown) => gone.signal.aborted || this.#explore.tell(error))
    return () => gone.abort()
  }

  #draw() {
    if (!this.#explore.look.contours) {
      this.#raw = []
      return
    }
    const [shown, classes] = [this.#shown, this.#classes]
    const gone = new AbortController()
    const by = { codes: classes?.codes ?? null, classes: classes?.column.values.length ?? 0 }
    laidOut({ ...this.#drawn, shown, pictured: 0, want: 'lines', ...by }, gone.signal)
      .then((lines) => {
        if (!gone.signal.aborted) this.#raw = lines as Line[]
      })
      .catch((error: unknown) => gone.signal.aborted || this.#explore.tell(error))
    return () => gone.abort()
  }

  #paint() {
    const { column } = this.#explore.shown
    const colours = column === null ? [] : coloursOf(column)
    const ink = readInks(app.theme).quiet
    this.lines = drawable(this.#raw, (line) => (line.class < 0 ? ink : (colours[line.class] ?? ink)))
  }

  #name() {
    const { column } = this.#explore.shown
    const map = this.#map
    if (!this.#explore.look.names) {
      this.#regions = []
      return
    }
    // A measure is nobody's label: what sets regions apart is looked for in all columns then.
    const by = column !== null && map.columns.some((one) => one.name === column.name) ? column.name : null
    let gone = false
    const query = by === null ? {} : { column: by }
    answer(() => GET('/api/maps/{map}/regions', { params: { path: { map: map.id }, query } }))
      .then((cards) => {
        if (!gone) this.#regions = cards
      })
      .catch((error: unknown) => gone || this.#explore.tell(error))
    return () => {
      gone = true
    }
  }

  /** How far it is zoomed in; 1 where all points just fit. */
  zoom(transform: Transform): number {
    const [lowX, lowY, highX, highY] = this.#map.bounds
    const whole = Math.min(
      transform.width / Math.max(highX - lowX, 1e-9),
      transform.height / Math.max(highY - lowY, 1e-9),
    )
    return transform.scale / whole
  }

  /** Whether it is a value that is not shown. */
  #isHidden({ column, form, value }: TraitCard): boolean {
    const { shown } = this.#explore
    if (form !== 'value' || value === null || shown.column?.name !== column) return false
    return shown.hidden.has(shown.column.values.indexOf(value))
  }

  /** Whether the middle of some rows is at the left. */
  isLeft(rows: readonly number[], transform: Transform): boolean {
    const middle = rows.reduce((sum, row) => sum + (this.#explore.place(row)?.[0] ?? 0), 0) / rows.length
    return transform.toScreen(middle, 0)[0] < transform.width / 2
  }

  /** Rows that are shown as pictures, and how large those are. */
  pictures(transform: Transform, overSheet: boolean): { rows: number[]; side: number } {
    const { side, distance } = pictureSize(transform, this.zoom(transform))
    const { centreX, centreY, half } = this.#frame
    const margin = side / 2 / transform.scale
    const [lowX, lowY, highX, highY] = transform.bounds
    const box = [
      (lowX - margin - centreX) / half,
      (lowY - margin - centreY) / half,
      (highX + margin - centreX) / half,
      (highY + margin - centreY) / half,
    ] as const
    const apart = (distance * (overSheet ? OVER_SHEET : 1)) / (transform.scale * half)
    return { rows: this.#representatives?.within(box, apart) ?? [], side }
  }

  /** Names that have room, off the pictures where they can be. */
  named(transform: Transform, pictures: { rows: readonly number[]; side: number }): readonly PlacedName[] {
    const middles = pictures.rows.map((row) => transform.toScreen(...(this.#explore.place(row) ?? ([0, 0] as const))))
    const width = (text: string) => this.#widthOf(text)
    const beside = { middles, side: pictures.side }
    this.#placed = roomFor(this.names, transform, this.zoom(transform), width, this.#placed, beside)
    return [...this.#placed.values()]
  }

  #widthOf(text: string): number {
    const known = this.#widths.get(text)
    if (known !== undefined) return known
    this.#pen ??= document.createElement('canvas').getContext('2d')
    if (this.#pen !== null) this.#pen.font = NAME_FONT
    const width = (this.#pen?.measureText(text).width ?? 7 * text.length) + 16
    this.#widths.set(text, width)
    return width
  }
}
