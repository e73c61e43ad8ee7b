// Gather: https://onnx.ai/onnx/operators/onnx__Gather.html, GatherElements and GatherND (batch_dims since opset 12).
// Negative indices count from the end.
import { ensure } from '../runtime/error.ts'
import type { Builder, Op, Value } from '../runtime/op.ts'
import { allocate, axisOf, formatShape, numbers, sizeOf, type TypedArray } from '../runtime/tensor.ts'
import { axisSource, elementSource, indexedCall, tupleSource } from './shared/indexed.ts'
import { reshape } from './shared/lowering.ts'
import { elementPositions, tuplePositions, wrap } from './shared/positions.ts'
import { sliceAxis } from './shared/slice.ts'

interface AxisAttrs {
  axis: number
}

const gatherShape = (x: readonly number[], indices: readonly number[], axis: number) => [
  ...x.slice(0, axis),
  ...indices,
  ...x.slice(axis + 1),
]

/** Copies runs of `length` elements: run k of the result is run `source(k)` of the data. */
function copyRuns(data: TypedArray, to: TypedArray, length: number, source: (k: number) => number): TypedArray {
  const from = data as Float32Array
  const n = length ? to.length / length : 0
  for (let k = 0; k < n; k++) {
    const at = source(k) * length
    if (length === 1) (to as Float32Array)[k] = from[at]
    else (to as Float32Array).set(from.subarray(at, at + length), k * length)
  }
  return to
}

const gather: Op<AxisAttrs> = {
  name: 'Gather',
  attrs: (node) => ({ axis: node.int('axis', 0) }),
  infer: ([x, indices], a) => [
    { dtype: x!.dtype, shape: gatherShape(x!.shape, indices!.shape, axisOf(a.axis, x!.shape.length)) },
  ],
  cpu: ([x, indices], a) => {
    const axis = axisOf(a.axis, x!.shape.length)
    const shape = gatherShape(x!.shape, indices!.shape, axis)
    const index = numbers(indices!)
    const dim = x!.shape[axis]
    const length = sizeOf(x!.shape.slice(axis + 1))
    const to = allocate(x!.dtype, sizeOf(shape))
    const data = copyRuns(x!.data, to, length, (k) => {
      const outer = Math.floor(k / index.length)
      return outer * dim + wrap(index[k % index.length], dim)
    })
    return [{ dtype: x!.dtype, shape, data }]
  },
  gpu: ([x, indices], [y], a, ctx) => {
    const { shape } = x!.fact
    const axis = axisOf(a.axis, shape.length)
    const length = sizeOf(shape.slice(axis + 1))
    const count = sizeOf(indices!.fact.shape)
    const source = axisSource(count, shape[axis])
    const runs = sizeOf(shape.slice(0, axis)) * count
    return indexedCall(ctx, 'gather', { x: x!, index: indices!, y }, runs, length, source)
  },
  lower: ([x, indices], a, b) => lowerGather(x!, indices!, a, b),
  permute: {
    images: 'first',
    // Other ranks of the indices change the rank of the result.
    apply: (x, a, perm) =>
      x[1]!.fact.shape.length === 1 ? { x, a: { axis: perm[axisOf(a.axis, perm.length)] } } : null,
  },
}

/** Constant indices that advance evenly are a Slice. */
function lowerGather(x: Value, indices: Value, a: AxisAttrs, b: Builder): Value[] | null {
  const n = sizeOf(indices.fact.shape)
  const { shape } = x.fact
  if (!indices.fact.value || n === 0 || n > 4096) return null
  const axis = axisOf(a.axis, shape.length)
  const at = Array.from(numbers(indices.fact.value), (v) => wrap(v, shape[axis]))
  const step = n > 1 ? at[1] - at[0] : 1
  if (step === 0 || at.some((v, i) => v !== at[0] + i * step)) return null
  const last = at[n - 1]
  const end = step > 0 ? last + 1 : last > 0 ? last - 1 : Number.MIN_SAFE_INTEGER
  const part = sliceAxis(b, x, axis, at[0], end, step)
  return [reshape(b, part, gatherShape(shape, indices.fact.shape, axis))]
}

function checkElements(x: readonly number[], indices: readonly number[], axis: number): void {
  ensure(
    x.length === indices.length && indices.every((d, i) => i === axis || d <= x[i]),
    'shape',
    () => `indices ${formatShape(indices)} do not fit ${formatShape(x)} along axis ${axis}`,
  )
}

const gatherElements: Op<AxisAttrs> = {
  name: 'GatherElements',
  attrs: (node) => ({ axis: node.int('axis', 0) }),
  infer: ([x, indices], a) => {
    checkElements(x!.shape, indices!.shape, axisOf(a.axis, x!.shape.length))
    return [{ dtype: x!.dtype, shape: indices!.shape }]
  },
  cpu: ([x, indices], a) => {
    const axis = axisOf(a.axis, x!.shape.length)
    const { shape } = indices!
    const at = elementPositions(x!.shape, shape, numbers(indices!), axis)
    const to = allocate(x!.dtype, sizeOf(shape))
    return [{ dtype: x!.dtype, shape, data: copyRuns(x!.data, to, 1, (k) => at[k]) }]
  },
  gpu: ([x, indices], [y], a, ctx) => {
    const { shape } = indices!.fact
    const source = elementSource(x!.fact.shape, shape, axisOf(a.axis, shape.length))
    return indexedCall(ctx, 'gather', { x: x!, index: indices!, y }, sizeOf(shape), 1, source)
  },
}

interface NdAttrs {
  batch: number
}

function ndShape(x: readonly number[], indices: readonly number[], { batch }: NdAttrs): number[] {
  const depth = indices.at(-1) ?? 0
  ensure(
    batch + depth <= x.length && x.slice(0, batch).every((d, i) => d === indices[i]),
    'shape',
    () => `indices ${formatShape(indices)} with ${batch} batch axes do not fit ${formatShape(x)}`,
  )
  return [...indices.slice(0, -1), ...x.slice(batch + depth)]
}

const gatherNd: Op<NdAttrs> = {
  name: 'GatherND',
  attrs: (node) => ({ batch: node.int('batch_dims', 0) }),
  infer: ([x, indices], a) => [{ dtype: x!.dtype, shape: ndShape(x!.shape, indices!.shape, a) }],
  cpu: ([x, indices], a) => {
    const shape = ndShape(x!.shape, indices!.shape, a)
    const depth = indices!.shape.at(-1)!
    const inner = x!.shape.slice(a.batch)
    const at = tuplePositions(inner, numbers(indices!), depth)
    const runs = sizeOf(inner.slice(0, depth))
    const batches = sizeOf(x!.shape.slice(0, a.batch))
    const each = at.length / batches
    const to = allocate(x!.dtype, sizeOf(shape))
    const length = sizeOf(inner.slice(depth))
    const data = copyRuns(x!.data, to, length, (k) => Math.floor(k / each) * runs + at[k])
    return [{ dtype: x!.dtype, shape, data }]
  },
  gpu: ([x, indices], [y], { batch }, ctx) => {
    const depth = indices!.fact.shape.at(-1)!
    const inner = x!.fact.shape.slice(batch)
    const count = sizeOf(indices!.fact.shape.slice(0, -1))
    const source = tupleSource(inner.slice(0, depth), count / sizeOf(x!.fact.shape.slice(0, batch)))
    return indexedCall(ctx, 'gather', { x: x!, index: indices!, y }, count, sizeOf(inner.slice(depth)), source)
  },
}

/** Operators that read at indices. */
export const gatherOperators: readonly Op[] = [gather, gatherElements, gatherNd]
