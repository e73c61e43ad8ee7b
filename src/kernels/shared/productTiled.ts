// The `tiled` variants of the matrix product, for GPUs: tiles of both matrices in workgroup memory, a block of results
// in the registers of each invocation. `tiled:ROWSxCOLUMNSxDEPTH/INVOCATIONS`.
import type { Context, KernelCall } from '../../runtime/op.ts'
import { call, cover } from './call.ts'
import { type Product, type ProductShape, productSpec } from './product.ts'
import type { Variant } from './variants.ts'

const LARGE = { family: 'tiled', tile: [64, 64, 16], workers: 256 }
const SMALL = { family: 'tiled', tile: [32, 32, 16], workers: 64 }

/** Tiled variants of a product, the rule's first. */
export function tiledCandidates(_ctx: Context, { m, n }: ProductShape): Variant[] {
  return m >= 64 && n >= 64 ? [LARGE, SMALL] : [SMALL, LARGE]
}

/** A forced tiled variant made whole. */
export function tiledForced(ctx: Context, v: Variant, s: ProductShape): Variant | undefined {
  return v.tile?.length === 3 && v.workers ? v : tiledCandidates(ctx, s)[0]
}

export function tiledProduct(ctx: Context, p: Product, { tile, workers }: Variant): KernelCall[] {
  const { m, n, batch = 1 } = p
  const [rows, columns, depth] = tile!
  const spec = productSpec(ctx, p)
  const wx = columns / 4
  const wy = workers! / wx
  return [
    call(ctx, 'matmul_tiled', {
      ...spec,
      consts: { ...spec.consts, ROWS: rows / wy, WX: wx, WY: wy, DEPTH: depth },
      groups: [cover(n, columns), cover(m, rows), batch],
    }),
  ]
}
