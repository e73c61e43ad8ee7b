// MaxPool, AveragePool and LpPool (https://onnx.ai/onnx/operators/onnx__MaxPool.html and its siblings; ceil_mode since
// opset 10, for AveragePool's dilations 19, for LpPool 18), and the global pools, which become reductions.
import { ensure } from '../runtime/error.ts'
import type { Fact, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape, scalarOf } from './shared/lowering.ts'
import { indicesCalls, type PoolKind, poolCalls } from './shared/pool.ts'
import {
  eachIndex,
  imageOf,
  resolveWindow,
  shapeOf,
  tapsAt,
  type Window,
  type WindowAttrs,
  windowAttrs,
} from './shared/window.ts'

export interface PoolAttrs extends WindowAttrs {
  kernel: number[]
  ceilMode: boolean
  /** Average: padding counts as zeros. */
  countIncludePad: boolean
  /** Indices that MaxPool returns count along columns first. */
  columnMajor: boolean
  /** LpPool: the power. */
  p: number
  channelsLast: boolean
}

interface Pooling {
  window: Window
  output: number[]
}

/** Window and output size. A last window that starts in the padding behind the image is left out. */
function poolingOf(x: Fact | Tensor, a: PoolAttrs): Pooling {
  const { spatial } = imageOf(x.shape, a.channelsLast)
  ensure(
    spatial.length === a.kernel.length,
    'shape',
    () => `a kernel of ${formatShape(a.kernel)} does not fit the image ${formatShape(x.shape)}`,
  )
  const window = resolveWindow(a, a.kernel, spatial)
  const { kernel, strides, dilations, begin, end } = window
  const output = spatial.map((d, i) => {
    if (a.autoPad.startsWith('SAME')) return Math.ceil(d / strides[i])
    const steps = (d + begin[i] + end[i] - (kernel[i] - 1) * dilations[i] - 1) / strides[i]
    if (!a.ceilMode) return Math.floor(steps) + 1
    const n = Math.ceil(steps) + 1
    return (n - 1) * strides[i] >= d + begin[i] ? n - 1 : n
  })
  return { window, output }
}

/** Elements of a window that lie in the image or in its padding; behind that, ceil_mode lets windows stick out. */
function within({ window: w }: Pooling, at: readonly number[], spatial: readonly number[]): number {
  const count = (i: number) => {
    const room = spatial[i] + w.end[i] - (at[i] * w.strides[i] - w.begin[i])
    return Math.max(0, Math.min(w.kernel[i], Math.ceil(room / w.dilations[i])))
  }
  return spatial.reduce((n, _, i) => n * count(i), 1)
}

function evaluate(kind: PoolKind, x: Tensor, a: PoolAttrs): Tensor[] {
  const { batch, channels, spatial } = imageOf(x.shape, a.channelsLast)
  const pooling = poolingOf(x, a)
  const pixels = sizeOf(spatial)
  const count = sizeOf(pooling.output)
  const data = numbers(x)
  const shape = shapeOf({ batch, channels, spatial: pooling.output }, a.channelsLast)
  const y = new Float64Array(sizeOf(shape))
  const indices = new Float64Array(kind === 'max' ? y.length : 0)
  let o = 0
  eachIndex(pooling.output, (at) => {
    const samples = tapsAt(pooling.window, at, spatial)
    const divisor = a.countIncludePad ? within(pooling, at, spatial) : samples.length
    for (let image = 0; image < batch * channels; image++) {
      const n = Math.floor(image / channels)
      const c = image % channels
      const read = (p: number) => data[a.channelsLast ? (n * pixels + p) * channels + c : image * pixels + p]
      const out = a.channelsLast ? (n * count + o) * channels + c : image * count + o
      if (kind === 'max') {
        let best = Number.NEGATIVE_INFINITY
        for (const s of samples)
          if (read(s.pixel) > best) {
            best = read(s.pixel)
            indices[out] = image * pixels + (a.columnMajor ? s.columnPixel : s.pixel)
          }
        y[out] = best
      } else if (kind === 'average') {
        let sum = 0
        for (const s of samples) sum += read(s.pixel)
        y[out] = sum / divisor
      } else {
        let sum = 0
        for (const s of samples) sum += Math.abs(read(s.pixel)) ** a.p
        y[out] = sum ** (1 / a.p)
      }
    }
    o++
  })
  const result = [fromNumbers(x.dtype, shape, y)]
  return kind === 'max' ? [...result, fromNumbers('int64', shape, indices)] : result
}

function pool(name: string, kind: PoolKind): Op<PoolAttrs> {
  return {
    name,
    attrs: (node) => ({
      ...windowAttrs(node),
      kernel: node.ints('kernel_shape'),
      ceilMode: node.int('ceil_mode', 0) !== 0,
      countIncludePad: node.int('count_include_pad', 0) !== 0,
      columnMajor: node.int('storage_order', 0) !== 0,
      p: node.int('p', 2),
      channelsLast: false,
    }),
    infer([x], a) {
      const { batch, channels } = imageOf(x!.shape, a.channelsLast)
      const shape = shapeOf({ batch, channels, spatial: poolingOf(x!, a).output }, a.channelsLast)
      const y: Fact = { dtype: x!.dtype, shape }
      return kind === 'max' ? [y, { dtype: 'int64', shape }] : [y]
    },
    cpu: ([x], a) => evaluate(kind, x!, a),
    gpu([x], [y, indices], a, ctx) {
      const { window } = poolingOf(x!.fact, a)
      const calls = poolCalls(x!, y, window, { ...a, kind }, ctx)
      return indices?.name ? [...calls, ...indicesCalls(x!, indices, window, a.columnMajor, ctx)] : calls
    },
    lower([x], a, b) {
      if (a.kernel.length !== 1) return null
      // One axis becomes the second of two.
      const add = (shape: readonly number[]) => (a.channelsLast ? shape.toSpliced(1, 0, 1) : shape.toSpliced(2, 0, 1))
      const two = (list: number[], v: number) => (list.length ? [v, ...list] : list)
      const pads = a.pads.length ? [0, a.pads[0], 0, a.pads[1]] : []
      const strides = two(a.strides, 1)
      const attrs: PoolAttrs = { ...a, kernel: [1, ...a.kernel], strides, dilations: two(a.dilations, 1), pads }
      const y = b.emit(name, [reshape(b, x!, add(x!.fact.shape))], attrs, kind === 'max' ? 2 : 1)
      return y.map((v) => reshape(b, v, v.fact.shape.toSpliced(a.channelsLast ? 1 : 2, 1)))
    },
    image: true,
    tail: true,
  }
}

/** A pool over the whole image is a reduction that keeps the axes. */
function globalPool(name: string, reduction: string, formula: (v: number[], p: number) => number): Op<{ p: number }> {
  return {
    name,
    attrs: (node) => ({ p: node.int('p', 2) }),
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape.map((d, i) => (i < 2 ? d : 1)) }],
    cpu([x], { p }) {
      const data = numbers(x!)
      const pixels = sizeOf(x!.shape.slice(2))
      const y = Float64Array.from({ length: data.length / pixels }, (_, i) =>
        formula(
          Array.from({ length: pixels }, (_, k) => data[i * pixels + k]),
          p,
        ),
      )
      return [
        fromNumbers(
          x!.dtype,
          x!.shape.map((d, i) => (i < 2 ? d : 1)),
          y,
        ),
      ]
    },
    lower([x], { p }, b) {
      const axes = b.constant(int64s(x!.fact.shape.slice(2).map((_, i) => i + 2)), 'axes')
      const over = (op: string, v: Value) => emit(b, op, [v, axes], { keepdims: true, noop: true })
      if (reduction !== 'ReduceL2' || p === 2) return [over(reduction, x!)]
      if (p === 1) return [over('ReduceL1', x!)]
      const power = (v: Value, exponent: number) => emit(b, 'Pow', [v, scalarOf(b, v, exponent)])
      return [power(over('ReduceSum', power(emit(b, 'Abs', [x!]), p)), 1 / p)]
    },
  }
}

const mean = (v: number[]) => v.reduce((s, x) => s + x, 0) / v.length

/** Every pool. */
export const poolOperators: readonly Op[] = [
  pool('MaxPool', 'max'),
  pool('AveragePool', 'average'),
  pool('LpPool', 'lp'),
  globalPool('GlobalAveragePool', 'ReduceMean', mean),
  globalPool('GlobalMaxPool', 'ReduceMax', (v) => v.reduce((m, x) => Math.max(m, x), Number.NEGATIVE_INFINITY)),
  globalPool('GlobalLpPool', 'ReduceL2', (v, p) => v.reduce((s, x) => s + Math.abs(x) ** p, 0) ** (1 / p)),
]
