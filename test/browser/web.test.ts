// isobath/web in a browser, under a Content-Security-Policy without eval: pictures of every kind, canvases, workers,
// lost devices, and the whole way equal to Node's.
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createDepthEstimator, isobathTiny, readDepth } from '../../src/index.ts'
import { openEngine, readDefaultModel } from '../../src/node/index.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { random } from '../harness/kernel.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { bundle, type ModulePage, openBrowser } from './harness.ts'

type Page = typeof import('./pages/web.ts')

const browser = openBrowser({
  headers: {
    'content-security-policy': "default-src 'self'; script-src 'self'; img-src 'self' blob:; connect-src 'self' blob:",
  },
})

/** The first channel of the input, as an absolute value. */
const network = (w: number, h: number) =>
  writeOnnx({
    nodes: [{ op: 'Abs', inputs: ['rgb'], outputs: ['depth'] }],
    inputs: [{ name: 'rgb', shape: [1, 3, h, w] }],
    outputs: [{ name: 'depth', shape: [1, 3, h, w] }],
  })

const [width, height] = [64, 32]
const model = network(width, height)

/** A picture of noise. */
function noise(w: number, h: number, seed: number) {
  const next = random(seed)
  const pixels = Uint8ClampedArray.from({ length: w * h * 4 }, (_, i) => (i % 4 === 3 ? 255 : next() * 256))
  return { width: w, height: h, pixels }
}
const picture = noise(width, height, 1)

/** What {@link network} makes of pixels: red, normalised to -1 … 1, without its sign. */
const fromRed = (pixels: ArrayLike<number>) =>
  Array.from({ length: pixels.length / 4 }, (_, i) => Math.abs((2 * pixels[4 * i]) / 255 - 1))

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]))
  return most
}

let page: ModulePage<Page>
browser.beforeAll(async () => {
  page = await browser.module<Page>('web')
})

const STILL = ['ImageData', 'ImageBitmap', 'HTMLCanvasElement', 'OffscreenCanvas', 'Blob', 'File', 'address', 'URL']

describe('a picture reaches the network unchanged from', () => {
  it.each([...STILL, 'HTMLImageElement', 'VideoFrame of a canvas'])('%s', async (kind) => {
    const { values } = await page.call('estimate', model, kind, picture)
    expect(worst(values, fromRed(picture.pixels))).toBeLessThan(1e-5)
  })

  it('a decoded VideoFrame, in place and by copy, mirrored too', async () => {
    const inPlace = await page.call('estimate', model, 'VideoFrame', picture)
    expect(inPlace.stored).toBe('frame')
    expect(worst(inPlace.values, fromRed(picture.pixels))).toBeLessThan(4 / 255)
    const copied = await page.call('estimate', model, 'VideoFrame', picture, { copy: true })
    expect(copied.stored).toBe('texture')
    expect(worst(inPlace.values, copied.values)).toBeLessThan(4 / 255)
    // A network without a memory of places sees the same in the mirror.
    const mirrored = await page.call('estimate', model, 'VideoFrame', picture, { flip: 'mean' })
    expect(worst(inPlace.values, mirrored.values)).toBeLessThan(1e-5)
  })

  it('a JPEG file that lies on its side, with the focal length of its EXIF', async () => {
    const upright = { width: height, height: width }
    const exif = { IFD2: { FocalLengthIn35mmFilm: '28' } }
    // Smooth, so that JPEG keeps it.
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const at = Math.floor(i / 3)
      return (at % width) * 3 + Math.floor(at / width) * 2
    })
    const raw = { width, height, channels: 3 } as const
    const jpeg = sharp(pixels, { raw }).withExif(exif).withMetadata({ orientation: 6 }).jpeg({ quality: 100 })
    const bytes = new Uint8Array(await jpeg.toBuffer())
    const expected = await sharp(bytes).rotate().ensureAlpha().raw().toBuffer()
    const [file, image] = await page.call('decodeFile', network(height, width), bytes, 'image/jpeg')
    expect(file).toMatchObject({ ...upright, focal: 28 })
    expect(image).toMatchObject(upright)
    for (const { values } of [file, image]) expect(worst(values, fromRed(expected))).toBeLessThan(6 / 255)
  })

  it('and what is none is told', async () => {
    const [text, missing, empty, video] = await page.call('badSources')
    expect(text).toMatch(/^input: the image cannot be decoded/)
    expect(missing).toMatch(/^input: the image \/nothing.png cannot be fetched: the server says 404/)
    expect(empty).toMatch(/^input: the image cannot be decoded/)
    expect(video).toMatch(/^input: the video shows no picture yet/)
    expect(browser.takeErrors().every((e) => e.includes('404'))).toBe(true)
  })
})

describe('a canvas', () => {
  it('shows the colours that colorize gives, nothing where there is no value', async () => {
    const values = Array.from({ length: 77 }, (_, i) => (i === 5 ? Number.NaN : Math.sin(i)))
    const { expected, pictures } = await page.call('drawn', values, 11, 'turbo')
    expect(expected).toHaveLength(77 * 4)
    for (const p of pictures) expect(p).toEqual(expected)
  })

  it('of another kind is refused', async () => {
    expect(await page.call('drawOnOther')).toMatch(/^input: the canvas has a context of another kind/)
  })
})

describe('the whole way', () => {
  const size = { width: 96, height: 64 }
  const photo = noise(48, 32, 2)

  it('gives what Node gives, in a page and in a worker', async () => {
    const engine = await openEngine()
    const estimator = await createDepthEstimator(engine, readDefaultModel(), { card: isobathTiny, ...size })
    const map = await estimator.estimate({ ...photo, data: new Uint8Array(photo.pixels.buffer) })
    const expected = await readDepth(engine, map)
    engine.destroy()
    const same = (values: Float32Array) => expect(compare(values, expected, 'float32', 'reduce')).toBeNull()
    same(await page.call('endToEnd', photo, size))
    browser.route('/web-worker.js', { body: await bundle('test/browser/pages/webWorker.ts'), type: 'js' })
    const inWorker: any = await page.call('inWorker', { picture: photo, size })
    expect(inWorker).toMatchObject({ width: 48, height: 32 })
    same(inWorker.values)
  })
})

describe('the device', () => {
  it('of the caller is used and left alone', async () => {
    expect(await page.call('ownDevice', model)).toEqual({ lost: false, ran: true })
  })

  it('may be lost: errors say so, and another engine goes on with the same model', async () => {
    const { told, errors, values } = await page.call('loseDevice', model, picture)
    expect(told).not.toBe('')
    expect(errors[0]).toMatch(/^device: /)
    expect(errors[1]).toMatch(/^device: the GPU was lost \(.*\): open the engine anew/)
    expect(worst(values, fromRed(picture.pixels))).toBeLessThan(1e-5)
  })

  it('is missing in plain words', async () => {
    const other = await browser.module<Page>('web')
    const [noAdapter, noWebGpu, insecure] = await other.call('withoutWebGpu')
    expect(noAdapter).toMatch(/^adapter: this browser has WebGPU, but offers no GPU for it.*hardware acceleration/)
    expect(noWebGpu).toMatch(/^adapter: this browser has no WebGPU, or it is switched off. Chrome/)
    expect(insecure).toMatch(/^adapter: browsers offer WebGPU to secure pages only, and http:.*over https/)
  })
})
