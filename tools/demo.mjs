// `npm run demo`: the built command line estimates the depth of the sample photograph and writes the results to out/.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const photo = path.join(root, 'assets/sample.jpg')
const cli = path.join(root, 'dist/cli.js')
const model = path.resolve(process.env.ISOBATH_DEMO_MODEL ?? path.join(root, 'assets/isobath-tiny.onnx'))
const card = process.env.ISOBATH_DEMO_CARD
const out = path.join(root, 'out')

const show = (file) => path.relative(process.cwd(), file) || '.'

function fail(message) {
  console.error(message)
  process.exit(1)
}

if (!fs.existsSync(cli))
  fail(`${show(cli)} is missing: run \`npm run demo\`, which builds first, or \`npm run build\`.`)
if (!fs.existsSync(photo)) fail(`The sample photograph ${show(photo)} is missing: restore it from the repository.`)
if (!fs.existsSync(model)) {
  fail(
    `There is no network at ${show(model)}: restore it from the repository, or name another,\n` +
      '  ISOBATH_DEMO_MODEL=path/to/model.onnx npm run demo\n' +
      'and, where its file name does not tell its family, the card too:  ISOBATH_DEMO_CARD=fastdepth',
  )
}

const args = ['depth', photo, '--model', model, ...(card ? ['--card', card] : []), '-o', out]
args.push('--outputs', 'color,png16,ply', '--overwrite')
// A network without metres needs a scale for the point cloud: the sample's room is some 2.5 m away.
if (!process.env.ISOBATH_DEMO_MODEL) args.push('--scale', '2.5')
console.log(`$ isobath ${args.map((arg) => (path.isAbsolute(arg) ? show(arg) : arg)).join(' ')}`)

const started = Date.now()
const { status, signal, error } = spawnSync(process.execPath, [cli, ...args], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (status !== 0) fail(`The command failed: ${error?.message ?? signal ?? `exit status ${status}`}.`)

const written = fs
  .readdirSync(out)
  .map((name) => ({ file: path.join(out, name), stat: fs.statSync(path.join(out, name)) }))
  .filter(({ stat }) => stat.isFile() && stat.mtimeMs >= started - 1000)
if (!written.length) fail(`The command ended well but wrote nothing to ${show(out)}.`)

console.log(`\nWritten in ${((Date.now() - started) / 1000).toFixed(1)} s, start of the program included:`)
for (const { file, stat } of written) {
  console.log(`  ${show(file).padEnd(32)} ${(stat.size / 1024).toFixed(0).padStart(7)} KiB`)
}
