// What moving operators promise to passes, by their twins: `permute` (op(T(u)) = T(op'(u)) for every permutation of the
// axes) and `lower` (simpler operators, the same result).
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { builder, evaluate, factOf, newValue } from '../../src/runtime/graph/build.ts'
import type { Value } from '../../src/runtime/op.ts'
import { fromNumbers, numbers, sizeOf, type Tensor } from '../../src/runtime/tensor.ts'

const count = (...shape: number[]): Tensor =>
  fromNumbers(
    'float32',
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
  )
const ints = (...v: number[]) => fromNumbers('int64', [v.length], v)
const constants = (x: (Tensor | null)[]) => x.map((t, i) => t && newValue(`x${i}`, factOf(t)))
const read = (v: Value | null) => v && v.fact.value!

const run = (op: string, x: (Tensor | null)[], attrs: object): Tensor[] =>
  evaluate({ name: op, op, attrs, inputs: constants(x), outputs: [] }, x, operators)

const transposed = (t: Tensor, perm: number[]) => run('Transpose', [t], { perm })[0]

const permutations = (n: number): number[][] =>
  n === 0 ? [[]] : permutations(n - 1).flatMap((p) => Array.from({ length: n }, (_, i) => p.toSpliced(i, 0, n - 1)))

interface Case {
  op: string
  /** Shape of u, and its like for every further image. */
  images: number[][]
  rest?: (Tensor | null)[]
  attrs?: object
}

describe('permute', () => {
  const cases: Case[] = [
    { op: 'Slice', images: [[4, 5, 6]], rest: [ints(1, 0), ints(3, 2)] },
    { op: 'Slice', images: [[4, 5, 6]], rest: [ints(-1), ints(-9), ints(-1), ints(-1)] },
    { op: 'Split', images: [[4, 4, 4]], rest: [ints(1, 3)], attrs: { axis: 1, count: 2 } },
    { op: 'Gather', images: [[4, 5, 6]], rest: [ints(2, 0, -1)], attrs: { axis: -2 } },
    { op: 'Pad', images: [[4, 5, 6]], rest: [ints(1, 0, 2, 0, 1, 3)], attrs: { mode: 'edge' } },
    { op: 'Pad', images: [[4, 5, 6]], rest: [ints(2, 1), count(1), ints(-1)], attrs: { mode: 'constant' } },
    { op: 'Expand', images: [[1, 1, 1]], rest: [ints(3, 2)] },
    { op: 'Tile', images: [[2, 3, 4]], rest: [ints(3, 1, 2)] },
    {
      op: 'Concat',
      images: [
        [2, 2, 2],
        [2, 2, 2],
      ],
      attrs: { axis: -1 },
    },
  ]
  for (const { op, images, rest = [], attrs = {} } of cases)
    it(`${op} ${images.map((s) => `[${s}]`)} ${JSON.stringify(attrs)}`, () => {
      for (const perm of permutations(images[0].length)) {
        const u = images.map((s, i) =>
          fromNumbers(
            'float32',
            s,
            Array.from(numbers(count(...s)), (v) => v + 100 * i),
          ),
        )
        const plain = run(op, [...u.map((t) => transposed(t, perm)), ...rest], attrs)
        const made = operators.get(op)!.permute!.apply(constants([...u, ...rest]), attrs, perm, builder(operators, op))!
        const moved = run(op, made.x.map(read), made.a).map((t) => transposed(t, perm))
        expect(moved.map((t) => [t.shape, [...numbers(t)]])).toEqual(plain.map((t) => [t.shape, [...numbers(t)]]))
      }
    })
})

describe('lower', () => {
  const scalar = fromNumbers('int64', [], [-2])
  const cases: [string, string, (Tensor | null)[], object?][] = [
    ['Slice Reshape', 'Gather', [count(4, 5), scalar], { axis: 1 }],
    ['Slice', 'Gather', [count(4, 5), ints(1, 2, 3)], { axis: 0 }],
    ['Slice', 'Gather', [count(4, 5), ints(4, 2, 0)], { axis: 1 }],
    ['Slice Reshape', 'Gather', [count(8), fromNumbers('int64', [2, 2], [1, 2, 3, 4])], { axis: 0 }],
    ['Slice Slice Slice', 'Split', [count(7, 2), null], { axis: 0, count: 3 }],
    ['Slice Slice', 'Split', [count(2, 7), ints(3, 4)], { axis: -1, count: 2 }],
    ['Reshape', 'Squeeze', [count(2, 1, 3)]],
    ['Reshape', 'Unsqueeze', [count(2, 3), ints(0, -1)]],
    ['Reshape', 'Flatten', [count(2, 3, 4)], { axis: -1 }],
    ['Transpose', 'Transpose', [count(2, 3, 4)], { perm: [] }],
    ['', 'Transpose', [count(2, 3)], { perm: [0, 1] }],
    ['', 'Slice', [count(2, 3), ints(0), ints(9)]],
    ['', 'Tile', [count(2, 3), ints(1, 1)]],
    ['', 'Expand', [count(2, 3), ints(1, 3)]],
    ['', 'Pad', [count(2, 3), ints(0, 0, 0, 0)], { mode: 'constant' }],
    ['', 'Concat', [count(2, 3)], { axis: 0 }],
    ['Where', 'Trilu', [count(2, 4, 5), fromNumbers('int64', [], [1])], { upper: true }],
    ['Reshape Equal Equal Or Where', 'OneHot', [count(2, 2), ints(4), count(2)], { axis: 1 }],
    ['Cast', 'CastLike', [count(2, 2), ints(4)]],
  ]
  for (const [expected, op, x, attrs = {}] of cases)
    it(`${op} [${x[0]!.shape}] ${JSON.stringify(attrs)} becomes ${expected || 'its input'}`, () => {
      const b = builder(operators, op)
      const data = newValue('x', { dtype: 'float32', shape: x[0]!.shape })
      const made = operators.get(op)!.lower!([data, ...constants(x).slice(1)], attrs, b)!
      expect(b.nodes.map((n) => n.op).join(' ')).toBe(expected)
      const known = new Map<Value, Tensor>([[data, x[0]!]])
      const value = (v: Value | null) => v && (known.get(v) ?? v.fact.value!)
      for (const n of b.nodes)
        for (const [i, t] of evaluate(n, n.inputs.map(value), operators).entries()) known.set(n.outputs[i], t)
      const wanted = run(op, x, attrs)
      expect(made.map((v) => [...numbers(value(v)!)])).toEqual(wanted.map((t) => [...numbers(t)]))
      expect(made.map((v) => v.fact.shape)).toEqual(wanted.map((t) => t.shape))
    })
})
