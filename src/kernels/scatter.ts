// ScatterND (https://onnx.ai/onnx/operators/onnx__ScatterND.html) and ScatterElements, whose older name is Scatter;
// reductions add and mul since opset 16, min and max since 18.
import { ensure } from '../runtime/error.ts'
import type { Context, KernelCall, OnnxNode, Op, Value } from '../runtime/op.ts'
import {
  axisOf,
  formatShape,
  fromNumbers,
  isFloat,
  numbers,
  sameShape,
  sizeOf,
  stridesOf,
  type Tensor,
} from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { copyCalls } from './shared/copy.ts'
import { elementSource, indexedCall, tupleSource } from './shared/indexed.ts'
import { elementPositions, tuplePositions } from './shared/positions.ts'

type Reduction = 'none' | 'add' | 'mul' | 'min' | 'max'

const REDUCTIONS: Record<Exclude<Reduction, 'none'>, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
}

function reductionOf(node: OnnxNode): Reduction {
  const name = node.string('reduction', 'none')
  ensure(name === 'none' || name in REDUCTIONS, 'unsupported', `the reduction "${name}" is not known`)
  return name as Reduction
}

/** `x` with runs of `length` elements replaced by the updates, or joined with them: run k goes to run `at[k]`. */
function scatter(x: Tensor, updates: Tensor, at: ArrayLike<number>, length: number, reduction: Reduction): Tensor {
  const { dtype, shape } = x
  if (reduction === 'none') {
    const data = x.data.slice() as Float32Array
    const from = updates.data as Float32Array
    for (let k = 0; k < at.length; k++) data.set(from.subarray(k * length, (k + 1) * length), at[k] * length)
    return { dtype, shape, data }
  }
  const join = REDUCTIONS[reduction]
  const y = Float64Array.from(numbers(x))
  const from = numbers(updates)
  for (let k = 0; k < at.length; k++)
    for (let i = 0; i < length; i++) y[at[k] * length + i] = join(y[at[k] * length + i], from[k * length + i])
  return fromNumbers(dtype, shape, y)
}

const JOINS: Record<Exclude<Reduction, 'none'>, string> = {
  add: 'a + b',
  mul: 'a * b',
  min: 'min(a, b)',
  max: 'max(a, b)',
}

/** A copy of x and then the updates in their places; or x joined with the updates, by a look at all of them. */
function scatterCalls(
  ctx: Context,
  x: Value,
  indices: Value,
  updates: Value,
  y: Value,
  reduction: Reduction,
  length: number,
  source: string,
): KernelCall[] {
  const { shape, dtype } = y.fact
  const count = sizeOf(updates.fact.shape) / length
  const total = sizeOf(shape)
  if (total === 0) return []
  if (reduction === 'none' || !count)
    return [
      ...copyCalls(ctx, x, y, { shape, strides: stridesOf(shape), base: 0 }),
      ...indexedCall(ctx, 'scatter', { x: updates, index: indices, y }, count, length, source),
    ]
  const elem = ctx.storage(y)
  return [
    call(ctx, 'scatter_reduce', {
      consts: { TOTAL: total, COUNT: count, INNER: length },
      types: { elem, num: isFloat(dtype) ? 'f32' : elem },
      functions: { source, join: `fn join(a: num, b: num) -> num { return ${JOINS[reduction]}; }` },
      bind: { x, update: updates, index: indices, y },
      groups: [cover(total, 64)],
      flops: total * count,
    }),
  ]
}

interface ScatterAttrs {
  axis: number
  reduction: Reduction
}

const scatterElements = (name: string): Op<ScatterAttrs> => ({
  name,
  attrs: (node) => ({ axis: node.int('axis', 0), reduction: reductionOf(node) }),
  infer: ([x, indices, updates], a) => {
    axisOf(a.axis, x!.shape.length)
    ensure(
      sameShape(indices!.shape, updates!.shape) && indices!.shape.length === x!.shape.length,
      'shape',
      () => `indices ${formatShape(indices!.shape)} and updates ${formatShape(updates!.shape)} do not match`,
    )
    return [{ dtype: x!.dtype, shape: x!.shape }]
  },
  cpu: ([x, indices, updates], a) => {
    const axis = axisOf(a.axis, x!.shape.length)
    const at = elementPositions(x!.shape, indices!.shape, numbers(indices!), axis)
    return [scatter(x!, updates!, at, 1, a.reduction)]
  },
  gpu: ([x, indices, updates], [y], a, ctx) => {
    const { shape } = indices!.fact
    const source = elementSource(y.fact.shape, shape, axisOf(a.axis, shape.length))
    return scatterCalls(ctx, x!, indices!, updates!, y, a.reduction, 1, source)
  },
})

const scatterNd: Op<{ reduction: Reduction }> = {
  name: 'ScatterND',
  attrs: (node) => ({ reduction: reductionOf(node) }),
  infer: ([x, indices, updates]) => {
    const depth = indices!.shape.at(-1) ?? 0
    const expected = [...indices!.shape.slice(0, -1), ...x!.shape.slice(depth)]
    ensure(
      depth <= x!.shape.length && sameShape(expected, updates!.shape),
      'shape',
      () => `updates ${formatShape(updates!.shape)} do not fit; the indices ask for ${formatShape(expected)}`,
    )
    return [{ dtype: x!.dtype, shape: x!.shape }]
  },
  cpu: ([x, indices, updates], { reduction }) => {
    const depth = indices!.shape.at(-1)!
    const at = tuplePositions(x!.shape, numbers(indices!), depth)
    return [scatter(x!, updates!, at, sizeOf(x!.shape.slice(depth)), reduction)]
  },
  gpu: ([x, indices, updates], [y], { reduction }, ctx) => {
    const { shape } = y.fact
    const depth = indices!.fact.shape.at(-1)!
    const source = tupleSource(shape.slice(0, depth), sizeOf(indices!.fact.shape.slice(0, -1)))
    return scatterCalls(ctx, x!, indices!, updates!, y, reduction, sizeOf(shape.slice(depth)), source)
  },
}

/** Operators that write at indices. */
export const scatterOperators: readonly Op[] = [
  scatterElements('ScatterElements'),
  scatterElements('Scatter'),
  scatterNd,
]
