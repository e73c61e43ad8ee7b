import { describe, expect, it } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { importGraph } from '../../src/runtime/onnx/import.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { gpu } from '../harness/gpu.ts'
import { makeGraph } from '../harness/graph.ts'
import { kernelCases } from '../harness/kernel.ts'
import { interpret } from '../harness/onnx-case.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

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
  it('make a network whose values are quantised, too', async () => {
    const engine = await createEngine({ gpu, precision: 'f32' })
    const session = await engine.load(quantisedNetwork)
    const x = fromNumbers(
      'float32',
      [1, 16, 6, 5],
      list(480, (i) => Math.sin(i * 1.7)),
    )
    const { y } = await session.run({ x })
    const [expected] = interpret(importGraph({ bytes: quantisedNetwork }, operators), operators, { x })
    expect(compare(numbers(y), numbers(expected), 'float32', 'reduce')).toBeNull()
    expect(session.stats.memory.weights).toBeLessThan(4608 + 4160 + 2048)
    engine.destroy()
  })
})

const list = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i))

/** A convolution and a product with quantised weights; between them the values are quantised and back. */
const quantisedNetwork = writeOnnx({
  nodes: [
    { op: 'DequantizeLinear', inputs: ['w', 'ws', 'wz'], outputs: ['wf'], attributes: { axis: 0 } },
    { op: 'Conv', inputs: ['x', 'wf'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'QuantizeLinear', inputs: ['c', 's', 'z'], outputs: ['q'] },
    { op: 'DequantizeLinear', inputs: ['q', 's', 'z'], outputs: ['d'] },
    { op: 'GlobalAveragePool', inputs: ['d'], outputs: ['g'] },
    { op: 'Flatten', inputs: ['g'], outputs: ['v'] },
    { op: 'DequantizeLinear', inputs: ['m', 's'], outputs: ['mf'] },
    { op: 'MatMul', inputs: ['v', 'mf'], outputs: ['y'] },
  ],
  inputs: [{ name: 'x', shape: [1, 16, 6, 5] }],
  outputs: [{ name: 'y', shape: [1, 130] }],
  constants: {
    w: { shape: [32, 16, 3, 3], values: list(4608, (i) => ((i * 37) % 255) - 127), elem: 3 },
    ws: { shape: [32], values: list(32, (i) => 0.0005 + i * 1e-5) },
    wz: { shape: [32], values: list(32, (i) => i - 16), elem: 3 },
    s: { shape: [], values: [0.03] },
    z: { shape: [], values: [-4], elem: 3 },
    m: { shape: [32, 130], values: list(4160, (i) => ((i * 53) % 255) - 127), elem: 3 },
  },
})
