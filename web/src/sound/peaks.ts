/** A wave as it is drawn: how far it reaches down and up in each of so many columns. No browser in it. */

/** `[low, high]` of each column, in [-1, 1]. */
export function peaks(samples: Float32Array, columns: number): [number, number][] {
  const out: [number, number][] = []
  for (let c = 0; c < columns; c++) {
    const from = Math.floor((c * samples.length) / columns)
    const to = Math.max(Math.floor(((c + 1) * samples.length) / columns), from + 1)
    let [low, high] = [0, 0]
    for (let i = from; i < Math.min(to, samples.length); i++) {
      const value = samples[i] as number
      if (value < low) low = value
      if (value > high) high = value
    }
    out.push([low, high])
  }
  return out
}

/** Seconds between which it is heard: what is louder than a fiftieth of its loudest sample. */
export function heardPart(samples: Float32Array, rate: number): [from: number, to: number] {
  let loudest = 0
  for (const value of samples) loudest = Math.max(loudest, Math.abs(value))
  const least = loudest / 50
  let [from, to] = [0, samples.length]
  if (loudest > 0) {
    while (from < to && Math.abs(samples[from] as number) < least) from++
    while (to > from && Math.abs(samples[to - 1] as number) < least) to--
  }
  return [from / rate, to / rate]
}
