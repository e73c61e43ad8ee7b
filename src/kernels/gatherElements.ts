// GatherElements: https://onnx.ai/onnx/operators/onnx__GatherElements.html and GatherND (batch_dims since opset 12).
// Negative indices count from the end.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { allocate, axisOf, formatShape, numbers, sizeOf } from '../runtime/tensor.ts'
import { elementSource, indexedCall, tupleSource } from './shared/indexed.ts'
import { copyRuns, elementPositions, tuplePositions } from './shared/positions.ts'

function checkElements(x: readonly number[], indices: readonly number[], axis: number): void {
  ensure(
    x.length === indices.length && indices.every((d, i) => i === axis || d <= x[i]),
    'shape',
    () => `indices ${formatShape(indices)} do not fit ${formatShape(x)} along axis ${axis}`,
  )
}

export const GatherElements: Op<{ axis: number }> = {
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

export const GatherND: Op<NdAttrs> = {
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
