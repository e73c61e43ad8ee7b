// What is done with a depth map: resize back and formula, range, colours, points.
import { mat3, vec3 } from 'gl-matrix'
import { afterEach, describe, expect, it } from 'vitest'
import { colormapTable } from '../../src/depth/colormaps.ts'
import type { Size } from '../../src/depth/size.ts'
import { WorkspaceImpl } from '../../src/depth/workspace.ts'
import {
  colorize,
  depthRange,
  destroyDepth,
  encodeDepth,
  type NetworkResult,
  readDepth,
  unproject,
} from '../../src/index.ts'
import type { OutputRule } from '../../src/models/index.ts'
import { makeMap, noise } from './maps.ts'
import { filterRows, noGpuErrors, openEngine, separable, testPhoto, worst } from './reference.ts'

afterEach(noGpuErrors)

const rule: OutputRule = { kind: 'depth', unit: 'metre', upsample: 'bilinear', alignCorners: false }

async function postprocess(
  r: OutputRule,
  x: Float32Array,
  result: Size,
  photo: Size,
  given: Partial<NetworkResult> = {},
) {
  const engine = await openEngine()
  const work = new WorkspaceImpl(engine)
  const factor = work.data('factor', 'one', () => Float32Array.of(1))
  const buffer = work.data('result', 'x', () => x)
  const { kind, unit } = r
  const whole = { left: 0, top: 0 }
  const encoder = engine.device.createCommandEncoder()
  const map = await encodeDepth(work, encoder, {
    ...{ ...photo, kind, unit, buffer, factor, dtype: 'float32', stride: 1, columns: result.width, rule: r, view: 1 },
    ...{ box: { ...whole, ...result }, part: { ...whole, ...photo } },
    ...given,
  })
  engine.device.queue.submit([encoder.finish()])
  const values = await readDepth(engine, map)
  work.destroy()
  return values
}

/** Weights of align_corners: the outermost pixels' centres fall on each other. */
const alignedRow = (i: number, n: number, size: number): number[] => {
  const at = (i * (size - 1)) / (n - 1)
  const k = Math.min(Math.floor(at), size - 2)
  return Array.from({ length: size }, (_, j) => (j === k ? 1 - (at - k) : j === k + 1 ? at - k : 0))
}

describe('postprocess', () => {
  const result = { width: 13, height: 9 }
  const photo = { width: 37, height: 22 }
  const x = noise(13 * 9, 0.5, 3)

  for (const upsample of ['bilinear', 'bicubic'] as const)
    it(`${upsample} to the photo and back to less than the network's size`, async () => {
      for (const to of [photo, { width: 5, height: 4 }]) {
        const row = (n: number, size: number) =>
          filterRows({ interpolation: upsample }, { n, size, start: 0, length: size })
        const expected = separable(x, 13, row(to.width, 13), row(to.height, 9))
        expect(worst(await postprocess({ ...rule, upsample }, x, result, to), expected)).toBeLessThan(1e-4)
      }
    })

  it('aligns corners', async () => {
    const row = (n: number, size: number) => Array.from({ length: n }, (_, i) => alignedRow(i, n, size))
    const expected = separable(x, 13, row(37, 13), row(22, 9))
    expect(worst(await postprocess({ ...rule, alignCorners: true }, x, result, photo), expected)).toBeLessThan(1e-4)
  })

  it('applies the formula', async () => {
    const same = { width: 13, height: 9 }
    const negated = await postprocess({ ...rule, formula: { scale: -1 } }, x, result, same)
    expect(
      worst(
        negated,
        x.map((v) => -v),
      ),
    ).toBe(0)
    const formula = { scale: 9.99, shift: 0.01, reciprocal: true, times: 5.4 }
    const metres = await postprocess({ ...rule, formula }, x, result, same)
    expect(
      worst(
        metres,
        x.map((v) => 5.4 / (0.01 + 9.99 * v)),
      ),
    ).toBeLessThan(1e-5)
  })

  it('registers a crop with the photo and leaves the rest without a value', async () => {
    const ramp = Float32Array.from({ length: 8 * 6 }, (_, i) => i % 8)
    const part = { left: 10, top: 3, width: 16, height: 12 }
    const y = await postprocess(rule, ramp, { width: 8, height: 6 }, { width: 37, height: 18 }, { part })
    for (let r = 0; r < 18; r++)
      for (let c = 0; c < 37; c++) {
        const inside = r >= 3 && r < 15 && c >= 10 && c < 26
        const expected = inside ? Math.min(Math.max((c - 10 + 0.5) / 2 - 0.5, 0), 7) : Number.NaN
        expect(worst([y[r * 37 + c]], [expected]), `row ${r}, column ${c}`).toBeLessThan(1e-5)
      }
  })
})

describe('range and colours', () => {
  it('finds the least and the greatest finite value', async () => {
    const engine = await openEngine()
    for (const [width, height] of [
      [1, 1],
      [31, 17],
      [300, 201],
    ]) {
      const x = noise(width * height, -2, 3)
      const expected = [Math.min(...x), Math.max(...x)]
      if (x.length > 4) [x[1], x[3]] = [Number.NaN, Number.POSITIVE_INFINITY]
      const seen = [...x].filter(Number.isFinite)
      if (x.length > 4) expected.splice(0, 2, Math.min(...seen), Math.max(...seen))
      const map = await makeMap(x, width, height)
      expect(await depthRange(engine, map)).toEqual(expected)
      destroyDepth(map)
    }
    expect(await depthRange(engine, await makeMap([Number.NaN, Number.NEGATIVE_INFINITY], 2, 1))).toBeNull()
    expect(await depthRange(engine, await makeMap([0, -0], 2, 1))).toEqual([-0, 0])
  })

  const rgba = (data: Uint8Array, i: number) => [...data.subarray(i * 4, i * 4 + 4)]

  it('paints the ends and the middle', async () => {
    const engine = await openEngine()
    const map = await makeMap([2, 4, 3.01, Number.NaN, 3.5], 5, 1)
    // Entries 0, 255 and 129 of the published tables, as Matplotlib has them.
    for (const [colormap, first, last, middle] of [
      ['inferno', [0, 0, 4], [252, 255, 164], [189, 56, 83]],
      ['magma', [0, 0, 4], [252, 253, 191], [184, 55, 121]],
      ['plasma', [13, 8, 135], [240, 249, 33], [204, 73, 119]],
      ['viridis', [68, 1, 84], [253, 231, 37], [32, 146, 140]],
      ['turbo', [48, 18, 59], [122, 4, 3], [167, 252, 58]],
      ['spectral_r', [94, 79, 162], [158, 1, 66], [255, 253, 188]],
      ['gray', [0, 0, 0], [255, 255, 255], [129, 129, 129]],
    ] as const) {
      const { width, height, data } = await colorize(engine, map, { colormap })
      expect([width, height, data.length]).toEqual([5, 1, 20])
      const near = (i: number, want: readonly number[]) => {
        expect(worst(rgba(data, i), [...want, 255]), `${colormap} ${i}: ${rgba(data, i)}`).toBe(0)
      }
      near(0, first)
      near(1, last)
      near(2, middle)
      expect(rgba(data, 3)).toEqual([0, 0, 0, 0])
    }
    const inverted = await colorize(engine, map, { colormap: 'gray', invert: true })
    expect([0, 1].map((i) => inverted.data[i * 4])).toEqual([255, 0])
    const ranged = await colorize(engine, map, { colormap: 'gray', range: [3, 4] })
    expect([0, 1, 4].map((i) => ranged.data[i * 4])).toEqual([0, 255, 128])
    await expect(colorize(engine, map, { colormap: 'jet' })).rejects.toThrow('there is no colormap "jet"')
    const flat = await makeMap([7, 7], 2, 1)
    expect([...(await colorize(engine, flat, { colormap: 'gray' })).data]).toEqual([0, 0, 0, 255, 0, 0, 0, 255])
  })

  it('turns tables round', () => {
    expect([...colormapTable('turbo_r')].reverse()).toEqual([...colormapTable('turbo')])
  })
})

describe('points', () => {
  const width = 21
  const height = 14
  const photo = testPhoto(width, height)

  it('inverts the pinhole camera', async () => {
    const engine = await openEngine()
    const depth = noise(width * height, 0.5, 9)
    depth[3] = Number.NaN
    depth[8] = 0
    depth[9] = -1
    const map = await makeMap(depth, width, height)
    const cloud = await unproject(engine, map, photo, { fovDegrees: 75 })
    expect(cloud.count).toBe(width * height - 3)
    const f = (0.5 * width) / Math.tan((75 * Math.PI) / 360)
    const inverse = mat3.invert(mat3.create(), [f, 0, 0, 0, f, 0, width / 2, height / 2, 1])!
    let n = 0
    for (let i = 0; i < width * height; i++) {
      if (!(depth[i] > 0)) continue
      const ray = vec3.transformMat3(vec3.create(), [(i % width) + 0.5, Math.floor(i / width) + 0.5, 1], inverse)
      const expected = vec3.scale(vec3.create(), ray, depth[i])
      expect(worst(cloud.positions.subarray(n * 3, n * 3 + 3), expected)).toBeLessThan(1e-5)
      expect([...cloud.colors.subarray(n * 3, n * 3 + 3)]).toEqual([...photo.data.subarray(i * 4, i * 4 + 3)])
      n++
    }
    expect(cloud.positions.length).toBe(n * 3)
  })

  it('looks 60° wide by default', async () => {
    const engine = await openEngine()
    const { positions } = await unproject(
      engine,
      await makeMap(new Float32Array(width * height).fill(2), width, height),
      photo,
    )
    const edge = 2 * Math.tan(Math.PI / 6) * (1 - 1 / width)
    expect(positions[0]).toBeCloseTo(-edge, 5)
    expect(positions[(width - 1) * 3]).toBeCloseTo(edge, 5)
    expect(positions[1]).toBeLessThan(0)
  })

  it('makes more points than one dispatch does', async () => {
    const engine = await openEngine()
    const [w, h] = [1500, 1000]
    const photo = { width: w, height: h, data: new Uint8Array(w * h * 4).fill(9) }
    const map = await makeMap(new Float32Array(w * h).fill(1), w, h)
    const { positions, count } = await unproject(engine, map, photo, { fovDegrees: 90 })
    destroyDepth(map)
    expect(count).toBe(w * h)
    expect(worst(positions.slice(-3), [749.5 / 750, 499.5 / 750, 1])).toBeLessThan(1e-6)
  })

  it('refuses relative disparity without a scale, and takes it with one', async () => {
    const engine = await openEngine()
    const map = await makeMap(noise(width * height, 0.5, 2), width, height, 'disparity', 'relative')
    await expect(unproject(engine, map, photo)).rejects.toThrow(
      'points need metres, and this map is relative disparity: its scale is unknown. Use a metric model, or give `scale`',
    )
    const disparity = await readDepth(engine, map)
    const { positions, count } = await unproject(engine, map, photo, { scale: 3 })
    expect(count).toBe(width * height)
    expect(positions.filter((_, i) => i % 3 === 2).every((z, i) => Math.abs(z - 3 / disparity[i]) < 1e-5)).toBe(true)
  })

  it('names both sizes of a photo that does not fit', async () => {
    const engine = await openEngine()
    const map = await makeMap([1, 2], 2, 1)
    await expect(unproject(engine, map, photo)).rejects.toThrow('the map has 2 × 1 pixels, the photo 21 × 14')
    await expect(unproject(engine, map, testPhoto(2, 1), { fovDegrees: 180 })).rejects.toThrow('180°')
  })
})
