// `npm run bench -- [GRAPHS]`: isobath and its peers on the same graphs and the same adapter, run in turn.
// GRAPHS holds NAME.onnx, NAME.weights.json and materialise.mjs; `--help` lists the options.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openGraph } from './lib/graphs.mjs'
import { measureGraph, ratios } from './lib/measure.mjs'
import { formatOptions, parseOptions, tryOptions } from './lib/peers.mjs'
import { formatGraph, formatRatios } from './lib/report.mjs'
import { measureTorch } from './lib/torch.mjs'

const HELP = `usage: npm run bench -- [GRAPHS] [options]

GRAPHS             the folder of graphs (default: ../../shared/graphs)
--only NAME        a graph to measure; may be given several times (default: six small ones)
--runs N           warm rounds, each engine once in a round (default 7)
--seconds S        no new round after S seconds on a graph, three rounds at least (default 120)
--quick            two rounds, no trying of options, no counting of onnxruntime's dispatches
--cold             every process begins with an empty shader cache of the driver
--tune             isobath measures its variants first and takes the fastest (kept in the cache folder); without it
                   isobath takes what its rules say, whatever was tuned before
--precision P      f32 or f16 (default f32); in f16 onnxruntime gets a float16 model
--peers LIST       of webgpu,cpu (onnxruntime's providers), reference (the CPU provider for its outputs only) and torch
                   (default: webgpu,cpu, with torch on NVIDIA)
--ort OPTIONS      options of the WebGPU provider, as preferredLayout=NCHW,maxNumPendingDispatches=64, or default;
                   without it some are tried on each graph and the fastest kept
--isobath DIR      a build to measure, instead of ../dist; may be given several times, to compare builds
--python FILE      the Python that has torch (default python3)
--cache DIR        where graphs with their weights are kept (default: a folder in the temporary folder)
--json FILE        writes everything measured there`

const GRAPHS = [
  'depth_anything_s_154x210',
  'dpt_hybrid_128',
  'efficientnet_lite3_256',
  'swin2_t_256',
  'levit_224',
  'selfsup_r18_640x192',
]

/** Above these errors outputs do not agree. */
const ERROR_LIMIT = { f32: 1e-3, f16: 1e-1 }

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.dirname(here)
const hasNvidia = fs.existsSync('/proc/driver/nvidia/version')

function readOptions() {
  const text = { type: 'string' }
  const list = { type: 'string', multiple: true }
  const flag = { type: 'boolean' }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: list,
      runs: text,
      seconds: text,
      quick: flag,
      cold: flag,
      tune: flag,
      precision: text,
      peers: text,
      ort: text,
      isobath: list,
      python: text,
      cache: text,
      json: text,
      help: flag,
    },
  })
  const precision = values.precision ?? 'f32'
  if (!['f32', 'f16'].includes(precision)) throw new Error(`--precision is f32 or f16, not ${precision}`)
  const peers = (values.peers ?? (hasNvidia ? 'webgpu,cpu,torch' : 'webgpu,cpu')).split(',').filter(Boolean)
  for (const p of peers)
    if (!['webgpu', 'cpu', 'reference', 'torch'].includes(p))
      throw new Error(`--peers takes webgpu, cpu, reference and torch, not ${p}`)
  return {
    ...values,
    precision,
    peers,
    graphs: path.resolve(positionals[0] ?? path.join(root, '../shared/graphs')),
    only: values.only ?? GRAPHS,
    cache: path.resolve(values.cache ?? path.join(os.tmpdir(), 'isobath-bench')),
    runs: Number(values.runs ?? (values.quick ? 2 : 7)),
    seconds: Number(values.seconds ?? 120),
    least: values.quick ? 1 : 3,
  }
}

/** The builds of isobath under measurement, further ones named by their folder; with `tune` each tuned and not. */
function builds({ isobath: folders = [path.join(root, 'dist')], tune, cache }) {
  for (const folder of folders)
    if (!fs.existsSync(path.join(folder, 'node/index.js')))
      throw new Error(`there is no build in ${folder}: run \`npm run build\` in ${root}`)
  const build = (folder, name, tuned) => ({
    name,
    worker: 'isobath',
    env: { ISOBATH_DIST: path.resolve(folder), ISOBATH_CACHE: path.join(cache, tuned ? 'tuned' : 'untuned') },
    ...(tuned && { options: { tune } }),
  })
  return folders.flatMap((folder, i) => {
    const name = i ? `isobath ${folder}` : 'isobath'
    return tune ? [build(folder, name, true), build(folder, `${name} untuned`)] : [build(folder, name)]
  })
}

async function enginesFor(graph, options) {
  const engines = builds(options)
  if (options.peers.includes('webgpu')) {
    let chosen = options.ort ? parseOptions(options.ort) : {}
    if (!options.ort && !options.quick) {
      const tried = await tryOptions(graph)
      console.log(
        `${graph.name}: onnxruntime's options: ${tried.map((t) => `${formatOptions(t.options)} ${t.ms.toFixed(0)} ms`).join('; ')}`,
      )
      chosen = tried[0].options
    }
    engines.push({ name: 'webgpu', worker: 'onnxruntime', provider: 'webgpu', options: chosen })
  }
  const cpu = { name: 'cpu', worker: 'onnxruntime', provider: 'cpu' }
  if (options.peers.includes('cpu')) engines.push(cpu)
  else if (options.peers.includes('reference')) engines.push({ ...cpu, once: true })
  return engines
}

async function main() {
  const options = readOptions()
  if (options.help) return console.log(HELP)
  try {
    import.meta.resolve('onnxruntime-node')
  } catch {
    throw new Error(`onnxruntime-node is not installed: run \`npm ci --ignore-scripts\` in ${here}`)
  }
  fs.mkdirSync(options.cache, { recursive: true })
  const results = []
  for (const name of options.only) {
    const graph = openGraph(options.graphs, name, { cache: options.cache, half: options.precision === 'f16', root })
    const engines = await enginesFor(graph, options)
    const result = await measureGraph(graph, engines, { ...options, countDispatches: !options.quick })
    if (options.peers.includes('torch')) result.torch = measureTorch(name, options)
    results.push(result)
    console.log(`${formatGraph(result)}\n`)
  }
  const comparisons = ['webgpu', 'cpu'].map((peer) => ratios(results, 'isobath', peer)).filter(Boolean)
  for (const c of comparisons) console.log(formatRatios(c))
  const adapter = results.flatMap((r) => r.engines).find((e) => e.adapter)?.adapter
  const machine = { adapter, cpus: os.cpus().length, cpu: os.cpus()[0]?.model, node: process.version }
  console.log(
    `${machine.adapter}; ${machine.cpus} × ${machine.cpu}; ${options.precision}${options.cold ? ', cold' : ''}`,
  )
  if (options.json) {
    const date = new Date().toISOString()
    const { precision, cold = false, runs } = options
    fs.writeFileSync(
      options.json,
      `${JSON.stringify({ date, machine, precision, cold, runs, results, comparisons }, null, 1)}\n`,
    )
  }
  const bad = results.flatMap((r) => r.engines.filter((e) => e.failure || e.error > ERROR_LIMIT[options.precision]))
  if (bad.length) process.exitCode = 1
}

try {
  await main()
} catch (e) {
  console.error(e.message)
  process.exitCode = 2
}
