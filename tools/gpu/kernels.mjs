// `node tools/gpu/kernels.mjs FOLDER SECONDS`: the bundled kernel tests on this machine's adapter. Prints a line a file
// and, last, one JSON object.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { TESTS } from './plan.mjs'

const [folder, seconds] = process.argv.slice(2)
const deadline = performance.now() + 1000 * Number(seconds)
const load = (name) => import(pathToFileURL(path.resolve(folder, `${name}.mjs`)))
const { runTests } = await load('runTests')

const found = fs
  .readdirSync(folder)
  .filter((f) => f.endsWith('.mjs') && fs.readFileSync(path.join(folder, f), 'utf8').includes('.test.ts'))
  .map((f) => f.slice(0, -'.mjs'.length))
const names = [...TESTS.filter((t) => found.includes(t)), ...found.filter((f) => !TESTS.includes(f))]
const files = {}
for (const name of names) {
  try {
    await load(name)
    files[name] = await runTests(deadline)
  } catch (e) {
    files[name] = {
      passed: 0,
      failed: [{ name: 'import', message: String(e.message).slice(0, 400) }],
      skipped: 0,
      late: 0,
    }
  }
  const { passed, failed, skipped, late } = files[name]
  console.log(`${name}: ${passed} passed, ${failed.length} failed, ${skipped} skipped, ${late} not reached`)
  for (const f of failed.slice(0, 5)) console.log(`  FAIL ${f.name}: ${f.message.split('\n')[0]}`)
}
console.log(JSON.stringify(files))
process.exit(0)
