// Kernel calls of softmax: rows along the last axis, or columns along another.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { axisOf, sizeOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import { lanesFor } from './lanes.ts'
import { reader } from './reader.ts'

/** Four operations an element and an exponential or two. */
const FLOPS = 8

export function softmaxCalls(log: boolean, x: Value, y: Value, axis: number, ctx: Context): KernelCall[] {
  const { shape } = x.fact
  const n = sizeOf(shape)
  if (n === 0) return []
  const rank = shape.length
  const at = axisOf(axis, rank)
  const cols = shape[rank - 1]
  const from = reader(ctx, x, 'x', cols)
  const common = {
    types: { x_elem: from.elem },
    bind: { x, y },
    flops: FLOPS * n,
  }
  if (at === rank - 1) {
    const rows = n / cols
    const { lanes, workgroup, hole } = lanesFor(ctx, rows, cols)
    return [
      written(ctx, 'softmax', {
        ...common,
        consts: { ROWS: rows, COLS: cols, LANES: lanes, WG: workgroup, LOG: log },
        functions: { read_x: from.read, ...hole('total', 'sum'), ...hole('highest', 'max') },
        groups: [cover(rows * lanes, workgroup)],
      }),
    ]
  }
  const outer = sizeOf(shape.slice(0, at))
  const step = sizeOf(shape.slice(at + 1, -1))
  return [
    written(ctx, 'softmax_axis', {
      ...common,
      consts: { OUTER: outer, LENGTH: shape[at], STEP: step, COLS: cols, LOG: log },
      functions: { read_x: from.read },
      groups: [cover(outer * step * Math.ceil(cols / 4), 64)],
    }),
  ]
}
