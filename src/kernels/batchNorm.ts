// BatchNormalization: https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
// Inference becomes a product and a sum with one value a channel. Training (opset 14: an attribute; before: more than
// one output) normalises by the batch's own statistics, which are the biased ones, and moves the running ones.
import type { Builder, Fact, Op, Value } from '../runtime/op.ts'
import { fromNumbers, lazy, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape, scalarOf } from './shared/lowering.ts'

export interface BatchNormAttrs {
  epsilon: number
  momentum: number
  training: boolean
  /** Outputs beside the first; the saved statistics of old opsets follow the running ones. */
  statistics: number
}

/** Mean and variance of each channel, axis 1 of the shape. */
function moments(data: ArrayLike<number>, shape: readonly number[]): { mean: Float64Array; variance: Float64Array } {
  const channels = shape[1]
  const inner = sizeOf(shape.slice(2))
  const count = data.length / channels
  const mean = new Float64Array(channels)
  const variance = new Float64Array(channels)
  const channel = (i: number) => Math.floor(i / inner) % channels
  for (let i = 0; i < data.length; i++) mean[channel(i)] += data[i] / count
  for (let i = 0; i < data.length; i++) variance[channel(i)] += (data[i] - mean[channel(i)]) ** 2 / count
  return { mean, variance }
}

function evaluate([x, scale, bias, mean, variance]: readonly (Tensor | null)[], a: BatchNormAttrs): Tensor[] {
  const data = numbers(x!)
  const used = a.training ? moments(data, x!.shape) : { mean: numbers(mean!), variance: numbers(variance!) }
  const gain = numbers(scale!)
  const offset = numbers(bias!)
  const channels = x!.shape[1] ?? 1
  const inner = sizeOf(x!.shape.slice(2))
  const y = new Float64Array(data.length)
  for (let i = 0; i < y.length; i++) {
    const c = Math.floor(i / inner) % channels
    y[i] = ((data[i] - used.mean[c]) / Math.sqrt(used.variance[c] + a.epsilon)) * gain[c] + offset[c]
  }
  // Networks that standardise weights compute the running statistics that go in, and read none that come out.
  const vector = (like: Tensor, make: () => ArrayLike<number>) =>
    lazy(like.dtype, like.shape, () => fromNumbers(like.dtype, like.shape, make()).data)
  const moved = (from: Tensor, to: ArrayLike<number>) =>
    vector(from, () => Float64Array.from(numbers(from), (v, i) => v * a.momentum + to[i] * (1 - a.momentum)))
  return [
    fromNumbers(x!.dtype, x!.shape, y),
    moved(mean!, used.mean),
    moved(variance!, used.variance),
    vector(mean!, () => used.mean),
    vector(variance!, () => used.variance),
  ].slice(0, 1 + a.statistics)
}

/** A constant of one value a channel, computed from constants at float64. */
function perChannel(b: Builder, x: readonly Value[], f: (...v: number[]) => number): Value {
  const { dtype, shape } = x[0].fact
  const make = () => {
    const data = x.map((v) => numbers(v.fact.value!))
    return fromNumbers(
      dtype,
      shape,
      Float64Array.from(data[0], (_, i) => f(...data.map((d) => d[i]))),
    ).data
  }
  return b.constant(lazy(dtype, shape, make), x[0].name)
}

function inference([x, scale, bias, mean, variance]: readonly Value[], a: BatchNormAttrs, b: Builder): Value {
  const column = [x.fact.shape[1], ...x.fact.shape.slice(2).map(() => 1)]
  let gain: Value
  let offset: Value
  if ([scale, bias, mean, variance].every((v) => v.fact.value)) {
    gain = perChannel(b, [scale, variance], (s, v) => s / Math.sqrt(v + a.epsilon))
    offset = perChannel(b, [bias, scale, mean, variance], (o, s, m, v) => o - (m * s) / Math.sqrt(v + a.epsilon))
  } else {
    gain = emit(b, 'Div', [scale, emit(b, 'Sqrt', [emit(b, 'Add', [variance, scalarOf(b, variance, a.epsilon)])])])
    offset = emit(b, 'Sub', [bias, emit(b, 'Mul', [mean, gain])])
  }
  return emit(b, 'Add', [emit(b, 'Mul', [x, reshape(b, gain, column)]), reshape(b, offset, column)])
}

function training([x, scale, bias, mean, variance]: readonly Value[], a: BatchNormAttrs, b: Builder): Value[] {
  const { shape } = x.fact
  const column = [shape[1], ...shape.slice(2).map(() => 1)]
  const axes = b.constant(int64s(shape.flatMap((_, i) => (i === 1 ? [] : [i]))), 'axes')
  const keep = { keepdims: true, noop: true }
  const centre = emit(b, 'ReduceMean', [x, axes], keep)
  const away = emit(b, 'Sub', [x, centre])
  const spread = emit(b, 'ReduceMean', [emit(b, 'Mul', [away, away]), axes], keep)
  const deviation = emit(b, 'Sqrt', [emit(b, 'Add', [spread, scalarOf(b, x, a.epsilon)])])
  const gain = emit(b, 'Div', [reshape(b, scale, column), deviation])
  const y = emit(b, 'Add', [emit(b, 'Mul', [away, gain]), reshape(b, bias, column)])
  const batch = [reshape(b, centre, [shape[1]]), reshape(b, spread, [shape[1]])]
  const running = [mean, variance].map((v, i) =>
    emit(b, 'Add', [
      emit(b, 'Mul', [v, scalarOf(b, v, a.momentum)]),
      emit(b, 'Mul', [batch[i], scalarOf(b, v, 1 - a.momentum)]),
    ]),
  )
  return [y, ...running, ...batch].slice(0, 1 + a.statistics)
}

export const BatchNormalization: Op<BatchNormAttrs> = {
  name: 'BatchNormalization',
  attrs: (node, opset) => ({
    epsilon: node.float('epsilon', 1e-5),
    momentum: node.float('momentum', 0.9),
    training: opset >= 14 ? node.int('training_mode', 0) !== 0 : node.outputCount > 1,
    statistics: node.outputCount - 1,
  }),
  infer([x, , , mean, variance], a) {
    const vectors: Fact[] = [mean!, variance!, mean!, variance!].map(({ dtype, shape }) => ({ dtype, shape }))
    return [{ dtype: x!.dtype, shape: x!.shape }, ...vectors.slice(0, a.statistics)]
  },
  cpu: evaluate,
  lower: (x, a, b) => (a.training ? training(x as Value[], a, b) : [inference(x as Value[], a, b)]),
}
