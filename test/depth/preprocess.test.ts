// A photo as a network's input: the GPU against the float64 reference, every filter and size rule.
import { afterEach, describe, expect, it } from 'vitest'
import { storage, submitAndRead, uniform, uploadPhoto } from '../../src/depth/gpu.ts'
import { preprocessCall, preprocessWords } from '../../src/depth/preprocess.ts'
import { networkSize, photoPart } from '../../src/depth/size.ts'
import type { InputRule, Interpolation } from '../../src/models/index.ts'
import { channel, filterRow, noGpuErrors, openEngine, separable, testPhoto, worst } from './reference.ts'

const plain: InputRule = {
  width: 24,
  height: 16,
  resize: 'stretch',
  multipleOf: 8,
  interpolation: 'bilinear',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: 'rgb',
}

async function gpuInput(rule: InputRule, width: number, height: number, channelsFirst = true) {
  const engine = await openEngine()
  const photo = testPhoto(width, height)
  const network = networkSize(rule, photo)
  const part = photoPart(rule, photo, network)
  const count = network.width * network.height * 3
  const buffers = {
    params: uniform(engine, preprocessWords(rule, photo, part, network, channelsFirst)),
    photo: storage(engine, 'photo', width * height * 4),
    input: storage(engine, 'input', count * 4),
  }
  uploadPhoto(engine, buffers.photo, photo)
  const prepared = await engine.prepare([preprocessCall(rule.interpolation, network, buffers)])
  const encoder = engine.device.createCommandEncoder()
  prepared.encode(encoder)
  const values = new Float32Array(await submitAndRead(engine, encoder, buffers.input, count * 4))
  for (const b of Object.values(buffers)) b.destroy()
  return { photo, network, part, values }
}

async function check(rule: InputRule, width: number, height: number, channelsFirst = true) {
  const { photo, network, part, values } = await gpuInput(rule, width, height, channelsFirst)
  const f = rule.interpolation
  const rows = (n: number, size: number, start: number, length: number) =>
    Array.from({ length: n }, (_, i) => filterRow(f, i, n, size, start, length))
  const across = rows(network.width, width, part.left, part.width)
  const down = rows(network.height, height, part.top, part.height)
  const plane = network.width * network.height
  for (let c = 0; c < 3; c++) {
    const expected = separable(channel(photo, c), width, across, down).map(
      (v) => (v * 255 * rule.scale - rule.mean[c]) / rule.std[c],
    )
    const actual = channelsFirst ? values.subarray(c * plane, (c + 1) * plane) : values.filter((_, i) => i % 3 === c)
    // 1/255 is what a byte can show; float32 coordinates are far better than that.
    expect(worst(actual, expected), `channel ${c}`).toBeLessThan(1e-4 / Math.min(...rule.std))
  }
  return network
}

afterEach(noGpuErrors)

describe('preprocess', () => {
  const filters: Interpolation[] = ['nearest', 'bilinear', 'bicubic', 'area', 'triangle', 'lanczos']
  for (const interpolation of filters) {
    it(`${interpolation}: stretches 61 × 37 to 24 × 16`, () => check({ ...plain, interpolation }, 61, 37))
    it(`${interpolation}: enlarges 7 × 5 to 24 × 16`, () => check({ ...plain, interpolation }, 7, 5))
  }

  it('enlarges one axis and reduces the other by area', () => check({ ...plain, interpolation: 'area' }, 13, 41))

  it('keeps the aspect ratio, normalises, channels first and last', async () => {
    const rule: InputRule = {
      ...plain,
      resize: 'lower_bound',
      interpolation: 'bicubic',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    }
    expect(await check(rule, 53, 31)).toEqual({ width: 24, height: 16 })
    expect(await check({ ...rule, width: 16 }, 53, 31, false)).toEqual({ width: 24, height: 16 })
  })

  it('crops to the aspect ratio, and to a central share', async () => {
    await check({ ...plain, resize: 'crop' }, 71, 20)
    await check({ ...plain, resize: 'crop' }, 20, 71)
    await check({ ...plain, crop: 0.912, interpolation: 'bicubic' }, 64, 48)
  })

  it('takes a photo of one pixel', () => check(plain, 1, 1))
})
