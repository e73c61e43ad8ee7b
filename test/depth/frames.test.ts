// What a video needs: fused dispatches, and frames of one size that neither compile nor allocate.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Engine, GpuCall } from '../../src/api.ts'
import { WorkspaceImpl } from '../../src/depth/workspace.ts'
import {
  colorize,
  createDepthEstimator,
  createWorkspace,
  type DepthMap,
  depthRange,
  destroyDepth,
  encodeColor,
  encodeDepth,
  encodeRefine,
  findCard,
  readDepth,
  refineDepth,
} from '../../src/index.ts'
import type { ModelCard } from '../../src/models/index.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { makeMap, noise } from './maps.ts'
import { filterRows, noGpuErrors, openEngine, separable, testPhoto, worst } from './reference.ts'

afterEach(noGpuErrors)

/** The first channel is the result. */
const network = (width: number, height: number) =>
  writeOnnx({
    nodes: [{ op: 'Abs', inputs: ['rgb'], outputs: ['depth'] }],
    inputs: [{ name: 'rgb', shape: [1, 3, height, width] }],
    outputs: [{ name: 'depth', shape: [1, 3, height, width] }],
  })

const card: ModelCard = {
  ...findCard('midas-v21-small-onnx')!,
  input: { ...findCard('midas-v21-small-onnx')!.input, interpolation: 'bilinear' },
}

/** The engine, with a list of the dispatches that are prepared in it. */
function listening(engine: Engine): { engine: Engine; calls: GpuCall[] } {
  const calls: GpuCall[] = []
  const prepare: Engine['prepare'] = (list) => {
    calls.push(...list)
    return engine.prepare(list)
  }
  return { engine: Object.assign(Object.create(engine), { prepare }), calls }
}

describe('colours of a network’s result', () => {
  it('take one reduction and one map dispatch at 1920 × 1080', async () => {
    const { engine, calls } = listening(await openEngine())
    const estimator = await createDepthEstimator(engine, network(64, 36), { card })
    const photo = testPhoto(1920, 1080)
    const workspace = createWorkspace(engine)
    const encoder = engine.device.createCommandEncoder()
    const result = await estimator.encode(encoder, photo)
    calls.length = 0
    const picture = (await encodeColor(workspace, encoder, result))!
    expect(calls.map((c) => [c.shader, ...c.groups])).toEqual([
      ['depth/range', 1, 1, 1],
      ['depth/colorize', 240, 135, 1],
    ])
    const rgba = new Uint8Array(await (workspace as WorkspaceImpl).read(encoder, picture, 1920 * 1080 * 4))

    // The same in two steps, by way of a map.
    const map = await estimator.estimate(photo)
    const range = (await depthRange(engine, result))!
    expect(range[1]).toBeGreaterThan(range[0])
    const two = await colorize(engine, map, { range })
    let different = 0
    for (let i = 0; i < rgba.length; i++) if (rgba[i] !== two.data[i]) different++
    expect(different).toBe(0)
    destroyDepth(map)
    workspace.destroy()
    estimator.destroy()
  })

  it('go into a texture, too', async () => {
    const engine = await openEngine()
    const map = await makeMap(noise(12 * 7, 1, 5), 12, 7)
    const work = new WorkspaceImpl(engine)
    const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_SRC
    const texture = engine.device.createTexture({ size: [12, 7], format: 'rgba8unorm', usage })
    const encoder = engine.device.createCommandEncoder()
    expect(await encodeColor(work, encoder, map, { target: texture.createView() })).toBeUndefined()
    const copy = work.buffer('copy', 256 * 7)
    encoder.copyTextureToBuffer({ texture }, { buffer: copy, bytesPerRow: 256 }, [12, 7])
    const rows = new Uint8Array(await work.read(encoder, copy, 256 * 7))
    const { data } = await colorize(engine, map)
    for (let r = 0; r < 7; r++)
      expect([...rows.subarray(r * 256, r * 256 + 48)]).toEqual([...data.subarray(r * 48, r * 48 + 48)])
    texture.destroy()
    work.destroy()
    destroyDepth(map)
  })
})

describe('range', () => {
  it('of percentiles is exact: the nearest order statistic', async () => {
    const engine = await openEngine()
    for (const [count, percentiles] of [
      [1, [0, 100]],
      [301, [2, 98]],
      [90_000, [0.5, 99.9]],
    ] as const) {
      // From tiny to huge, on both sides of zero.
      const x = noise(count, -1, 1, count).map((v) => v * 10 ** (12 * v))
      if (count > 300) [x[7], x[9]] = [Number.NaN, Number.NEGATIVE_INFINITY]
      const sorted = x.filter(Number.isFinite).sort()
      const at = (p: number) => sorted[Math.round((p / 100) * (sorted.length - 1))]
      const map = await makeMap(x, count, 1)
      expect(await depthRange(engine, map, { percentiles })).toEqual(percentiles.map(at))
      destroyDepth(map)
    }
    const empty = await makeMap([Number.NaN, Infinity], 2, 1)
    expect(await depthRange(engine, empty, { percentiles: [2, 98] })).toBeNull()
    const map = await makeMap([0, 1], 2, 1)
    await expect(depthRange(engine, map, { percentiles: [50, 50] })).rejects.toThrow('50 and 50')
  })

  it('moves slowly where it is smoothed', async () => {
    const engine = await openEngine()
    const workspace = createWorkspace(engine)
    const gray = async (values: number[]) => {
      const map = await makeMap(values, 3, 1)
      const { data } = await colorize(engine, map, { colormap: 'gray', smoothing: 0.75, workspace })
      destroyDepth(map)
      return [0, 1, 2].map((i) => data[i * 4])
    }
    expect(await gray([0, 1, 2])).toEqual([0, 128, 255])
    // The greatest value becomes 0.75 · 2 + 0.25 · 10 = 4, then 0.75 · 4 + 0.25 · 10 = 5.5.
    expect(await gray([0, 1, 10])).toEqual([0, 64, 255])
    expect(await gray([0, 1, 10])).toEqual([0, 46, 255])
    workspace.destroy()
    await expect(colorize(engine, await makeMap([1], 1, 1), { smoothing: 1 })).rejects.toThrow('smoothing is 1')
  })

  it('leaves a colour of the caller’s where there is no value', async () => {
    const engine = await openEngine()
    const map = await makeMap([1, Number.NaN], 2, 1)
    const { data } = await colorize(engine, map, { colormap: 'gray', missing: [9, 8, 7, 255] })
    expect([...data]).toEqual([0, 0, 0, 255, 9, 8, 7, 255])
    await expect(colorize(engine, map, { missing: [0, 0, 0, 256] })).rejects.toThrow('four whole numbers')
    destroyDepth(map)
  })
})

describe('frames of one size', () => {
  it('neither compile nor allocate', async () => {
    const engine = await openEngine()
    const { device } = engine
    const estimator = await createDepthEstimator(engine, network(16, 12), { card })
    const workspace = createWorkspace(engine)
    let into: DepthMap | undefined
    const frame = async (seed: number) => {
      const photo = testPhoto(40, 30, seed)
      into = await estimator.estimate(photo, { into })
      const refined = await refineDepth(engine, into, photo, { clean: 'snap', filter: 'guided', workspace })
      const picture = await colorize(engine, refined, { percentiles: [2, 98], smoothing: 0.5, workspace })
      const encoder = device.createCommandEncoder()
      const result = await estimator.encode(encoder, photo)
      const map = await encodeDepth(workspace, encoder, result)
      const better = await encodeRefine(workspace, encoder, map, photo, { filter: 'bilateral' })
      await encodeColor(workspace, encoder, better)
      device.queue.submit([encoder.finish()])
      return picture.data
    }
    const first = await frame(1)
    await frame(2)
    const spies = (
      ['createBuffer', 'createTexture', 'createBindGroup', 'createComputePipelineAsync', 'createShaderModule'] as const
    ).map((name) => vi.spyOn(device, name))
    const third = await frame(3)
    expect(spies.map((s) => s.mock.calls.length)).toEqual([0, 0, 0, 0, 0])
    for (const spy of spies) spy.mockRestore()
    expect(worst(first, third)).toBeGreaterThan(0)
    await expect(estimator.estimate(testPhoto(9, 9), { into })).rejects.toThrow('40 × 30 pixels, the photo 9 × 9')
    workspace.destroy()
    estimator.destroy()
    destroyDepth(into!)
  })
})

describe('mirror images', () => {
  const [width, height] = [24, 8]

  it('are joined by their mean, or by ramps at the edges', async () => {
    const engine = await openEngine()
    // The result depends on the column: x + w, w a ramp to the right.
    const ramp = Float32Array.from({ length: width * height }, (_, i) => (i % width) / width)
    const model = writeOnnx({
      nodes: [{ op: 'Add', inputs: ['rgb', 'w'], outputs: ['depth'] }],
      inputs: [{ name: 'rgb', shape: [1, 3, height, width] }],
      outputs: [{ name: 'depth', shape: [1, 3, height, width] }],
      constants: { w: { shape: [1, 1, height, width], values: [...ramp] } },
    })
    const photo = testPhoto(width, height)
    const x = Float64Array.from({ length: width * height }, (_, i) => photo.data[i * 4] / 255)
    const straight = x.map((v, i) => v + ramp[i])
    const turned = x.map((v, i) => v + ramp[i - (i % width) + width - 1 - (i % width)])
    const clip = (v: number) => Math.min(Math.max(v, 0), 1)
    for (const flip of ['none', 'mean', 'ramps'] as const) {
      const estimator = await createDepthEstimator(engine, model, { card, flip })
      const map = await estimator.estimate(photo)
      const expected = straight.map((l, i) => {
        const mean = (l + turned[i]) / 2
        if (flip !== 'ramps') return flip === 'mean' ? mean : l
        // Monodepth: l_mask = 1 - clip(20 (x - 0.05)), r_mask its mirror image; r_mask l + l_mask r + the rest of m.
        const at = (i % width) / (width - 1)
        const left = 1 - clip(20 * (at - 0.05))
        const right = 1 - clip(20 * (1 - at - 0.05))
        return right * l + left * turned[i] + (1 - left - right) * mean
      })
      expect(worst(await readDepth(engine, map), expected), flip).toBeLessThan(1e-5)
      destroyDepth(map)
      estimator.destroy()
    }
  })
})

describe('focal length', () => {
  const photo = testPhoto(40, 20)
  const model = (second?: number) =>
    writeOnnx({
      nodes: [
        { op: 'Abs', inputs: ['rgb'], outputs: ['depth'] },
        ...(second ? [{ op: 'ReduceMax', inputs: ['rgb'], outputs: ['m'], attributes: { keepdims: 0 } }] : []),
        ...(second ? [{ op: 'Mul', inputs: ['m', 'zero'], outputs: ['z'] }] : []),
        ...(second ? [{ op: 'Add', inputs: ['z', 'fov'], outputs: ['degrees'] }] : []),
      ],
      inputs: [{ name: 'rgb', shape: [1, 3, 10, 10] }],
      outputs: [{ name: 'depth', shape: [1, 3, 10, 10] }, ...(second ? [{ name: 'degrees', shape: [1] }] : [])],
      constants: second ? { zero: { shape: [1], values: [0] }, fov: { shape: [1], values: [second] } } : {},
    })
  const input = { ...card.input, width: 10, height: 10 }
  const plain = async () => {
    const engine = await openEngine()
    const estimator = await createDepthEstimator(engine, model(), { card: { ...card, input } })
    const map = await estimator.estimate(photo)
    const values = await readDepth(engine, map)
    destroyDepth(map)
    estimator.destroy()
    return values
  }

  it('scales canonical depth', async () => {
    const engine = await openEngine()
    const base = await plain()
    const output = {
      ...card.output,
      kind: 'depth',
      unit: 'metre',
      focal: { rule: 'canonical', canonical: 100 },
    } as const
    const estimator = await createDepthEstimator(engine, model(), { card: { ...card, input, output } })
    // 80 pixels at a width of 40 are 20 where the network sees 10 columns.
    const map = await estimator.estimate(photo, { camera: { focal: 80 } })
    expect(map.camera).toMatchObject({ fx: 80, source: 'focal' })
    expect(
      worst(
        await readDepth(engine, map),
        base.map((v) => v * 0.2),
      ),
    ).toBeLessThan(1e-6)
    const guess = await estimator.estimate(photo)
    expect(guess.camera?.source).toBe('default')
    const exif = await estimator.estimate({ ...photo, focalLength35mm: 50 })
    expect(exif.camera?.source).toBe('exif')
    for (const m of [map, guess, exif]) destroyDepth(m)
    estimator.destroy()
  })

  it('comes from the network itself, as Depth Pro’s does', async () => {
    const engine = await openEngine()
    const base = await plain()
    const output = { ...findCard('depth-pro')!.output, upsample: 'bicubic' } as const
    const estimator = await createDepthEstimator(engine, model(50), { card: { ...card, input, output } })
    const ratio = 2 * Math.tan((25 * Math.PI) / 180)
    const metres = (r: number) => base.map((c) => 1 / Math.min(Math.max(c * r, 1e-4), 1e4))
    const relative = (a: Float32Array, b: Float32Array) =>
      worst(
        a.map((v, i) => v / b[i]),
        new Array(b.length).fill(1),
      )
    const map = await estimator.estimate(photo)
    expect(map.camera).toMatchObject({ source: 'model', fx: expect.closeTo(40 / ratio, 2) })
    expect(relative(await readDepth(engine, map), metres(ratio))).toBeLessThan(1e-3)
    const given = await estimator.estimate(photo, { camera: { focal: 80 } })
    expect(given.camera).toMatchObject({ source: 'focal', fx: 80 })
    expect(relative(await readDepth(engine, given), metres(0.5))).toBeLessThan(1e-3)
    for (const m of [map, given]) destroyDepth(m)
    estimator.destroy()
  })
})

describe('letterboxes and mirrored borders', () => {
  it('are cut off again before the result is resized', async () => {
    const engine = await openEngine()
    const photo = testPhoto(40, 20)
    const base = { ...card.input, width: 16, height: 16, std: [1, 1, 1], mean: [0, 0, 0] } as const
    const input = { ...base, resize: 'letterbox', fill: [255, 255, 255] } as const
    const estimator = await createDepthEstimator(engine, network(16, 16), {
      card: { ...card, input, output: { ...card.output, upsample: 'bilinear' } },
    })
    const map = await estimator.estimate(photo)
    const rows = (n: number, size: number) =>
      filterRows({ interpolation: 'bilinear' }, { n, size, start: 0, length: size })
    const x = Float64Array.from({ length: 800 }, (_, i) => photo.data[i * 4] / 255)
    const seen = separable(x, 40, rows(16, 40), rows(8, 20))
    expect(worst(await readDepth(engine, map), separable(seen, 16, rows(40, 16), rows(20, 8)))).toBeLessThan(1e-4)
    destroyDepth(map)
    estimator.destroy()
  })

  it('ZoeDepth’s rule gives each pixel its own value', async () => {
    const engine = await openEngine()
    // A smooth picture, so that resizing there and back changes little.
    const [width, height] = [64, 48]
    const data = Uint8Array.from({ length: width * height * 4 }, (_, k) => {
      const i = k >> 2
      return 128 + 100 * Math.sin((i % width) / 12) * Math.cos(Math.floor(i / width) / 9)
    })
    const zoe = findCard('zoedepth-n')!
    const plainly = { mean: [0, 0, 0], std: [1, 1, 1] } as const
    const estimator = await createDepthEstimator(engine, network(128, 96), {
      card: { ...zoe, input: { ...zoe.input, ...plainly } },
    })
    const map = await estimator.estimate({ width, height, data })
    const values = await readDepth(engine, map)
    const expected = Array.from({ length: width * height }, (_, i) => data[i * 4] / 255)
    expect(worst(values, expected)).toBeLessThan(0.02)
    destroyDepth(map)
    estimator.destroy()
  })
})
