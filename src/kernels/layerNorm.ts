// LayerNormalization: https://onnx.ai/onnx/operators/onnx__LayerNormalization.html (opset 17; scale may be missing here,
// which lowerings use) and RMSNormalization: https://onnx.ai/onnx/operators/onnx__RMSNormalization.html (opset 23).
// Statistics are float32 or better whatever `stash_type` says.
import type { Builder, Fact, Op, Value } from '../runtime/op.ts'
import { axisOf, broadcastStrides, fromNumbers, numbers, sizeOf, stridesOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape, scalarOf } from './shared/lowering.ts'
import { rowNormCalls } from './shared/rowNorm.ts'

export interface LayerNormAttrs {
  /** The first of the axes that are normalised together; they go on to the last. */
  axis: number
  epsilon: number
  /** The outputs Mean and InvStdDev are asked for. */
  moments?: boolean
}

/** A tensor read as if it had `shape`. */
function broadcast(t: Tensor, shape: readonly number[]): (i: number) => number {
  const data = numbers(t)
  if (sizeOf(t.shape) === sizeOf(shape)) return (i) => data[i]
  const strides = broadcastStrides(t.shape, shape)
  const own = stridesOf(shape)
  return (i) => {
    let at = 0
    for (let axis = 0, rest = i; axis < shape.length; axis++) {
      const c = Math.floor(rest / own[axis])
      rest -= c * own[axis]
      at += c * strides[axis]
    }
    return data[at]
  }
}

interface Moments {
  y: Tensor
  mean: Float64Array
  inverse: Float64Array
}

function normalise([x, scale, bias]: readonly (Tensor | null)[], a: LayerNormAttrs, centre: boolean): Moments {
  const { shape, dtype } = x!
  const axis = axisOf(a.axis, shape.length)
  const cols = sizeOf(shape.slice(axis))
  const rows = sizeOf(shape.slice(0, axis))
  const data = numbers(x!)
  const gain = scale ? broadcast(scale, shape) : () => 1
  const offset = bias ? broadcast(bias, shape) : () => 0
  const y = new Float64Array(data.length)
  const means = new Float64Array(rows)
  const inverse = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    const start = r * cols
    let mean = 0
    if (centre) for (let i = 0; i < cols; i++) mean += data[start + i]
    mean /= cols
    let square = 0
    for (let i = 0; i < cols; i++) square += (data[start + i] - mean) ** 2
    means[r] = mean
    inverse[r] = 1 / Math.sqrt(square / cols + a.epsilon)
    for (let i = start; i < start + cols; i++) y[i] = (data[i] - mean) * inverse[r] * gain(i) + offset(i)
  }
  return { y: fromNumbers(dtype, shape, y), mean: means, inverse }
}

function statistics(x: Fact | Tensor, a: LayerNormAttrs): number[] {
  const axis = axisOf(a.axis, x.shape.length)
  return x.shape.map((d, i) => (i < axis ? d : 1))
}

/** Mean and inverse standard deviation by reductions, in float32. */
function momentsOf(x: Value, a: LayerNormAttrs, b: Builder): Value[] {
  const rank = x.fact.shape.length
  const axis = axisOf(a.axis, rank)
  const axes = b.constant(int64s(Array.from({ length: rank - axis }, (_, i) => axis + i)), 'axes')
  const average = (v: Value) => emit(b, 'ReduceMean', [v, axes], { keepdims: true, noop: true })
  const data = x.fact.dtype === 'float32' ? x : emit(b, 'Cast', [x], { to: 'float32' })
  const mean = average(data)
  const away = emit(b, 'Sub', [data, mean])
  const variance = average(emit(b, 'Mul', [away, away]))
  const deviation = emit(b, 'Sqrt', [emit(b, 'Add', [variance, scalarOf(b, variance, a.epsilon)])])
  return [mean, emit(b, 'Reciprocal', [deviation])]
}

/** The operator on one axis with scale and bias of its length: what the kernel computes. */
function lower(
  name: string,
  [x, scale, bias]: readonly (Value | null)[],
  a: LayerNormAttrs,
  b: Builder,
): Value[] | null {
  const { shape } = x!.fact
  const axis = axisOf(a.axis, shape.length)
  const cols = sizeOf(shape.slice(axis))
  const fits = [scale, bias].every((v) => !v || sizeOf(v.fact.shape) === cols)
  const flat = axis === shape.length - 1
  if (fits && flat) return null
  const vector = (v: Value | null | undefined) => (v && fits ? reshape(b, v, [cols]) : null)
  const rows = reshape(b, x!, [...shape.slice(0, axis), cols])
  let y = reshape(b, emit(b, name, [rows, vector(scale), vector(bias)], { axis: -1, epsilon: a.epsilon }), shape)
  if (!fits && scale) y = emit(b, 'Mul', [y, scale])
  if (!fits && bias) y = emit(b, 'Add', [y, bias])
  return [y]
}

/** The last axis must stay the last; the others may stand in any order. */
const permute: Op<LayerNormAttrs>['permute'] = {
  images: 'first',
  apply: (x, a, perm) =>
    axisOf(a.axis, perm.length) === perm.length - 1 && perm.at(-1) === perm.length - 1
      ? { x, a: { ...a, axis: -1 } }
      : null,
}

export const LayerNormalization: Op<LayerNormAttrs> = {
  name: 'LayerNormalization',
  attrs: (node) => ({
    axis: node.int('axis', -1),
    epsilon: node.float('epsilon', 1e-5),
    ...(node.outputCount > 1 ? { moments: true } : {}),
  }),
  infer([x], a) {
    const moments: Fact = { dtype: 'float32', shape: statistics(x!, a) }
    return [{ dtype: x!.dtype, shape: x!.shape }, moments, moments]
  },
  cpu(x, a) {
    const { y, mean, inverse } = normalise(x, a, true)
    const shape = statistics(x[0]!, a)
    return [y, fromNumbers('float32', shape, mean), fromNumbers('float32', shape, inverse)]
  },
  gpu: ([x, scale, bias], [y], a, ctx) =>
    rowNormCalls({ x: x!, scale, bias, y, epsilon: a.epsilon, centre: true }, ctx),
  lower(x, a, b) {
    if (!a.moments) return lower('LayerNormalization', x, a, b)
    const y = emit(b, 'LayerNormalization', [...x], { axis: a.axis, epsilon: a.epsilon })
    return [y, ...momentsOf(x[0]!, a, b)]
  },
  permute,
  tail: true,
}

export const RMSNormalization: Op<LayerNormAttrs> = {
  name: 'RMSNormalization',
  attrs: (node) => ({ axis: node.int('axis', -1), epsilon: node.float('epsilon', 1e-5) }),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu: ([x, scale], a) => [normalise([x, scale], a, false).y],
  gpu: ([x, scale], [y], a, ctx) => rowNormCalls({ x: x!, scale, y, epsilon: a.epsilon, centre: false }, ctx),
  lower: ([x, scale], a, b) => lower('RMSNormalization', [x, scale], a, b),
  permute,
  tail: true,
}
