// Filters, edges and masks against the same formulas in float64.
import { afterEach, describe, expect, it } from 'vitest'
import {
  type DepthMap,
  depthEdges,
  destroyDepth,
  type Photo,
  type RefineOptions,
  readDepth,
  refineDepth,
} from '../../src/index.ts'
import { makeMap, noise } from './maps.ts'
import { channel, noGpuErrors, openEngine, testPhoto, upright, worst } from './reference.ts'

afterEach(noGpuErrors)

const width = 37
const height = 26
const pixels = width * height
const photo = testPhoto(width, height)

async function refine(
  values: ArrayLike<number>,
  options: RefineOptions,
  of: Partial<DepthMap> = {},
  guide: Photo = photo,
) {
  const engine = await openEngine()
  const map = { ...(await makeMap(values, width, height)), ...of }
  const refined = await refineDepth(engine, map, guide, options)
  expect([refined.kind, refined.unit]).toEqual([map.kind, map.unit])
  const result = await readDepth(engine, refined)
  expect([...(await readDepth(engine, map))]).toEqual([...Float32Array.from(values)])
  destroyDepth(map)
  destroyDepth(refined)
  return result
}

const inside = (c: number, r: number) => c >= 0 && r >= 0 && c < width && r < height

/** Σ w x / Σ w by the definition. */
function bilateral(
  x: ArrayLike<number>,
  of: Photo,
  radius: number,
  step: number,
  space: number,
  color: number,
  fill: boolean,
) {
  const planes = [0, 1, 2].map((c) => channel(of, c))
  return Float64Array.from({ length: pixels }, (_, i) => {
    if (!fill && !Number.isFinite(x[i])) return x[i]
    let [sum, weights] = [0, 0]
    const [c0, r0] = [i % width, Math.floor(i / width)]
    for (let dr = -radius; dr <= radius; dr += step)
      for (let dc = -radius; dc <= radius; dc += step) {
        const j = (r0 + dr) * width + c0 + dc
        if (!inside(c0 + dc, r0 + dr) || !Number.isFinite(x[j])) continue
        const d = planes.reduce((s, plane) => s + (plane[i] - plane[j]) ** 2, 0)
        const w = Math.exp(-(dc * dc + dr * dr) / (2 * space ** 2) - d / (2 * color ** 2))
        sum += w * x[j]
        weights += w
      }
    return sum / weights
  })
}

describe('joint bilateral filter', () => {
  const x = noise(pixels, 1, 3)

  it('is the weighted mean of its definition', async () => {
    const filter = { kind: 'bilateral', radius: 3, sigmaSpace: 1.5, sigmaColor: 0.2 } as const
    expect(worst(await refine(x, { filter }), bilateral(x, photo, 3, 1, 1.5, 0.2, false))).toBeLessThan(1e-5)
  })

  it('takes every second pixel of a wide window, and its own defaults', async () => {
    const filter = { kind: 'bilateral', radius: 10 } as const
    expect(worst(await refine(x, { filter }), bilateral(x, photo, 10, 2, 5, 0.1, false))).toBeLessThan(1e-5)
    // 1 % of 37 pixels is below the least radius, 4.
    expect(worst(await refine(x, { filter: 'bilateral' }), bilateral(x, photo, 4, 1, 2, 0.1, false))).toBeLessThan(1e-5)
  })

  it('leaves holes, or fills them', async () => {
    const holes = x.map((v, i) => (i % 7 === 0 ? Number.NaN : v))
    for (const fill of [false, true]) {
      const filter = { kind: 'bilateral', radius: 2, fill } as const
      expect(worst(await refine(holes, { filter }), bilateral(holes, photo, 2, 1, 1, 0.1, fill))).toBeLessThan(1e-5)
    }
  })

  it('is guided by the upright photo', async () => {
    const turned = { ...testPhoto(height, width), orientation: 6 }
    const filter = { kind: 'bilateral', radius: 2 } as const
    const expected = bilateral(x, upright(turned), 2, 1, 1, 0.1, false)
    expect(worst(await refine(x, { filter }, {}, turned), expected)).toBeLessThan(1e-5)
  })
})

/** Solves a 3 × 3 system by Gaussian elimination. */
function solve(m: number[][], v: number[]): number[] {
  const a = m.map((row, i) => [...row, v[i]])
  for (let i = 0; i < 3; i++) {
    const pivot = a.slice(i).reduce((best, row) => (Math.abs(row[i]) > Math.abs(best[i]) ? row : best))
    a.splice(a.indexOf(pivot), 1)
    a.splice(i, 0, pivot)
    for (let j = 0; j < 3; j++) if (j !== i) a[j] = a[j].map((u, k) => u - (a[j][i] / a[i][i]) * a[i][k])
  }
  return a.map((row, i) => row[3] / row[i])
}

/** He, Sun, Tang, 2013, with the colour photo as guide, in cells of one pixel. */
function guided(x: ArrayLike<number>, radius: number, epsilon: number) {
  const planes = [0, 1, 2].map((c) => channel(photo, c))
  const window = (i: number) => {
    const list: number[] = []
    for (let r = -radius; r <= radius; r++)
      for (let c = -radius; c <= radius; c++) {
        const [column, row] = [(i % width) + c, Math.floor(i / width) + r]
        if (inside(column, row)) list.push(row * width + column)
      }
    return list
  }
  const mean = (list: number[], f: (j: number) => number) => list.reduce((s, j) => s + f(j), 0) / list.length
  const lines = Array.from({ length: pixels }, (_, i) => {
    const all = window(i).filter((j) => Number.isFinite(x[j]))
    if (!all.length) return null
    const m = planes.map((plane) => mean(all, (j) => plane[j]))
    const mx = mean(all, (j) => x[j])
    const cov = planes.map((a, s) =>
      planes.map((b, t) => mean(all, (j) => (a[j] - m[s]) * (b[j] - m[t])) + (s === t ? epsilon : 0)),
    )
    const a = solve(
      cov,
      planes.map((plane, s) => mean(all, (j) => (plane[j] - m[s]) * (x[j] - mx))),
    )
    return [...a, mx - a.reduce((s, v, k) => s + v * m[k], 0)]
  })
  return Float64Array.from({ length: pixels }, (_, i) => {
    const known = window(i).flatMap((j) => (lines[j] ? [lines[j]] : []))
    const [r, g, b, shift] = [0, 1, 2, 3].map((k) => known.reduce((s, line) => s + line[k], 0) / known.length)
    return r * planes[0][i] + g * planes[1][i] + b * planes[2][i] + shift
  })
}

describe('guided filter', () => {
  const x = noise(pixels, 1, 3)

  it('is the local linear model of the colours', async () => {
    const filter = { kind: 'guided', radius: 3, epsilon: 0.01, step: 1 } as const
    expect(worst(await refine(x, { filter }), guided(x, 3, 0.01))).toBeLessThan(1e-4)
  })

  it('fills holes', async () => {
    const holes = x.map((v, i) => (i % 5 === 0 ? Number.NaN : v))
    const filter = { kind: 'guided', radius: 2, epsilon: 0.01, step: 1, fill: true } as const
    expect(worst(await refine(holes, { filter }), guided(holes, 2, 0.01))).toBeLessThan(1e-4)
  })

  it('keeps what is linear in the colour, in cells of several pixels too', async () => {
    const linear = channel(photo, 0).map((v, i) => 2 + v - 0.5 * channel(photo, 2)[i])
    const filter = { kind: 'guided', radius: 12, epsilon: 1e-7, step: 3 } as const
    expect(worst(await refine(linear, { filter }), linear)).toBeLessThan(2e-3)
    expect(
      worst(await refine(new Float32Array(pixels).fill(4), { filter: 'guided' }), new Array(pixels).fill(4)),
    ).toBeLessThan(1e-5)
  })

  it('refuses what no filter has', async () => {
    const bad = (filter: RefineOptions['filter']) => refine(x, { filter })
    await expect(bad({ kind: 'guided', radius: 0 })).rejects.toThrow('radius is 0')
    await expect(bad({ kind: 'guided', epsilon: -1 })).rejects.toThrow('epsilon is -1')
    await expect(bad({ kind: 'bilateral', sigmaColor: 0 })).rejects.toThrow('sigmaColor is 0')
    await expect(refine(x, {})).rejects.toThrow('nothing to refine by')
    await expect(refine(x, { filter: 'guided' }, {}, testPhoto(5, 5))).rejects.toThrow('the photo 5 × 5')
  })
})

/** A red wall at 2 m in front of a blue one at 6 m; the edge at column `at` is a slope `2 · half` pixels wide. */
function walls(at: number, half: number) {
  const depth = Float32Array.from({ length: pixels }, (_, i) => {
    const t = Math.min(Math.max(((i % width) + 0.5 - at) / (2 * half) + 0.5, 0), 1)
    return 1 / (0.5 + t * (1 / 6 - 0.5))
  })
  const data = Uint8Array.from({ length: pixels * 4 }, (_, k) => {
    const red = ((k >> 2) % width) + 0.5 < at
    return [red ? 200 : 20, 40, red ? 20 : 200, 255][k & 3]
  })
  return { depth, photo: { width, height, data } }
}

describe('edges', () => {
  const { depth, photo: twoWalls } = walls(18, 3)

  it('finds the slope between two walls and nothing else', async () => {
    const engine = await openEngine()
    const map = await makeMap(depth, width, height)
    const edges = await depthEdges(engine, map, { reach: 2 })
    for (let r = 0; r < height; r++) {
      const row = [...edges.subarray(r * width, (r + 1) * width)]
      // The slope is columns 15 to 20.
      expect(row.slice(16, 20), `row ${r}`).toEqual([1, 1, 1, 1])
      expect([...row.slice(0, 14), ...row.slice(22)].some(Boolean), `row ${r}`).toBe(false)
    }
    destroyDepth(map)
  })

  it('takes a steep plane for no edge', async () => {
    const engine = await openEngine()
    // From 1 m to 30 m: neighbours differ by far more than the threshold at the far end.
    const plane = Float32Array.from({ length: pixels }, (_, i) => 1 / (1 - (i % width) * 0.0268))
    expect(plane[width - 1] / plane[width - 2]).toBeGreaterThan(1.5)
    const map = await makeMap(plane, width, height)
    expect((await depthEdges(engine, map, { reach: 2 })).some(Boolean)).toBe(false)
    destroyDepth(map)
  })

  it('goes by the range of relative disparity, whatever its scale and shift', async () => {
    const engine = await openEngine()
    for (const [scale, shift] of [
      [1, 0],
      [40, 1000],
    ]) {
      const map = await makeMap(
        depth.map((v) => scale / v + shift),
        width,
        height,
        'disparity',
        'relative',
      )
      const edges = await depthEdges(engine, map, { reach: 2 })
      expect([...edges.subarray(0, width)].flatMap((v, c) => (v ? [c] : []))).toEqual([16, 17, 18, 19])
      destroyDepth(map)
    }
  })

  it('removes what flies', async () => {
    const clean = await refine(depth, { clean: { mode: 'remove', reach: 2 } }, {}, twoWalls)
    const row = [...clean.subarray(3 * width, 4 * width)]
    expect(row.flatMap((v, c) => (Number.isNaN(v) ? [c] : []))).toEqual([16, 17, 18, 19])
    row.forEach((v, c) => {
      if (!Number.isNaN(v)) expect(v).toBe(depth[c])
    })
  })

  it('snaps it to the side that has its colour', async () => {
    // The photo's edge is at 19, one pixel right of the slope's middle.
    const snapped = await refine(depth, { clean: { mode: 'snap', reach: 2 } }, {}, walls(19, 3).photo)
    const row = [...snapped.subarray(5 * width, 5 * width + width)]
    expect(row.slice(16, 19)).toEqual([2, 2, 2])
    expect(row[19]).toBeCloseTo(6, 5)
  })

  it('cleans before it filters', async () => {
    const snapped = { mode: 'snap', reach: 2 } as const
    const filter = { kind: 'bilateral', radius: 2, sigmaColor: 0.05 } as const
    const both = await refine(depth, { clean: snapped, filter }, {}, twoWalls)
    const row = [...both.subarray(9 * width, 10 * width)]
    expect(Math.max(...row.slice(16, 18))).toBeLessThan(2.2)
    expect(Math.min(...row.slice(18, 20))).toBeGreaterThan(5.5)
  })

  it('refuses what is no threshold', async () => {
    await expect(refine(depth, { clean: { mode: 'remove', threshold: 0 } })).rejects.toThrow('threshold is 0')
    await expect(refine(depth, { clean: { mode: 'remove', reach: 1.5 } })).rejects.toThrow('reach is 1.5')
  })
})

describe('segmentation mask', () => {
  const x = noise(pixels, 1, 3)
  const data = Uint8Array.from({ length: pixels }, (_, i) => (i * 37) % 256)

  it('keeps the upper half of the bytes, or labels', async () => {
    const mask = { width, height, data }
    const kept = await refine(x, { mask })
    const labelled = await refine(x, { mask: { ...mask, labels: [0, 37, 255], outside: 9 } })
    x.forEach((v, i) => {
      expect(kept[i]).toEqual(data[i] >= 128 ? v : Number.NaN)
      expect(labelled[i]).toBe([0, 37, 255].includes(data[i]) ? v : 9)
    })
  })

  it('may have another size', async () => {
    const small = { width: 3, height: 2, data: Uint8Array.of(255, 0, 255, 0, 255, 0) }
    const kept = await refine(x, { mask: small })
    x.forEach((v, i) => {
      const column = Math.floor((((i % width) + 0.5) * 3) / width)
      const row = Math.floor(((Math.floor(i / width) + 0.5) * 2) / height)
      expect(kept[i]).toEqual(small.data[row * 3 + column] ? v : Number.NaN)
    })
    await expect(refine(x, { mask: { ...small, width: 4 } })).rejects.toThrow('it was given with 6')
    await expect(refine(x, { mask: { ...small, labels: [256] } })).rejects.toThrow('label is 0 to 255, not 256')
  })
})
