// The matrix product behind MatMul, 1×1 and implicit convolutions and transposed convolutions with kernel = stride:
// picks a variant and its tile.
import { bytesOnGpu } from '../../runtime/layout.ts'
import type { Context, KernelCall, Value, Writer } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { call, cover, fold } from './call.ts'
import type { Reader } from './reader.ts'

export interface Product {
  batch?: number
  m: number
  n: number
  k: number
  /** Whether the batches read matrices of their own. */
  xBatched?: boolean
  wBatched?: boolean
  x: Value
  w: Value
  readX: Reader
  readW: Reader
  y: Value
  /** Elements of a row of y as the writer sees it. */
  cols: number
  writer: Writer
  /** WGSL of `fn emit(row: u32, col: u32, v: value)`, where results do not go to row `row` and column `col` of y. */
  emit?: string
  /** Multiplications and additions, where `n` or `k` hold padding; by default all of batch · m · n · k. */
  terms?: number
}

export type ProductVariant = 'naive' | 'register' | 'subgroup' | 'tiled'

/** Lanes that the `subgroup` kernels are written for. */
const LANES = 8

const hasLanes = (ctx: Context) => ctx.caps.subgroups?.min === LANES && ctx.caps.subgroups.max === LANES

/** Software adapters have no use for workgroup memory; small products do not fill its tiles. */
export function chooseProduct(ctx: Context, m: number, n: number): ProductVariant {
  if (ctx.variant === 'subgroup' && !hasLanes(ctx)) return 'register'
  if (ctx.variant === 'naive' || ctx.variant === 'register' || ctx.variant === 'subgroup' || ctx.variant === 'tiled')
    return ctx.variant
  if (ctx.caps.software) return hasLanes(ctx) ? 'subgroup' : 'register'
  return m >= 16 && n >= 32 ? 'tiled' : 'register'
}

/** The dispatch of a product. */
export function product(ctx: Context, p: Product): KernelCall {
  const { m, n, k, batch = 1, writer, y } = p
  const size = sizeOf(y.fact.shape)
  // A large matrix of weights is multiplied in ranges of columns.
  const results = Math.min(size, batch * m * n)
  const tail = (ctx.node.tail?.length ?? 0) * results
  const spec = {
    types: { x_elem: p.readX.elem, w_elem: p.readW.elem, ...writer.types },
    functions: { read_x: p.readX.read, read_w: p.readW.read, ...writer.functions, ...(p.emit ? { emit: p.emit } : {}) },
    extra: writer.extra,
    bind: { x: p.x, w: p.w, y },
    flops: 2 * (p.terms ?? batch * m * n * k) + tail,
    tail,
    ...(results < size && { touched: { y: bytesOnGpu(y.fact.dtype, [results]) } }),
  }
  const consts = { M: m, N: n, K: k, X_STEP: p.xBatched ? 1 : 0, W_STEP: p.wBatched ? 1 : 0, COLS: p.cols }
  switch (chooseProduct(ctx, m, n)) {
    case 'naive':
      return call(ctx, 'matmul_naive', {
        ...spec,
        consts: { ...consts, BATCH: batch },
        groups: [cover(batch * m * Math.ceil(n / 4), 64)],
      })
    case 'register': {
      const rows = Math.min(4, m)
      const [blocks, folds] = fold(ctx, cover(m, rows))
      return call(ctx, 'matmul_register', {
        ...spec,
        consts: { ...consts, ROWS: rows, FOLDS: folds },
        groups: [cover(n, 32), blocks, batch * folds],
      })
    }
    case 'subgroup': {
      const rows = Math.min(8, m)
      const [blocks, folds] = fold(ctx, cover(m, rows))
      const { read_x: _, ...functions } = spec.functions
      return call(ctx, 'matmul_subgroup', {
        ...spec,
        types: { ...spec.types, x_elem: ctx.storage(p.x) },
        functions,
        consts: { ...consts, ROWS: rows, FOLDS: folds },
        groups: [cover(n, 32), blocks, batch * folds],
      })
    }
    case 'tiled': {
      const wide = m >= 64 && n >= 64
      const [wx, wy] = wide ? [16, 16] : [8, 8]
      return call(ctx, 'matmul_tiled', {
        ...spec,
        consts: { ...consts, ROWS: 4, WX: wx, WY: wy, DEPTH: 16 },
        groups: [cover(n, wx * 4), cover(m, wy * 4), batch],
      })
    }
  }
}
