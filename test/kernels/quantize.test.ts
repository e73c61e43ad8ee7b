import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { fromNumbers } from '../../src/runtime/tensor.ts'
import { makeGraph } from '../harness/graph.ts'
import { kernelCases } from '../harness/kernel.ts'

const bytes = { fill: 'normal', dtype: 'int8', constant: true } as const
const halves = Array.from({ length: 21 }, (_, i) => (i - 10) / 2)

kernelCases('QuantizeElements', 'exact', [
  {
    name: 'rounds to even, then saturates',
    x: [
      { shape: [21], values: halves },
      { shape: [], values: [0.5] },
      { shape: [], dtype: 'int8', values: [-3] },
    ],
    attrs: { range: { dtype: 'int8', low: -8, high: 6 } },
    dtypes: ['float32'],
  },
  {
    name: 'a scale a channel, no zero point',
    x: [
      { shape: [2, 3, 5], fill: 'index' },
      { shape: [3, 1], values: [0.5, 1, 2] },
    ],
    attrs: { range: { dtype: 'uint8', low: 0, high: 255 } },
  },
])

kernelCases('DequantizeElements', 'close', [
  {
    name: 'uint8 with a zero point a column',
    x: [
      { shape: [3, 5], dtype: 'uint8' },
      { shape: [5], dtype: 'float32' },
      { shape: [5], dtype: 'uint8' },
    ],
    attrs: { to: 'float32' },
  },
])

kernelCases('DequantizeLinear', 'close', [
  {
    name: 'packed bytes, one scale',
    x: [
      { shape: [1031, 5], ...bytes },
      { shape: [], dtype: 'float32', values: [0.03] },
    ],
    attrs: { axis: 1, block: 0 },
  },
  {
    name: 'packed bytes, a scale a row, zero points, and a tail',
    x: [
      { shape: [36, 128], ...bytes, dtype: 'uint8' },
      { shape: [36], dtype: 'float32', fill: 'positive', constant: true },
      { shape: [36], dtype: 'uint8', constant: true },
      { shape: [128], dtype: 'float32' },
    ],
    attrs: { axis: 0, block: 0 },
    tail: [{ op: 'Mul', attrs: {}, args: [null, 3] }],
  },
  {
    name: 'blocks of 16 rows, the last one short',
    x: [
      { shape: [37, 116], ...bytes },
      { shape: [3, 116], dtype: 'float32', fill: 'positive' },
      { shape: [3, 116], dtype: 'int8' },
    ],
    attrs: { axis: 0, block: 16 },
  },
  {
    name: '32-bit integers',
    x: [
      { shape: [4101], ...bytes, dtype: 'int32' },
      { shape: [], dtype: 'float32', values: [0.03] },
    ],
    attrs: { axis: 0, block: 0 },
  },
])

describe('quantised weights', () => {
  it('stay bytes in the weight buffer', () => {
    const graph = makeGraph([[2, 96]], (g, x) => {
      const w = g.constant(
        fromNumbers(
          'int8',
          [96, 64],
          Array.from({ length: 96 * 64 }, (_, i) => (i % 255) - 127),
        ),
      )
      return g.op('MatMul', [x, g.op('DequantizeLinear', [w, g.scalar(0.1)], { axis: 1, block: 0 })])
    })
    const { memory, calls } = compile(graph, operators, { caps: DEFAULT_CAPS })
    expect(calls.map((c) => c.shader)).toEqual(['dequantize', 'matmul_register'])
    expect(memory.weights).toBeLessThan(96 * 64 + 1024)
  })
  it('are folded where they are few', () => {
    const graph = makeGraph([[2, 4]], (g, x) => {
      const w = g.constant(
        fromNumbers(
          'int8',
          [4, 4],
          Array.from({ length: 16 }, (_, i) => i),
        ),
      )
      return g.op('MatMul', [x, g.op('DequantizeLinear', [w, g.scalar(0.1)], { axis: 1, block: 0 })])
    })
    expect(graph.nodes.map((n) => n.op)).toEqual(['MatMul'])
  })
})
