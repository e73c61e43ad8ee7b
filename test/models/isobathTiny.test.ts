// The network in the package: within its limits, equal to PyTorch's reference, and better than guessing without looking.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/engine.ts'
import { decodeNpz } from '../../src/formats/index.ts'
import {
  createDepthEstimator,
  createEngine,
  defaultModelUrl,
  destroyDepth,
  inspect,
  isobathTiny,
  numbers,
  readDepth,
} from '../../src/index.ts'
import { readDefaultModel } from '../../src/node/index.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { noGpuErrors, openEngine } from '../depth/reference.ts'
import { gpu } from '../harness/gpu.ts'

afterEach(noGpuErrors)

const model = readDefaultModel()

/** rgb: six held-out scenes [6, 96, 128, 3]; disparity: theirs; reference: PyTorch's output for the first. */
async function readFixture() {
  const file = fileURLToPath(new URL('isobath-tiny.npz', import.meta.url))
  const { rgb, disparity, reference } = await decodeNpz(new Uint8Array(fs.readFileSync(file)), file)
  const [count, height, width] = rgb.shape
  const pixels = width * height
  return {
    count,
    width,
    height,
    reference: numbers(reference),
    photo(k: number) {
      const data = new Uint8Array(pixels * 4).fill(255)
      for (let i = 0; i < pixels * 3; i++)
        data[Math.floor(i / 3) * 4 + (i % 3)] = (rgb.data as Uint8Array)[k * pixels * 3 + i]
      return { width, height, data }
    },
    truth: (k: number) => Array.from(numbers(disparity)).slice(k * pixels, (k + 1) * pixels),
  }
}

/** Mean |d − g| / g after scale and shift by least squares in disparity, where the truth is nearer than 80 m. */
function absRel(prediction: ArrayLike<number>, truth: ArrayLike<number>): number {
  const at = Array.from(truth, (_, i) => i).filter((i) => truth[i] > 1 / 80)
  const mean = (of: (i: number) => number) => at.reduce((sum, i) => sum + of(i), 0) / at.length
  const [p, t] = [mean((i) => prediction[i]), mean((i) => truth[i])]
  const variance = mean((i) => (prediction[i] - p) ** 2)
  const scale = variance > 0 ? mean((i) => (prediction[i] - p) * (truth[i] - t)) / variance : 0
  return mean((i) => Math.abs(truth[i] / Math.max(1 / 80, t + scale * (prediction[i] - p)) - 1))
}

describe('the default network', () => {
  it('lies in the package, small and cheap', () => {
    const packed = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).files
    expect(packed).toContain('assets/isobath-tiny.onnx')
    expect(defaultModelUrl().pathname).toMatch(/\/assets\/isobath-tiny\.onnx$/)
    expect(model.bytes.length).toBeLessThan(2.4e6)
    const { parameters, inputs } = inspect(model)
    expect(parameters).toBeLessThan(1.2e6)
    expect(parameters / 1e6).toBeCloseTo(isobathTiny.parameters!, 2)
    expect(inputs).toEqual([{ name: 'rgb', dtype: 'float32', shape: [1, 3, 'height', 'width'] }])
    const { calls } = buildProgram(model, { axes: { height: 192, width: 256 } })
    expect(calls.reduce((sum, { cost }) => sum + cost.flops, 0)).toBeLessThan(1e9)
  })

  it('computes what PyTorch computes: in float32 where there is no float16', async () => {
    const adapter = (await gpu.requestAdapter())!
    const requiredFeatures = (['subgroups'] as const).filter((name) => adapter.features.has(name))
    const device = await adapter.requestDevice({ requiredFeatures })
    const engine = await createEngine({ device })
    const { width, height, reference, photo } = await readFixture()
    const estimator = await createDepthEstimator(engine, model, { card: isobathTiny, width, height })
    const depth = await readDepth(engine, await estimator.estimate(photo(0)))
    expect(compare(depth, reference, 'float32', 'reduce')).toBeNull()
    engine.destroy()
    device.destroy()
  })

  it('computes what PyTorch computes, and sees more than rows', async () => {
    const engine = await openEngine()
    const { count, width, height, reference, photo, truth } = await readFixture()
    const estimator = await createDepthEstimator(engine, model, { card: isobathTiny, width, height })
    const rows = Array.from({ length: width * height }, (_, i) => Math.floor(i / width))
    const sums = { network: 0, plane: 0, constant: 0 }
    for (let k = 0; k < count; k++) {
      const map = await estimator.estimate(photo(k))
      const depth = await readDepth(engine, map)
      destroyDepth(map)
      if (k === 0) expect(compare(depth, reference, 'float32', 'reduce')).toBeNull()
      expect(Math.min(...depth)).toBeGreaterThanOrEqual(0)
      sums.network += absRel(depth, truth(k)) / count
      sums.plane += absRel(rows, truth(k)) / count
      sums.constant +=
        absRel(
          rows.map(() => 1),
          truth(k),
        ) / count
    }
    estimator.destroy()
    expect(sums.network).toBeLessThan(sums.plane)
    expect(sums.network).toBeLessThan(sums.constant)
  }, 300_000)
})
