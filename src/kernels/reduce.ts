// Reductions: https://onnx.ai/onnx/operators/onnx__ReduceSum.html and its nine siblings. Before opset 18 (13 for ReduceSum)
// the axes were an attribute; here they are input 1. No axes means all, or none with `noop_with_empty_axes`: then every
// element is a set of its own, to which the operator's own function (square, log, …) still applies.
import type { Fact, Op } from '../runtime/op.ts'
import { type DType, fromNumbers, numbers, stridesOf, type Tensor } from '../runtime/tensor.ts'
import { int64s, knownIf, valuesIf } from './shared/known.ts'
import { axesOf, emit, reshape, scalarOf } from './shared/lowering.ts'
import { reduceCalls } from './shared/reduce.ts'

export interface ReduceAttrs {
  keepdims: boolean
  /** What an absent or empty list of axes means: none instead of all. */
  noop: boolean
}

const sum = (v: Float64Array, f: (x: number) => number): number => {
  let s = 0
  for (let i = 0; i < v.length; i++) s += f(v[i])
  return s
}
const fold = (v: Float64Array, start: number, f: (a: number, b: number) => number): number => {
  for (let i = 0; i < v.length; i++) start = f(start, v[i])
  return start
}
const same = (x: number) => x
const square = (x: number) => x * x

const formulas: Record<string, (v: Float64Array) => number> = {
  ReduceSum: (v) => sum(v, same),
  ReduceMean: (v) => sum(v, same) / v.length,
  ReduceMax: (v) => fold(v, Number.NEGATIVE_INFINITY, Math.max),
  ReduceMin: (v) => fold(v, Number.POSITIVE_INFINITY, Math.min),
  ReduceProd: (v) => fold(v, 1, (a, b) => a * b),
  ReduceL1: (v) => sum(v, Math.abs),
  ReduceL2: (v) => Math.sqrt(sum(v, square)),
  ReduceLogSum: (v) => Math.log(sum(v, same)),
  ReduceLogSumExp(v) {
    const top = fold(v, Number.NEGATIVE_INFINITY, Math.max)
    return Number.isFinite(top) ? top + Math.log(sum(v, (x) => Math.exp(x - top))) : top
  },
  ReduceSumSquare: (v) => sum(v, square),
}

/** The axes that a reduction takes away, from the values of its optional second input. */
function reducedAxes(rank: number, given: readonly number[] | null, a: ReduceAttrs): number[] {
  if (given?.length) return axesOf(given, rank)
  return a.noop ? [] : Array.from({ length: rank }, (_, i) => i)
}

const axesFrom = (x: Fact, axes: Fact | null | undefined, a: ReduceAttrs) =>
  reducedAxes(x.shape.length, knownIf(axes, 'axes'), a)

const reducedShape = (shape: readonly number[], axes: readonly number[], keepdims: boolean): number[] =>
  keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i))

/** Offsets of all positions along some axes, in row-major order. */
function offsets(shape: readonly number[], axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape)
  let out = new Int32Array(1)
  for (const axis of axes) {
    const n = shape[axis]
    const next = new Int32Array(out.length * n)
    for (let i = 0; i < out.length; i++) for (let k = 0; k < n; k++) next[i * n + k] = out[i] + k * strides[axis]
    out = next
  }
  return out
}

/** What the extremes of an empty set are in types without infinity. */
const RANGE: Partial<Record<DType, [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  bool: [0, 1],
}

function evaluate(name: string, x: Tensor, axes: readonly number[], keepdims: boolean): Tensor {
  const formula = formulas[name]
  const data = numbers(x)
  const kept = offsets(
    x.shape,
    x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i])),
  )
  const inner = offsets(x.shape, axes)
  const values = new Float64Array(inner.length)
  const range = RANGE[x.dtype]
  const y = new Float64Array(kept.length)
  for (let o = 0; o < kept.length; o++) {
    for (let i = 0; i < inner.length; i++) values[i] = data[kept[o] + inner[i]]
    const v = formula(values)
    y[o] = range && !Number.isFinite(v) ? Math.max(range[0], Math.min(range[1], v)) : v
  }
  return fromNumbers(x.dtype, reducedShape(x.shape, axes, keepdims), y)
}

const lowest = (dtype: DType) => (dtype === 'float16' ? -65504 : -3.4028234663852886e38)

function reduction(name: string): Op<ReduceAttrs> {
  return {
    name,
    attrs(node) {
      if (node.has('axes')) node.setInput(1, int64s(node.ints('axes')))
      return { keepdims: node.int('keepdims', 1) !== 0, noop: node.int('noop_with_empty_axes', 0) !== 0 }
    },
    infer: ([x, axes], a) => [{ dtype: x!.dtype, shape: reducedShape(x!.shape, axesFrom(x!, axes, a), a.keepdims) }],
    cpu: ([x, axes], a) => [evaluate(name, x!, reducedAxes(x!.shape.length, valuesIf(axes), a), a.keepdims)],
    gpu: ([x, axes], [y], a, ctx) => reduceCalls(name, x!, y, axesFrom(x!.fact, axes?.fact, a), ctx),
    lower([x, axes], a, b) {
      const list = axesFrom(x!.fact, axes?.fact, a)
      const keep = { keepdims: true, noop: true }
      const input = b.constant(int64s(list), 'axes')
      if (!a.keepdims) {
        return [reshape(b, emit(b, name, [x, input], keep), reducedShape(x!.fact.shape, list, false))]
      }
      if (name !== 'ReduceLogSumExp') return null
      const top = emit(b, 'Max', [emit(b, 'ReduceMax', [x, input], keep), scalarOf(b, x!, lowest(x!.fact.dtype))])
      const total = emit(b, 'ReduceSum', [emit(b, 'Exp', [emit(b, 'Sub', [x, top])]), input], keep)
      return [emit(b, 'Add', [emit(b, 'Log', [total]), top])]
    },
    permute: {
      images: 'first',
      apply([x, axes], a, perm, b) {
        if (!a.keepdims) return null
        const list = axesFrom(x!.fact, axes?.fact, a).map((i) => perm[i])
        return { x: [x, b.constant(int64s(list.sort((p, q) => p - q)), 'axes')], a: { keepdims: true, noop: true } }
      },
    },
    tail: true,
  }
}

/** Every reduction. */
export const reductions: readonly Op[] = Object.keys(formulas).map(reduction)
