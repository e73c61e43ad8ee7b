// onnxruntime-node in a process of its own: its CPU or its WebGPU provider. The WebGPU context takes the options of
// the first session of a process, so that other options want another process.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { peakResident, serve, timed, timesOf } from './serve.mjs'

let [ort, session, feeds, model, settings] = []

/** `{ preferredLayout: 'NCHW', maxNumPendingDispatches: 256 }` as the binding takes it: some by name, some as `extra`. */
function sessionOptions({ provider, options = {} }) {
  if (provider === 'cpu') return { executionProviders: ['cpu'] }
  const { maxNumPendingDispatches: pending, ...named } = options
  return {
    executionProviders: [{ name: 'webgpu', ...named }],
    ...(pending && { extra: { 'ep.webgpuexecutionprovider.maxNumPendingDispatches': String(pending) } }),
  }
}

serve({
  /** Makes a session and runs it once: milliseconds by stage, and the outputs. */
  async start(given) {
    const module = await timed(() => import('onnxruntime-node'))
    ort = module.result.default ?? module.result
    model = given.model
    settings = given
    const load = await timed(() => ort.InferenceSession.create(model, sessionOptions(settings)))
    session = load.result
    const tensors = Object.entries(given.inputs).map(([name, t]) => [name, new ort.Tensor(t.dtype, t.data, t.shape)])
    feeds = Object.fromEntries(tensors)
    const run = await timed(() => session.run(feeds))
    const outputs = Object.entries(run.result).map(([name, t]) => [
      name,
      { dtype: t.type, shape: [...t.dims], data: Float32Array.from(t.data) },
    ])
    return {
      milliseconds: { module: module.ms, device: 0, load: load.ms, run: run.ms },
      cpu: load.cpu + run.cpu,
      outputs: Object.fromEntries(outputs),
    }
  },

  /** Times of one warm run, feeds uploaded and outputs read back. */
  run: () => timesOf(() => session.run(feeds)),

  /** Dispatches of a run, counted in the profile of another session: it writes one event for each. */
  async dispatches() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-bench-profile-'))
    try {
      const profiled = await ort.InferenceSession.create(model, {
        ...sessionOptions(settings),
        enableProfiling: true,
        profileFilePrefix: path.join(folder, 'run'),
      })
      await profiled.run(feeds)
      profiled.endProfiling()
      await profiled.release()
      const [file] = fs.readdirSync(folder)
      return JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')).filter((e) => e.cat === 'Api').length
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },

  peakResident,
})
