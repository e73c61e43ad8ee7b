// The `tiled` variants of the matrix product, for GPUs: tiles of both matrices in workgroup memory, a block of results
// in the registers of each invocation. `tiled:ROWSxCOLUMNSxDEPTH/INVOCATIONS*SPLIT`.
import { ensure } from '../../runtime/error.ts'
import type { Caps, Context, KernelCall } from '../../runtime/op.ts'
import { call, cover } from './call.ts'
import { type Product, type ProductShape, productSpec } from './product.ts'
import { splitProduct } from './productSplit.ts'
import { fastest, splits, tileTime } from './tiles.ts'
import { formatVariant, type Variant } from './variants.ts'

const TILES = [
  [32, 32, 16, 64],
  [32, 64, 16, 128],
  [64, 32, 16, 128],
  [64, 64, 16, 256],
  [64, 64, 16, 128],
  [128, 64, 16, 256],
  [128, 64, 16, 128],
  [64, 128, 16, 128],
  [128, 128, 16, 256],
]
const UNIT = { rate: 2e5, half: 16 }

/** Lanes of a subgroup, as far as the rule is concerned. */
const LANES = 32

/** Candidates that a tuner is given. */
const COUNT = 6

/** How a tile is shared among invocations; undefined where it cannot be. */
function layoutOf({ limits }: Caps, { tile, workers }: Variant) {
  if (tile?.length !== 3 || !workers) return undefined
  const [rows, columns, depth] = tile
  // Results of an invocation: up to 8 rows, then vectors of columns.
  const each = (rows * columns) / workers
  const own = Math.min(8, each / 4)
  const quads = each / own / 4
  const [wx, wy] = [columns / quads / 4, rows / own]
  const whole = [own, quads, wx, wy, depth / 4].every((n) => Number.isInteger(n) && n > 0)
  const bytes = (rows + columns) * depth * 4
  if (!whole || bytes > limits.maxComputeWorkgroupStorageSize) return undefined
  if (workers > limits.maxComputeInvocationsPerWorkgroup) return undefined
  return { rows: own, quads, wx, wy }
}

/** Estimated µs; an invocation that makes a × b results reads a + b values from workgroup memory for a · b sums. */
function timeOf(caps: Caps, s: ProductShape, v: Variant): number {
  const { rows, quads } = layoutOf(caps, v)!
  const reuse = (rows * quads * 4) / (rows + quads * 4)
  return (tileTime(s, v.tile!, v.workers! / LANES, v.split ?? 1, UNIT) * (reuse + 1)) / reuse
}

/** Tiled variants of a product, the rule's first. */
export function tiledCandidates(ctx: Context, s: ProductShape, count = COUNT): Variant[] {
  const whole = TILES.map(([rows, columns, depth, workers]) => ({
    family: 'tiled',
    tile: [rows, columns, depth],
    workers,
  }))
  const possible = whole.filter((v) => layoutOf(ctx.caps, v))
  const split = possible.flatMap((v) => splits(s, v.tile).map((parts) => ({ ...v, split: parts })))
  return fastest(split, (v) => timeOf(ctx.caps, s, v), count)
}

/** A forced tiled variant made whole. */
export function tiledForced(ctx: Context, v: Variant, s: ProductShape): Variant | undefined {
  if (v.tile && v.tile.length !== 3) return undefined
  const whole = v.tile ? v : { ...tiledCandidates(ctx, s, 1)[0], ...(v.split && { split: v.split }) }
  ensure(layoutOf(ctx.caps, whole), 'input', `the adapter's workgroups do not make "${formatVariant(v)}"`)
  return whole
}

export function tiledProduct(ctx: Context, p: Product, v: Variant): KernelCall[] {
  const { m, n, batch = 1, readX } = p
  const [rows, columns, depth] = v.tile!
  const own = layoutOf(ctx.caps, v)!
  return splitProduct(ctx, p, v.split ?? 1, (whole, parts) => {
    const spec = productSpec(ctx, whole)
    const { located } = readX
    return call(ctx, 'matmul_tiled', {
      ...spec,
      types: { ...spec.types, ...(located && { row_at: located.at }) },
      functions: { ...spec.functions, ...(located && { locate_x: located.locate, read_x: located.read }) },
      consts: {
        ...spec.consts,
        BATCH: batch,
        SPLIT: parts,
        ROWS: own.rows,
        QUADS: own.quads,
        WX: own.wx,
        WY: own.wy,
        DEPTH: depth,
        ROLLED: ctx.caps.software,
      },
      groups: [cover(n, columns), cover(m, rows), batch * parts],
    })
  })
}
