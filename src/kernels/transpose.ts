// Transpose: https://onnx.ai/onnx/operators/onnx__Transpose.html (unchanged since opset 1). Without `perm` the axes are
// reversed.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { formatShape, sameShape, stridesOf } from '../runtime/tensor.ts'
import { gatherWalk } from './shared/move.ts'

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

const transpose: Op<TransposeAttrs> = {
  name: 'Transpose',
  attrs: (node) => ({ perm: node.ints('perm') }),
  infer: ([x], a) => [{ dtype: x!.dtype, shape: permOf(a, x!.shape.length).map((p) => x!.shape[p]) }],
  cpu: ([x], a) => {
    const perm = permOf(a, x!.shape.length)
    const shape = perm.map((p) => x!.shape[p])
    const own = stridesOf(x!.shape)
    const data = gatherWalk(x!.data, x!.dtype, { shape, strides: perm.map((p) => own[p]), base: 0 })
    return [{ dtype: x!.dtype, shape, data }]
  },
  lower: ([x], a) => {
    const { shape } = x!.fact
    const perm = permOf(a, shape.length)
    return sameShape(
      perm,
      perm.map((_, i) => i),
    )
      ? [x!]
      : null
  },
}

/** Transpose. */
export const transposeOperators: readonly Op[] = [transpose]
