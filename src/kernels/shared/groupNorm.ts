// Kernel calls of group (and instance) normalisation of channels-last images: statistics of chunks, coefficients, and
// the application.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { call, cover, written } from './call.ts'
import { reader } from './reader.ts'

export interface GroupNorm {
  x: Value
  /** One value a channel. */
  scale: Value
  bias: Value
  y: Value
  groups: number
  epsilon: number
}

/** Pixels of a chunk: enough chunks to fill a GPU, few enough to merge. */
const CHUNK = 128

export function groupNormCalls({ x, scale, bias, y, groups, epsilon }: GroupNorm, ctx: Context): KernelCall[] {
  const { shape } = x.fact
  const n = sizeOf(shape)
  if (n === 0) return []
  const batch = shape[0]
  const channels = shape[shape.length - 1]
  const pixels = n / batch / channels
  const quads = Math.ceil(channels / 4)
  const chunk = Math.min(CHUNK, pixels)
  const chunks = Math.ceil(pixels / chunk)
  const stats = ctx.scratch('float32', [batch, chunks, 2, quads * 4])
  const coefficients = ctx.scratch('float32', [batch, 3, quads * 4])
  const from = reader(ctx, x, 'x', channels)
  const sizes = { BATCH: batch, PIXELS: pixels, COLS: channels, CHUNK: chunk }
  return [
    call(ctx, 'group_norm_stats', {
      consts: sizes,
      types: { x_elem: from.elem },
      functions: { read_x: from.read },
      bind: { x, stats },
      groups: [cover(batch * chunks * quads, 64)],
      flops: 4 * n,
    }),
    call(ctx, 'group_norm_coefficients', {
      consts: { ...sizes, GROUP: channels / groups, EPSILON: epsilon },
      types: { s_elem: ctx.storage(scale), b_elem: ctx.storage(bias) },
      bind: { stats, scale, bias, y: coefficients },
      groups: [cover(batch * channels, 64)],
      flops: (7 * batch * chunks * channels * channels) / groups,
    }),
    written(ctx, 'group_norm', {
      consts: { ROWS: batch * pixels, PIXELS: pixels, COLS: channels },
      types: { x_elem: from.elem },
      functions: { read_x: from.read },
      bind: { x, coefficients, y },
      groups: [cover(batch * pixels * quads, 64)],
      flops: 3 * n,
    }),
  ]
}
