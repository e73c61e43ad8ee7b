// Runs the real network graphs of a folder against their reference outputs: `npm run graphs -- DIR [NAME …]`. The
// folder holds NAME.onnx, materialise.mjs, which draws the weights, and reference/NAME.OUTPUT.npy.
// Prints ‖out − ref‖ / ‖ref − mean(ref)‖ for every output; fails above 1e-3 (2e-2 with --precision f16). A graph that
// float16 takes further is converted with its sensitive nodes in float32, as tools/to-float16.mjs does, and run again.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openEngine, readModel, readNpy } from '../dist/node/index.js'
import { convert } from './float16/convert.mjs'
import { relativeError, runModel } from './float16/measure.mjs'
import { search } from './float16/search.mjs'

/** Axes of graphs whose shapes are open, as their references were made. */
const AXES = { selfsup_r18_dyn: { height: 160, width: 224 } }

const args = process.argv.slice(2)
const option = (name) => {
  const at = args.indexOf(name)
  return at < 0 ? undefined : args.splice(at, 2)[1]
}
const precision = option('--precision') ?? 'f32'
const [dir, ...chosen] = args
if (!dir || !fs.existsSync(path.join(dir, 'reference'))) {
  console.error('usage: npm run graphs -- DIR [NAME …] [--precision f32|f16]   (DIR holds *.onnx and reference/)')
  process.exit(2)
}
const references = fs.readdirSync(path.join(dir, 'reference')).filter((f) => f.endsWith('.npy'))
const names = [...new Set(references.map((f) => f.split('.')[0]))].filter((n) => !chosen.length || chosen.includes(n))
const limit = precision === 'f16' ? 2e-2 : 1e-3

let [passed, failed] = [0, 0]
const engine = await openEngine({ precision })
let single

/** Prints a line for each output; tells the outputs that are off by more than the limit. */
function report(name, errors, rest) {
  for (const [output, e] of Object.entries(errors)) {
    const good = e <= limit
    if (good) passed++
    else failed++
    const label = `${name} ${output}`.padEnd(34)
    console.log(`${good ? 'ok  ' : 'FAIL'} ${label} error ${e.toExponential(1)}, ${rest}`)
  }
}

const worst = (errors) => Math.max(...Object.values(errors))

async function runGraph(name, folder) {
  const axes = AXES[name] ?? {}
  const bindings = Object.entries(axes).map(([k, v]) => `${k}=${v}`)
  execFileSync(process.execPath, [path.join(dir, 'materialise.mjs'), name, folder, ...bindings])
  const source = readModel(path.join(folder, `${name}.onnx`))
  const expected = {}
  for (const file of references.filter((f) => f.startsWith(`${name}.`)))
    expected[file.slice(name.length + 1, -'.npy'.length)] = (await readNpy(path.join(dir, 'reference', file))).data
  const errorsOf = (outputs) =>
    Object.fromEntries(Object.entries(expected).map(([y, data]) => [y, relativeError(outputs[y].data, data)]))

  const session = await engine.load(source, { axes })
  const input = (port) =>
    [`${name}.${port}.npy`, `${name}.input.npy`].map((f) => path.join(folder, f)).find(fs.existsSync)
  const feeds = {}
  for (const p of session.inputs) feeds[p.name] = await readNpy(input(p.name))
  const start = performance.now()
  const errors = errorsOf(await session.run(feeds))
  const first = performance.now() - start
  const again = performance.now()
  await session.run(feeds)
  const warm = performance.now() - again
  const times = `${session.stats.dispatches} dispatches, first ${first.toFixed(0)} ms, warm ${warm.toFixed(0)} ms`
  session.destroy()
  if (precision === 'f32' || worst(errors) <= limit) {
    report(name, errors, times)
    return
  }
  single ??= await openEngine({ precision: 'f32' })
  const measure = async (converted) => worst(errorsOf((await runModel(single, converted, feeds, axes)).outputs))
  const log = (line) => console.log(`     ${name}: ${line}`)
  const { keep, bytes, total } = await search({ source, measure, limit, plain: worst(errors), log })
  const { outputs, stats } = await runModel(single, convert(source, keep).source, feeds, axes)
  const kept = `${(bytes / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB of weights in float32`
  report(
    name,
    errorsOf(outputs),
    `${stats.dispatches} dispatches, with ${kept} (${worst(errors).toExponential(1)} with none)`,
  )
}

for (const name of names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-graph-'))
  try {
    await runGraph(name, folder)
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.message}`)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
engine.destroy()
single?.destroy()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
