/** Live decode: positions go out, the newest is answered by a picture (see server/routes/live.py). */

import { home, PROTOCOL, type RefusalDocument, WONDERS, wonder } from './client'
import { bitmap } from './pictures'

export interface Frame {
  seq: number
  /** The nearest encoded item, and how far it is in the space. */
  row: number
  distance: number
  /** How unlike the encoded items what is there is; up to 1 is among them, null where it is not tested. */
  support: number | null
  x: number
  y: number
  picture: ImageBitmap
  /** The item itself, where it was asked for. */
  file: ArrayBuffer | null
}

export interface LiveListener {
  frame(frame: Frame): void
  refused(error: RefusalDocument): void
  /** Whether the line stands; a line that is lost is taken up again by itself. */
  state(open: boolean): void
}

const LIVE = 5
const WITH_FILE = 6
const HEAD = 32
/** Positions on the way that were not answered yet; further ones wait here, the newest alone. */
const AHEAD = 2
const WAITS = [250, 500, 1000, 2000, 4000]

/** Read the header of a frame; null for anything else. */
export function readHead(data: ArrayBuffer): (Omit<Frame, 'picture'> & { picture: Uint8Array<ArrayBuffer> }) | null {
  if (data.byteLength <= HEAD) return null
  const view = new DataView(data)
  const form = view.getUint32(4, true)
  if (view.getUint32(0, true) !== 0x315a4c54 || (form !== LIVE && form !== WITH_FILE)) return null
  const support = view.getFloat32(20, true)
  const begins = form === LIVE ? HEAD : HEAD + 4
  const ends = form === LIVE ? data.byteLength : begins + view.getUint32(HEAD, true)
  if (ends > data.byteLength) return null
  return {
    picture: new Uint8Array(data, begins, ends - begins),
    file: form === LIVE ? null : data.slice(ends),
    seq: view.getUint32(8, true),
    row: view.getUint32(12, true),
    distance: view.getFloat32(16, true),
    support: Number.isNaN(support) ? null : support,
    x: view.getFloat32(24, true),
    y: view.getFloat32(28, true),
  }
}

/** One line to the server for one map. */
export class Live {
  #socket: WebSocket | null = null
  #seq = 0
  #answered = 0
  #seen = 0
  #next: { x: number; y: number; file: boolean } | null = null
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Runs while an answer is waited for. */
  #late: ReturnType<typeof setInterval> | undefined
  #closed = false
  readonly #map: string
  readonly #listener: LiveListener

  constructor(map: string, listener: LiveListener) {
    this.#map = map
    this.#listener = listener
    this.#open()
  }

  /** Decode a place; one that is overtaken by another before it is sent is let go. */
  ask(x: number, y: number, file = false): void {
    this.#next = { x, y, file }
    this.#send()
  }

  /** Nothing more is wanted, until the next place. */
  rest(): void {
    this.#next = null
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#rested()
    const socket = this.#socket
    if (socket === null) return
    // One that is closed before it is there is told as an error by browsers.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close()
    else socket.close()
  }

  #open(): void {
    const address = `${home().replace(/^http/, 'ws')}/api/live?map=${this.#map}&protocol=${PROTOCOL}`
    const socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => {
      this.#tries = 0
      this.#answered = this.#seq
      this.#seen = 0
      this.#listener.state(true)
      this.#send()
    }
    socket.onmessage = (event) => void this.#take(event.data)
    socket.onclose = () => {
      this.#rested()
      if (this.#closed) return
      this.#listener.state(false)
      this.#timer = setTimeout(() => this.#open(), WAITS[Math.min(this.#tries++, WAITS.length - 1)])
    }
  }

  #send(): void {
    if (this.#next === null || this.#socket?.readyState !== WebSocket.OPEN) return
    if (this.#seq - this.#answered >= AHEAD) return
    const { x, y, file } = this.#next
    this.#next = null
    this.#late ??= setInterval(() => void wonder(), WONDERS)
    this.#socket.send(JSON.stringify({ seq: ++this.#seq, x, y, seen: this.#seen, ...(file ? { file } : {}) }))
  }

  #rested(): void {
    clearInterval(this.#late)
    this.#late = undefined
  }

  async #take(data: unknown): Promise<void> {
    this.#rested()
    if (typeof data === 'string') {
      this.#answered = this.#seq
      this.#seen = this.#seq
      this.#listener.refused((JSON.parse(data) as { error: RefusalDocument }).error)
      this.#send()
      return
    }
    if (!(data instanceof ArrayBuffer)) return
    const head = readHead(data)
    if (head === null) return
    this.#answered = Math.max(this.#answered, head.seq)
    this.#send()
    const picture = await bitmap(head.picture)
    if (this.#closed || head.seq < this.#seen) {
      picture.close()
      return
    }
    this.#seen = head.seq
    this.#listener.frame({ ...head, picture })
  }
}
