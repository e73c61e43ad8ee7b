// Transpose: https://onnx.ai/onnx/operators/onnx__Transpose.html (unchanged since opset 1). Without `perm` the axes are
// reversed.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { formatShape, sameShape, stridesOf } from '../runtime/tensor.ts'
import { copyCalls } from './shared/copy.ts'
import { gatherWalk, type Walk } from './shared/move.ts'

interface TransposeAttrs {
  /** Axis i of the output is axis perm[i] of the input; empty: the axes reversed. */
  perm: number[]
}

function permOf({ perm }: TransposeAttrs, rank: number): number[] {
  if (perm.length === 0) return Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const sorted = [...perm].sort((a, b) => a - b)
  ensure(
    perm.length === rank && sorted.every((p, i) => p === i),
    'shape',
    () => `perm ${formatShape(perm)} is no permutation of ${rank} axes`,
  )
  return perm
}

function walkOf(shape: readonly number[], a: TransposeAttrs): Walk {
  const perm = permOf(a, shape.length)
  const own = stridesOf(shape)
  return { shape: perm.map((p) => shape[p]), strides: perm.map((p) => own[p]), base: 0 }
}

const transpose: Op<TransposeAttrs> = {
  name: 'Transpose',
  attrs: (node) => ({ perm: node.ints('perm') }),
  infer: ([x], a) => [{ dtype: x!.dtype, shape: walkOf(x!.shape, a).shape }],
  cpu: ([x], a) => {
    const walk = walkOf(x!.shape, a)
    return [{ dtype: x!.dtype, shape: walk.shape, data: gatherWalk(x!.data, x!.dtype, walk) }]
  },
  gpu: ([x], [y], a, ctx) => copyCalls(ctx, x!, y, walkOf(x!.fact.shape, a)),
  lower: ([x], a, b) => {
    const { shape } = x!.fact
    const perm = permOf(a, shape.length)
    if (perm.every((p, i) => p === i)) return [x!]
    return sameShape(perm, a.perm) ? null : b.emit('Transpose', [x!], { perm })
  },
  tail: true,
}

/** Transpose. */
export const transposeOperators: readonly Op[] = [transpose]
