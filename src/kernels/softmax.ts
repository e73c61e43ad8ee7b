// Softmax, LogSoftmax and Hardmax: https://onnx.ai/onnx/operators/onnx__Softmax.html
// Before opset 13 the axes from `axis` (default 1) on were flattened into one, which `flat` keeps; since then `axis`
// (default -1) is one axis.
import type { Builder, Op, Value } from '../runtime/op.ts'
import { axisOf, fromNumbers, numbers, reshaped, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape } from './shared/lowering.ts'
import { softmaxCalls } from './shared/softmax.ts'

export interface SoftmaxAttrs {
  axis: number
  /** The softmax runs over all axes from `axis` on. */
  flat: boolean
}

type Row = (x: Float64Array, y: Float64Array) => void

const highest = (x: Float64Array) => {
  let m = Number.NEGATIVE_INFINITY
  for (let i = 0; i < x.length; i++) m = Math.max(m, x[i])
  return m
}

const softmax: Row = (x, y) => {
  const m = highest(x)
  let s = 0
  for (let i = 0; i < x.length; i++) s += y[i] = Math.exp(x[i] - m)
  for (let i = 0; i < x.length; i++) y[i] /= s
}

const logSoftmax: Row = (x, y) => {
  const m = highest(x)
  let s = 0
  for (let i = 0; i < x.length; i++) s += Math.exp(x[i] - m)
  for (let i = 0; i < x.length; i++) y[i] = x[i] - m - Math.log(s)
}

const hardmax: Row = (x, y) => {
  y.fill(0)
  y[Math.max(0, x.indexOf(highest(x)))] = 1
}

function evaluate(x: Tensor, a: SoftmaxAttrs, row: Row): Tensor {
  const axis = axisOf(a.axis, x.shape.length)
  const n = a.flat ? sizeOf(x.shape.slice(axis)) : x.shape[axis]
  const inner = a.flat ? 1 : sizeOf(x.shape.slice(axis + 1))
  const data = numbers(x)
  const out = new Float64Array(data.length)
  const from = new Float64Array(n)
  const to = new Float64Array(n)
  for (let start = 0; start < data.length; start += n * inner)
    for (let j = 0; j < inner; j++) {
      for (let i = 0; i < n; i++) from[i] = data[start + j + i * inner]
      row(from, to)
      for (let i = 0; i < n; i++) out[start + j + i * inner] = to[i]
    }
  return fromNumbers(x.dtype, x.shape, out)
}

/** Hardmax as the comparison of each index with that of the first maximum. */
function oneAtHighest(x: Value, a: SoftmaxAttrs, b: Builder): Value {
  const { shape, dtype } = x.fact
  const axis = axisOf(a.axis, shape.length)
  const found = emit(b, 'ArgMax', [x], { axis, keep: true, last: false })
  const indices = int64s(Array.from({ length: shape[axis] }, (_, i) => i))
  const range = b.constant(reshaped(indices, [shape[axis], ...shape.slice(axis + 1).map(() => 1)]))
  return emit(b, 'Cast', [emit(b, 'Equal', [found, range])], { to: dtype })
}

function alongAxis(name: string, row: Row): Op<SoftmaxAttrs> {
  return {
    name,
    attrs: (node, opset) => ({ axis: node.int('axis', opset < 13 ? 1 : -1), flat: opset < 13 }),
    infer([x], a) {
      axisOf(a.axis, x!.shape.length)
      return [{ dtype: x!.dtype, shape: x!.shape }]
    },
    cpu: ([x], a) => [evaluate(x!, a, row)],
    gpu: name === 'Hardmax' ? undefined : ([x], [y], a, ctx) => softmaxCalls(name === 'LogSoftmax', x!, y, a.axis, ctx),
    lower([x], a, b) {
      if (!a.flat) return name === 'Hardmax' ? [oneAtHighest(x!, a, b)] : null
      const { shape } = x!.fact
      const axis = axisOf(a.axis, shape.length)
      const flat = reshape(b, x!, [...shape.slice(0, axis), sizeOf(shape.slice(axis))])
      return [reshape(b, emit(b, name, [flat], { axis: -1, flat: false }), shape)]
    },
    permute: {
      images: 'first',
      apply: (x, a, perm) => (a.flat ? null : { x, a: { axis: perm[axisOf(a.axis, perm.length)], flat: false } }),
    },
    tail: name !== 'Hardmax',
  }
}

/** Operators that normalise along one axis to a distribution. */
export const softmaxOperators: readonly Op[] = [alongAxis('Softmax', softmax), alongAxis('LogSoftmax', logSoftmax)]

/** Made of ArgMax. */
export const Hardmax: Op = alongAxis('Hardmax', hardmax)
