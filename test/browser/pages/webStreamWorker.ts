// A stream of depth in a worker: of frames that the page sends.
import { createDepthEstimator } from 'isobath'
import { createDepthStream, openEngine } from 'isobath/web'
import type { TrackJob } from './webStream.ts'

async function work({ model, card, frames, count }: TrackJob & { frames: ReadableStream<VideoFrame> }) {
  const engine = await openEngine()
  const estimator = await createDepthEstimator(engine, model, { card })
  const canvas = new OffscreenCanvas(1, 1)
  const controller = new AbortController()
  const ranges: ([number, number] | null)[] = []
  const stream = createDepthStream(estimator, frames, {
    canvas,
    signal: controller.signal,
    onFrame: ({ range }) => {
      if (ranges.push(range) === count) controller.abort()
    },
  })
  await stream.done
  estimator.destroy()
  engine.destroy()
  return { ranges, width: canvas.width, height: canvas.height }
}

globalThis.onmessage = async ({ data }) => {
  postMessage(await work(data).catch((e) => ({ error: String(e.stack) })))
}
