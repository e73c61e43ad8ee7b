// Runs the real network graphs of a folder against their reference outputs: `npm run graphs -- DIR [NAME …]`. The
// folder holds NAME.onnx, materialise.mjs, which draws the weights, and reference/NAME.OUTPUT.npy.
// Prints ‖out − ref‖ / ‖ref − mean(ref)‖ for every output; fails above 1e-3 (2e-2 with --precision f16).
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openEngine, readModel, readNpy } from '../dist/node/index.js'

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

function error(actual, expected) {
  const mean = expected.reduce((sum, v) => sum + v, 0) / expected.length
  let [distance, spread] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    distance += (actual[i] - expected[i]) ** 2
    spread += (expected[i] - mean) ** 2
  }
  return Math.sqrt(distance / spread)
}

let [passed, failed] = [0, 0]
const engine = await openEngine({ precision })
for (const name of names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-graph-'))
  try {
    const axes = AXES[name] ?? {}
    const bindings = Object.entries(axes).map(([k, v]) => `${k}=${v}`)
    execFileSync(process.execPath, [path.join(dir, 'materialise.mjs'), name, folder, ...bindings])
    const session = await engine.load(readModel(path.join(folder, `${name}.onnx`)), { axes })
    const input = (port) =>
      [`${name}.${port}.npy`, `${name}.input.npy`].map((f) => path.join(folder, f)).find(fs.existsSync)
    const feeds = {}
    for (const p of session.inputs) feeds[p.name] = await readNpy(input(p.name))
    const start = performance.now()
    const outputs = await session.run(feeds)
    const first = performance.now() - start
    const again = performance.now()
    await session.run(feeds)
    const warm = performance.now() - again
    for (const file of references.filter((f) => f.startsWith(`${name}.`))) {
      const output = file.slice(name.length + 1, -'.npy'.length)
      const e = error(outputs[output].data, (await readNpy(path.join(dir, 'reference', file))).data)
      const good = e <= limit
      if (good) passed++
      else failed++
      console.log(
        `${good ? 'ok  ' : 'FAIL'} ${`${name} ${output}`.padEnd(34)} error ${e.toExponential(1)}, ${session.stats.dispatches} dispatches, first ${first.toFixed(0)} ms, warm ${warm.toFixed(0)} ms`,
      )
    }
    session.destroy()
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.message}`)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
engine.destroy()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
