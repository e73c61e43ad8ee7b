// The estimator end to end, on networks of one node.
import { afterEach, describe, expect, it } from 'vitest'
import {
  createDepthEstimator,
  createEngine,
  destroyDepth,
  findCard,
  type ModelCard,
  readDepth,
} from '../../src/index.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { channel, filterRows, noGpuErrors, openEngine, separable, testPhoto, worst } from './reference.ts'

afterEach(noGpuErrors)

const size = { width: 28, height: 20 }
const base: ModelCard = {
  name: 'test',
  family: 'test',
  input: {
    ...size,
    resize: 'stretch',
    multipleOf: 4,
    interpolation: 'bilinear',
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    channels: 'rgb',
  },
  output: { kind: 'depth', unit: 'metre', upsample: 'bilinear', alignCorners: false, formula: { shift: 3 } },
  licence: '',
  notes: '',
  source: '',
}

/** y = |x|: the first channel is read as depth. */
const network = (shape: (number | string)[], elem = 1) =>
  writeOnnx({
    nodes: [{ op: 'Abs', inputs: ['rgb'], outputs: ['depth'] }],
    inputs: [{ name: 'rgb', shape, elem }],
    outputs: [{ name: 'depth', shape, elem }],
  })

const rows = (n: number, from: number) =>
  filterRows({ interpolation: 'bilinear' }, { n, size: from, start: 0, length: from })

/** What the network of {@link network} makes of a photo at a size. */
function expected(photo: ReturnType<typeof testPhoto>, net: { width: number; height: number }) {
  const { width, height } = photo
  const x = separable(channel(photo, 0), width, rows(net.width, width), rows(net.height, height))
  const y = x.map((v) => Math.abs((v - 0.5) / 0.25))
  return separable(y, net.width, rows(width, net.width), rows(height, net.height)).map((v) => v + 3)
}

describe('createDepthEstimator', () => {
  it('runs a network of fixed size, one photo after the other', async () => {
    const engine = await openEngine()
    const estimator = await createDepthEstimator(engine, network([1, 3, 20, 28]), { card: base })
    const session = estimator.session
    for (const [width, height, seed] of [
      [61, 45, 1],
      [61, 45, 2],
      [17, 33, 3],
    ]) {
      const photo = testPhoto(width, height, seed)
      const map = await estimator.estimate(photo)
      expect(map).toMatchObject({ width, height, kind: 'depth', unit: 'metre' })
      expect(worst(await readDepth(engine, map), expected(photo, size))).toBeLessThan(1e-3)
      destroyDepth(map)
    }
    expect(estimator.session).toBe(session)
    for (const ms of Object.values(estimator.timings)) expect(ms).toBeGreaterThanOrEqual(0)
    expect(Object.keys(estimator.timings)).toEqual(['preprocess', 'network', 'postprocess'])
    estimator.destroy()
    await expect(estimator.estimate(testPhoto(8, 8))).rejects.toThrow('the estimator was destroyed')
  })

  it('lets the card or the caller fill open axes', async () => {
    const engine = await openEngine()
    const model = network(['batch', 3, 'height', 'width'])
    const estimator = await createDepthEstimator(engine, model, { card: base, width: 16, height: 12 })
    expect(estimator.session?.inputs[0].shape).toEqual([1, 3, 12, 16])
    const photo = testPhoto(31, 22)
    const map = await estimator.estimate(photo)
    expect(worst(await readDepth(engine, map), expected(photo, { width: 16, height: 12 }))).toBeLessThan(1e-3)
    destroyDepth(map)
    estimator.destroy()
  })

  it('follows the photo’s aspect ratio, and loads anew only when the size changes', async () => {
    const engine = await openEngine()
    const card: ModelCard = { ...base, input: { ...base.input, width: 16, height: 16, resize: 'lower_bound' } }
    const estimator = await createDepthEstimator(engine, network([1, 3, 'h', 'w']), { card })
    expect(estimator.session).toBeUndefined()
    const estimate = async (width: number, height: number, net: { width: number; height: number }) => {
      const photo = testPhoto(width, height)
      const map = await estimator.estimate(photo)
      expect(worst(await readDepth(engine, map), expected(photo, net))).toBeLessThan(1e-3)
      destroyDepth(map)
      expect(estimator.session?.inputs[0].shape).toEqual([1, 3, net.height, net.width])
      return estimator.session
    }
    const first = await estimate(48, 32, { width: 24, height: 16 })
    expect(await estimate(72, 48, { width: 24, height: 16 })).toBe(first)
    expect(await estimate(32, 48, { width: 16, height: 24 })).not.toBe(first)
    estimator.destroy()
  })

  it('takes channels last', async () => {
    const engine = await openEngine()
    const estimator = await createDepthEstimator(engine, network([1, 20, 28, 3]), { card: base })
    const photo = testPhoto(30, 30)
    const map = await estimator.estimate(photo)
    expect(worst(await readDepth(engine, map), expected(photo, size))).toBeLessThan(1e-3)
    destroyDepth(map)
    estimator.destroy()
  })

  it('multiplies depth by the view, but for a photo of the network’s own size', async () => {
    const engine = await openEngine()
    const card = { ...base, input: { ...base.input, view: 0.5 } }
    const estimator = await createDepthEstimator(engine, network([1, 3, 20, 28]), { card })
    for (const [width, height, view] of [
      [56, 40, 0.5],
      [28, 20, 1],
    ]) {
      const photo = testPhoto(width, height)
      const map = await estimator.estimate(photo)
      const values = expected(photo, size).map((v) => v * view)
      expect(worst(await readDepth(engine, map), values)).toBeLessThan(1e-3)
      destroyDepth(map)
    }
    estimator.destroy()
  })

  it('runs in float16', async (t) => {
    const { device } = await openDevice()
    if (!device.features.has('shader-f16')) t.skip('the adapter has no shader-f16')
    const engine = await createEngine({ device, precision: 'f16' })
    const estimator = await createDepthEstimator(engine, network([1, 3, 20, 28]), { card: base })
    const half = await createDepthEstimator(engine, network([1, 3, 20, 28], 10), { card: base })
    const photo = testPhoto(61, 45)
    for (const e of [estimator, half]) {
      const map = await e.estimate(photo)
      expect(worst(await readDepth(engine, map), expected(photo, size))).toBeLessThan(1e-2)
      destroyDepth(map)
      e.destroy()
    }
  })

  it('says what is wrong with a model or a photo', async () => {
    const engine = await openEngine()
    await expect(createDepthEstimator(engine, network([1, 4, 20, 28]), { card: base })).rejects.toThrow(
      'input "rgb" (float32 [1, 4, 20, 28]) is no RGB picture',
    )
    const named = { ...base, output: { ...base.output, name: 'disparity' } }
    await expect(createDepthEstimator(engine, network([1, 3, 20, 28]), { card: named })).rejects.toThrow('"disparity"')
    const estimator = await createDepthEstimator(engine, network([1, 3, 20, 28]), { card: findCard('fastdepth')! })
    await expect(estimator.estimate({ width: 4, height: 4, data: new Uint8Array(48) })).rejects.toThrow(
      'a photo of 4 × 4 pixels has 64 bytes of RGBA; it was given with 48',
    )
    const map = await estimator.estimate(testPhoto(9, 9))
    expect(map.unit).toBe('metre')
    destroyDepth(map)
    estimator.destroy()
  })
})
