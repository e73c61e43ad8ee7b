// The `matrix` variants of attention: subgroup matrices (tensor cores), float16 with sums in float32.
// `matrix:QUERIESxKEYS/SUBGROUPS`.
import { ensure } from '../../runtime/error.ts'
import type { Caps, Context, Value } from '../../runtime/op.ts'
import { matrixConfig } from './productMatrix.ts'
import { busy, fastest, turns } from './tiles.ts'
import { formatVariant, type Variant } from './variants.ts'

/** Sizes of an attention that the choice of a variant depends on. */
export interface AttentionShape {
  /** Batches times heads. */
  count: number
  queries: number
  keys: number
  headSize: number
  valueSize: number
}

const TILES = [
  [128, 64, 8],
  [128, 32, 8],
  [64, 64, 8],
  [64, 32, 8],
  [64, 64, 4],
  [64, 32, 4],
  [32, 64, 4],
  [32, 32, 4],
  [32, 32, 2],
]

/** Constants of `attention_matrix` for a variant; undefined where the adapter's matrices do not make it. */
export function matrixAttention(caps: Caps, s: AttentionShape, { tile, workers }: Variant) {
  const config = matrixConfig(caps)
  if (!config || tile?.length !== 2 || !workers) return undefined
  const [queries, keys] = tile
  const { m, n, k } = config
  const { min, max } = caps.subgroups!
  const lanes = (workers * max) / queries // of a query's softmax, which one subgroup holds
  if (workers * max > caps.limits.maxComputeInvocationsPerWorkgroup) return undefined
  if (keys % k || !Number.isInteger(Math.log2(lanes)) || lanes < 1 || lanes > min || (keys / 4) % lanes)
    return undefined
  const sy = Array.from({ length: workers }, (_, i) => workers - i).find(
    (y) => workers % y === 0 && queries % (y * m) === 0 && keys % ((workers / y) * n) === 0,
  )
  if (!sy) return undefined
  const sx = workers / sy
  const span = Math.ceil(s.headSize / k) * k
  const spanV = Math.ceil(s.valueSize / (sx * n)) * sx * n
  const halves = queries * (Math.max(span, keys) + 8) + keys * (span + spanV + 16)
  const bytes = 2 * halves + 4 * (queries * (keys + 5) + keys + 4)
  if (bytes > caps.limits.maxComputeWorkgroupStorageSize) return undefined
  return {
    consts: {
      QUERIES: queries,
      KEYS: keys,
      MM: m,
      NN: n,
      KK: k,
      SY: sy,
      SX: sx,
      LANES: max,
      SPARE: min !== max,
      ROLLED: caps.software,
    },
  }
}

/** Matrix variants of attention, the rule's first; none where the adapter or the types have none. */
export function matrixAttentionCandidates(ctx: Context, q: Value, s: AttentionShape): Variant[] {
  if (q.fact.dtype !== 'float16') return []
  const whole = TILES.map(([queries, keys, workers]) => ({ family: 'matrix', tile: [queries, keys], workers }))
  const possible = whole.filter((v) => matrixAttention(ctx.caps, s, v))
  const time = ({ tile, workers }: Variant) => {
    const [queries, keys] = tile!
    const groups = Math.ceil(s.queries / queries) * s.count
    const work = (queries + 32) * Math.ceil(s.keys / keys) * (keys + 16)
    return (turns(groups) * work) / busy(groups, workers!)
  }
  return fastest(possible, time, 5)
}

/** A forced matrix variant made whole; undefined where the adapter or the types have none. */
export function matrixAttentionForced(ctx: Context, v: Variant, q: Value, s: AttentionShape): Variant | undefined {
  if (q.fact.dtype !== 'float16' || !matrixConfig(ctx.caps)) return undefined
  const whole = v.tile ? v : matrixAttentionCandidates(ctx, q, s)[0]
  ensure(
    whole && matrixAttention(ctx.caps, s, whole),
    'input',
    `the adapter's matrices do not make "${formatVariant(v)}"`,
  )
  return whole
}
