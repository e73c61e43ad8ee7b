// `node tools/gpu/pack.mjs [GRAPHS]` gathers in out/gpu what tools/gpu/run.mjs needs on a machine that has an NVIDIA
// driver and little else: the kernel tests bundled, and the graphs to measure. Node, Dawn and onnxruntime come with
// shared/gpu/pack.sh, for which bench's packages are linked into node_modules. docs/performance.md has the whole way.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { GRAPHS } from './plan.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const out = path.join(root, 'out/gpu')
const graphs = path.resolve(process.argv[2] ?? path.join(root, '../shared/graphs'))

/** A test of the sources, which are not where it looks for them beside a bundle. */
const SOURCES_ONLY = 'core.test.ts'

async function bundleTests() {
  const folder = path.join(root, 'test/kernels')
  const files = fs.readdirSync(folder).filter((f) => f.endsWith('.test.ts') && f !== SOURCES_ONLY)
  const bundle = await rolldown({
    input: Object.fromEntries([
      ...files.map((f) => [f.slice(0, -'.test.ts'.length), path.join(folder, f)]),
      ['runTests', path.join(root, 'tools/gpu/vitest.mjs')],
    ]),
    external: ['webgpu', /^node:/],
    platform: 'node',
    resolve: { alias: { vitest: path.join(root, 'tools/gpu/vitest.mjs') } },
  })
  await bundle.write({ dir: path.join(out, 'kernels'), format: 'esm', entryFileNames: '[name].mjs' })
  await bundle.close()
  // A program that a test starts, found from the bundle as from the test.
  fs.mkdirSync(path.join(out, 'harness'), { recursive: true })
  fs.copyFileSync(path.join(root, 'test/harness/validate.mjs'), path.join(out, 'harness/validate.mjs'))
  return files.length
}

function copyGraphs() {
  const target = path.join(out, 'graphs')
  fs.mkdirSync(target, { recursive: true })
  const names = GRAPHS.flatMap((name) => [`${name}.onnx`, `${name}.weights.json`])
  for (const name of ['materialise.mjs', ...names]) {
    fs.copyFileSync(path.join(graphs, name), path.join(target, name))
    fs.chmodSync(path.join(target, name), 0o644)
  }
}

function linkPeers() {
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    const from = path.join(root, 'bench/node_modules', name)
    const to = path.join(root, 'node_modules', name)
    if (!fs.existsSync(from)) throw new Error(`${from} is missing: run \`npm ci --ignore-scripts\` in bench/`)
    if (!fs.existsSync(to)) fs.cpSync(from, to, { recursive: true })
  }
}

fs.rmSync(out, { recursive: true, force: true })
const tests = await bundleTests()
copyGraphs()
if (process.argv.includes('--peers')) linkPeers()
console.log(`${out}: ${tests} files of kernel tests, ${GRAPHS.length} graphs`)
