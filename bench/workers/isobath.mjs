// Isobath in a process of its own. ISOBATH_DIST names the build to measure.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { peakResident, serve, timed, timesOf } from './serve.mjs'

let [engine, session, feeds] = []

serve({
  /** Opens the engine, loads the model and runs it once: milliseconds by stage, outputs and what the session tells. */
  async start({ model, inputs, precision, axes, options }) {
    const dist = pathToFileURL(path.join(process.env.ISOBATH_DIST, 'node/index.js'))
    const module = await timed(() => import(dist))
    const { openEngine, readModel } = module.result
    const open = await timed(() => openEngine({ precision }))
    engine = open.result
    const load = await timed(() => engine.load(readModel(model), { axes, ...options }))
    session = load.result
    load.ms -= session.stats.tuning?.milliseconds ?? 0
    feeds = inputs
    const run = await timed(() => session.run(feeds))
    const { device } = engine
    return {
      milliseconds: { module: module.ms, device: open.ms, load: load.ms, run: run.ms },
      cpu: open.cpu + load.cpu + run.cpu,
      stages: { ...session.timings },
      outputs: run.result,
      adapter: device.adapterInfo.description || device.adapterInfo.device,
      dispatches: session.stats.dispatches,
      kernels: session.stats.kernels,
      tuning: session.stats.tuning,
      flops: session.stats.flops,
      gpuBytes: session.stats.memory.peak + session.stats.memory.weights,
    }
  },

  /** Times of one warm run, feeds uploaded and outputs read back. */
  run: () => timesOf(() => session.run(feeds)),

  peakResident,
})
