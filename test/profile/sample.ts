// A made-up profile with known figures, for tests of what is made of one.
import type { Profile, ProfileRow } from '../../src/runtime/profile.ts'
import { ratesOf } from '../../src/runtime/profile.ts'

export const roof = { bandwidth: 10e9, f32: 50e9 }

const NODES: [node: string, op: string, layer: string, us: number, flops: number, bytes: number][] = [
  ['/m/layer.0/fc/MatMul', 'MatMul+Add', '/m/layer.0', 400, 10e6, 1e6],
  ['/m/layer.0/norm/LayerNormalization', 'LayerNormalization', '/m/layer.0', 100, 1e5, 5e5],
  ['/m/layer.1/fc/MatMul', 'MatMul+Add', '/m/layer.1', 300, 10e6, 1e6],
  ['/m/layer.1/fc/MatMul', 'MatMul', '/m/layer.1', 100, 2e6, 2e5],
  ['/head/Conv', 'Conv', '/head', 100, 0, 1e6],
]

/** `scale` multiplies every time. */
export function sampleProfile(scale = 1): Profile {
  const total = 1000 * scale
  const spread = (median: number) => ({ median, min: median * 0.9, spread: median * 0.05 })
  const rows = NODES.map(([node, op, layer, us, flops, bytes], index): ProfileRow => {
    const median = us * scale
    return {
      index,
      ...{ node, op, layer, shader: 'matmul_tiled', variant: 'tiled', holes: 'M=4 write()', source: 0 },
      groups: [4, 2, 1],
      workgroup: [8, 8, 1],
      ...spread(median),
      first: median * 3,
      repeats: 1,
      ...{ flops, tail: 0, bytes, read: bytes / 2, written: bytes / 2 },
      share: median / total,
      ...ratesOf({ flops, bytes }, median, roof),
    }
  })
  const times = { upload: 10, encode: 20, submit: 5, wait: 1050, read: 15 }
  const stages = Object.fromEntries(Object.entries(times).map(([k, v]) => [k, spread(v)])) as Record<
    keyof typeof times,
    ReturnType<typeof spread>
  >
  const run = { total: spread(1100), ...stages, gpu: spread(1020) }
  let at = 30
  return {
    format: 'isobath-profile',
    version: 1,
    model: 'toy.onnx',
    adapter: { vendor: 'v', architecture: 'a', device: 'd', description: 'Adapter 1', software: false },
    precision: 'f32',
    runs: 5,
    warmup: 2,
    method: 'timestamps',
    quantum: 1,
    rows,
    sources: ['@compute @workgroup_size(8, 8)\nfn main() { if (1 < 2) { } } // </script><script>alert(1)</script>'],
    microseconds: total,
    sum: spread(total),
    plain: run,
    profiled: run,
    gaps: spread(30),
    load: { import: 1, passes: 2, compile: 3, upload: 4, pipelines: 5 },
    pipelines: [{ shader: 'matmul_tiled', milliseconds: 12, calls: 5 }],
    memory: {
      ...{ peak: 3000, lowerBound: 2500, weights: 100, buffers: [2000, 1000] },
      values: [
        { name: 'x', buffer: 0, bytes: 2000, first: 0, last: 2 },
        { name: 'h', buffer: 1, bytes: 500, first: 0, last: 3 },
        { name: 'y', buffer: 0, bytes: 1000, first: 3, last: 5 },
      ],
    },
    roof,
    timeline: {
      origin: 5000,
      spans: [
        { track: 'transfer', name: 'upload', start: 0, duration: 10 },
        { track: 'CPU', name: 'encode', start: 10, duration: 20 },
        { track: 'CPU', name: 'submit', start: 30, duration: 5 },
        { track: 'CPU', name: 'wait', start: 35, duration: 1050 },
        { track: 'transfer', name: 'read back', start: 1085, duration: 15 },
        ...rows.map((r) => {
          const span = { track: 'GPU' as const, name: r.op, start: at, duration: r.median, row: r.index }
          at += r.median + 5
          return span
        }),
      ],
    },
    notes: ['A note.'],
  }
}
