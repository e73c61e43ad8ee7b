// One graph: every engine started once, checked against the reference, then run in turn.
import { geometricMean, median, worstError } from './numbers.mjs'
import { startWorker } from './worker.mjs'

/** Starts an engine on a graph and runs it once. An engine that fails is told, and left out of the rounds. */
async function start(engine, graph, { precision, cold }) {
  const worker = startWorker(engine.worker, { env: engine.env, cold })
  const half = precision === 'f16' && engine.name !== 'cpu'
  const request = {
    model: half && engine.worker === 'onnxruntime' ? graph.halfModel : graph.model,
    inputs: graph.inputs,
    axes: graph.axes,
    precision,
    provider: engine.provider,
    options: engine.options,
  }
  try {
    const began = await worker.call('start', request)
    return { engine, worker, times: [], ...began }
  } catch (e) {
    await worker.stop()
    return { engine, times: [], failure: e.message }
  }
}

/** Warm runs in turn, the order turning by one each round, until `runs` rounds or `seconds` have passed. */
async function alternate(entrants, { runs, seconds, least }) {
  for (const e of entrants) await e.worker.call('run')
  const until = performance.now() + seconds * 1000
  for (let round = 0; round < runs && (round < least || performance.now() < until); round++)
    for (let i = 0; i < entrants.length; i++) {
      const e = entrants[(i + round) % entrants.length]
      e.times.push(await e.worker.call('run'))
    }
}

function summarise({ engine, times: runs, milliseconds, ...e }, reference) {
  if (e.failure) return { engine: engine.name, failure: e.failure }
  const { device, load, run } = milliseconds
  const [times, cpu] = ['ms', 'cpu'].map((field) => runs.map((r) => r[field]))
  return {
    engine: engine.name,
    adapter: e.adapter,
    options: engine.options,
    ...(times.length && { median: median(times), least: Math.min(...times), cpu: median(cpu) }),
    runs: times,
    first: { total: device + load + run, cpu: e.cpu, ...milliseconds, stages: e.stages },
    error: worstError(e.outputs, reference),
    dispatches: e.dispatches,
    kernels: e.kernels,
    flops: e.flops,
    gpuBytes: e.gpuBytes,
    tuning: e.tuning,
    peakResident: e.peakResident,
  }
}

/**
 * Measures engines on a graph. The reference is onnxruntime's CPU provider in float32, or the first engine that runs.
 * `settings`: runs, seconds, least, precision, cold, countDispatches.
 */
export async function measureGraph(graph, engines, settings) {
  const entrants = []
  try {
    for (const engine of engines) entrants.push(await start(engine, graph, settings))
    const running = entrants.filter((e) => !e.failure)
    if (!running.length) return { graph: graph.name, engines: entrants.map((e) => summarise(e)) }
    const reference = (running.find((e) => e.engine.name === 'cpu') ?? running[0]).outputs
    await alternate(
      running.filter((e) => !e.engine.once),
      settings,
    )
    for (const e of running) {
      e.peakResident = await e.worker.call('peakResident')
      if (settings.countDispatches && e.engine.name === 'webgpu') e.dispatches = await e.worker.call('dispatches')
    }
    return { graph: graph.name, engines: entrants.map((e) => summarise(e, reference)) }
  } finally {
    await Promise.all(entrants.map((e) => e.worker?.stop()))
  }
}

/** How many times faster `of` is than `than` on each graph, warm and at first, and the geometric means. */
export function ratios(results, of, than) {
  const rows = []
  for (const { graph, engines } of results) {
    const [a, b] = [of, than].map((name) => engines.find((e) => e.engine === name && !e.failure))
    if (a?.median && b?.median)
      rows.push({ graph, warm: b.median / a.median, cpu: b.cpu / a.cpu, first: b.first.total / a.first.total })
  }
  if (!rows.length) return undefined
  return {
    of,
    than,
    rows,
    warm: geometricMean(rows.map((r) => r.warm)),
    cpu: geometricMean(rows.map((r) => r.cpu)),
    first: geometricMean(rows.map((r) => r.first)),
    least: rows.reduce((x, y) => (y.warm < x.warm ? y : x)),
  }
}
