// FusedAttention, the engine's own: softmax(q kᵀ · scale + bias) v for every head, with q, k and v read in place from
// rows in which the heads lie side by side (three projections, or one packed one). The fusion passes make it.
import { ensure } from '../runtime/error.ts'
import type { Context, KernelCall, Op, Value } from '../runtime/op.ts'
import { broadcastStrides, formatShape, fromNumbers, numbers } from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { pick, type Variant } from './shared/variants.ts'

export interface FusedAttentionAttrs {
  heads: number
  /** Elements of a head of q and k, and of v; multiples of 4. */
  headSize: number
  valueSize: number
  scale: number
  /** First element of each operand's rows. */
  offsets: readonly [number, number, number]
}

/** Queries a workgroup, and keys a tile. */
const QUERIES = 64

/** Variants of attention, the rule's first. */
export function attentionCandidates(ctx: Context): Variant[] {
  return [{ family: ctx.caps.software ? 'register' : 'tiled' }]
}

/** `bias_at` for a bias that broadcasts to [batch, heads, queries, keys]. */
function biasHole(ctx: Context, bias: Value, shape: readonly number[]) {
  const [sb, sh, sn, sm] = broadcastStrides(bias.fact.shape, shape)
  return {
    functions: {
      bias_at: `fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return f32(bias[b * ${sb}u + h * ${sh}u + n * ${sn}u + m * ${sm}u]); }`,
    },
    extra: [{ name: 'bias', type: ctx.storage(bias), value: bias }],
  }
}

function rowOf(v: Value): number {
  return v.fact.shape[2]
}

export const FusedAttention: Op<FusedAttentionAttrs> = {
  name: 'FusedAttention',
  tail: true,
  attrs: () => {
    throw new Error('FusedAttention is made by the fusion passes')
  },
  infer([q, k, v, bias], a) {
    const [batch, queries] = q!.shape
    const keys = k!.shape[1]
    ensure(
      k!.shape[0] === batch && v!.shape[0] === batch && v!.shape[1] === keys,
      'shape',
      () => `q ${formatShape(q!.shape)}, k ${formatShape(k!.shape)} and v ${formatShape(v!.shape)} do not fit`,
    )
    if (bias) broadcastStrides(bias.shape, [batch, a.heads, queries, keys])
    return [{ dtype: q!.dtype, shape: [batch, queries, a.heads * a.valueSize] }]
  },
  cpu([q, k, v, bias], a) {
    const [batch, queries, rowQ] = q!.shape
    const [, keys, rowK] = k!.shape
    const rowV = v!.shape[2]
    const [dq, dk, dv] = [numbers(q!), numbers(k!), numbers(v!)]
    const db = bias ? numbers(bias) : undefined
    const sb = bias ? broadcastStrides(bias.shape, [batch, a.heads, queries, keys]) : []
    const cols = a.heads * a.valueSize
    const y = new Float64Array(batch * queries * cols)
    const score = new Float64Array(keys)
    for (let b = 0; b < batch; b++)
      for (let h = 0; h < a.heads; h++)
        for (let n = 0; n < queries; n++) {
          for (let m = 0; m < keys; m++) {
            let s = 0
            for (let d = 0; d < a.headSize; d++)
              s +=
                dq[(b * queries + n) * rowQ + a.offsets[0] + h * a.headSize + d] *
                dk[(b * keys + m) * rowK + a.offsets[1] + h * a.headSize + d]
            score[m] = s * a.scale + (db ? db[b * sb[0] + h * sb[1] + n * sb[2] + m * sb[3]] : 0)
          }
          const top = score.reduce((x, z) => Math.max(x, z))
          let total = 0
          for (let m = 0; m < keys; m++) total += score[m] = Math.exp(score[m] - top)
          for (let d = 0; d < a.valueSize; d++) {
            let s = 0
            for (let m = 0; m < keys; m++)
              s += score[m] * dv[(b * keys + m) * rowV + a.offsets[2] + h * a.valueSize + d]
            y[(b * queries + n) * cols + h * a.valueSize + d] = s / total
          }
        }
    return [fromNumbers(q!.dtype, [batch, queries, cols], y)]
  },
  gpu([q, k, v, bias], [y], a, ctx): KernelCall[] {
    const [batch, queries] = q!.fact.shape
    const keys = k!.fact.shape[1]
    const { types, functions, extra, flops } = ctx.writer()
    const hole = bias ? biasHole(ctx, bias, [batch, a.heads, queries, keys]) : { functions: {}, extra: [] }
    const spec = {
      types: { elem: ctx.storage(q!, 4), ...types },
      functions: { ...functions, ...hole.functions },
      extra: [...hole.extra, ...extra],
      bind: { q: q!, k: k!, v: v!, y },
      flops: 2 * batch * a.heads * queries * keys * (a.headSize + a.valueSize) + flops,
    }
    const consts = {
      N: queries,
      M: keys,
      D: a.headSize,
      DV: a.valueSize,
      COLS: a.heads * a.valueSize,
      SCALE: a.scale,
      Q_ROW: rowOf(q!),
      Q_AT: a.offsets[0],
      K_ROW: rowOf(k!),
      K_AT: a.offsets[1],
      V_ROW: rowOf(v!),
      V_AT: a.offsets[2],
    }
    const key = `attention ${batch}x${a.heads}x${queries}x${keys} ${a.headSize} ${a.valueSize} ${!!bias} ${q!.fact.dtype}`
    const variant = pick(ctx, key, attentionCandidates(ctx), (v) =>
      v.family === 'register' || v.family === 'tiled' ? { family: v.family } : undefined,
    )
    if (variant.family === 'register')
      return [
        call(ctx, 'attention_register', {
          ...spec,
          consts: { ...consts, WG: 8 },
          groups: [cover(queries, 8), a.heads, batch],
        }),
      ]
    const bytes = (a.headSize + a.valueSize) * 4
    const block = Math.max(1, Math.min(16, Math.floor(ctx.caps.limits.maxComputeWorkgroupStorageSize / bytes)))
    return [
      call(ctx, 'attention_tiled', {
        ...spec,
        consts: { ...consts, WG: QUERIES, BLOCK: block },
        groups: [cover(queries, QUERIES), a.heads, batch],
      }),
    ]
  },
}
