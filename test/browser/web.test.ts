// isobath/web in a browser.
import { beforeAll, describe, expect, it } from 'vitest'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { type ModulePage, openBrowser } from './harness.ts'

type Page = typeof import('./pages/web.ts')

const browser = openBrowser({ headers: { 'content-security-policy': "default-src 'self' blob:; script-src 'self'" } })

const [width, height] = [64, 32]
const identity = writeOnnx({
  nodes: [{ op: 'Abs', inputs: ['rgb'], outputs: ['depth'] }],
  inputs: [{ name: 'rgb', shape: [1, 3, height, width] }],
  outputs: [{ name: 'depth', shape: [1, 3, height, width] }],
})
const pixels = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : (i * 37 + (i >> 5) * 11) % 256,
)

let page: ModulePage<Page>
beforeAll(async () => {
  page = await browser.module<Page>('web')
})

/** What the network makes of the picture: the absolute value of red, normalised to -1 … 1. */
const expected = Array.from({ length: width * height }, (_, i) => Math.abs((2 * pixels[4 * i]) / 255 - 1))

const STILL = ['ImageData', 'ImageBitmap', 'HTMLCanvasElement', 'OffscreenCanvas', 'Blob', 'File', 'address', 'URL']

describe('a picture reaches the network unchanged from', () => {
  it.each([...STILL, 'HTMLImageElement', 'VideoFrame'])('%s', async (kind) => {
    const { values } = await page.call('throughIdentity', identity, kind, { width, height, pixels })
    expect(values).toHaveLength(expected.length)
    for (const [i, v] of expected.entries()) expect(values[i]).toBeCloseTo(v, 5)
  })
})
