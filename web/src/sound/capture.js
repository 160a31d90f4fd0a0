// What a microphone hears, handed on piece by piece. It runs beside the page, where sound is made, and alone.
class Capture extends AudioWorkletProcessor {
  process([channels]) {
    if (channels.length > 0) {
      const piece = new Float32Array(channels[0].length)
      for (const channel of channels) for (let i = 0; i < piece.length; i++) piece[i] += channel[i] / channels.length
      this.port.postMessage(piece, [piece.buffer])
    }
    return true
  }
}
registerProcessor('capture', Capture)
