// `npm run package`: packs the package, installs it from its file into an empty project as a user would, and runs it
// there: the command with and without its optional packages, and a script. Needs the npm registry or npm's cache.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-package-'))
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }))

/** Runs a command line in the project; npm and npx are npm's own, wherever it lies. */
function run(line, { cwd = folder, expect = 0 } = {}) {
  console.log(`$ ${line}`)
  const r = spawnSync(line, { cwd, shell: true, encoding: 'utf8' })
  if (r.status !== expect) {
    console.error(`exit status ${r.status} instead of ${expect}\n${r.stdout}${r.stderr}`)
    process.exit(1)
  }
  return r.stdout + r.stderr
}

function must(condition, what) {
  if (condition) return
  console.error(`not so: ${what}`)
  process.exit(1)
}

const SCRIPT = `
import { createDepthEstimator, isobathTiny, readDepth } from 'isobath'
import { openEngine, readDefaultModel } from 'isobath/node'

const engine = await openEngine()
const estimator = await createDepthEstimator(engine, readDefaultModel(), { card: isobathTiny })
const data = Uint8Array.from({ length: 64 * 48 * 4 }, (_, i) => (i >> 4) & 255)
const map = await estimator.estimate({ width: 64, height: 48, data })
const depth = await readDepth(engine, map)
console.log(map.kind, depth.length, depth.every(Number.isFinite))
engine.destroy()
`

const file = run(`npm pack --silent --ignore-scripts --pack-destination "${folder}"`, { cwd: root })
  .trim()
  .split('\n')
  .at(-1)
console.log(`  ${file}: ${(fs.statSync(path.join(folder, file)).size / 1e6).toFixed(2)} MB`)

fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
run(`npm install --no-audit --no-fund "./${file}"`)
const installed = fs.readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
console.log(`  installed: ${installed.join(', ')}`)
must(!installed.includes('sharp') && !installed.includes('webgpu'), 'optional packages are left to the user')
must(/npm install commander/.test(run('npx isobath --help', { expect: 1 })), 'the command names what it lacks')

run('npm install --no-audit --no-fund commander webgpu sharp')
fs.copyFileSync(path.join(root, 'assets/sample.jpg'), path.join(folder, 'photo.jpg'))
console.log(run('npx isobath depth photo.jpg -o out --outputs color,png16').replace(/^/gm, '  '))
for (const name of ['photo.depth.png', 'photo.depth16.png'])
  must(fs.existsSync(path.join(folder, 'out', name)), `out/${name} is written`)

fs.writeFileSync(path.join(folder, 'script.js'), SCRIPT)
must(run('node script.js').includes('disparity 3072 true'), 'a script estimates depth')
console.log('The package installs and runs.')
