// `npm run firefox`: depth of a small picture in Firefox, by the one-file module for browsers and the default network,
// drawn on a canvas and read back, and compared with what Node gives. FIREFOX names the program; else it is looked for in
// PATH. It runs headless, with WebGPU switched on in a profile of its own, which is removed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createDepthEstimator, isobathTiny, readDepth } from '../dist/index.js'
import { openEngine, readDefaultModel } from '../dist/node/index.js'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const LIMIT_SECONDS = 180
const SWITCHED_ON = ['dom.webgpu.enabled', 'gfx.webgpu.force-enabled', 'gfx.webgpu.ignore-blocklist']

/** A smooth picture with edges, RGBA. */
const size = { width: 96, height: 64 }
const picture = Array.from({ length: size.width * size.height * 4 }, (_, i) => {
  const [x, y, c] = [(i >> 2) % size.width, Math.floor(i / 4 / size.width), i % 4]
  return c === 3 ? 255 : Math.round(128 + 60 * Math.sin(x / (5 + c)) + 60 * (y > 30 ? 1 : -1))
})

const PAGE = `<!doctype html><meta charset="utf-8"><canvas></canvas><script type="module">
const post = (report) => fetch('/report', { method: 'POST', body: JSON.stringify(report) })
try {
  const isobath = await import('/dist/browser/isobath.js')
  const { size, picture } = await (await fetch('/picture')).json()
  const engine = await isobath.openEngine({ precision: 'f32' })
  const model = await isobath.fetchModel(isobath.defaultModelUrl())
  const estimator = await isobath.createDepthEstimator(engine, model, { card: isobath.isobathTiny, width: 128, height: 96 })
  const map = await isobath.estimateDepth(estimator, new ImageData(Uint8ClampedArray.from(picture), size.width))
  const canvas = document.querySelector('canvas')
  await isobath.drawDepth(engine, canvas, map)
  const depth = await isobath.readDepth(engine, map)
  post({ depth: [...depth], canvas: [canvas.width, canvas.height], f16: engine.caps.f16, agent: navigator.userAgent })
} catch (error) {
  post({ error: String(error) })
}
</script>`

async function inNode() {
  const engine = await openEngine({ precision: 'f32' })
  const estimator = await createDepthEstimator(engine, readDefaultModel(), {
    card: isobathTiny,
    width: 128,
    height: 96,
  })
  const depth = await readDepth(engine, await estimator.estimate({ ...size, data: Uint8Array.from(picture) }))
  engine.destroy()
  return depth
}

const FILES = { '/dist/browser/isobath.js': 'text/javascript', '/assets/isobath-tiny.onnx': 'application/octet-stream' }

/** Serves the page, its files and its picture; `onReport` is given what the page posts. */
async function serve(onReport) {
  const server = http.createServer(async (request, response) => {
    const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body)
    const { url } = request
    if (url === '/report') {
      onReport(await json(request))
      send('text/plain', '')
    } else if (url === '/') send('text/html', PAGE)
    else if (url === '/picture') send('application/json', JSON.stringify({ size, picture }))
    else if (FILES[url]) send(FILES[url], fs.readFileSync(path.join(root, url)))
    else response.writeHead(404).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** What the page reports from Firefox. */
async function inFirefox(program) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-firefox-'))
  fs.writeFileSync(path.join(profile, 'user.js'), SWITCHED_ON.map((name) => `user_pref("${name}", true);`).join('\n'))
  let server
  let firefox
  let timer
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no report within ${LIMIT_SECONDS} s`)), LIMIT_SECONDS * 1000)
      serve(resolve).then((started) => {
        server = started
        const address = `http://127.0.0.1:${server.address().port}/`
        firefox = spawn(program, ['--headless', '--no-remote', '--profile', profile, address], { stdio: 'ignore' })
        firefox.on('error', reject)
      }, reject)
    })
  } finally {
    clearTimeout(timer)
    if (firefox?.exitCode === null && firefox.kill()) await once(firefox, 'exit')
    server?.closeAllConnections()
    server?.close()
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

const program = process.env.FIREFOX ?? 'firefox'
try {
  const report = await inFirefox(program)
  if (report.error) throw new Error(report.error)
  const expected = await inNode()
  const power = expected.reduce((sum, v) => sum + v * v, 0)
  const error = expected.reduce((sum, v, i) => sum + (report.depth[i] - v) ** 2, 0) / power
  console.log(
    `${report.agent}\ndepth of ${report.canvas.join(' × ')} pixels: normalised mean squared error ${error.toExponential(1)}`,
  )
  process.exitCode = error < 1e-6 ? 0 : 1
} catch (error) {
  const absent = error.code === 'ENOENT'
  console.error(absent ? `There is no ${program} here: install Firefox, or name it by FIREFOX.` : error.message)
  process.exitCode = 1
}
