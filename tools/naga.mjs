// `npm run naga`: the shaders through naga, the WGSL compiler of Firefox, as Deno has it: every shader with its defaults,
// and as composed for the networks of the zoo. Then the default network runs on Deno's WebGPU, which is Firefox's too, and
// must give what Dawn gives. DENO names the program; else it is looked for in PATH.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const dist = (file) => import(new URL(`../dist/${file}`, import.meta.url).href)

/** What Deno's WebGPU does not offer. Kernels with it are chosen only where an adapter, or a browser, does. */
const EXTENSIONS = /^enable .*\b(subgroups|chromium_experimental_subgroup_matrix);|\btexture_external\b/

const HOW = `There is no Deno here: it has naga, the WGSL compiler of Firefox. Install it from https://deno.com, or from npm into
a folder of its own, and name it:

  npm install --prefix /tmp/deno deno && DENO=/tmp/deno/node_modules/.bin/deno npm run naga`

function findDeno() {
  const deno = process.env.DENO ?? 'deno'
  const { status, stdout } = spawnSync(deno, ['--version'], { encoding: 'utf8' })
  if (status === 0) return { deno, version: stdout.split('\n')[0] }
  console.error(HOW)
  process.exit(1)
}

function runDeno(deno, script, input) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-naga-')), 'input.json')
  try {
    fs.writeFileSync(file, JSON.stringify(input))
    const args = ['run', '--unstable-webgpu', '--no-lock', '--allow-read', path.join(root, 'tools/naga', script), file]
    const r = spawnSync(deno, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] })
    if (r.status !== 0) throw new Error(`${script} ended with ${r.status ?? r.signal}\n${r.stdout}`)
    return JSON.parse(r.stdout)
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true })
  }
}

/** Every distinct composed shader: name → code. */
async function composedShaders() {
  const { buildProgram } = await dist('engine.js')
  const { compose } = await dist('runtime/gpu/shader.js')
  const { splitBindings } = await dist('runtime/gpu/parts.js')
  const { DEFAULT_CAPS } = await dist('runtime/gpu/device.js')
  const { libraries, shaders } = await dist('shaders.gen.js')
  const { buildModel, fullName, models } = await import('./zoo/index.mjs')
  const library = { shaders, libraries }
  const codes = new Map()
  const add = (from, holes) => {
    const { code } = compose(library, holes, splitBindings)
    if (!codes.has(code)) codes.set(code, `${holes.shader} (${from})`)
  }
  for (const [shader, text] of Object.entries(shaders)) {
    const consts = Object.fromEntries([...text.matchAll(/^override (\w+): \w+;/gm)].map((m) => [m[1], 8]))
    add('defaults', { shader, consts })
  }
  const adapters = { software: DEFAULT_CAPS, GPU: { ...DEFAULT_CAPS, software: false, f16: true } }
  for (const model of models) {
    const name = fullName(model, model.small)
    for (const [kind, caps] of Object.entries(adapters))
      for (const precision of caps.f16 ? ['f32', 'f16'] : ['f32'])
        for (const call of buildProgram(buildModel(name), { caps, precision }).calls)
          add(`${name}, ${kind}, ${precision}`, call)
  }
  return [...codes].map(([code, name]) => ({ name, code }))
}

async function sameResult(deno) {
  const { openEngine, readDefaultModel } = await dist('node/index.js')
  const axes = { height: 96, width: 128 }
  const values = Array.from({ length: 3 * 96 * 128 }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.0021))
  const { adapter, output } = runDeno(deno, 'run.mjs', { axes, values })
  const engine = await openEngine({ precision: 'f32' })
  const session = await engine.load(readDefaultModel(), { axes })
  const feeds = { rgb: { dtype: 'float32', shape: [1, 3, 96, 128], data: Float32Array.from(values) } }
  const [{ data: expected }] = Object.values(await session.run(feeds))
  engine.destroy()
  const power = expected.reduce((sum, v) => sum + v * v, 0)
  const error = expected.reduce((sum, v, i) => sum + (output[i] - v) ** 2, 0) / power
  console.log(`default network on ${adapter}: normalised mean squared error ${error.toExponential(1)} against Dawn`)
  return output.length === expected.length && error < 1e-7
}

const { deno, version } = findDeno()
const all = await composedShaders()
const known = all.filter(({ code }) => !EXTENSIONS.test(code))
const start = performance.now()
const problems = runDeno(deno, 'check.mjs', known)
for (const problem of problems) console.error(problem)
const seconds = ((performance.now() - start) / 1000).toFixed(0)
console.log(
  `${version}: ${known.length} shaders, ${problems.length} refused, in ${seconds} s; ` +
    `${all.length - known.length} with subgroups, subgroup matrices or external textures left out`,
)
const same = problems.length === 0 && (await sameResult(deno))
process.exitCode = same ? 0 : 1
