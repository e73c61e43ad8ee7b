// The worker: all of the estimation, and the drawing on the page's canvas.
import { createDepthEstimator, defaultModelUrl, destroyDepth, isobathTiny } from 'isobath'
import { drawDepth, estimateDepth, fetchModel, openEngine } from 'isobath/web'

let canvas

async function start() {
  const engine = await openEngine()
  const model = await fetchModel(defaultModelUrl())
  return { engine, estimator: await createDepthEstimator(engine, model, { card: isobathTiny }) }
}

const started = start()
started.then(
  () => postMessage('ready'),
  (error) => postMessage(error.message),
)

addEventListener('message', async ({ data }) => {
  if (data.canvas) canvas = data.canvas
  if (!data.file) return
  try {
    const { engine, estimator } = await started
    const map = await estimateDepth(estimator, data.file)
    await drawDepth(engine, canvas, map)
    destroyDepth(map)
    postMessage(`${map.width} × ${map.height}`)
  } catch (error) {
    postMessage(error.message)
  }
})
