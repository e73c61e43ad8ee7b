// The edges of a graph with float16 inputs or outputs on an adapter without float16: conversions that read and write
// the packed bits.
import type { Op } from '../runtime/op.ts'
import { type DType, fromNumbers, numbers, sizeOf } from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'

const conversion = (name: string, shader: 'unpack_half' | 'pack_half', to: DType): Op<object> => ({
  name,
  attrs: () => ({}),
  infer: ([x]) => [{ dtype: to, shape: x!.shape }],
  cpu: ([x]) => [fromNumbers(to, x!.shape, numbers(x!))],
  gpu([x], [y], _, ctx) {
    const quads = Math.ceil(sizeOf(y.fact.shape) / 4)
    return [call(ctx, shader, { consts: { QUADS: quads }, bind: { x: x!, y }, groups: [cover(quads, 64)] })]
  },
})

/** Conversions at the edges of a graph. */
export const halfOperators: readonly Op[] = [
  conversion('UnpackHalf', 'unpack_half', 'float32'),
  conversion('PackHalf', 'pack_half', 'float16'),
]
