import { describe, expect, it } from 'vitest'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { memoryCache } from '../../src/runtime/cache.ts'
import { repeatsFor } from '../../src/runtime/gpu/profiler.ts'
import { workgroupOf } from '../../src/runtime/gpu/shader.ts'
import { divisorOf } from '../../src/runtime/gpu/timestamps.ts'
import type { Profile, ProfileOptions } from '../../src/runtime/profile.ts'
import { ratesOf, spreadOf } from '../../src/runtime/profile.ts'
import { gpu, openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const model = writeOnnx({
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'], name: '/m/layer.0/fc/MatMul' },
    { op: 'Relu', inputs: ['a'], outputs: ['b'], name: '/m/layer.0/act/Relu' },
    { op: 'MatMul', inputs: ['b', 'w'], outputs: ['c'], name: '/m/layer.1/fc/MatMul' },
    { op: 'Softmax', inputs: ['c'], outputs: ['y'], name: '/m/layer.1/Softmax' },
  ],
  inputs: [{ name: 'x', shape: [24, 32] }],
  outputs: [{ name: 'y', shape: [24, 32] }],
  constants: { w: { shape: [32, 32], values: Array.from({ length: 1024 }, (_, i) => Math.sin(i) / 8) } },
})
const feeds = {
  x: fromNumbers(
    'float32',
    [24, 32],
    Array.from({ length: 768 }, (_, i) => Math.cos(i)),
  ),
}

const roof = { bandwidth: 1e10, f32: 5e10 }
/** A cache that knows the roof of every adapter. */
const knowing = { get: async () => JSON.stringify({ ...roof, f16: 6e10 }), set: async () => {} }

async function profile(device: GPUDevice, options: ProfileOptions): Promise<Profile> {
  const engine = await createEngine({ device, cache: knowing })
  const session = await engine.load(model)
  const plain = await session.run(feeds)
  const result = await session.profile(feeds, options)
  // The session still computes what it did.
  expect([...(await session.run(feeds)).y.data]).toEqual([...plain.y.data])
  engine.destroy()
  return result
}

describe('profile', () => {
  it('has a row a call, with what it computes and moves', async (t) => {
    const { device } = await openDevice()
    if (!device.features.has('timestamp-query')) t.skip('the adapter has no timestamp-query')
    const told: [number, number][] = []
    const p = await profile(device, { runs: 3, warmup: 1, onProgress: (done, total) => told.push([done, total]) })
    expect(p.rows.map((r) => [r.node, r.op, r.layer])).toEqual([
      ['/m/layer.0/fc/MatMul', 'MatMul+Relu', '/m/layer.0'],
      ['/m/layer.1/fc/MatMul', 'MatMul', '/m/layer.1'],
      ['/m/layer.1/Softmax', 'Softmax', '/m/layer.1'],
    ])
    expect(p).toMatchObject({ format: 'isobath-profile', version: 1, method: 'timestamps', runs: 3, warmup: 1, roof })
    expect(told).toEqual(Array.from({ length: 7 }, (_, i) => [i, 7]))
    const [a, b] = p.rows
    expect(a).toMatchObject({ flops: 2 * 24 * 32 * 32 + 24 * 32, tail: 24 * 32, read: 3072 + 4096, written: 3072 })
    expect(b).toMatchObject({ flops: 2 * 24 * 32 * 32, tail: 0, bytes: 3072 + 4096 + 3072, limit: 'memory' })
    for (const r of p.rows) {
      expect(r.median).toBeGreaterThan(0)
      expect(r.min).toBeLessThanOrEqual(r.median)
      expect(r.gflops).toBeCloseTo(r.flops / r.median / 1e3, 6)
      expect(p.sources[r.source]).toContain('@compute')
      expect(r.workgroup.every((n) => n >= 1)).toBe(true)
      expect(r.holes).toMatch(/COLS=32.*write\(\)/)
    }
    expect(p.rows.reduce((n, r) => n + r.share, 0)).toBeCloseTo(1, 9)
    expect(p.microseconds).toBeCloseTo(
      p.rows.reduce((n, r) => n + r.median, 0),
      9,
    )
    expect(p.sum.min).toBeGreaterThanOrEqual(p.rows.reduce((n, r) => n + r.min, 0) - 1e-9)
    for (const times of [p.plain, p.profiled!]) {
      const { upload, encode, submit, wait, read, total, gpu: onGpu } = times
      for (const part of [upload, encode, submit, wait, read]) expect(part.median).toBeGreaterThanOrEqual(0)
      expect(total.min).toBeGreaterThan(0)
      expect(onGpu!.median).toBeLessThan(total.median)
    }
    expect(p.pipelines.reduce((n, x) => n + x.calls, 0)).toBe(3)
    expect(p.memory.values.map((v) => [v.name, v.first, v.last])).toEqual(
      expect.arrayContaining([
        ['x', 0, 3],
        ['y', 2, 3],
      ]),
    )
    expect(p.memory.buffers.reduce((a, b) => a + b, 0)).toBe(p.memory.peak)
  })

  it('lays the kernels of one run on a timeline, in order, between submit and read-back', async (t) => {
    const { device } = await openDevice()
    if (!device.features.has('timestamp-query')) t.skip('the adapter has no timestamp-query')
    const { timeline } = await profile(device, { runs: 1, warmup: 1 })
    const kernels = timeline.spans.filter((s) => s.track === 'GPU')
    expect(kernels.map((s) => s.row)).toEqual([0, 1, 2])
    kernels.slice(1).forEach((s, i) => {
      expect(s.start).toBeGreaterThanOrEqual(kernels[i].start + kernels[i].duration - 1e-6)
    })
    const read = timeline.spans.find((s) => s.name === 'read back')!
    expect(kernels[2].start + kernels[2].duration).toBeLessThanOrEqual(read.start + 1e-3)
    expect(timeline.spans.find((s) => s.name === 'upload')!.start).toBe(0)
  })

  it('times calls by the clock where there is no timestamp-query, and says so', async () => {
    const adapter = (await gpu.requestAdapter())!
    const device = await adapter.requestDevice()
    const p = await profile(device, { runs: 2, warmup: 1 })
    expect(p.method).toBe('clock')
    expect(p.notes[0]).toContain('no timestamp-query')
    expect(p.rows).toHaveLength(3)
    expect(p.rows.every((r) => r.median >= 0 && r.repeats >= 1)).toBe(true)
    expect(p.plain.total.median).toBeGreaterThan(0)
    expect([p.plain.gpu, p.profiled, p.gaps]).toEqual([undefined, undefined, undefined])
    device.destroy()
  })

  it.each([{ runs: 0 }, { warmup: 0 }, { runs: 1.5 }])('refuses %j', async (options) => {
    const { device } = await openDevice()
    await expect(profile(device, options)).rejects.toMatchObject({ code: 'input' })
  })

  it('stops where it is aborted', async () => {
    const { device } = await openDevice()
    await expect(profile(device, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('roof', () => {
  it('is measured once and then taken from the cache, until it is asked for anew', async () => {
    const { device } = await openDevice()
    const cache = memoryCache()
    const stored: string[] = []
    const set = (key: string, text: string) => {
      stored.push(text)
      return cache.set(key, text)
    }
    const watched = { get: cache.get, set }
    const roofs = []
    for (let i = 0; i < 3; i++) {
      const engine = await createEngine({ device, cache: watched })
      const session = await engine.load(model)
      roofs.push((await session.profile(feeds, { runs: 1, warmup: 1, newRoof: i === 2 })).roof)
      engine.destroy()
    }
    expect(stored).toHaveLength(2)
    expect(JSON.parse(stored[1])).toEqual(roofs[2])
    expect(roofs[1]).toEqual(roofs[0])
    expect(roofs[0].bandwidth).toBeGreaterThan(1e8)
    expect(roofs[0].f32).toBeGreaterThan(1e8)
    expect(roofs[0].f16 === undefined).toBe(!device.features.has('shader-f16'))
  })
})

describe('figures', () => {
  it('say what limits a kernel, and how near it is', () => {
    expect(ratesOf({ flops: 1e9, bytes: 1e6 }, 40_000, roof)).toEqual({
      gflops: 25,
      gbps: 0.025,
      intensity: 1000,
      ofRoof: 0.5,
      limit: 'arithmetic',
    })
    expect(ratesOf({ flops: 0, bytes: 1e6 }, 200, roof)).toMatchObject({ gbps: 5, ofRoof: 0.5, limit: 'memory' })
    expect(ratesOf({ flops: 1, bytes: 1 }, 0, roof)).toMatchObject({ gflops: 0, ofRoof: 0 })
  })
  it('median, least and quartiles', () => {
    expect(spreadOf([5, 1, 3, 4, 2])).toEqual({ median: 3, min: 1, spread: 2 })
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, spread: 0 })
  })
  it('the step of the clock', () => {
    expect(divisorOf([65536n, 196608n, 2n ** 62n])).toBe(65536n)
    expect(divisorOf([1_764_000_000_000_100_000n, 1_764_000_000_000_300_000n, 0n])).toBe(100_000n)
    expect(divisorOf([1_154_479n, 2_000_003n])).toBe(1n)
  })
  it('repeats only where the clock is coarse, more for the short', () => {
    expect(repeatsFor([3, 5000], 32)).toEqual([1, 1])
    expect(repeatsFor([0, 100, 4000], 100_000)).toEqual([400, 20, 1])
  })
  it('workgroups of composed WGSL', () => {
    const code = (size: string) =>
      `const WX: u32 = 16u;\nconst TY: u32 = 4u;\n@compute @workgroup_size(${size})\nfn main`
    expect(workgroupOf(code('64'))).toEqual([64, 1, 1])
    expect(workgroupOf(code('WX, 8'))).toEqual([16, 8, 1])
    expect(workgroupOf(code('WX * TY, 1, 2'))).toEqual([64, 1, 2])
  })
})
