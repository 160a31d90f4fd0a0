/** The microphone: asked for, listened to for so long, and let go. */

import { joined, loudness, type Wave } from './wav'

export type Lack = 'insecure' | 'refused' | 'none' | 'busy' | 'failed'

/** Why nothing can be recorded. */
export class NoMicrophone extends Error {
  readonly lack: Lack

  constructor(lack: Lack, cause?: unknown) {
    super(lack, { cause })
    this.name = 'NoMicrophone'
    this.lack = lack
  }
}

const LACKS: Readonly<Record<string, Lack>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

/** What a browser's refusal means. */
export function lackOf(error: unknown): Lack {
  return LACKS[(error as { name?: string } | null)?.name ?? ''] ?? 'failed'
}

export interface Take {
  /** What was heard so far. */
  stop(): Wave
  /** Resolves when it is full. */
  readonly full: Promise<Wave>
}

export class Microphone {
  readonly #stream: MediaStream
  readonly #audio: AudioContext
  readonly #source: MediaStreamAudioSourceNode
  readonly #capture: AudioWorkletNode
  /** Is told how loud each piece is, 0 to 1. */
  heard: (level: number) => void = () => undefined
  #pieces: Float32Array[] | null = null
  #wants = 0
  #filled: (wave: Wave) => void = () => undefined

  private constructor(stream: MediaStream, audio: AudioContext) {
    this.#stream = stream
    this.#audio = audio
    this.#source = audio.createMediaStreamSource(stream)
    this.#capture = new AudioWorkletNode(audio, 'capture', { numberOfOutputs: 0 })
    this.#capture.port.onmessage = ({ data }) => this.#take(data as Float32Array)
    this.#source.connect(this.#capture)
  }

  /** Ask the person for it. */
  static async open(audio: AudioContext, module: string): Promise<Microphone> {
    // Browsers hide it from pages that came over an open line.
    if (navigator.mediaDevices?.getUserMedia === undefined) throw new NoMicrophone('insecure')
    let stream: MediaStream
    try {
      // As it is: what clears up a telephone call changes a voice.
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
      stream = await navigator.mediaDevices.getUserMedia({ audio: plain })
    } catch (error) {
      throw new NoMicrophone(lackOf(error), error)
    }
    try {
      await audio.resume()
      await audio.audioWorklet.addModule(module)
      return new Microphone(stream, audio)
    } catch (error) {
      for (const track of stream.getTracks()) track.stop()
      throw new NoMicrophone('failed', error)
    }
  }

  /** Listen for so many seconds at most. */
  record(seconds: number): Take {
    this.#pieces = []
    this.#wants = Math.round(seconds * this.#audio.sampleRate)
    const full = new Promise<Wave>((resolve) => {
      this.#filled = resolve
    })
    return { stop: () => this.#stop(), full }
  }

  close(): void {
    this.#pieces = null
    this.#capture.port.onmessage = null
    this.#source.disconnect()
    for (const track of this.#stream.getTracks()) track.stop()
  }

  #take(piece: Float32Array): void {
    this.heard(loudness(piece))
    if (this.#pieces === null) return
    this.#pieces.push(piece)
    const have = this.#pieces.reduce((sum, one) => sum + one.length, 0)
    if (have >= this.#wants) this.#filled(this.#stop())
  }

  #stop(): Wave {
    const samples = joined(this.#pieces ?? [], this.#wants)
    this.#pieces = null
    return { samples, rate: this.#audio.sampleRate }
  }
}
