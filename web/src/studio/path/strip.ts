/** A strip of frames: what is shown where, which frame is meant, how it plays. No browser in it. */

import { EDGE, FAR } from '../../map/overlay'

/** The part of a sheet that holds a frame. `tile` is height and width. */
export function sourceOf(
  frame: number,
  across: number,
  [height, width]: readonly [number, number],
): { x: number; y: number; width: number; height: number } {
  return { x: (frame % across) * width, y: Math.floor(frame / across) * height, width, height }
}

export interface Cells {
  /** The frame that each picture of the strip shows. */
  frames: readonly number[]
  /** Width of one picture. */
  size: number
  /** Width of the strip. */
  width: number
}

/**
 * Which frames a strip of a width shows. All of them where there is room; else one of every few, so that the whole way
 * is seen at once, the points among them for certain.
 */
export function cellsOf(frames: number, room: number, least: number, most: number, stations: readonly number[]): Cells {
  if (frames < 1 || room < 1) return { frames: [], size: 0, width: 0 }
  const k = Math.max(1, Math.min(frames, Math.floor(room / least)))
  const size = Math.min(most, room / k)
  const shown = Array.from({ length: k }, (_, j) => {
    const [from, to] = [Math.floor((j * frames) / k), Math.floor(((j + 1) * frames) / k)]
    const inside = stations.filter((station) => station >= from && station < to)
    if (inside.includes(0)) return 0
    return inside.at(-1) ?? Math.floor((from + to - 1) / 2)
  })
  return { frames: shown, size, width: size * k }
}

/** The frame at a place of a strip. */
export function frameAt(x: number, width: number, frames: number): number {
  if (!(width > 0) || frames < 1) return 0
  return Math.min(Math.max(Math.floor((x / width) * frames), 0), frames - 1)
}

/** The middle of a frame on a strip, from 0 to 1. */
export function middleOf(frame: number, frames: number): number {
  return frames < 1 ? 0 : (frame + 0.5) / frames
}

/** The frames of a path's points, in order: the first is the first pin. */
export function stationsOf(stations: Readonly<Record<string, string>>): number[] {
  return Object.keys(stations)
    .map(Number)
    .sort((a, b) => a - b)
}

/** The points before and after a frame, by their place among the pins; the same one twice on a point. */
export function legOf(frame: number, stations: readonly number[], loop: boolean): [number, number] {
  const here = stations.indexOf(frame)
  if (here >= 0) return [here, here]
  const before = stations.filter((station) => station < frame).length - 1
  const after = before + 1 < stations.length ? before + 1 : loop ? 0 : before
  return [Math.max(before, 0), after]
}

/** The next point on the strip in a direction; the end where there is none. */
export function stationBeyond(frame: number, stations: readonly number[], direction: 1 | -1, frames: number): number {
  if (direction === 1) return stations.find((station) => station > frame) ?? frames - 1
  return stations.findLast((station) => station < frame) ?? 0
}

/** Runs of frames that are unlike the data: first and last, counted from 1. */
export function farRuns(support: readonly number[]): [number, number][] {
  const runs: [number, number][] = []
  for (const [i, value] of support.entries()) {
    if (value <= FAR) continue
    const last = runs.at(-1)
    if (last && last[1] === i) last[1] = i + 1
    else runs.push([i + 1, i + 1])
  }
  return runs
}

/** How high the mark under a frame is, of 8: a thin line among the data, and higher with the distance from them. */
export function markOf(support: number): number {
  if (!(support > EDGE)) return 1.5
  return Math.min(8, 3 + 5 * ((support - EDGE) / 2))
}

export type Way = 'round' | 'swing'

/** The frame after a frame as it plays: round and round, or to and fro. `turned` says that one end was reached. */
export function step(
  frame: number,
  direction: 1 | -1,
  frames: number,
  way: Way,
): { frame: number; direction: 1 | -1; turned: boolean } {
  if (frames < 2) return { frame: 0, direction: 1, turned: true }
  if (way === 'round') {
    const next = (frame + 1) % frames
    return { frame: next, direction: 1, turned: next === 0 }
  }
  const ahead = frame + direction
  if (ahead >= 0 && ahead < frames) return { frame: ahead, direction, turned: false }
  const back = direction === 1 ? -1 : 1
  return { frame: Math.min(Math.max(frame + back, 0), frames - 1), direction: back, turned: true }
}

/** The frame as far along a path as another is along another one. */
export function sameShare(frame: number, before: number, after: number): number {
  if (before < 2) return 0
  return Math.round((Math.min(frame, before - 1) / (before - 1)) * (after - 1))
}
