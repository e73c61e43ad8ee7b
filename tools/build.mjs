// Builds dist/ from src/: the generated modules, tsc, and the one-file module for browsers. `npm run build`, or through
// the set-up when sources changed.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { root, run, SetupError, say, step } from './setup/shell.mjs'
import { readHost, shrinkModule } from './shrink.mjs'

const STAMP = path.join(root, 'node_modules/.cache/isobath/build')
const dist = path.join(root, 'dist')

function filesUnder(folder) {
  if (!fs.existsSync(path.join(root, folder))) return []
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

const isGenerated = (file) => file.endsWith('.gen.ts')
const isSource = (file) => /\.ts$/.test(file) && !file.endsWith('.d.ts')

/** One hash over everything the build reads. */
function hashInputs() {
  const single = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tools/build.mjs',
    'tools/generate.mjs',
    'tools/shrink.mjs',
  ]
  const files = [
    ...single.map((name) => path.join(root, name)),
    ...['src', 'shaders', 'report'].flatMap(filesUnder).filter((file) => !isGenerated(file)),
  ]
  const hash = createHash('sha256')
  for (const file of files)
    hash.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0')
  return hash.digest('hex')
}

const outputOf = (source) => path.join(dist, path.relative(path.join(root, 'src'), source).replace(/\.ts$/, ''))
const outputs = () =>
  filesUnder('src')
    .filter(isSource)
    .map((file) => outputOf(file))

/** `isobath` and `isobath/web` in one file; two folders below the package, as the module that names the default network. */
const BROWSER = path.join(dist, 'browser/isobath.js')

/** Every file of dist/. */
const expected = () => [...outputs().flatMap((file) => [`${file}.js`, `${file}.d.ts`]), BROWSER]

/** Whether dist/ holds the result of the sources as they are. */
export function upToDate() {
  if (!fs.existsSync(STAMP) || fs.readFileSync(STAMP, 'utf8') !== hashInputs()) return false
  return expected().every((file) => fs.existsSync(file))
}

function must(what, args) {
  const r = run(process.execPath, args)
  if (!r.ok) throw new SetupError(`${what} failed (${r.why}):\n${r.stdout}${r.stderr}`)
}

function bundleForBrowsers() {
  const contents = ['./index.js', './web/index.js']
    .filter((file) => fs.existsSync(path.join(dist, file)))
    .map((file) => `export * from '${file}'`)
    .join('\n')
  buildSync({
    stdin: { contents, resolveDir: dist },
    outfile: BROWSER,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    banner: { js: '/*! isobath, MIT licence */' },
    logLevel: 'error',
  })
}

/** Removes what an earlier build left for sources that are gone. */
function sweep() {
  const wanted = new Set(expected())
  for (const file of filesUnder('dist')) if (!wanted.has(file)) fs.rmSync(file)
}

export function build() {
  step('build', () => {
    const before = hashInputs()
    fs.rmSync(STAMP, { force: true })
    must('generating', [path.join(root, 'tools/generate.mjs')])
    must('tsc', [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--noEmitOnError'])
    sweep()
    const shaders = path.join(dist, 'shaders.gen.js')
    fs.writeFileSync(shaders, shrinkModule(fs.readFileSync(shaders, 'utf8'), readHost()))
    bundleForBrowsers()
    const cli = path.join(dist, 'cli.js')
    if (fs.existsSync(cli)) fs.chmodSync(cli, 0o755)
    fs.mkdirSync(path.dirname(STAMP), { recursive: true })
    fs.writeFileSync(STAMP, before)
  })
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    build()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
