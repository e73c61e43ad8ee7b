// CumSum (https://onnx.ai/onnx/operators/onnx__CumSum.html) and CumProd (since opset 26).
import type { Op } from '../runtime/op.ts'
import { axisOf, fromNumbers, isFloat, numbers, sizeOf } from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { known } from './shared/known.ts'

const WORKGROUP = 64

interface CumulativeAttrs {
  exclusive: boolean
  reverse: boolean
}

const extent = (shape: readonly number[], axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  dim: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
})

function cumulative(name: string, symbol: '+' | '*'): Op<CumulativeAttrs> {
  const first = symbol === '+' ? 0 : 1
  const join = symbol === '+' ? (a: number, b: number) => a + b : (a: number, b: number) => a * b
  return {
    name,
    attrs: (node) => ({ exclusive: node.int('exclusive', 0) !== 0, reverse: node.int('reverse', 0) !== 0 }),
    infer: ([x, axis]) => {
      axisOf(known(axis, 'axis')[0], x!.shape.length)
      return [{ dtype: x!.dtype, shape: x!.shape }]
    },
    cpu: ([x, axis], a) => {
      const { outer, dim, inner } = extent(x!.shape, axisOf(numbers(axis!)[0], x!.shape.length))
      const from = numbers(x!)
      const y = new Float64Array(from.length)
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          let total = first
          for (let k = 0; k < dim; k++) {
            const at = (o * dim + (a.reverse ? dim - 1 - k : k)) * inner + i
            const next = join(total, from[at])
            y[at] = a.exclusive ? total : next
            total = next
          }
        }
      return [fromNumbers(x!.dtype, x!.shape, y)]
    },
    gpu: ([x, axis], [y], a, ctx) => {
      const { shape, dtype } = x!.fact
      const { outer, dim, inner } = extent(shape, axisOf(known(axis!.fact, 'axis')[0], shape.length))
      if (outer * dim * inner === 0) return []
      return [
        call(ctx, 'cumulative', {
          consts: { OUTER: outer, AXIS: dim, INNER: inner, EXCLUSIVE: a.exclusive, REVERSE: a.reverse },
          types: { elem: ctx.storage(x!), sum: isFloat(dtype) ? 'f32' : ctx.storage(x!) },
          functions: {
            join: `fn join(a: sum, b: sum) -> sum { return a ${symbol} b; }`,
            first: `fn first() -> sum { return sum(${first}); }`,
          },
          bind: { x: x!, y },
          groups: [cover(outer * inner, WORKGROUP)],
          flops: outer * dim * inner,
        }),
      ]
    },
  }
}

/** Running sums and products. */
export const cumulativeOperators: readonly Op[] = [cumulative('CumSum', '+'), cumulative('CumProd', '*')]
