// Depth of videos in a browser: the newest frame is taken, ranges follow smoothly and at once at cuts, nothing stays open.
import { describe, expect, it } from 'vitest'
import { random } from '../harness/kernel.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { bundle, type ModulePage, openBrowser } from './harness.ts'
import type { Grey } from './pages/frames.ts'

type Page = typeof import('./pages/webStream.ts')

const browser = openBrowser({
  headers: { 'content-security-policy': "default-src 'self'; script-src 'self'; media-src blob:" },
})
let page: ModulePage<Page>
browser.beforeAll(async () => {
  page = await browser.module<Page>('webStream')
})

const size = { width: 64, height: 48 }
/** The first channel of the input, -1 … 1. */
const model = writeOnnx({
  nodes: [{ op: 'Identity', inputs: ['rgb'], outputs: ['depth'] }],
  inputs: [{ name: 'rgb', shape: [1, 3, size.height, size.width] }],
  outputs: [{ name: 'depth', shape: [1, 3, size.height, size.width] }],
})

/** Noise around a slope from `from` to `to` over the columns, with one bright pixel or none. */
function scene(from: number, to: number, seed: number, bright?: number): Grey {
  const next = random(seed)
  const luma = Uint8Array.from({ length: size.width * size.height }, (_, i) => {
    const x = (i % size.width) / size.width
    return from + (to - from) * x + next() * 6
  })
  if (bright) luma[1000] = bright
  return { ...size, luma }
}

describe('a stream of frames', () => {
  it('takes the newest, and closes every one', async () => {
    const pictures = Array.from({ length: 10 }, (_, i) => scene(20, 60, i))
    const { stats, shown, open } = await page.call('frames', model, pictures, { atOnce: true })
    expect(stats.frames).toBe(shown.length)
    expect(stats.frames).toBeLessThan(5)
    expect(stats.frames + stats.dropped).toBe(10)
    expect(shown.at(-1)!.time).toBeCloseTo(0.36)
    expect(open).toBe(0)
  })

  it('smooths the range, and begins anew at a cut', async () => {
    const calm = Array.from({ length: 3 }, (_, i) => scene(40, 120, i))
    const sparkling = Array.from({ length: 3 }, (_, i) => scene(40, 120, i + 3, 250))
    const other = Array.from({ length: 3 }, (_, i) => scene(230, 130, i + 6))
    const pictures = [...calm, ...sparkling, ...other]
    const plain = await page.call('frames', model, pictures, { timeConstant: 0 })
    const smooth = await page.call('frames', model, pictures, { timeConstant: 0.2 })
    expect(smooth.shown.map((f) => f.cut)).toEqual(pictures.map((_, i) => i === 6))
    expect(smooth.stats).toMatchObject({ frames: 9, dropped: 0, cuts: 1 })
    const keep = Math.exp(-0.04 / 0.2)
    let last: number[] | undefined
    for (const [i, { range }] of smooth.shown.entries()) {
      const now = plain.shown[i].range!
      last = last && i !== 6 ? now.map((v, k) => last![k] * keep + v * (1 - keep)) : now
      expect(range![0]).toBeCloseTo(last[0], 4)
      expect(range![1]).toBeCloseTo(last[1], 4)
    }
    // The bright pixel shows at once without smoothing.
    expect(plain.shown[3].range![1] - smooth.shown[3].range![1]).toBeGreaterThan(0.5)
  })
})

describe('a camera’s track', () => {
  const isRight = ({ ranges, ...rest }: Awaited<ReturnType<Page['ofTrack']>>) => {
    expect(rest).toEqual({ ...size, state: 'live' })
    expect(ranges).toHaveLength(3)
    // Dark to bright: the network gives −1 to 1.
    for (const range of ranges) {
      expect(range![0]).toBeLessThan(-0.8)
      expect(range![1]).toBeGreaterThan(0.8)
    }
  }

  it('is followed in a page, and left as it is', async () => {
    isRight(await page.call('ofTrack', model, 3, size))
  })

  it('is followed in a worker to which its frames are sent', async () => {
    browser.route('/web-stream-worker.js', { body: await bundle('test/browser/pages/webStreamWorker.ts'), type: 'js' })
    isRight(await page.call('ofTrackInWorker', model, 3, size))
  })
})

describe('a video element', () => {
  it('is followed as it plays, allocates nothing after the first frames, and stops when told', async () => {
    const { stats, after, made, width } = await page.call('play', model, 8, size)
    expect(stats.frames).toBe(8)
    expect({ after, made, width }).toEqual({ after: 0, made: 0, width: size.width })
    expect(stats.framesPerSecond).toBeGreaterThan(0)
    expect(stats.latency).toBeGreaterThan(0)
  })

  it('that is paused is shown anew in other colours; a lost device ends the stream', async () => {
    const { colours, error } = await page.call('pauseAndLose', model, size)
    expect(colours).toEqual(['grey', 'coloured'])
    expect(error).toMatch(/^device: /)
  })
})
