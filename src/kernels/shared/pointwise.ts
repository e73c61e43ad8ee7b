// What all pointwise operators share: broadcasting, the twin's loop and the one kernel that computes them.

import { flattens } from '../../runtime/node.ts'
import type { Fact, KernelCall, OnnxNode, Op, Pointwise } from '../../runtime/op.ts'
import {
  broadcastShapes,
  broadcastStrides,
  type DType,
  fromNumbers,
  numbers,
  sizeOf,
  type Tensor,
} from '../../runtime/tensor.ts'
import { call, cover } from './call.ts'

const WORKGROUP = 64

export interface PointwiseSpec<A> extends Pointwise<A> {
  attrs?(node: OnnxNode, opset: number): A
  /** The result's type; by default that of the first operand. */
  result?(x: readonly (Fact | null)[], a: A): DType
  /** A result that needs no kernel, in simpler operators. */
  lower?: Op<A>['lower']
}

/** Computes the twin of a pointwise operator on the host. */
function evaluate<A>(x: readonly (Tensor | null)[], a: A, dtype: DType, f: Pointwise<A>['cpu']): Tensor {
  const operand = x[0]!.dtype
  const shape = broadcastShapes(...x.flatMap((t) => (t ? [t.shape] : [])))
  const n = sizeOf(shape)
  // A constant that is made when it is read is made once, though it be several operands.
  const made = new Map([...new Set(x)].map((t) => [t, t && numbers(t)]))
  const data = x.map((t) => made.get(t) ?? null)
  const strides = x.map((t) => (t ? broadcastStrides(t.shape, shape) : []))
  const y = new Float64Array(n)
  const args = new Array<number>(x.length)
  const at = new Array<number>(x.length).fill(0)
  const position = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < x.length; k++) args[k] = data[k] ? data[k]![at[k]] : (undefined as never)
    y[i] = f(args, a, operand)
    // The next element in row-major order, and where each operand has it.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      for (let k = 0; k < x.length; k++) at[k] += strides[k][axis] ?? 0
      if (++position[axis] < shape[axis]) break
      for (let k = 0; k < x.length; k++) at[k] -= (strides[k][axis] ?? 0) * shape[axis]
      position[axis] = 0
    }
  }
  return fromNumbers(dtype, shape, y)
}

/** Makes the operator of one row of the pointwise table. */
export function pointwise<A>(name: string, spec: PointwiseSpec<A>): Op<A> {
  const result = spec.result ?? ((x: readonly (Fact | null)[]) => x[0]!.dtype)
  return {
    name,
    attrs: spec.attrs ?? (() => ({}) as A),
    infer: (x, a) => [{ dtype: result(x, a), shape: broadcastShapes(...x.flatMap((f) => (f ? [f.shape] : []))) }],
    cpu: (x, a) => [
      evaluate(
        x,
        a,
        result(
          x.map((t) => t && { dtype: t.dtype, shape: t.shape }),
          a,
        ),
        spec.cpu,
      ),
    ],
    gpu: (_, [y], __, ctx): KernelCall[] => {
      const n = sizeOf(y.fact.shape)
      const cols = flattens(ctx.node) ? Math.ceil(n / 4) * 4 : (y.fact.shape.at(-1) ?? 1)
      const rows = cols > n ? 1 : n / cols
      const { types, functions, extra, flops } = ctx.writer({ cols })
      const threads = rows * Math.ceil(cols / 4)
      return [
        call(ctx, 'pointwise', {
          consts: { ROWS: flattens(ctx.node) ? 1 : rows, COLS: cols },
          types,
          functions,
          extra,
          bind: { y },
          groups: [cover(threads, WORKGROUP)],
          flops,
        }),
      ]
    },
    lower: spec.lower,
    pointwise: { cpu: spec.cpu, wgsl: spec.wgsl },
    tail: true,
  }
}
