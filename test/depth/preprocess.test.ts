// A photo as a network's input: the GPU against the float64 reference, every filter, size rule and orientation.
import { afterEach, describe, expect, it } from 'vitest'
import { storage } from '../../src/depth/gpu.ts'
import { pixelSource } from '../../src/depth/photo.ts'
import { preprocessCalls } from '../../src/depth/preprocess.ts'
import { networkSize, placePhoto, type Size } from '../../src/depth/size.ts'
import { WorkspaceImpl } from '../../src/depth/workspace.ts'
import { findCard, type Photo, type PhotoTexture, resamplers } from '../../src/index.ts'
import type { InputRule } from '../../src/models/index.ts'
import {
  channel,
  filterRows,
  noGpuErrors,
  openEngine,
  separable,
  testPhoto,
  toByte,
  upright,
  worst,
} from './reference.ts'

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

/** The network's input as the GPU makes it, and how many dispatches that took. */
async function gpuInput(rule: InputRule, photo: Photo | PhotoTexture, channelsFirst: boolean, dtype = 'float32') {
  const engine = await openEngine()
  const work = new WorkspaceImpl(engine)
  const source = pixelSource(work, photo)
  const network = networkSize(rule, source)
  const place = placePhoto(rule, source, network)
  const bytes = network.width * network.height * 3 * 4
  const buffer = storage(engine, 'input', bytes)
  const calls = preprocessCalls(work, rule, source, place, { buffer, dtype, channelsFirst })
  const encoder = engine.device.createCommandEncoder()
  await work.encode(encoder, calls)
  const values = new Float32Array(await work.read(encoder, buffer, bytes))
  work.destroy()
  buffer.destroy()
  return { place, values, dispatches: calls.length }
}

/** The same in float64, channels apart, in the order R, G, B. */
function reference(rule: InputRule, photo: Photo, place: ReturnType<typeof placePhoto>): Float64Array[] {
  const { network, box, part } = place
  const { width, height } = photo
  const shrinks = part.width >= box.width && part.height >= box.height
  const resample = { ...rule, interpolation: shrinks ? rule.interpolation : (rule.enlarge ?? rule.interpolation) }
  const axis = (n: number, size: number, start: number, length: number) =>
    filterRows(resample, { n, size, start, length, margin: rule.reflect ? -start : 0, shrinks })
  const across = axis(box.width, width, part.left, part.width)
  const down = axis(box.height, height, part.top, part.height)
  const wide = rule.antialias || rule.interpolation === 'lanczos'
  return [0, 1, 2].map((c) => {
    const k = rule.channels === 'bgr' ? 2 - c : c
    const inner = separable(channel(photo, c), width, across, down, rule.bytes && wide ? toByte : undefined)
    const y = new Float64Array(network.width * network.height)
    for (let i = 0; i < y.length; i++) {
      const column = (i % network.width) - box.left
      const row = Math.floor(i / network.width) - box.top
      const inside = column >= 0 && row >= 0 && column < box.width && row < box.height
      let v = inside ? inner[row * box.width + column] * 255 : (rule.fill?.[k] ?? 0)
      if (inside && rule.bytes) v = toByte(v / 255) * 255
      y[i] = (v * rule.scale - rule.mean[k]) / rule.std[k]
    }
    return y
  })
}

/** The largest difference, in shares of a channel's range before normalising. */
async function difference(rule: InputRule, photo: Photo, channelsFirst = true, given: Photo | PhotoTexture = photo) {
  const { place, values, dispatches } = await gpuInput(rule, given, channelsFirst)
  const { width, height } = place.network
  const plane = width * height
  const planes = reference(rule, upright(photo), place)
  let most = 0
  planes.forEach((expected, c) => {
    const k = rule.channels === 'bgr' ? 2 - c : c
    const actual = channelsFirst ? values.subarray(k * plane, (k + 1) * plane) : values.filter((_, i) => i % 3 === k)
    most = Math.max(most, (worst(actual, expected) * rule.std[k]) / (255 * rule.scale))
  })
  return { most, network: place.network, dispatches }
}

async function check(rule: InputRule, { width, height }: Size, channelsFirst = true) {
  const { most, network } = await difference(rule, testPhoto(width, height), channelsFirst)
  // A rounding to bytes may fall to the other side; without one float32 is far better than what a byte can show.
  expect(most).toBeLessThan(rule.bytes ? 1.01 / 255 : 1e-4)
  return network
}

afterEach(noGpuErrors)

describe('preprocess', () => {
  const sizes: [string, number, number][] = [
    ['reduces', 61, 37],
    ['enlarges', 7, 5],
    ['reduces one side, enlarges the other', 13, 41],
  ]
  for (const [name, rule] of Object.entries(resamplers))
    for (const [what, width, height] of sizes)
      it(`${name}: ${what}`, () => check({ ...plain, ...rule }, { width, height }))

  it('bicubic with a = -0.5, bilinear with aligned corners', async () => {
    await check({ ...plain, interpolation: 'bicubic', cubic: -0.5 }, { width: 61, height: 37 })
    await check({ ...plain, alignCorners: true }, { width: 61, height: 37 })
    await check({ ...plain, alignCorners: true, interpolation: 'bicubic' }, { width: 9, height: 5 })
  })

  it('another filter where it enlarges', async () => {
    const rule: InputRule = { ...plain, interpolation: 'area', enlarge: 'bicubic', bytes: true }
    for (const [, width, height] of sizes) await check(rule, { width, height })
  })

  it('keeps the aspect ratio, normalises, channels first and last, RGB and BGR', async () => {
    const rule: InputRule = {
      ...plain,
      resize: 'lower_bound',
      interpolation: 'bicubic',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    }
    for (const channelsFirst of [true, false])
      for (const channels of ['rgb', 'bgr'] as const) {
        const network = await check({ ...rule, channels }, { width: 53, height: 31 }, channelsFirst)
        expect(network).toEqual({ width: 24, height: 16 })
      }
  })

  it('crops to the aspect ratio, and to a central share', async () => {
    await check({ ...plain, resize: 'crop' }, { width: 71, height: 20 })
    await check({ ...plain, resize: 'crop', ...resamplers['pil-lanczos'] }, { width: 20, height: 71 })
    await check({ ...plain, crop: 0.912, interpolation: 'bicubic' }, { width: 64, height: 48 })
  })

  it('fills what is around a letterbox', async () => {
    const rule: InputRule = {
      ...plain,
      resize: 'letterbox',
      scale: 1,
      fill: [200, 20, 90],
      mean: [120, 110, 100],
      std: [58, 57, 56],
    }
    await check({ ...rule, bytes: true }, { width: 71, height: 20 })
    await check({ ...rule, ...resamplers['antialias-bilinear'] }, { width: 19, height: 71 })
  })

  it('mirrors the photo at its borders', async () => {
    // floor(√(37 / 2) · 3) = 12 rows and floor(√(61 / 2) · 3) = 16 columns at each end.
    const rule: InputRule = { ...plain, reflect: 3, alignCorners: true }
    const photo = testPhoto(61, 37)
    expect(placePhoto(rule, photo, rule).part).toEqual({ left: -16, top: -12, width: 93, height: 61 })
    await check(rule, photo)
  })

  const turns = [1, 2, 3, 4, 5, 6, 7, 8]
  it('turns a photo upright in the same dispatch', async () => {
    for (const orientation of turns) {
      const { most, dispatches } = await difference(plain, { ...testPhoto(61, 37), orientation })
      expect([most < 1e-4, dispatches], `orientation ${orientation}`).toEqual([true, 1])
    }
    await expect(gpuInput(plain, { ...testPhoto(5, 5), orientation: 9 }, true)).rejects.toThrow('1 to 8, not 9')
  })

  it('turns it in the first pass of a wide filter', async () => {
    for (const orientation of turns) {
      const photo = { ...testPhoto(61, 37), orientation }
      const { most, dispatches } = await difference({ ...plain, ...resamplers['antialias-lanczos'] }, photo)
      expect([most < 1e-4, dispatches], `orientation ${orientation}`).toEqual([true, 2])
    }
  })

  it('reads a texture', async () => {
    const { device } = await openEngine()
    const photo = testPhoto(33, 21)
    for (const rule of [plain, { ...plain, ...resamplers['pil-bicubic'] }])
      for (const format of ['rgba8unorm', 'bgra8unorm'] as const) {
        const [width, height] = [33, 21]
        const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST
        const texture = device.createTexture({ size: [width, height], format, usage })
        const data = photo.data.slice()
        if (format === 'bgra8unorm')
          for (let i = 0; i < data.length; i += 4) [data[i], data[i + 2]] = [data[i + 2], data[i]]
        device.queue.writeTexture({ texture }, data, { bytesPerRow: width * 4 }, [width, height])
        const given = { width, height, texture, orientation: 6 }
        const { most } = await difference(rule, { ...photo, orientation: 6 }, true, given)
        expect(most).toBeLessThan(rule.bytes ? 1.01 / 255 : 1e-4)
        texture.destroy()
      }
  })

  it('takes a photo of one pixel', () => check(plain, { width: 1, height: 1 }))

  // The rule of the authors at full size: 1920 × 1080 for DPT and for Depth Anything.
  it.each([
    ['dpt-large', 672, 384],
    ['depth-anything-v2-small', 924, 518],
  ])('%s at 1920 × 1080 is exact to a byte’s step', async (name, width, height) => {
    const { most, network, dispatches } = await difference(findCard(name)!.input, testPhoto(1920, 1080))
    expect(network).toEqual({ width, height })
    expect(dispatches).toBe(1)
    expect(most).toBeLessThan(1 / 255)
  })
})
