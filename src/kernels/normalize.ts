// LpNormalization, MeanVarianceNormalization and LRN: https://onnx.ai/onnx/operators/onnx__LpNormalization.html,
// onnx__MeanVarianceNormalization.html and onnx__LRN.html.
import type { Op } from '../runtime/op.ts'
import { axisOf, fromNumbers, numbers, sizeOf, stridesOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, scalarOf } from './shared/lowering.ts'
import { lrnCalls } from './shared/lrn.ts'
import { imageOf } from './shared/window.ts'

/** A norm of zero divides to zero. */
const TINY = 1e-30
/** MeanVarianceNormalization's guard. */
const GUARD = 1e-9

const LpNormalization: Op<{ axis: number; p: number }> = {
  name: 'LpNormalization',
  attrs: (node) => ({ axis: node.int('axis', -1), p: node.int('p', 2) }),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu([x], { axis, p }) {
    const { shape, dtype } = x!
    const at = axisOf(axis, shape.length)
    const inner = sizeOf(shape.slice(at + 1))
    const n = shape[at]
    const data = numbers(x!)
    const y = new Float64Array(data.length)
    for (let start = 0; start < data.length; start += n * inner)
      for (let j = start; j < start + inner; j++) {
        let sum = 0
        for (let i = 0; i < n; i++) sum += p === 1 ? Math.abs(data[j + i * inner]) : data[j + i * inner] ** 2
        const norm = Math.max(p === 1 ? sum : Math.sqrt(sum), TINY)
        for (let i = 0; i < n; i++) y[j + i * inner] = data[j + i * inner] / norm
      }
    return [fromNumbers(dtype, shape, y)]
  },
  lower([x], { axis, p }, b) {
    const axes = b.constant(int64s([axisOf(axis, x!.fact.shape.length)]), 'axes')
    const norm = emit(b, p === 1 ? 'ReduceL1' : 'ReduceL2', [x, axes], { keepdims: true, noop: true })
    // The smallest normal float16 is larger than the guard.
    const tiny = x!.fact.dtype === 'float16' ? 6e-5 : TINY
    return [emit(b, 'Div', [x, emit(b, 'Max', [norm, scalarOf(b, x!, tiny)])])]
  },
}

const MeanVarianceNormalization: Op<{ axes: number[] }> = {
  name: 'MeanVarianceNormalization',
  attrs: (node) => ({ axes: node.ints('axes', [0, 2, 3]) }),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu([x], { axes }) {
    const { shape, dtype } = x!
    const reduced = new Set(axes.map((i) => axisOf(i, shape.length)))
    const own = stridesOf(shape)
    const kept = shape.map((d, i) => (reduced.has(i) ? 1 : d))
    const to = stridesOf(kept).map((s, i) => (reduced.has(i) ? 0 : s))
    const group = (i: number) => own.reduce((sum, s, axis) => sum + (Math.floor(i / s) % shape[axis]) * to[axis], 0)
    const data = numbers(x!)
    const count = data.length / sizeOf(kept)
    const mean = new Float64Array(sizeOf(kept))
    const square = new Float64Array(sizeOf(kept))
    for (let i = 0; i < data.length; i++) mean[group(i)] += data[i] / count
    for (let i = 0; i < data.length; i++) square[group(i)] += (data[i] - mean[group(i)]) ** 2 / count
    const y = Float64Array.from({ length: data.length }, (_, i) => {
      const g = group(i)
      return (data[i] - mean[g]) / (Math.sqrt(square[g]) + GUARD)
    })
    return [fromNumbers(dtype, shape, y)]
  },
  lower([x], { axes }, b) {
    const list = b.constant(int64s(axes), 'axes')
    const keep = { keepdims: true, noop: true }
    const away = emit(b, 'Sub', [x, emit(b, 'ReduceMean', [x, list], keep)])
    const deviation = emit(b, 'Sqrt', [emit(b, 'ReduceMean', [emit(b, 'Mul', [away, away]), list], keep)])
    return [emit(b, 'Div', [away, emit(b, 'Add', [deviation, scalarOf(b, x!, GUARD)])])]
  },
}

export interface LrnAttrs {
  size: number
  alpha: number
  beta: number
  bias: number
  channelsLast: boolean
}

function lrn(x: Tensor, a: LrnAttrs): Tensor {
  const { batch, channels, spatial } = imageOf(x.shape, a.channelsLast)
  const pixels = sizeOf(spatial)
  const data = numbers(x)
  const y = new Float64Array(data.length)
  const [stepC, stepP] = a.channelsLast ? [1, channels] : [pixels, 1]
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < channels; c++) {
        const start = n * channels * pixels + p * stepP
        const first = Math.max(0, c - Math.floor((a.size - 1) / 2))
        const last = Math.min(channels - 1, c + Math.ceil((a.size - 1) / 2))
        let sum = 0
        for (let k = first; k <= last; k++) sum += data[start + k * stepC] ** 2
        const at = start + c * stepC
        y[at] = data[at] / (a.bias + (a.alpha / a.size) * sum) ** a.beta
      }
  return fromNumbers(x.dtype, x.shape, y)
}

const LRN: Op<LrnAttrs> = {
  name: 'LRN',
  attrs: (node) => ({
    size: node.int('size', 1),
    alpha: node.float('alpha', 1e-4),
    beta: node.float('beta', 0.75),
    bias: node.float('bias', 1),
    channelsLast: false,
  }),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu: ([x], a) => [lrn(x!, a)],
  gpu: ([x], [y], a, ctx) => lrnCalls(x!, y, a, ctx),
  image: true,
  tail: true,
}

/** Normalisations beside those that have a file of their own. */
export const normalizeOperators: readonly Op[] = [LpNormalization, MeanVarianceNormalization, LRN]
