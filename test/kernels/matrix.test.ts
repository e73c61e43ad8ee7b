// The variants on subgroup matrices, run where the adapter has them: a GPU, or the lavapipe of Mesa 26.2
// (tools/setup/sid.sh). Elsewhere those cases are skipped; that the shaders compile is checked everywhere.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { matrixConfig } from '../../src/kernels/shared/productMatrix.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { capsOf, DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { splitBindings } from '../../src/runtime/gpu/parts.ts'
import { compose } from '../../src/runtime/gpu/shader.ts'
import { makeNode, newValue } from '../../src/runtime/graph/build.ts'
import type { Caps, KernelCall } from '../../src/runtime/op.ts'
import { fromNumbers, sizeOf } from '../../src/runtime/tensor.ts'
import { libraries, shaders } from '../../src/shaders.gen.ts'
import { openDevice } from '../harness/gpu.ts'
import { checkNode, type KernelCase } from '../harness/kernel.ts'

function matrixCases(op: string, shader: string, cases: (KernelCase & { variants: string[] })[]): void {
  describe(op, () => {
    for (const c of cases)
      for (const variant of c.variants)
        it(`${c.name} ${variant}`, async (t) => {
          const { device } = await openDevice()
          if (!matrixConfig(capsOf(device))) t.skip('the adapter multiplies no subgroup matrices of f16 with f32 sums')
          await checkNode(op, { tolerance: 'reduce', shader, ...c }, 'float16', variant)
        })
  })
}

const product = (m: number, k: number, n: number) => ({
  name: `[${m},${k}] [${k},${n}]`,
  x: [{ shape: [m, k] }, { shape: [k, n], constant: true }],
})

matrixCases('MatMul', 'matmul_matrix', [
  { ...product(5, 7, 3), variants: ['matrix:32x32x32/4'] },
  { ...product(33, 20, 66), variants: ['matrix:32x32x32/4', 'matrix:32x32x32/4*2'] },
  { ...product(65, 96, 64), variants: ['matrix:64x64x32/8'] },
  { ...product(577, 64, 72), variants: ['matrix:64x64x32/8'] },
  { ...product(1370, 40, 36), variants: ['matrix:64x32x32/8'] },
  { ...product(40, 1030, 36), variants: ['matrix:32x32x64/4*4'] },
  {
    name: 'computed W, batches',
    x: [{ shape: [2, 3, 35, 24] }, { shape: [2, 3, 24, 41] }],
    variants: ['matrix:32x32x32/4*2'],
  },
  { name: 'one X for all batches', x: [{ shape: [34, 8] }, { shape: [3, 8, 12] }], variants: ['matrix:32x32x32/4'] },
  {
    name: 'tail: bias, GELU, scale, residual',
    x: [
      { shape: [1, 70, 40] },
      { shape: [40, 52], constant: true },
      { shape: [52], constant: true },
      { shape: [52], constant: true },
      { shape: [1, 70, 52] },
    ],
    tail: [
      { op: 'Add', attrs: {}, args: [null, 2] },
      { op: 'Gelu', attrs: { tanh: false }, args: [null] },
      { op: 'Mul', attrs: {}, args: [null, 3] },
      { op: 'Add', attrs: {}, args: [4, null] },
    ],
    variants: ['matrix:32x32x32/4', 'matrix:32x32x32/4*2'],
  },
])

const image = { strides: [], dilations: [], pads: [1, 1, 1, 1], autoPad: 'NOTSET', group: 1, channelsLast: true }
const padded = (h: number, w: number) => ({
  name: `3×3 with padding, bias and residual, ${h}×${w}`,
  x: [
    { shape: [2, h, w, 12] },
    { shape: [36, 12, 3, 3], constant: true },
    { shape: [36], constant: true },
    { shape: [2, h, w, 36] },
  ],
  attrs: image,
  tail: [
    { op: 'Add', attrs: {}, args: [null, 2] },
    { op: 'Add', attrs: {}, args: [null, 3] },
  ],
})

matrixCases('Conv', 'matmul_matrix', [
  { ...padded(5, 7), variants: ['matrix:32x32x32/4', 'matrix:32x32x16/4*2'] },
  {
    name: 'stride 2, 3 channels, odd channels out',
    x: [{ shape: [1, 9, 11, 3] }, { shape: [5, 3, 3, 3], constant: true }],
    attrs: { ...image, strides: [2, 2] },
    variants: ['matrix:32x32x16/4'],
  },
])

matrixCases('Conv', 'winograd_output', [
  { ...padded(9, 14), variants: ['winograd2>matrix:32x32x32/4', 'winograd2>matrix:32x32x16/4*2'] },
  {
    name: '3×3 without padding, odd channels',
    x: [{ shape: [1, 11, 8, 37] }, { shape: [5, 37, 3, 3], constant: true }],
    attrs: { ...image, pads: [0, 0, 0, 0] },
    variants: ['winograd2>matrix:32x32x32/4'],
  },
])

const tokens = (batch: number, n: number, row: number) => ({ shape: [batch, n, row] })
/** The rows of two windows of 33 tokens each, from last to first. */
const windows = {
  dtype: 'int32' as const,
  shape: [66],
  values: Array.from({ length: 66 }, (_, i) => 65 - i),
  constant: true,
}

matrixCases('FusedAttention', 'attention_matrix', [
  {
    name: 'three projections, heads of 40 and 24',
    x: [tokens(2, 37, 80), tokens(2, 50, 80), tokens(2, 50, 48)],
    attrs: { heads: 2, headSize: 40, valueSize: 24, scale: 0.16, offsets: [0, 0, 0] },
    variants: ['matrix:32x32/4'],
  },
  {
    name: '577 tokens of a packed projection',
    x: [tokens(1, 577, 96), tokens(1, 577, 96), tokens(1, 577, 96)],
    attrs: { heads: 1, headSize: 32, valueSize: 32, scale: 0.18, offsets: [0, 32, 64] },
    variants: ['matrix:64x32/8'],
  },
  {
    name: '1370 keys, a bias that grows along them, tail',
    x: [
      tokens(1, 35, 32),
      tokens(1, 1370, 32),
      tokens(1, 1370, 32),
      { shape: [1370], values: Array.from({ length: 1370 }, (_, i) => i / 20) },
      null,
      null,
      null,
      { shape: [32], constant: true },
    ],
    attrs: { heads: 1, headSize: 32, valueSize: 32, scale: 1, offsets: [0, 0, 0] },
    tail: [{ op: 'Add', attrs: {}, args: [null, 7] }],
    variants: ['matrix:32x32/4'],
  },
  {
    name: 'windows of cosines, a bias a head, a mask of minus infinity',
    x: [
      tokens(1, 66, 64),
      tokens(1, 66, 64),
      tokens(1, 66, 64),
      { shape: [2, 33, 33] },
      { shape: [33], values: Array.from({ length: 33 }, (_, i) => (i % 3 ? 0 : -Infinity)) },
      { shape: [2], fill: 'positive' },
      windows,
    ],
    attrs: { heads: 2, headSize: 32, valueSize: 32, scale: 2, offsets: [0, 0, 0], window: 33, normalise: 1e-12 },
    variants: ['matrix:32x32/4'],
  },
])

/** Adapters that tests can compile for, by their matrices: those of NVIDIA, Intel, AMD and lavapipe. */
const ADAPTERS = [
  { m: 16, n: 16, k: 16, min: 32, max: 32 },
  { m: 16, n: 8, k: 16, min: 32, max: 32 },
  { m: 8, n: 16, k: 16, min: 16, max: 32 },
  { m: 16, n: 16, k: 16, min: 32, max: 64 },
  { m: 8, n: 8, k: 8, min: 8, max: 8 },
]

const capsFor = ({ m, n, k, min, max }: (typeof ADAPTERS)[number]): Caps => ({
  f16: true,
  software: false,
  subgroups: { min, max },
  matrices: [{ component: 'f16', result: 'f32', m, n, k }],
  limits: {
    ...DEFAULT_CAPS.limits,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupStorageSize: 49152,
  },
})

/** Calls of a node on float16 inputs, those from `constants` on constant, for every candidate on subgroup matrices. */
function matrixCalls(caps: Caps, op: string, shapes: number[][], constants: number, attrs: object): KernelCall[] {
  const inputs = shapes.map((shape, i) => {
    const value = i >= constants ? fromNumbers('float16', shape, new Float64Array(sizeOf(shape))) : undefined
    return newValue(`x${i}`, { dtype: 'float16', shape, value })
  })
  const node = makeNode(operators, { name: 'case', op, attrs, inputs }, 1)
  const given = inputs.filter((v) => !v.fact.value)
  const graph = { inputs: given, outputs: node.outputs, outputNames: ['y'], nodes: [node] }
  const [{ choice }] = compile(graph, operators, { caps }).calls
  const names = choice!.candidates.filter((name) => name.includes('matrix'))
  return names.flatMap((name) => compile(graph, operators, { caps, choose: () => name }).calls)
}

/** Problems whose candidates must compile: operator, shapes, how many inputs are no weights, attributes. */
const PROBLEMS: [string, number[][], number, object][] = [
  [
    'MatMul',
    [
      [1370, 384],
      [384, 1536],
    ],
    1,
    {},
  ],
  [
    'MatMul',
    [
      [577, 1030],
      [1030, 257],
    ],
    1,
    {},
  ],
  [
    'Conv',
    [
      [1, 37, 37, 256],
      [64, 256, 3, 3],
    ],
    1,
    image,
  ],
  ...[64, 72].map((size): [string, number[][], number, object] => [
    'FusedAttention',
    [
      [1, 1370, 18 * size],
      [1, 1370, 18 * size],
      [1, 1370, 18 * size],
    ],
    3,
    { heads: 6, headSize: size, valueSize: size, scale: 0.125, offsets: [0, 6 * size, 12 * size] },
  ]),
]

describe('subgroup matrices of GPUs', () => {
  it('every candidate compiles', () => {
    const codes = new Map<string, string>()
    for (const adapter of ADAPTERS) {
      const caps = capsFor(adapter)
      for (const [op, shapes, constants, attrs] of PROBLEMS) {
        const calls = matrixCalls(caps, op, shapes, constants, attrs)
        expect(calls.length).toBeGreaterThan(1)
        for (const c of calls)
          codes.set(
            compose({ shaders, libraries }, c, splitBindings).code,
            `${c.shader} ${c.choice!.chosen} on ${adapter.m}×${adapter.n}×${adapter.k}`,
          )
      }
    }
    const list = [...codes].map(([code, name]) => ({ name, code }))
    const tool = fileURLToPath(new URL('../harness/validate.mjs', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, [tool], { input: JSON.stringify(list), encoding: 'utf8' })
    expect(stdout, stderr).not.toBe('')
    expect(JSON.parse(stdout.split('\n').at(-1)!)).toEqual({ count: list.length, errors: [] })
  })
})
