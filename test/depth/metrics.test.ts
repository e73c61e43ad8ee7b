// Error measures on the GPU against their formulas in float64, on random maps with holes.
import { afterEach, describe, expect, it } from 'vitest'
import { storage } from '../../src/depth/gpu.ts'
import {
  cropOf,
  type DepthErrors,
  type DepthMap,
  destroyDepth,
  errorNames,
  type MetricOptions,
  meanErrors,
  measureDepth,
  readDepth,
  resizeDepth,
} from '../../src/index.ts'
import { random } from '../harness/kernel.ts'
import { noGpuErrors, openEngine } from './reference.ts'

afterEach(noGpuErrors)

const { NaN: none } = Number

interface Host extends Pick<DepthMap, 'width' | 'height' | 'kind' | 'unit'> {
  values: Float32Array
}

async function upload({ values, ...meaning }: Host): Promise<DepthMap> {
  const engine = await openEngine()
  const buffer = storage(engine, 'map', values.byteLength)
  engine.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>)
  return { ...meaning, buffer }
}

async function measure(prediction: Host, truth: Host, options?: MetricOptions) {
  const [x, g] = [await upload(prediction), await upload(truth)]
  const result = await measureDepth(await openEngine(), x, g, options)
  destroyDepth(x)
  destroyDepth(g)
  return result
}

/** The measures from their definitions, of depths and true depths. */
function reference(d: number[], g: number[]): DepthErrors {
  const mean = (f: (d: number, g: number) => number) => d.reduce((sum, v, i) => sum + f(v, g[i]), 0) / d.length
  const e = mean((v, t) => Math.log(v) - Math.log(t))
  const below = (limit: number) => mean((v, t) => (Math.max(v / t, t / v) < limit ? 1 : 0))
  return {
    absRel: mean((v, t) => Math.abs(v - t) / t),
    sqRel: mean((v, t) => (v - t) ** 2 / t),
    rmse: Math.sqrt(mean((v, t) => (v - t) ** 2)),
    rmseLog: Math.sqrt(mean((v, t) => (Math.log(v) - Math.log(t)) ** 2)),
    log10: mean((v, t) => Math.abs(Math.log10(v) - Math.log10(t))),
    silog: 100 * Math.sqrt(mean((v, t) => (Math.log(v) - Math.log(t) - e) ** 2)),
    delta1: below(1.25),
    delta2: below(1.25 ** 2),
    delta3: below(1.25 ** 3),
  }
}

function expectClose(got: DepthErrors, want: DepthErrors) {
  for (const name of errorNames)
    if (got[name] !== want[name])
      expect(Math.abs(got[name] / want[name] - 1), `${name}: ${got[name]}, not ${want[name]}`).toBeLessThan(1e-5)
}

/** Depths from 0.3 to 12 m with holes, and a prediction that is off by noise and a factor. */
function maps(width: number, height: number, factor = 1.1, noise = 0.4) {
  const next = random(width * height)
  const truth = Float32Array.from({ length: width * height }, () => 0.3 * 40 ** next())
  const depth = truth.map((g) => g * factor * Math.exp(noise * (next() - 0.5)))
  for (let i = 0; i < truth.length; i++) {
    const hole = next()
    if (hole < 0.1) truth[i] = [0, none, Infinity][Math.floor(hole * 30)]
    else if (hole > 0.97) depth[i] = none
  }
  return { truth, depth }
}

const host = (
  values: Float32Array,
  width: number,
  kind: DepthMap['kind'] = 'depth',
  unit: DepthMap['unit'] = 'metre',
): Host => ({ values, width, height: values.length / width, kind, unit })

/** Indices that count, from the definition. */
const counting = (truth: Float32Array, x: Float32Array, min: number, max: number, inside: (i: number) => boolean) =>
  [...truth.keys()].filter((i) => truth[i] > min && truth[i] < max && !Number.isNaN(x[i]) && inside(i))
const clamp = (v: number, min: number, max: number) => Math.min(Math.max(v, min), max)
const everywhere = () => true

describe('measureDepth', () => {
  for (const [width, height] of [
    [1, 1],
    [13, 7],
    [333, 250],
    [900, 701],
  ])
    it(`equals the formulas in float64 at ${width} × ${height}`, async () => {
      const { truth, depth } = maps(width, height)
      if (truth.length === 1) [truth[0], depth[0]] = [2, 3]
      const got = await measure(host(depth, width), host(truth, width), { max: 10 })
      const used = counting(truth, depth, 1e-3, 10, everywhere)
      expect(got.pixels).toBe(used.length)
      expect(got.missing).toBe(counting(truth, truth, 1e-3, 10, (i) => Number.isNaN(depth[i])).length)
      const d = used.map((i) => clamp(depth[i], 1e-3, 10))
      const want = reference(
        d,
        used.map((i) => truth[i]),
      )
      if (truth.length > 1) expectClose(got, want)
      else expect(got).toMatchObject({ absRel: 0.5, sqRel: 0.5, rmse: 1, silog: 0, delta1: 0, delta2: 1 })
    })

  it('keeps the variance of logarithms apart from their mean', async () => {
    const { truth, depth } = maps(200, 200, 300, 0.01)
    const got = await measure(host(depth, 200), host(truth, 200))
    const used = counting(truth, depth, 1e-3, Infinity, everywhere)
    const values = (of: Float32Array) => used.map((i) => of[i])
    expectClose(got, reference(values(depth), values(truth)))
    expect(got.delta3).toBe(0)
  })

  it('looks at the crop alone', async () => {
    const { truth, depth } = maps(310, 94)
    const { left, top, right, bottom } = cropOf('garg', 310, 94)
    const inside = (i: number) => {
      const [x, y] = [i % 310, Math.floor(i / 310)]
      return x >= left && x < right && y >= top && y < bottom
    }
    const got = await measure(host(depth, 310), host(truth, 310), { crop: 'garg', min: 0.5, max: 8 })
    const used = counting(truth, depth, 0.5, 8, inside)
    expect(got.pixels).toBe(used.length)
    expectClose(
      got,
      reference(
        used.map((i) => clamp(depth[i], 0.5, 8)),
        used.map((i) => truth[i]),
      ),
    )
  })

  it('scales relative disparity by the medians, before it clamps', async () => {
    for (const width of [50, 51]) {
      const { truth, depth } = maps(width, 41)
      const disparity = depth.map((d) => 7 / d)
      const got = await measure(host(disparity, width, 'disparity', 'relative'), host(truth, width), { max: 9 })
      const used = counting(truth, disparity, 1e-3, 9, everywhere)
      const middle = (v: number[]) => {
        const s = [...v].sort((a, b) => a - b)
        return (s[Math.floor((s.length - 1) / 2)] + s[Math.ceil((s.length - 1) / 2)]) / 2
      }
      const d = used.map((i) => 1 / disparity[i])
      const g = used.map((i) => truth[i])
      const ratio = middle(g) / middle(d)
      expect(1 / got.scale / ratio).toBeCloseTo(1, 6)
      expectClose(
        got,
        reference(
          d.map((v) => clamp(v * ratio, 1e-3, 9)),
          g,
        ),
      )
    }
  })

  it('fits scale and shift in disparity by least squares, and caps what has none', async () => {
    const { truth, depth } = maps(301, 211)
    // Far from zero in comparison with its spread, where sums of squares would lose their digits.
    const x = depth.map((d) => 5000 + 3 / d)
    const got = await measure(host(x, 301, 'disparity', 'relative'), host(truth, 301), {
      max: 10,
      align: 'scale-shift',
    })
    const used = counting(truth, x, 1e-3, 10, everywhere)
    const t = used.map((i) => 1 / truth[i])
    // MiDaS's normal equations, about the means.
    const [mx, mt] = [used.map((i) => x[i]), t].map((v) => v.reduce((a, b) => a + b) / v.length)
    const sxx = used.reduce((s, i) => s + (x[i] - mx) ** 2, 0)
    const scale = used.reduce((s, i, k) => s + (x[i] - mx) * (t[k] - mt), 0) / sxx
    expect(Math.abs(got.scale / scale - 1)).toBeLessThan(1e-5)
    const aligned = used.map((i) => scale * (x[i] - mx) + mt)
    expectClose(
      got,
      reference(
        aligned.map((v) => clamp(v > 0 ? 1 / v : Infinity, 1e-3, 10)),
        used.map((i) => truth[i]),
      ),
    )
  })

  it('undoes an affine disparity', async () => {
    const { truth } = maps(64, 48)
    const x = truth.map((g) => 0.25 / g - 0.125)
    const map = host(x, 64, 'disparity', 'relative')
    const got = await measure(map, host(truth, 64), { align: 'scale-shift' })
    expect(got.scale).toBeCloseTo(4, 4)
    expect(got.shift).toBeCloseTo(0.5, 4)
    expect(got).toMatchObject({ delta1: 1, delta3: 1 })
    expect(got.absRel).toBeLessThan(1e-5)
  })

  it('says what cannot be measured', async () => {
    const g = host(Float32Array.of(1, 2), 2)
    const relative = host(Float32Array.of(1, 2), 2, 'disparity', 'relative')
    await expect(measure(host(Float32Array.of(1), 1), g)).rejects.toThrow(
      'the prediction has 1 × 1 pixels, the truth 2 × 1',
    )
    await expect(measure(relative, g, { align: 'none' })).rejects.toThrow('a relative map has no metres to measure')
    await expect(measure(g, relative)).rejects.toThrow('the truth must be depth in metres, not relative disparity')
    await expect(measure(g, g, { min: 5 })).rejects.toThrow('no pixel counts')
    await expect(measure(g, g, { crop: 'nyu' })).rejects.toThrow('the crop nyu is a part of 640 × 480 pixels')
    const negative = host(Float32Array.of(-1, -2), 2, 'disparity', 'relative')
    await expect(measure(negative, g)).rejects.toThrow('Is its sign right?')
  })
})

describe('resizeDepth', () => {
  it('samples at half-pixel centres, as OpenCV does', async () => {
    const engine = await openEngine()
    const x = await upload(host(Float32Array.of(0, 4, 8, 2, 6, 10), 3))
    const y = await resizeDepth(engine, x, { width: 6, height: 2 })
    expect(y).toMatchObject({ width: 6, height: 2, kind: 'depth', unit: 'metre' })
    // cv2.resize of [[0, 4, 8], [2, 6, 10]] to 6 × 2, INTER_LINEAR.
    const row = [0, 1, 3, 5, 7, 8]
    expect([...(await readDepth(engine, y))]).toEqual([...row, ...row.map((v) => v + 2)])
    destroyDepth(x)
    destroyDepth(y)
  })
})

describe('cropOf', () => {
  it('has the published rectangles', () => {
    // monodepth2's trainer writes Garg's crop of 375 × 1242 as [153:371, 44:1197].
    expect(cropOf('garg', 1242, 375)).toEqual({ left: 44, top: 153, right: 1197, bottom: 371 })
    // numpy: (np.array([0.40810811 * 370, 0.99189189 * 370, 0.03594771 * 1224, 0.96405229 * 1224])).astype(np.int32)
    expect(cropOf('garg', 1224, 370)).toEqual({ left: 43, top: 151, right: 1180, bottom: 366 })
    expect(cropOf('eigen', 1242, 375)).toEqual({ left: 44, top: 124, right: 1197, bottom: 342 })
    // bts, ZoeDepth and others: eval_mask[45:471, 41:601].
    expect(cropOf('nyu', 640, 480)).toEqual({ left: 41, top: 45, right: 601, bottom: 471 })
    expect(cropOf('none', 5, 4)).toEqual({ left: 0, top: 0, right: 5, bottom: 4 })
  })
})

describe('meanErrors', () => {
  it('counts every picture the same', () => {
    const errors = (v: number) => Object.fromEntries(errorNames.map((n, i) => [n, v + i])) as unknown as DepthErrors
    expect(meanErrors([errors(1), errors(4)])).toEqual(errors(2.5))
  })
})
