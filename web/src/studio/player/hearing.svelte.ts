/**
 * What the page makes heard. There is one for the whole page, since there is one pair of ears: one AudioContext, made when
 * somebody first turns the sound on, and one voice. A page is silent until then, and again after it was reloaded; how
 * loud it is outlives it.
 */

import { type Part, SOFT, Voice } from '../../sound/voice'
import type { Wave } from '../../sound/wav'
import { t } from '../../text/index.svelte'
import { Declined } from '../refusal'
import { remember, remembered } from '../remembered'

/**
 * `waiting`: it is on, and the browser makes no sound before the page is touched once more. `failed`: there is no way
 * out for sound.
 */
export type State = 'off' | 'on' | 'waiting' | 'failed'

/** Milliseconds that a browser has to begin making sound before one says that it does not. */
const BEGINS = 900
const USUAL = 0.8

function volumeOf(text: string | null): number {
  const value = Number(text)
  return text !== null && value >= 0 && value <= 1 ? value : USUAL
}

class Hearing {
  state = $state<State>('off')
  volume = $state(volumeOf(remembered('volume')))
  /** Play over and over. */
  repeat = $state(false)
  /** The key of what is heard; null in silence. */
  playing = $state<string | null>(null)

  /** The key of what was shown last; null before anything was. */
  #seen: string | null = null
  #audio: AudioContext | null = null
  #gain: GainNode | null = null
  #voice: Voice | null = null

  get isOn(): boolean {
    return this.state === 'on' || this.state === 'waiting'
  }

  /** How far into what is heard it is, in seconds. */
  get position(): number {
    return this.#voice?.position ?? 0
  }

  /** Seconds of the clock that grains are counted by. */
  get now(): number {
    return performance.now() / 1000
  }

  /** Whether something comes into sight in place of something else. */
  isNews(key: string): boolean {
    const before = this.#seen
    this.#seen = key
    return before !== null && before !== key
  }

  /** Make sound; to be called while somebody presses something. */
  async turnOn(): Promise<boolean> {
    try {
      await this.#begin(this.context())
    } catch {
      this.state = 'failed'
      return false
    }
    return this.isOn
  }

  turnOff(): void {
    this.stop()
    this.state = 'off'
    this.rest()
  }

  /** Let go of what was made for a microphone alone. */
  rest(): void {
    if (!this.isOn) void this.#audio?.suspend().catch(() => undefined)
  }

  async switch(): Promise<void> {
    if (this.isOn) this.turnOff()
    else await this.turnOn()
  }

  setVolume(volume: number): void {
    this.volume = Math.min(Math.max(volume, 0), 1)
    remember('volume', this.volume.toFixed(2))
    this.#level()
  }

  /** The page's one way out for sound, and in. An error where the browser has none. */
  context(): AudioContext {
    if (this.#audio !== null) return this.#audio
    if (typeof AudioContext === 'undefined') throw new Declined(t('sound.failed'))
    const audio = new AudioContext({ latencyHint: 'interactive' })
    const gain = audio.createGain()
    gain.connect(audio.destination)
    this.#audio = audio
    this.#gain = gain
    this.#voice = new Voice(audio, gain)
    audio.onstatechange = () => this.#changed(audio)
    this.#level()
    return audio
  }

  /** Play something under a key; resolves when it ends, true where nothing took its place. Nothing where it is off. */
  async play(key: string, wave: Wave, part: Part = {}): Promise<boolean> {
    if (!this.isOn || this.#voice === null) return false
    this.playing = key
    const whole = await this.#voice.play(wave, part)
    if (whole && this.playing === key) this.playing = null
    return whole
  }

  stop(): void {
    this.#voice?.stop(3 * SOFT)
    this.playing = null
  }

  async #begin(audio: AudioContext): Promise<void> {
    this.state = 'on'
    const begun = audio.resume().then(() => true)
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), BEGINS))
    await Promise.race([begun, late])
    if (this.isOn) this.#changed(audio)
  }

  /** Browsers stop the sound of pages by themselves too. */
  #changed(audio: AudioContext): void {
    if (!this.isOn) return
    this.state = audio.state === 'running' ? 'on' : 'waiting'
    if (this.state === 'waiting') this.#whenTouched(audio)
  }

  #whenTouched(audio: AudioContext): void {
    const again = () => {
      if (this.state === 'waiting') void audio.resume().catch(() => undefined)
    }
    for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, again, { once: true })
  }

  #level(): void {
    // Loudness goes by powers: the middle of the slider is half as loud.
    if (this.#gain) this.#gain.gain.value = this.volume ** 2
  }
}

export const hearing = new Hearing()
