// A stream of depth in a worker: of frames that the page sends.
import { createDepthEstimator } from 'isobath'
import { openEngine } from 'isobath/web'
import { rangesOf } from './frames.ts'
import type { TrackJob } from './webStream.ts'

async function work({ model, card, frames, count }: TrackJob & { frames: ReadableStream<VideoFrame> }) {
  const engine = await openEngine()
  const estimator = await createDepthEstimator(engine, model, { card })
  const result = await rangesOf(estimator, frames, new OffscreenCanvas(1, 1), count)
  engine.destroy()
  return result
}

globalThis.onmessage = async ({ data }) => {
  postMessage(await work(data).catch((e) => ({ error: String(e.stack) })))
}
