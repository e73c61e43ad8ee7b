// isobath/web in a worker: a model fetched, a picture's depth, and its colours on an OffscreenCanvas.
import { createDepthEstimator, destroyDepth, isobathTiny, readDepth } from 'isobath'
import { drawDepth, estimateDepth, fetchModel, openEngine } from 'isobath/web'
import type { Picture } from './web.ts'

interface Job {
  picture: Picture
  size: { width: number; height: number }
}

async function work({ picture, size }: Job) {
  const engine = await openEngine()
  const model = await fetchModel('/assets/isobath-tiny.onnx')
  const estimator = await createDepthEstimator(engine, model, { card: isobathTiny, ...size })
  const map = await estimateDepth(estimator, new ImageData(picture.pixels, picture.width, picture.height))
  const values = await readDepth(engine, map)
  const canvas = new OffscreenCanvas(1, 1)
  await drawDepth(engine, canvas, map)
  const { width, height } = canvas.transferToImageBitmap()
  destroyDepth(map)
  engine.destroy()
  return { values, width, height }
}

globalThis.onmessage = async ({ data }) => {
  postMessage(await work(data).catch((e) => ({ error: String(e.stack) })))
}
