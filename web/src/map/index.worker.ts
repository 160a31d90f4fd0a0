/** Builds the index of points by place, beside the page. */

import KDBush from 'kdbush'

self.onmessage = (event: MessageEvent<{ x: Float32Array; y: Float32Array }>) => {
  const { x, y } = event.data
  const index = new KDBush(x.length, 16, Float64Array)
  for (let i = 0; i < x.length; i++) index.add(x[i] as number, y[i] as number)
  index.finish()
  const data = index.data as ArrayBuffer
  self.postMessage(data, { transfer: [data] })
}
