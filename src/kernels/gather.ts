// Gather: https://onnx.ai/onnx/operators/onnx__Gather.html. Negative indices count from the end.
import type { Builder, Op, Value } from '../runtime/op.ts'
import { allocate, axisOf, numbers, sizeOf } from '../runtime/tensor.ts'
import { axisSource, indexedCall } from './shared/indexed.ts'
import { reshape } from './shared/lowering.ts'
import { copyRuns, wrap } from './shared/positions.ts'
import { sliceAxis } from './shared/slice.ts'

interface AxisAttrs {
  axis: number
}

const gatherShape = (x: readonly number[], indices: readonly number[], axis: number) => [
  ...x.slice(0, axis),
  ...indices,
  ...x.slice(axis + 1),
]

export const Gather: Op<AxisAttrs> = {
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
