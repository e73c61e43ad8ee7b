// A short video, recorded in a page: for tests and tools that need one. Nothing here is from outside the function, so that
// its text can be sent to a page.

/**
 * A bright bar that moves over the picture, as the bytes of a WebM file.
 * @param {{ width: number, height: number, rate?: number, frames?: number }} what `rate` is in frames a second
 * @returns {Promise<number[]>}
 */
export async function recordVideo({ width, height, rate = 15, frames = 16 }) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d')
  const recorder = new MediaRecorder(canvas.captureStream(rate), { mimeType: 'video/webm;codecs=vp8' })
  /** @type {Blob[]} */
  const parts = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const ended = new Promise((resolve) => {
    recorder.onstop = resolve
  })
  recorder.start(50)
  const bytes = () => parts.reduce((sum, { size }) => sum + size, 0)
  // Where the machine is busy, the encoder comes later.
  for (let i = 0; i < frames || (i < 300 && bytes() < 2000); i++) {
    context.fillStyle = '#204060'
    context.fillRect(0, 0, width, height)
    context.fillStyle = '#f0f0f0'
    context.fillRect((i * 5) % width, 0, 8, height)
    await new Promise((resolve) => setTimeout(resolve, 1000 / rate))
  }
  recorder.stop()
  await ended
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())]
}
