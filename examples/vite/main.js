// A photograph to depth in colours. Vite copies the network beside the page: defaultModelUrl() is that copy's address.
import { createDepthEstimator, defaultModelUrl, destroyDepth, isobathTiny } from 'isobath'
import { drawDepth, estimateDepth, fetchModel, openEngine } from 'isobath/web'

const input = document.querySelector('input')
const output = document.querySelector('output')
const canvas = document.querySelector('canvas')

async function start() {
  const engine = await openEngine()
  const model = await fetchModel(defaultModelUrl(), {
    onProgress: ({ done, total }) => {
      output.value = total ? `loading: ${Math.round((100 * done) / total)} %` : 'loading …'
    },
  })
  const estimator = await createDepthEstimator(engine, model, { card: isobathTiny })

  input.addEventListener('change', async () => {
    try {
      const map = await estimateDepth(estimator, input.files[0])
      await drawDepth(engine, canvas, map, { colormap: 'inferno' })
      destroyDepth(map)
      output.value = `${map.width} × ${map.height}`
    } catch (error) {
      output.value = error.message
    }
  })
  input.disabled = false
  output.value = 'ready'
}

start().catch((error) => {
  output.value = error.message // no WebGPU, no network: the message says what to do
})
