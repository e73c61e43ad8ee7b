// Who is measured, and onnxruntime's options: each set is tried in a process of its own and the fastest kept.
import { median } from './numbers.mjs'
import { startWorker } from './worker.mjs'

/** Options of onnxruntime's WebGPU provider to try; the first is its default. */
export const CANDIDATES = [
  {},
  { maxNumPendingDispatches: 256 },
  { preferredLayout: 'NCHW' },
  { preferredLayout: 'NCHW', maxNumPendingDispatches: 256 },
  { validationMode: 'disabled', maxNumPendingDispatches: 256 },
]

export const formatOptions = (options) =>
  Object.entries(options)
    .map(([k, v]) => `${k}=${v}`)
    .join(',') || 'default'

/** `preferredLayout=NCHW,maxNumPendingDispatches=64` as options. */
export const parseOptions = (text) =>
  text === 'default' ? {} : Object.fromEntries(text.split(',').map((pair) => pair.split('=')))

/**
 * Warm milliseconds of each candidate on a graph, in child processes that live side by side and run in turn; one that
 * is far behind after its first warm run is not run again. Returns them fastest first.
 */
export async function tryOptions(graph, runs = 2) {
  const tried = []
  for (const options of CANDIDATES) {
    const worker = startWorker('onnxruntime')
    try {
      await worker.call('start', { provider: 'webgpu', options, model: graph.model, inputs: graph.inputs })
      const run = async () => (await worker.call('run')).ms
      const times = [await run()]
      const best = Math.min(...tried.map((t) => t.ms))
      while (times.length < runs && times[0] < 1.2 * best) times.push(await run())
      tried.push({ options, ms: median(times) })
    } catch (e) {
      tried.push({ options, ms: Infinity, error: e.message })
    } finally {
      await worker.stop()
    }
  }
  return tried.sort((a, b) => a.ms - b.ms)
}
