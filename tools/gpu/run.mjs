// Everything that a GPU is wanted for, in one run of at most ten minutes: kernel tests, models against onnxruntime's
// WebGPU provider and PyTorch in float16 and float32, and each kernel's share of the adapter's roof. Sections are boxed
// in time, the most telling first; `--resume gpu.json` takes those done by an earlier run from it.
//   node tools/gpu/run.mjs --out FOLDER [--minutes 9.5] [--small] [--resume FILE] [--python python3]
// Writes FOLDER/gpu.json after each section, and FOLDER/gpu.md. Needs what tools/gpu/pack.mjs makes.
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GRAPHS, planOf, SMALL, SMALL_FACTOR } from './plan.mjs'
import { report } from './report.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const kit = path.join(root, 'out/gpu')
const text = { type: 'string' }
const { values: options } = parseArgs({
  options: { out: text, minutes: text, small: { type: 'boolean' }, resume: text, python: text },
})
const out = path.resolve(options.out ?? path.join(kit, 'result'))
const cache = path.join(os.tmpdir(), 'isobath-gpu-graphs')
const end = performance.now() + 60e3 * Number(options.minutes ?? 9.5)
const left = () => Math.max(0, (end - performance.now()) / 1000)
for (const folder of [out, cache]) fs.mkdirSync(folder, { recursive: true })

const factor = options.small ? SMALL_FACTOR : 1
const plan = planOf(options.small ? SMALL : GRAPHS).map((s) => ({ ...s, seconds: s.seconds * factor }))

/** Runs a command; what it printed, whether it ended well or not. */
function run(command, args, seconds) {
  return new Promise((resolve) => {
    const settings = { cwd: root, timeout: Math.ceil(seconds * 1000), maxBuffer: 1 << 28, killSignal: 'SIGKILL' }
    execFile(command, args, settings, (error, stdout, stderr) =>
      resolve({
        stdout,
        stderr: stderr.slice(-1500),
        error: error && (error.killed ? 'out of time' : error.message.slice(0, 300)),
      }),
    )
  })
}

/** Weights are drawn side by side while other sections run: a promise for each graph, also of its float16 model. */
const making = new Map()
function make(graph) {
  if (!making.has(graph)) {
    const script = `
      import { openGraph } from ${JSON.stringify(path.join(root, 'bench/lib/graphs.mjs'))}
      openGraph(${JSON.stringify(path.join(kit, 'graphs'))}, ${JSON.stringify(graph)}, { cache: ${JSON.stringify(cache)}, half: true, root: ${JSON.stringify(root)} })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    making.set(graph, new Promise((resolve) => child.on('exit', resolve)))
  }
  return making.get(graph)
}

const lastLine = (s) => s.trim().split('\n').at(-1)
const readJson = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined)

const doing = {
  async adapter() {
    const doctor = await run(process.execPath, ['dist/cli.js', 'doctor', '--json'], 25)
    const smi = await run(
      'nvidia-smi',
      ['--query-gpu=name,driver_version,clocks.max.sm,memory.total', '--format=csv,noheader'],
      5,
    )
    return { doctor: doctor.error ? doctor : JSON.parse(doctor.stdout), gpu: smi.error ? undefined : smi.stdout.trim() }
  },

  async kernels({ seconds }) {
    const args = ['tools/gpu/kernels.mjs', path.join(kit, 'kernels'), String(Math.round(seconds - 10))]
    const done = await run(process.execPath, args, seconds + 20)
    return done.error ? done : { files: JSON.parse(lastLine(done.stdout)) }
  },

  async compare({ graph, precision, seconds }) {
    await make(graph)
    const file = path.join(out, `${graph}.${precision}.json`)
    const torch = await run(options.python ?? 'python3', ['-c', 'import torch, transformers'], 20)
    const peers = ['webgpu', 'reference', ...(torch.error ? [] : ['torch'])]
    const args = [
      ...['bench/bench.mjs', path.join(kit, 'graphs'), '--only', graph, '--precision', precision, '--cache', cache],
      ...[
        '--peers',
        peers.join(','),
        '--ort',
        'default',
        '--tune',
        '--runs',
        options.small ? '3' : '30',
        '--seconds',
        '8',
      ],
      ...['--python', options.python ?? 'python3', '--json', file],
    ]
    const done = await run(process.execPath, args, seconds)
    const result = readJson(file)?.results[0]
    return result ? { result, torch: torch.error && lastLine(torch.stderr) } : done
  },

  async profile({ graph, precision, seconds }) {
    await make(graph)
    const file = path.join(out, `${graph}.${precision}.profile.json`)
    const model = path.join(cache, `${graph}.onnx`)
    const args = ['dist/cli.js', 'profile', model, '--runs', '5', '--precision', precision, '--json', file]
    const done = await run(process.execPath, args, seconds)
    const profile = readJson(file)
    if (!profile) return done
    return { roof: profile.roof, rows: profile.rows.map(({ source: _, holes, ...row }) => ({ ...row, holes })) }
  },
}

if (options.resume && !fs.existsSync(options.resume)) throw new Error(`there is no ${options.resume} to resume from`)
const state = options.resume ? readJson(options.resume) : { date: new Date().toISOString(), sections: {} }
const save = () => {
  fs.writeFileSync(path.join(out, 'gpu.json'), JSON.stringify(state, null, 1))
  fs.writeFileSync(path.join(out, 'gpu.md'), report(state, plan))
}
for (const { graph } of plan) if (graph && !options.small) make(graph)
for (const section of plan) {
  const before = state.sections[section.name]
  if (before && !before.error) continue
  if (left() < Math.min(20, section.seconds)) {
    state.sections[section.name] = { error: 'not reached' }
    continue
  }
  const start = performance.now()
  try {
    const seconds = Math.min(section.seconds, left())
    state.sections[section.name] = await doing[section.kind]({ ...section, seconds })
  } catch (e) {
    state.sections[section.name] = { error: e.message }
  }
  const { error } = state.sections[section.name]
  console.log(`${section.name}: ${error ?? 'done'}, ${((performance.now() - start) / 1000).toFixed(1)} s`)
  save()
}
save()
console.log(fs.readFileSync(path.join(out, 'gpu.md'), 'utf8'))
process.exit(0)
