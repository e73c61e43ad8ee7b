// Operators that are rewritten into simpler ones: the rewritten graph, run by the twins, against the operator's own twin.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { builder, evaluate, factOf, makeNode, newValue } from '../../src/runtime/graph/build.ts'
import type { Value } from '../../src/runtime/op.ts'
import { fromNumbers, lazy, numbers, sizeOf, type Tensor } from '../../src/runtime/tensor.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { random } from '../harness/kernel.ts'

interface Case {
  op: string
  x: (readonly number[] | Tensor | null)[]
  attrs?: object
  /** Inputs that are constant. */
  constant?: number[]
  outputs?: number
}

const floats = (shape: readonly number[], seed: number): Tensor => {
  const next = random(seed)
  return fromNumbers(
    'float32',
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => next() + 0.1),
  )
}
const ints = (...v: number[]) => fromNumbers('int64', [v.length], v)
const isTensor = (v: readonly number[] | Tensor): v is Tensor => 'data' in v

/** The operators that a node becomes, and whether they compute the same. */
function check(c: Case): string {
  const tensors = c.x.map((v, i) => v && (isTensor(v) ? v : floats(v, 50 + i)))
  const values = tensors.map((t, i) => {
    if (!t) return null
    const constant = t.dtype === 'int64' || c.constant?.includes(i)
    return newValue(`x${i}`, constant ? factOf(t) : { dtype: t.dtype, shape: t.shape })
  })
  const attrs = c.attrs ?? {}
  const node = makeNode(operators, { name: 'case', op: c.op, attrs, inputs: values }, c.outputs ?? 1)
  const b = builder(operators, 'lowered')
  const made = operators.get(c.op)!.lower!(values, attrs, b)!
  const known = new Map<Value, Tensor>(values.flatMap((v, i) => (v ? [[v, tensors[i]!] as const] : [])))
  const read = (v: Value | null) => v && (v.fact.value ?? known.get(v)!)
  for (const n of b.nodes)
    for (const [i, t] of evaluate(n, n.inputs.map(read), operators).entries()) known.set(n.outputs[i], t)
  const expected = evaluate(node, tensors, operators)
  node.outputs.forEach((_, i) => {
    const actual = read(made[i])!
    expect(actual.shape).toEqual(expected[i].shape)
    expect(compare(numbers(actual), numbers(expected[i]), 'float32', 'close')).toBeNull()
  })
  return b.nodes.map((n) => n.op).join(' ')
}

const batchNorm = { epsilon: 1e-5, momentum: 0.9, training: false, statistics: 0 }
const vectors = [[5], [5], [5], [5]]
const window = {
  strides: [2],
  dilations: [],
  pads: [1, 0],
  autoPad: 'NOTSET',
  ceilMode: false,
  columnMajor: false,
  p: 2,
}
const pool = { ...window, kernel: [3], countIncludePad: false, channelsLast: false }
const resize = { mode: 'linear', coordinates: 'half_pixel', nearest: 'floor', cubicA: -0.75, excludeOutside: false }
const plain = { antialias: false, extrapolation: 0, policy: 'stretch', axes: [], channelsLast: false }

const cases: [string, Case][] = [
  ['Mul Add', { op: 'BatchNormalization', x: [[2, 5, 3, 4], ...vectors], attrs: batchNorm, constant: [1, 2, 3, 4] }],
  ['Mul Add', { op: 'BatchNormalization', x: [[2, 5], ...vectors], attrs: batchNorm, constant: [1, 2, 3, 4] }],
  [
    'Add Sqrt Div Mul Sub Reshape Mul Reshape Add',
    { op: 'BatchNormalization', x: [[2, 5, 3], ...vectors], attrs: batchNorm },
  ],
  [
    'ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add Reshape Reshape Mul Add Mul Add',
    {
      op: 'BatchNormalization',
      x: [[2, 5, 3, 4], ...vectors],
      attrs: { ...batchNorm, training: true, statistics: 2 },
      constant: [1, 2, 3, 4],
      outputs: 3,
    },
  ],
  ['ReduceL2 Max Div', { op: 'LpNormalization', x: [[3, 4, 5]], attrs: { axis: 1, p: 2 } }],
  ['ReduceL1 Max Div', { op: 'LpNormalization', x: [[3, 4, 5]], attrs: { axis: -1, p: 1 } }],
  [
    'ReduceMean Sub Mul ReduceMean Sqrt Add Div',
    { op: 'MeanVarianceNormalization', x: [[2, 3, 4, 5]], attrs: { axes: [0, 2, 3] } },
  ],
  ['Reshape Softmax Reshape', { op: 'Softmax', x: [[2, 3, 4]], attrs: { axis: 1, flat: true } }],
  ['Softmax', { op: 'Softmax', x: [[2, 3, 4]], attrs: { axis: 2, flat: true } }],
  ['ReduceSum Reshape', { op: 'ReduceSum', x: [[2, 3, 4], ints(1, -1)], attrs: { keepdims: false, noop: false } }],
  [
    'ReduceMax Max Sub Exp ReduceSum Log Add',
    { op: 'ReduceLogSumExp', x: [[2, 3, 4], ints(1)], attrs: { keepdims: true, noop: false } },
  ],
  ['ReduceMean', { op: 'GlobalAveragePool', x: [[2, 3, 4, 5]], attrs: { p: 2 } }],
  ['ReduceMax', { op: 'GlobalMaxPool', x: [[2, 3, 4, 5]], attrs: { p: 2 } }],
  ['ReduceL2', { op: 'GlobalLpPool', x: [[2, 3, 4, 5]], attrs: { p: 2 } }],
  ['Reshape MaxPool Reshape Reshape', { op: 'MaxPool', x: [[2, 3, 9]], attrs: pool, outputs: 2 }],
  ['Reshape AveragePool Reshape', { op: 'AveragePool', x: [[2, 9, 3]], attrs: { ...pool, channelsLast: true } }],
  [
    'Reshape LayerNormalization Reshape',
    {
      op: 'LayerNormalization',
      x: [
        [2, 3, 4],
        [3, 4],
        [3, 4],
      ],
      attrs: { axis: 1, epsilon: 1e-5 },
      constant: [1, 2],
    },
  ],
  [
    'Reshape LayerNormalization Reshape Mul',
    { op: 'LayerNormalization', x: [[2, 3, 4], [3, 1], null], attrs: { axis: 1, epsilon: 1e-5 } },
  ],
  [
    'LayerNormalization ReduceMean Sub Mul ReduceMean Add Sqrt Reciprocal',
    {
      op: 'LayerNormalization',
      x: [[2, 3, 4], [4], [4]],
      attrs: { axis: 2, epsilon: 1e-5, moments: true },
      constant: [1, 2],
      outputs: 3,
    },
  ],
  ['ArgMax Equal Cast', { op: 'Hardmax', x: [[2, 3, 4]], attrs: { axis: 1, flat: false } }],
  ['Reshape PRelu', { op: 'PRelu', x: [[2, 3, 4], [3]], attrs: { byChannel: true } }],
  ['Abs Pow ReduceSum Pow', { op: 'GlobalLpPool', x: [[2, 3, 4, 5]], attrs: { p: 3 } }],
  [
    'GroupNormalization',
    {
      op: 'GroupNormalization',
      x: [[2, 6, 3, 2], [2], [2]],
      attrs: { groups: 2, epsilon: 1e-5, channelsLast: false },
      constant: [1, 2],
    },
  ],
  [
    'Resize',
    {
      op: 'Upsample',
      x: [[1, 2, 3, 4], fromNumbers('float32', [4], [1, 1, 2, 1.5])],
      attrs: { ...resize, ...plain, coordinates: 'asymmetric', old: true },
      constant: [1],
    },
  ],
  [
    'Reshape Resize Reshape',
    { op: 'Resize', x: [[1, 2, 7], null, null, ints(1, 2, 4)], attrs: { ...resize, ...plain, old: false } },
  ],
]

describe('lowered operators', () => {
  for (const [expected, c] of cases)
    it(`${c.op} [${c.x.map((v) => (!v ? '_' : isTensor(v) ? v.dtype : `[${v}]`))}] becomes ${expected}`, () =>
      expect(check(c)).toBe(expected))

  it('InstanceNormalization of a reshaped image is a GroupNormalization', () => {
    const x = newValue('x', { dtype: 'float32', shape: [2, 6, 3, 2] })
    const b = builder(operators, 'case')
    const rows = b.emit('Reshape', [x, b.constant(ints(2, 3, 12))], { allowzero: false })[0]
    const vector = b.constant(floats([3], 7))
    const attrs = { groups: 0, epsilon: 1e-5, channelsLast: false }
    const [made] = operators.get('InstanceNormalization')!.lower!([rows, vector, vector], attrs, b)!
    const data = floats([2, 6, 3, 2], 8)
    const known = new Map<Value, Tensor>([[x, data]])
    const read = (v: Value | null) => v && (v.fact.value ?? known.get(v)!)
    for (const n of b.nodes)
      for (const [i, t] of evaluate(n, n.inputs.map(read), operators).entries()) known.set(n.outputs[i], t)
    const wanted = operators.get('InstanceNormalization')!.cpu([known.get(rows)!, read(vector), read(vector)], attrs)[0]
    expect(b.nodes.map((n) => n.op).join(' ')).toBe('Reshape GroupNormalization Reshape')
    expect(compare(numbers(known.get(made)!), numbers(wanted), 'float32', 'close')).toBeNull()
  })

  it('BatchNormalization in training reads the running statistics where they are asked for', () => {
    let reads = 0
    const running = lazy('float32', [2], () => {
      reads++
      return Float32Array.of(8, 8)
    })
    const [x, scale, bias] = [
      [1, 3, 5, 9],
      [1, 2],
      [0, 1],
    ].map((v, i) => fromNumbers('float32', i ? [2] : [1, 2, 2], v))
    const attrs = { epsilon: 0, momentum: 0.5, training: true, statistics: 2 }
    const [y, mean] = operators.get('BatchNormalization')!.cpu([x, scale, bias, running, running], attrs)
    expect([...y.data]).toEqual([-1, 1, -1, 3])
    expect(reads).toBe(0)
    expect([...mean.data]).toEqual([5, 7.5])
  })
})
