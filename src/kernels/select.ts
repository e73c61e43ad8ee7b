// Operators that look for elements: ArgMax and ArgMin (https://onnx.ai/onnx/operators/onnx__ArgMax.html;
// select_last_index since opset 12), TopK (https://onnx.ai/onnx/operators/onnx__TopK.html; k an attribute before opset
// 10, largest and sorted since 11; results are always sorted) and NonZero, which has no kernel.
import { ensure, IsobathError } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { allocate, axisOf, fromNumbers, numbers, sizeOf, stridesOf, type Tensor, tensor } from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { int64s, known } from './shared/known.ts'

const WORKGROUP = 64

/** TopK up to this length is one count of the whole axis; beyond, runs of RUN elements are counted and then merged. */
const COUNTED = 256
const RUN = 64

interface ArgAttrs {
  axis: number
  keep: boolean
  last: boolean
}

const extent = (shape: readonly number[], axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  dim: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
})

function argShape(shape: readonly number[], a: ArgAttrs): number[] {
  const axis = axisOf(a.axis, shape.length)
  ensure(shape[axis] > 0, 'shape', `axis ${axis} has 0 elements, so there is no extreme`)
  return shape.flatMap((d, i) => (i === axis ? (a.keep ? [1] : []) : [d]))
}

function arg(name: string, largest: boolean): Op<ArgAttrs> {
  return {
    name,
    attrs: (node) => ({
      axis: node.int('axis', 0),
      keep: node.int('keepdims', 1) !== 0,
      last: node.int('select_last_index', 0) !== 0,
    }),
    infer: ([x], a) => [{ dtype: 'int64', shape: argShape(x!.shape, a) }],
    cpu: ([x], a) => {
      const { outer, dim, inner } = extent(x!.shape, axisOf(a.axis, x!.shape.length))
      const from = numbers(x!)
      const y = new Float64Array(outer * inner)
      for (let i = 0; i < y.length; i++) {
        const base = Math.floor(i / inner) * dim * inner + (i % inner)
        let best = from[base]
        for (let k = 1; k < dim; k++) {
          const v = from[base + k * inner]
          if ((largest ? v > best : v < best) || (a.last && v === best)) {
            best = v
            y[i] = k
          }
        }
      }
      return [fromNumbers('int64', argShape(x!.shape, a), y)]
    },
    gpu: ([x], [y], a, ctx) => {
      const { outer, dim, inner } = extent(x!.fact.shape, axisOf(a.axis, x!.fact.shape.length))
      if (outer * inner === 0) return []
      return [
        call(ctx, 'arg_extreme', {
          consts: { OUTER: outer, AXIS: dim, INNER: inner, LARGEST: largest, LAST: a.last },
          types: { elem: ctx.storage(x!) },
          bind: { x: x!, y },
          groups: [cover(outer * inner, WORKGROUP)],
          flops: outer * dim * inner,
        }),
      ]
    },
  }
}

interface TopKAttrs {
  axis: number
  largest: boolean
}

/** Integers as unsigned ones of the same order. */
const KEYS: Record<string, string> = { i32: 'bitcast<u32>(v) ^ 0x80000000u', u32: 'v' }

const topK: Op<TopKAttrs> = {
  name: 'TopK',
  attrs: (node, opset) => {
    if (opset < 10) node.setInput(1, int64s([node.int('k', 1)]))
    return { axis: node.int('axis', -1), largest: node.int('largest', 1) !== 0 }
  },
  infer: ([x, count], a) => {
    const axis = axisOf(a.axis, x!.shape.length)
    const [k] = known(count, 'K')
    ensure(k >= 0 && k <= x!.shape[axis], 'shape', `it asks for ${k} of ${x!.shape[axis]} elements`)
    const shape = x!.shape.map((d, i) => (i === axis ? k : d))
    return [
      { dtype: x!.dtype, shape },
      { dtype: 'int64', shape },
    ]
  },
  cpu: ([x, count], a) => {
    const axis = axisOf(a.axis, x!.shape.length)
    const k = numbers(count!)[0]
    const { outer, dim, inner } = extent(x!.shape, axis)
    const from = numbers(x!)
    const data = x!.data as Float32Array
    const values = allocate(x!.dtype, outer * k * inner) as Float32Array
    const indices = new Float64Array(values.length)
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const value = (j: number) => from[(o * dim + j) * inner + i]
        // Equal ones keep their order.
        const order = Array.from({ length: dim }, (_, j) => j).sort(
          (p, q) => (a.largest ? value(q) - value(p) : value(p) - value(q)) || p - q,
        )
        for (let j = 0; j < k; j++) {
          const at = (o * k + j) * inner + i
          values[at] = data[(o * dim + order[j]) * inner + i]
          indices[at] = order[j]
        }
      }
    const shape = x!.shape.map((d, i) => (i === axis ? k : d))
    return [tensor(x!.dtype, shape, values), fromNumbers('int64', shape, indices)]
  },
  gpu: ([x], [y, indices], a, ctx) => {
    const axis = axisOf(a.axis, x!.fact.shape.length)
    const { outer, dim, inner } = extent(x!.fact.shape, axis)
    const k = y.fact.shape[axis]
    if (outer * dim * inner * k === 0) return []
    const elem = ctx.storage(x!)
    const functions = KEYS[elem] ? { key: `fn key(v: elem) -> u32 { return ${KEYS[elem]}; }` } : {}
    const shared = { OUTER: outer, AXIS: dim, INNER: inner, LARGEST: a.largest }
    /** Where the first `keep` of each `span` elements go: at last to the outputs. */
    const targets = (span: number, keep: number) => {
      if (span >= dim) return { y, index: indices ?? ctx.scratch('int64', y.fact.shape) }
      const shape = [outer, Math.ceil(dim / span) * keep, inner]
      return { y: ctx.scratch(x!.fact.dtype, shape), index: ctx.scratch('int64', shape) }
    }
    let span = dim > COUNTED ? RUN : dim
    let keep = Math.min(k, span)
    let made = targets(span, keep)
    const calls = [
      call(ctx, 'top_k', {
        consts: { ...shared, RUN: span, K: keep },
        types: { elem },
        functions,
        bind: { x: x!, ...made },
        groups: [cover(outer * dim * inner, WORKGROUP)],
        flops: outer * dim * inner * span,
      }),
    ]
    while (span < dim) {
      const next = Math.min(k, 2 * span)
      const n = outer * Math.ceil(dim / span) * keep * inner
      const joined = targets(2 * span, next)
      calls.push(
        call(ctx, 'top_k_merge', {
          consts: { ...shared, SPAN: span, KEEP: keep, NEXT: next },
          types: { elem },
          functions,
          bind: { x: made.y, from_index: made.index, ...joined },
          groups: [cover(n, WORKGROUP)],
          flops: n * Math.ceil(Math.log2(keep + 1)),
        }),
      )
      ;[span, keep, made] = [2 * span, next, joined]
    }
    return calls
  },
}

/** Coordinates of the elements that are not 0, one column each. */
function nonZeros(x: Tensor): Tensor {
  const found: number[] = []
  const from = numbers(x)
  for (let i = 0; i < from.length; i++) if (from[i] !== 0) found.push(i)
  const strides = stridesOf(x.shape)
  const y = x.shape.flatMap((d, axis) => found.map((i) => Math.floor(i / strides[axis]) % d))
  return fromNumbers('int64', [x.shape.length, found.length], y)
}

const nonZero: Op = {
  name: 'NonZero',
  attrs: () => ({}),
  infer: ([x]) => {
    if (!x!.value) throw new IsobathError('unsupported', 'the shape of its result depends on computed data (input "X")')
    const value = nonZeros(x!.value)
    return [{ dtype: 'int64', shape: value.shape, value }]
  },
  cpu: ([x]) => [nonZeros(x!)],
}

/** Operators that look for elements. */
export const selectOperators: readonly Op[] = [arg('ArgMax', true), arg('ArgMin', false), topK, nonZero]
