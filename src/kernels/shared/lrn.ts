// The kernel call of LRN, for channels-last images.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'

export interface Lrn {
  size: number
  alpha: number
  beta: number
  bias: number
}

export function lrnCalls(x: Value, y: Value, a: Lrn, ctx: Context): KernelCall[] {
  const n = sizeOf(x.fact.shape)
  if (n === 0) return []
  const cols = x.fact.shape[x.fact.shape.length - 1]
  return [
    written(ctx, 'lrn', {
      consts: {
        ROWS: n / cols,
        COLS: cols,
        BEFORE: Math.floor((a.size - 1) / 2),
        AFTER: Math.ceil((a.size - 1) / 2),
        SCALE: a.alpha / a.size,
        BETA: a.beta,
        BIAS: a.bias,
      },
      types: { x_elem: ctx.storage(x) },
      bind: { x, y },
      groups: [cover((n / cols) * Math.ceil(cols / 4), 64)],
      flops: n * (2 * a.size + 4),
    }),
  ]
}
