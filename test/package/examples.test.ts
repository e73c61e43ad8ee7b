// The examples, on the package as it would be published: a small photograph through each, and the same picture out.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import * as vite from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, root } from '../browser/harness.ts'
import { makeProject } from './project.ts'

const project = makeProject()
const browser = openBrowser({
  folders: {
    '/dist/': path.join(root, 'dist'),
    '/examples/script-tag/': path.join(root, 'examples/script-tag'),
    ...Object.fromEntries(['vite', 'worker', 'react'].map((name) => [`/${name}/`, project.at('out', name)])),
  },
})

const WIDTH = 96
const HEIGHT = 72
let photo: Buffer
/** What the server of examples/node-http answers: red, green and blue of every pixel. */
let expected: Buffer
let server: ChildProcess | undefined

beforeAll(async () => {
  project.install('webgpu', 'sharp', 'react', 'react-dom', 'scheduler')
  fs.cpSync(path.join(root, 'examples'), project.at('examples'), { recursive: true })
  photo = await sharp(path.join(root, 'assets/sample.jpg')).resize(WIDTH, HEIGHT).png().toBuffer()
  server = spawn(process.execPath, [project.at('examples/node-http/server.js')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
})
afterAll(async () => {
  if (server?.exitCode !== null) return
  server.kill()
  await once(server, 'exit')
})

const pixelsOf = async (png: Buffer | Uint8Array) => {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, info.channels]).toEqual([WIDTH, HEIGHT, 3])
  return data
}

describe('node-http', () => {
  let origin: string

  it('answers a photograph with its depth', async () => {
    const [line] = await once(server!.stdout!, 'data')
    origin = String(line).trim()
    const response = await fetch(origin, { method: 'POST', body: new Uint8Array(photo) })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/png')
    expected = await pixelsOf(new Uint8Array(await response.arrayBuffer()))
    const { channels } = await sharp(expected, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).stats()
    expect(channels[0].stdev).toBeGreaterThan(20)
  })

  it('says what is wrong with a request', async () => {
    const post = (body: string) => fetch(origin, { method: 'POST', body })
    const bad = await post('no image')
    expect([bad.status, await bad.text()]).toEqual([400, expect.stringMatching(/the request.*image/)])
    expect((await fetch(origin)).status).toBe(405)
  })
})

/** Chooses the photograph in the page's file field, and compares its canvas with the server's answer. */
async function expectSameDepth(at: string): Promise<void> {
  const page = await browser.open(at)
  await page.locator('output:text("ready")').waitFor({ timeout: 100_000 })
  await page.locator('input[type=file]').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo })
  await page.locator(`output:text("${WIDTH} × ${HEIGHT}")`).waitFor({ timeout: 100_000 })
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  const actual = await pixelsOf(await page.locator('canvas').screenshot())
  const error = actual.reduce((sum, v, i) => sum + Math.abs(v - expected[i]), 0) / actual.length
  expect(error).toBeLessThan(1)
}

async function build(name: string): Promise<void> {
  await vite.build({
    root: project.at('examples', name),
    logLevel: 'error',
    build: { outDir: project.at('out', name), emptyOutDir: true },
  })
}

describe('in a browser', () => {
  it('script-tag, as it lies in the checkout', () => expectSameDepth('/examples/script-tag/'))

  it.each(['vite', 'worker', 'react'])('%s, as Vite builds it', async (name) => {
    await build(name)
    await expectSameDepth(`/${name}/`)
  })
})
