// The package through esbuild, webpack and Vite, the network as an asset of each; the bundles run in a browser.
import fs from 'node:fs'
import path from 'node:path'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import { expect, it } from 'vitest'
import webpack from 'webpack'
import { openBrowser, root } from '../browser/harness.ts'
import { reluModel } from '../node/onnx.ts'
import { makeProject } from './project.ts'

const project = makeProject()
const browser = openBrowser({
  folders: Object.fromEntries(['esbuild', 'webpack', 'vite'].map((name) => [`/${name}/`, project.at('out', name)])),
})

const HTML = '<!doctype html><meta charset="utf-8"><title>bundled</title>'
const app = (address: string, imports = '') => `
import { createEngine, defaultModelUrl, inspect, tensor } from 'isobath'
import { encodeNpy } from 'isobath/formats'
${imports}
async function run() {
  const bytes = new Uint8Array(await (await fetch(${address})).arrayBuffer())
  const engine = await createEngine()
  const session = await engine.load(Uint8Array.from(${JSON.stringify([...reluModel()])}), { axes: { batch: 1 } })
  const { y } = await session.run({ x: tensor('float32', [1, 4], Float32Array.of(-1, 2, -3, 4)) })
  engine.destroy()
  return { bytes: bytes.length, parameters: inspect(bytes).parameters, y: [...y.data], npy: encodeNpy(y).length }
}
globalThis.result = run().catch((error) => String(error.stack))
`

async function expectRuns(at: string): Promise<void> {
  const page = await browser.open(at)
  await page.waitForFunction(() => 'result' in globalThis)
  expect(await page.evaluate(() => (globalThis as any).result)).toEqual({
    bytes: fs.statSync(path.join(root, 'assets/isobath-tiny.onnx')).size,
    parameters: expect.closeTo(0.926e6, -4),
    y: [0, 2, 0, 4],
    npy: expect.any(Number),
  })
}

it('esbuild, by an import of the network', async () => {
  const entry = project.write('esbuild.js', app('model', "import model from 'isobath/isobath-tiny.onnx'"))
  await esbuild.build({
    entryPoints: [entry],
    outdir: project.at('out/esbuild'),
    bundle: true,
    minify: true,
    format: 'esm',
    loader: { '.onnx': 'file' },
    publicPath: '/esbuild/',
    logLevel: 'silent',
  })
  fs.writeFileSync(project.at('out/esbuild/index.html'), `${HTML}<script type="module" src="esbuild.js"></script>`)
  await expectRuns('/esbuild/')
})

it('webpack, by defaultModelUrl()', async () => {
  const compiler = webpack({
    mode: 'production',
    context: project.folder,
    entry: project.write('webpack.js', app('defaultModelUrl()')),
    output: { path: project.at('out/webpack'), filename: 'main.js' },
    performance: { hints: false },
  })!
  const stats = await new Promise<webpack.Stats>((resolve, reject) =>
    compiler.run((error, result) => (error || !result ? reject(error) : resolve(result))),
  )
  expect(stats.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] })
  fs.writeFileSync(project.at('out/webpack/index.html'), `${HTML}<script defer src="main.js"></script>`)
  await expectRuns('/webpack/')
})

project.write('vite/index.html', `${HTML}<script type="module" src="./main.js"></script>`)
project.write('vite/main.js', app('defaultModelUrl()'))

it('Vite, by defaultModelUrl()', async () => {
  await vite.build({
    root: project.at('vite'),
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: project.at('out/vite'), emptyOutDir: true },
  })
  await expectRuns('/vite/')
})

it("Vite's development server, with the package left as it is", async () => {
  const server = await vite.createServer({
    root: project.at('vite'),
    configFile: false,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', fs: { allow: [project.folder, root] } },
    optimizeDeps: { exclude: ['isobath'] },
  })
  await server.listen()
  try {
    browser.route('/dev', { status: 302, headers: { location: server.resolvedUrls!.local[0] }, body: '' })
    await expectRuns('/dev')
  } finally {
    await server.close()
  }
})
