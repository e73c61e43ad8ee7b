// How large the package is in a browser, minified and by gzip -9: `isobath` and `isobath/web` whole, what takes how much of
// it, and what an app of depth loads. `npm run size`; --json prints the rows.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import { build, transform } from 'esbuild'
import { build as viteBuild } from 'vite'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** What a module belongs to, by its path; the first that fits. */
const GROUPS = [
  ['shaders', /^dist\/shaders\w*\.gen/],
  ['operators', /^dist\/kernels\//],
  ['passes, compiler, ONNX', /^dist\/runtime\/(passes|compile|graph|onnx)\//],
  ['GPU, profiler, engine', /^dist\/(runtime\/|engine|debug|tools|tune|index)/],
  ['depth', /^dist\/(depth|formats)\//],
  ['cards of networks', /^dist\/models\//],
  ['web', /^dist\/web\//],
  ['other packages', /^node_modules\//],
]

const gzip = (text) => zlib.gzipSync(text, { level: 9 }).length

const entries = ['./dist/index.js', './dist/web/index.js'].filter((file) => fs.existsSync(path.join(root, file)))

/** Everything, or what one import statement takes with it. */
const bundle = async (contents, options) =>
  build({
    stdin: { contents, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    ...options,
  }).then((result) => result.outputFiles[0].text)

const everything = entries.map((file) => `export * from '${file}'`).join('\n')

/** Bytes of all that `isobath` and `isobath/web` export, minified and gzipped. */
export const sizeOfAll = async () => {
  const text = await bundle(everything, { minify: true })
  return { minified: text.length, gzipped: gzip(text) }
}

const APP = `export { createDepthEstimator, createEngine, isobathTiny, readDepth } from '${root}/dist/index.js'`

/** The files of the app, as Vite makes them by default; those that it loads first are one where `apart` has the others left out. */
export async function buildApp(apart) {
  const plugin = {
    name: 'app',
    enforce: 'pre',
    resolveId(id, _, { kind }) {
      if (id === 'app') return id
      return apart && kind === 'dynamic-import' ? { id, external: true } : undefined
    },
    load: (id) => (id === 'app' ? APP : undefined),
  }
  const { output } = await viteBuild({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: [plugin],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: { input: 'app', preserveEntrySignatures: 'strict' },
    },
  })
  return output.filter(({ code }) => code)
}

/**
 * Bytes of an app that opens the engine and estimates depth with the default network, and uses nothing else: what its page
 * loads first, as one file; the same in the files that Vite makes of it, and what they fetch when a model or a function
 * asks for it.
 */
export async function sizeOfApp() {
  const sum = (files) => ({
    minified: files.reduce((bytes, { code }) => bytes + code.length, 0),
    gzipped: files.reduce((bytes, { code }) => bytes + gzip(code), 0),
  })
  const files = await buildApp(false)
  const first = new Set()
  const visit = (name) => {
    if (first.has(name)) return
    first.add(name)
    for (const next of files.find(({ fileName }) => fileName === name).imports) visit(next)
  }
  visit(files.find(({ isEntry }) => isEntry).fileName)
  return {
    first: sum(await buildApp(true)),
    inFiles: sum(files.filter(({ fileName }) => first.has(fileName))),
    later: sum(files.filter(({ fileName }) => !first.has(fileName))),
  }
}

/** The groups; each gzipped alone, which takes a little more than within the whole. */
export async function sizeOfGroups() {
  const text = await bundle(everything, { minifySyntax: true, minifyIdentifiers: true })
  // esbuild names each module in a comment before it.
  const parts = text.split(/^\/\/ (?=(?:dist|node_modules)\/)/m).slice(1)
  const texts = new Map(GROUPS.map(([name]) => [name, '']))
  for (const part of parts) {
    const end = part.indexOf('\n')
    const file = part.slice(0, end)
    const group = GROUPS.find(([, pattern]) => pattern.test(file))
    if (!group) throw new Error(`${file} belongs to no group`)
    texts.set(group[0], texts.get(group[0]) + part.slice(end))
  }
  return Promise.all(
    [...texts].map(async ([name, source]) => {
      const { code } = await transform(source.replace(/^export \{[^}]*\};/gm, ''), { minifyWhitespace: true })
      return { name, minified: code.length, gzipped: code ? gzip(code) : 0 }
    }),
  )
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { first, inFiles, later } = await sizeOfApp()
  const rows = [
    ...(await sizeOfGroups()),
    { name: 'all', ...(await sizeOfAll()) },
    { name: 'an app, loaded first', ...first },
    { name: '  in the files of Vite', ...inFiles },
    { name: '  when asked for', ...later },
  ]
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
  else {
    const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)
    console.log(`${' '.repeat(24)}  minified   gzipped`)
    for (const { name, minified, gzipped } of rows) console.log(name.padEnd(24) + kB(minified) + kB(gzipped))
  }
}
