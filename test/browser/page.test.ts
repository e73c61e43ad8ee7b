// The page (web/), built as it is published and used as people use it: pictures, colours, values, files, video, a lost
// device, networks of one's own.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Download, Page } from 'playwright-core'
import sharp from 'sharp'
import { build } from 'vite'
import { afterAll, describe, expect, it } from 'vitest'
import { colormapTable } from '../../src/depth/colormaps.ts'
import { decodeDepthPng, decodeNpy, dequantise } from '../../src/formats/index.ts'
import { recordVideo } from '../../tools/page/record.mjs'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { toyModel } from '../node/onnx.ts'
import { openBrowser, root } from './harness.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-page-'))
// The page must work from any folder of a server.
const browser = openBrowser({ folders: { '/some/folder/': folder } })
let page: Page

const patience = { timeout: 20_000 }

const shown = (p: Page) =>
  p.waitForFunction(() => document.querySelector<HTMLElement>('#stage')!.dataset.depth === 'shown', null, {
    timeout: 110_000,
  })

/** Waits until `act` has brought another depth onto the stage. */
async function another(p: Page, act: () => Promise<unknown>): Promise<void> {
  await p.evaluate(() => {
    document.querySelector<HTMLElement>('#status')!.textContent = ''
  })
  await act()
  await p.waitForFunction(() => /^Depth of/.test(document.querySelector('#status')!.textContent!), null, {
    timeout: 110_000,
  })
  await shown(p)
}

async function saved(kind: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [file] = (await Promise.all([page.waitForEvent('download'), page.click(`[data-save=${kind}]`)])) as [
    Download,
    unknown,
  ]
  return { name: file.suggestedFilename(), bytes: new Uint8Array(fs.readFileSync((await file.path())!)) }
}

/** The map as the page saves it. */
async function values(): Promise<{ height: number; width: number; data: Float32Array }> {
  const { shape, data } = decodeNpy((await saved('npy')).bytes, 'npy')
  return { height: shape[0], width: shape[1], data: data as Float32Array }
}

/** Puts the mouse over a pixel of the depth; returns the point and what the page says there. */
async function hover(x: number, y: number, { width, height }: { width: number; height: number }) {
  const box = (await page.locator('.depth-layer').boundingBox())!
  const at = { x: box.x + ((x + 0.5) / width) * box.width, y: box.y + ((y + 0.5) / height) * box.height }
  await page.mouse.move(at.x, at.y)
  return { at, text: (await page.textContent('#reading'))! }
}

/** Drops a picture of vertical bands, made in the page. */
async function drop(width: number, height: number): Promise<void> {
  await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w, h)
      const context = canvas.getContext('2d')!
      for (let i = 0; i < 8; i++) {
        context.fillStyle = `rgb(${i * 30} ${255 - i * 20} ${i % 2 ? 40 : 200})`
        context.fillRect((i * w) / 8, (i * h) / 16, w / 8, h)
      }
      const data = new DataTransfer()
      data.items.add(new File([await canvas.convertToBlob()], 'bands.png', { type: 'image/png' }))
      const send = (type: string) =>
        document
          .querySelector('#stage')!
          .dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }))
      send('dragenter')
      if (getComputedStyle(document.querySelector('.drop')!).display === 'none') throw new Error('no sign of the drag')
      send('drop')
    },
    [width, height],
  )
}

browser.beforeAll(async () => {
  await build({
    configFile: path.join(root, 'web/vite.config.ts'),
    build: { outDir: folder, emptyOutDir: true },
    logLevel: 'error',
  })
  page = await browser.open('/some/folder/index.html', { viewport: { width: 1280, height: 800 } })
  await shown(page)
}, 240_000)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

describe('a picture', () => {
  it('opens with the sample done, and forbids what it does not need', async () => {
    expect(await page.textContent('#status')).toMatch(/^Depth of sample: .* relative disparity to /)
    const policy = await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content')
    expect(policy).toContain("script-src 'self';")
    expect(await page.isVisible('#banner')).toBe(false)
  })

  it('tells the view angle where it came from a camera', async () => {
    const isTold = () => page.$eval('#fov', (e) => e.closest<HTMLElement>('.field')!.hidden)
    expect(await isTold()).toBe(false)
    const jpeg = sharp({ create: { width: 160, height: 120, channels: 3, background: '#87a' } })
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '28' } })
      .jpeg()
    const file = { name: 'camera.jpg', mimeType: 'image/jpeg', buffer: await jpeg.toBuffer() }
    await another(page, () => page.setInputFiles('#photo-file', file))
    // 28 mm of a film whose diagonal is 43.27 mm; the picture's is 200 pixels.
    const degrees = (360 / Math.PI) * Math.atan(80 / ((28 / Math.hypot(36, 24)) * 200))
    expect(await page.textContent('#space-about')).toMatch(
      `The photograph tells the view angle, ${degrees.toFixed(0)}°.`,
    )
    expect(await isTold()).toBe(true)
  })

  it('takes a picture that is dropped', async () => {
    await another(page, () => drop(160, 120))
    expect(await page.textContent('#status')).toMatch(/^Depth of bands: /)
    expect(await page.$eval('#photo', (c: HTMLCanvasElement) => [c.width, c.height])).toEqual([160, 120])
    expect(await page.isHidden('.drop')).toBe(true)
  })

  it('reads the value under the mouse and, by keys, aloud', async () => {
    const map = await values()
    expect([map.width, map.height]).toEqual([160, 120])
    const { text } = await hover(120, 90, map)
    expect(text).toMatch(/^[\d.]+ relative disparity$/)
    expect(Number.parseFloat(text)).toBeCloseTo(map.data[90 * 160 + 120], 2)
    await page.focus('#frame')
    await page.keyboard.press('ArrowRight')
    const spoken = (await page.textContent('#spoken'))!
    const [, value, x, y] = /^([\d.]+) relative disparity, column (\d+), row (\d+)$/.exec(spoken)!
    expect(Number(value)).toBeCloseTo(map.data[Number(y) * 160 + Number(x)], 2)
  })

  it('shows another colormap, turned round too', async () => {
    const map = await values()
    const finite = [...map.data].filter(Number.isFinite)
    const [low, high] = [Math.min(...finite), Math.max(...finite)]
    const pixel = { x: 100, y: 110 }
    const share = (map.data[pixel.y * 160 + pixel.x] - low) / (high - low)
    const { at } = await hover(pixel.x, pixel.y, map)
    await page.mouse.move(2, 2)
    const colour = async () => {
      const clip = { x: Math.floor(at.x), y: Math.floor(at.y), width: 1, height: 1 }
      const png = await page.screenshot({ clip })
      return [...(await sharp(png).removeAlpha().raw().toBuffer())].slice(0, 3)
    }
    const expected = (name: string, at: number) => {
      const c = colormapTable(name)[Math.round(at * 255)]
      return [c & 255, (c >> 8) & 255, (c >> 16) & 255]
    }
    const near = (a: number[], b: number[]) => Math.max(...a.map((v, i) => Math.abs(v - b[i])))
    await page.check('input[name=colormap][value=viridis]')
    await expect.poll(async () => near(await colour(), expected('viridis', share)), patience).toBeLessThan(12)
    await page.check('#invert')
    await expect.poll(async () => near(await colour(), expected('viridis', 1 - share)), patience).toBeLessThan(12)
    await page.uncheck('#invert')
  })

  it('fixes the range where a handle is moved', async () => {
    const before = await page.textContent('#legend-high')
    await page.focus('#high')
    await page.keyboard.press('PageDown')
    expect(await page.isChecked('input[name=range][value=manual]')).toBe(true)
    expect(await page.textContent('#legend-high')).not.toBe(before)
    await page.check('input[name=range][value=auto]')
    expect(await page.textContent('#legend-high')).toBe(before)
  })

  it('saves a 16-bit PNG whose numbers are the map', async () => {
    const map = await values()
    const { name, bytes } = await saved('png16')
    expect(name).toBe('bands.depth16.png')
    const png = await decodeDepthPng(bytes, name)
    expect([png.width, png.height]).toEqual([160, 120])
    const { scale, offset, kind, unit } = png.quantisation!
    expect([kind, unit]).toEqual(['disparity', 'relative'])
    const read = dequantise(png.stored, scale, offset)
    let worst = 0
    for (let i = 0; i < read.length; i++) worst = Math.max(worst, Math.abs(read[i] - map.data[i]))
    expect(worst).toBeLessThan(scale * 0.51)
  })

  it('saves colours, points and a mesh', async () => {
    const color = await saved('color')
    expect(color.name).toBe('bands.depth.png')
    const { width, height } = await sharp(color.bytes).metadata()
    expect([width, height]).toEqual([160, 120])
    const ply = await saved('ply')
    expect(Buffer.from(ply.bytes.subarray(0, 400)).toString('latin1')).toContain('element vertex 19200')
    const glb = await saved('glb')
    expect(Buffer.from(glb.bytes.subarray(0, 4)).toString('latin1')).toBe('glTF')
  })

  it('shows points in space', async () => {
    const hasWebGl = await page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null)
    await page.check('input[name=view][value=cloud]')
    if (!hasWebGl) {
      await expect.poll(() => page.textContent('#banner-text'), patience).toMatch(/no WebGL/)
      await page.check('input[name=view][value=split]')
      browser.takeErrors()
      return
    }
    await page.waitForSelector('#cloud canvas')
    const image = async () => (await page.locator('#cloud').screenshot()).toString('base64')
    await expect
      .poll(async () => (await sharp(Buffer.from(await image(), 'base64')).stats()).entropy)
      .toBeGreaterThan(2)
    const before = await image()
    await page.focus('#cloud')
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft')
    await expect.poll(image, patience).not.toBe(before)
    await page.check('input[name=view][value=split]')
  })

  it('says in words what is no picture, and keeps the one before', async () => {
    await page.setInputFiles('#photo-file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('words') })
    await expect.poll(() => page.textContent('#banner-text'), patience).toMatch(/“notes.txt” is no picture/)
    expect(await page.$eval('#stage', (s: HTMLElement) => s.dataset.depth)).toBe('shown')
    await page.click('#banner-close')
    browser.takeErrors()
  })
})

describe('what may go wrong', () => {
  it('plays a video for five seconds, and holds a frame of it', async () => {
    const file = Buffer.from(await page.evaluate(recordVideo, { width: 160, height: 120 }))
    await page.setInputFiles('#video-file', { name: 'square.webm', mimeType: 'video/webm', buffer: file })
    const count = async () => {
      const text = await page.$$eval('#times dt', (all) => {
        const term = all.find((e) => e.textContent === 'Frames shown')
        return term?.nextElementSibling?.textContent
      })
      return Number(text ?? 0)
    }
    await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(0)
    const first = await count()
    await page.waitForTimeout(5000)
    expect(await count()).toBeGreaterThan(first)
    expect(await page.isVisible('#video')).toBe(true)
    await another(page, () => page.click('#play'))
    expect(await page.textContent('#status')).toMatch(/^Depth of square-0m0\ds: /)
    expect((await values()).width).toBe(160)
  })

  it('loses the device, says so, and goes on with the same picture', async () => {
    const { data } = await values()
    await another(page, () =>
      page.evaluate(() => {
        const { prototype } = GPUDevice
        const { createCommandEncoder } = prototype
        prototype.createCommandEncoder = function (this: GPUDevice, ...args) {
          prototype.createCommandEncoder = createCommandEncoder
          setTimeout(() => this.destroy())
          return createCommandEncoder.apply(this, args)
        }
        document.querySelector<HTMLInputElement>('input[name=colormap][value=turbo]')!.click()
      }),
    )
    await expect.poll(() => page.textContent('#banner-text'), patience).toMatch(/has been opened again/)
    const { data: again } = await values()
    expect(again).toEqual(data)
    browser.takeErrors()
  })

  it('reads a network of one’s own, says what it assumed, and is told better', async () => {
    const bytes = writeOnnx({
      nodes: [{ op: 'Conv', inputs: ['picture', 'w'], outputs: ['z'] }],
      inputs: [{ name: 'picture', shape: [1, 3, 24, 32] }],
      outputs: [{ name: 'z', shape: [1, 1, 24, 32] }],
      constants: { w: { shape: [1, 3, 1, 1], values: [1, 2, 3] } },
      opset: 17,
    })
    await another(page, () =>
      page.setInputFiles('#model-file', {
        name: 'mine.onnx',
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      }),
    )
    expect(await page.textContent('#size')).toBe('32 × 24')
    await page.click('#meaning summary')
    expect(await page.textContent('#guesses')).toContain('Assumed: output "z" is disparity')
    await another(page, () => page.selectOption('#kind', 'metres'))
    const map = await values()
    expect((await hover(120, 60, map)).text).toMatch(/ m$/)
    await page.setInputFiles('#model-file', { name: 'bad.onnx', mimeType: '', buffer: Buffer.from('no network') })
    await expect.poll(() => page.textContent('#banner-text'), patience).toMatch(/bad\.onnx/)
    expect(await page.$eval('#model', (s: HTMLSelectElement) => s.value)).toBe('own:mine.onnx')
    browser.takeErrors()
  })

  it('reads weights of one’s own that lie beside the network, and asks for them', async () => {
    const bytes = toyModel({
      inputs: [{ name: 'picture', shape: [1, 3, 24, 32] }],
      outputs: [{ name: 'z', shape: [1, 1, 24, 32] }],
      nodes: [{ op: 'Conv', inputs: ['picture', 'w'], outputs: ['z'] }],
      weights: [{ name: 'w', shape: [1, 3, 1, 1], external: { location: 'w.data', offset: 4, length: 12 } }],
    })
    const network = { name: 'beside.onnx', mimeType: '', buffer: Buffer.from(bytes) }
    const weights = { name: 'w.data', mimeType: '', buffer: Buffer.from(Float32Array.of(9, 1, 2, 3).buffer) }
    await page.setInputFiles('#model-file', network)
    await expect
      .poll(() => page.textContent('#banner-text'), patience)
      .toMatch('"beside.onnx" keeps data in the file "w.data": give that file with it')
    const chosen = () => page.$eval('#model', (s: HTMLSelectElement) => s.value)
    // The network that was open comes back first.
    await expect.poll(chosen, patience).toBe('own:mine.onnx')
    await shown(page)
    await page.setInputFiles('#model-file', [weights, network])
    await expect.poll(chosen, patience).toBe('own:beside.onnx')
    await shown(page)
    browser.takeErrors()
  })

  it('offers a published network, and refuses a file that is not that network', async () => {
    const before = await page.$eval('#model', (s: HTMLSelectElement) => s.value)
    const asked: string[] = []
    await page.route('https://huggingface.co/**', (route) => {
      asked.push(route.request().url())
      return route.fulfill({ body: 'something else', headers: { 'access-control-allow-origin': '*' } })
    })
    expect(await page.textContent('#model')).toContain('Depth anything v2 small, float16')
    await page.selectOption('#model', 'depth-anything-v2-small-fp16.onnx')
    await expect.poll(() => page.textContent('#banner-text'), patience).toMatch(/is not the file that was meant/)
    expect(asked).toEqual([expect.stringMatching(/\/resolve\/[0-9a-f]{40}\/onnx\/model_fp16\.onnx$/)])
    expect(await page.$eval('#model', (s: HTMLSelectElement) => s.value)).toBe(before)
    await page.unroute('https://huggingface.co/**')
    browser.takeErrors()
  })

  it('says what is missing where there is no WebGPU', async () => {
    const bare = await browser.open('/some/folder/index.html', {
      init: "Object.defineProperty(navigator, 'gpu', { value: undefined })",
      allow: [/WebGPU/],
    })
    await expect.poll(() => bare.textContent('#banner-text'), patience).toMatch(/has no WebGPU.*Chrome/)
    expect(await bare.isVisible('#photo')).toBe(true)
    // The sample has a depth that was made before: a picture, which goes with the sample.
    await shown(bare)
    const background = () => bare.$eval('#depth', (c) => getComputedStyle(c).backgroundImage)
    const [, url] = (await background()).match(/^url\("(.*)"\)$/)!
    const { width, height } = await sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).metadata()
    expect([width >= 1280, height]).toEqual([true, 480])
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#a76' } })
      .png()
      .toBuffer()
    await bare.setInputFiles('#photo-file', { name: 'mine.png', mimeType: 'image/png', buffer: picture })
    await expect.poll(() => bare.$eval('#stage', (s: HTMLElement) => s.dataset.depth), patience).toBe('none')
    expect(await background()).toBe('none')
    expect(await bare.textContent('#banner-text')).toMatch(/has no WebGPU/)
  })
})
