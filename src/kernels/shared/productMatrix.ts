// The `matrix` variants of the matrix product: subgroup matrices (tensor cores), float16 with sums in float32.
// `matrix:ROWSxCOLUMNSxDEPTH/SUBGROUPS*SPLIT`.
import { ensure } from '../../runtime/error.ts'
import type { Caps, Context, KernelCall, MatrixConfig } from '../../runtime/op.ts'
import { call, cover } from './call.ts'
import { type Product, type ProductShape, productSpec } from './product.ts'
import { splitProduct } from './productSplit.ts'
import { fastest, splits, tileTime } from './tiles.ts'
import { formatVariant, type Variant } from './variants.ts'

const TILES = [
  [128, 128, 32, 8],
  [128, 64, 32, 8],
  [128, 64, 32, 4],
  [64, 128, 32, 8],
  [64, 64, 32, 4],
  [64, 64, 32, 8],
  [64, 64, 64, 4],
  [64, 64, 64, 8],
  [64, 32, 32, 4],
  [32, 64, 32, 4],
  [32, 32, 64, 4],
]
const UNIT = { rate: 2e6, half: 32 }

/** Candidates that a tuner is given. */
const COUNT = 6

/** The adapter's configuration with f16 factors and f32 sums that kernels use: the largest that vectors of four fit. */
export function matrixConfig(caps: Caps): MatrixConfig | undefined {
  if (!caps.f16 || !caps.subgroups) return undefined
  return caps.matrices
    .filter((c) => c.component === 'f16' && c.result === 'f32' && c.n % 4 === 0 && c.k % 4 === 0)
    .sort((a, b) => b.m * b.n * b.k - a.m * a.n * a.k || b.m - a.m)[0]
}

/** How a tile is shared among subgroups; undefined where it cannot be. */
interface Layout {
  config: MatrixConfig
  sy: number
  sx: number
  /** Matrices of a row of a subgroup's that go through workgroup memory at a time. */
  strip: number
}

function layoutOf(caps: Caps, { tile, workers }: Variant): Layout | undefined {
  const config = matrixConfig(caps)
  if (!config || tile?.length !== 3 || !workers) return undefined
  const [rows, columns, depth] = tile
  const lanes = caps.subgroups!.max
  if (depth % config.k || workers * lanes > caps.limits.maxComputeInvocationsPerWorkgroup) return undefined
  // As square a part a subgroup as there is.
  const parts = Array.from({ length: workers }, (_, i) => i + 1)
    .filter((sy) => workers % sy === 0 && rows % (sy * config.m) === 0)
    .map((sy) => ({ sy, sx: workers / sy }))
    .filter(({ sx }) => columns % (sx * config.n) === 0)
    .sort((a, b) => rows / a.sy + columns / a.sx - rows / b.sy - columns / b.sx)
  const [part] = parts
  if (!part) return undefined
  const tiles = 2 * (rows * (depth + 8) + depth * (columns + 8))
  const across = columns / part.sx / config.n
  for (let strip = Math.min(across, Math.max(1, 64 / config.n)); strip > 0; strip--) {
    const strips = workers * config.m * (strip * config.n + 4) * 4
    if (across % strip === 0 && tiles + strips <= caps.limits.maxComputeWorkgroupStorageSize)
      return { config, ...part, strip }
  }
  return undefined
}

/** Whether the operands lie in memory as subgroup matrices want them. Products of float32 never become float16. */
const isHalf = ({ x, w }: ProductShape) => x.fact.dtype === 'float16' && w.fact.dtype === 'float16'

/** Matrix variants of a product, the rule's first; none where the adapter or the types have none. */
export function matrixCandidates(ctx: Context, s: ProductShape, count = COUNT): Variant[] {
  if (!isHalf(s)) return []
  const whole = TILES.map(([rows, columns, depth, workers]) => ({
    family: 'matrix',
    tile: [rows, columns, depth],
    workers,
  }))
  const possible = whole.filter((v) => layoutOf(ctx.caps, v))
  const split = possible.flatMap((v) => splits(s, v.tile).map((parts) => ({ ...v, split: parts })))
  return fastest(split, (v) => tileTime(s, v.tile!, v.workers!, v.split ?? 1, UNIT), count)
}

/** A forced matrix variant made whole; undefined where the adapter or the types have none. */
export function matrixForced(ctx: Context, v: Variant, s: ProductShape): Variant | undefined {
  if (!isHalf(s) || !matrixConfig(ctx.caps)) return undefined
  const whole = v.tile ? v : { ...matrixCandidates(ctx, s, 1)[0], ...(v.split && { split: v.split }) }
  ensure(layoutOf(ctx.caps, whole), 'input', `the adapter's matrices do not make "${formatVariant(v)}"`)
  return whole
}

export function matrixProduct(ctx: Context, p: Product, v: Variant): KernelCall[] {
  const { config, sy, sx, strip } = layoutOf(ctx.caps, v)!
  const { m, n, batch = 1, readX, readW } = p
  const [rows, columns, depth] = v.tile!
  const { min, max } = ctx.caps.subgroups!
  return splitProduct(ctx, p, v.split ?? 1, (whole, parts) => {
    const spec = productSpec(ctx, whole)
    const { located } = readX
    return call(ctx, 'matmul_matrix', {
      ...spec,
      types: { ...spec.types, ...(located && { row_at: located.at }) },
      functions: {
        ...spec.functions,
        read_x: located?.half ?? readX.half,
        read_w: readW.half,
        ...(located && { locate_x: located.locate }),
      },
      consts: {
        ...spec.consts,
        BATCH: batch,
        SPLIT: parts,
        TILE_M: rows,
        TILE_N: columns,
        TILE_K: depth,
        MM: config.m,
        NN: config.n,
        KK: config.k,
        SY: sy,
        SX: sx,
        STRIP: strip,
        LANES: max,
        SPARE: min !== max,
        ROLLED: ctx.caps.software,
      },
      groups: [cover(n, columns), cover(m, rows), batch * parts],
    })
  })
}
