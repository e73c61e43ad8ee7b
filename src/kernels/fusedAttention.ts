// FusedAttention, the engine's own: softmax(q kᵀ · scale + bias + mask) v for every head, with q, k and v read in place
// from rows of heads (three projections, or a packed one), in windows where a table names the rows of each. The fusion
// passes make it.
import { ensure } from '../runtime/error.ts'
import type { Context, Fact, KernelCall, Op, Value } from '../runtime/op.ts'
import { broadcastStrides, formatShape, fromNumbers, numbers, type Tensor } from '../runtime/tensor.ts'
import {
  type AttentionShape,
  matrixAttention,
  matrixAttentionCandidates,
  matrixAttentionForced,
} from './shared/attentionMatrix.ts'
import { cover, operand, written } from './shared/call.ts'
import { pick, type Variant } from './shared/variants.ts'

/**
 * Inputs: q, k, v, each [batch, tokens, row]; then, each null where missing: bias and mask, which broadcast to [batch,
 * heads, queries, keys]; scales, one a head; rows, the table of windows.
 */
export interface FusedAttentionAttrs {
  heads: number
  /** Elements of a head of q and k, and of v; multiples of 4. */
  headSize: number
  valueSize: number
  scale: number
  /** First element of each operand's rows. */
  offsets: readonly [number, number, number]
  /** Elements from one head to the next, where heads do not lie side by side. */
  steps?: readonly [number, number, number]
  /** Tokens of a window: the input `rows` then holds the row of every token, window by window; windows are the batch. */
  window?: number
  /** q and k of a head are divided by their Euclidean norms, which count as this at least. */
  normalise?: number
}

/** Queries a workgroup, and keys a tile. */
const QUERIES = 64

interface Dims {
  batch: number
  queries: number
  keys: number
}

function dimsOf(q: readonly number[], k: readonly number[], a: FusedAttentionAttrs): Dims {
  if (a.window) return { batch: (q[0] * q[1]) / a.window, queries: a.window, keys: a.window }
  return { batch: q[0], queries: q[1], keys: k[1] }
}

const stepsOf = (a: FusedAttentionAttrs) => a.steps ?? [a.headSize, a.headSize, a.valueSize]

/** Where the value of an operand lies that broadcasts to [batch, heads, queries, keys]. */
function broadcastAt(t: Tensor | null | undefined, shape: readonly number[]) {
  if (!t) return () => 0
  const data = numbers(t)
  const [sb, sh, sn, sm] = broadcastStrides(t.shape, shape)
  return (b: number, h: number, n: number, m: number) => data[b * sb + h * sh + n * sn + m * sm]
}

/** The elements of one head, divided by their norm where the attention is of cosines. */
function head(data: ArrayLike<number>, at: number, size: number, least: number | undefined): Float64Array {
  const x = Float64Array.from({ length: size }, (_, d) => data[at + d])
  if (least === undefined) return x
  const norm = Math.max(Math.sqrt(x.reduce((sum, v) => sum + v * v, 0)), least)
  return x.map((v) => v / norm)
}

function evaluate(x: readonly (Tensor | null)[], a: FusedAttentionAttrs): Tensor {
  const [q, k, v, bias, mask, scales, rows] = x
  const { batch, queries, keys } = dimsOf(q!.shape, k!.shape, a)
  const shape = [batch, a.heads, queries, keys]
  const [dq, dk, dv] = [numbers(q!), numbers(k!), numbers(v!)]
  const [rowQ, rowK, rowV] = [q!.shape[2], k!.shape[2], v!.shape[2]]
  const [stepQ, stepK, stepV] = stepsOf(a)
  const table = rows ? numbers(rows) : undefined
  const row = (i: number) => (table ? table[i] : i)
  const factor = scales ? numbers(scales) : undefined
  const [biasAt, maskAt] = [broadcastAt(bias, shape), broadcastAt(mask, shape)]
  const cols = a.heads * a.valueSize
  const y = new Float64Array(batch * queries * cols)
  const score = new Float64Array(keys)
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < a.heads; h++) {
      const scale = a.scale * (factor?.[h] ?? 1)
      const of = (data: ArrayLike<number>, at: number) => head(data, at, a.headSize, a.normalise)
      const all = Array.from({ length: keys }, (_, m) => of(dk, row(b * keys + m) * rowK + a.offsets[1] + h * stepK))
      for (let n = 0; n < queries; n++) {
        const own = row(b * queries + n)
        const query = of(dq, own * rowQ + a.offsets[0] + h * stepQ)
        for (let m = 0; m < keys; m++) {
          const s = query.reduce((sum, z, d) => sum + z * all[m][d], 0)
          score[m] = s * scale + biasAt(b, h, n, m) + maskAt(b, h, n, m)
        }
        const top = score.reduce((s, z) => Math.max(s, z))
        let total = 0
        for (let m = 0; m < keys; m++) total += score[m] = Math.exp(score[m] - top)
        for (let d = 0; d < a.valueSize; d++) {
          let s = 0
          for (let m = 0; m < keys; m++) s += score[m] * dv[row(b * keys + m) * rowV + a.offsets[2] + h * stepV + d]
          y[own * cols + h * a.valueSize + d] = s / total
        }
      }
    }
  return fromNumbers(q!.dtype, [q!.shape[0], q!.shape[1], cols], y)
}

/** Strides of the bias and the mask, which broadcast to `shape`; none for what is missing. */
const termStrides = (x: readonly (Value | null)[], shape: readonly number[]) =>
  x.slice(3, 5).map((v) => v && broadcastStrides(v.fact.shape, shape))

/**
 * Functions of the kernels that the optional operands fill, and the bindings that they bring. `data`: the kernel has the
 * strides of bias and mask in its variables bias_step and mask_step.
 */
function operandHoles(ctx: Context, x: readonly (Value | null)[], shape: readonly number[], data: boolean) {
  const [, , , bias, mask, scales, rows] = x
  const functions: Record<string, string> = {}
  const extra: { name: string; type: string; value: Value }[] = []
  const strides = termStrides(x, shape)
  const sum = [bias, mask].flatMap((v, i) => {
    if (!v) return []
    const name = ['bias', 'mask'][i]
    const [sb, sh, sn, sm] = data ? [...'xyzw'].map((c) => `${name}_step.${c}`) : strides[i]!.map((n) => `${n}u`)
    extra.push(operand(ctx, name, v))
    return [`f32(${name}[b * ${sb} + h * ${sh} + n * ${sn} + m * ${sm}])`]
  })
  if (sum.length) functions.bias_at = `fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return ${sum.join(' + ')}; }`
  if (scales) {
    extra.push(operand(ctx, 'scales', scales))
    functions.scale_of = 'fn scale_of(h: u32) -> f32 { return SCALE * f32(scales[h]); }'
  }
  if (rows) {
    extra.push(operand(ctx, 'rows', rows))
    functions.query_row = 'fn query_row(b: u32, n: u32) -> u32 { return u32(rows[b * N + n]); }'
    functions.key_row = 'fn key_row(b: u32, m: u32) -> u32 { return u32(rows[b * M + m]); }'
  }
  return { functions, extra }
}

/** Most queries a workgroup of the `subgroup` kernel, which is written for 8 lanes. */
const ROWS = 8
const LANES = 8

/**
 * Workgroups of the `subgroup` kernel that share a head's columns of v. Each computes the scores anew, which costs little
 * where heads of q and k are narrow, and fewer columns are less code.
 */
function valueParts({ headSize, valueSize }: FusedAttentionAttrs): number {
  return valueSize % 64 === 0 && valueSize > 2 * headSize ? valueSize / 64 : 1
}

const hasLanes = ({ caps: { subgroups } }: Context) => subgroups?.min === LANES && subgroups.max === LANES

/** Variants of attention, the rule's first. */
export function attentionCandidates(ctx: Context, q: Value, s: AttentionShape): Variant[] {
  if (!ctx.caps.software) return [...matrixAttentionCandidates(ctx, q, s), { family: 'tiled' }]
  const register = { family: 'register' }
  return hasLanes(ctx) ? [{ family: 'subgroup' }, register] : [register]
}

/** A forced variant, as far as the adapter has it. */
function forced(ctx: Context, v: Variant, q: Value, s: AttentionShape): Variant | undefined {
  const { family } = v
  if (family === 'matrix') return matrixAttentionForced(ctx, v, q, s)
  if (family === 'subgroup' && !hasLanes(ctx)) return { family: 'register' }
  return ['register', 'subgroup', 'tiled'].includes(family) ? { family } : undefined
}

function infer([q, k, v, bias, mask, scales, rows]: readonly (Fact | null)[], a: FusedAttentionAttrs): Fact[] {
  const { batch, queries, keys } = dimsOf(q!.shape, k!.shape, a)
  ensure(
    k!.shape[0] === q!.shape[0] && v!.shape[0] === q!.shape[0] && v!.shape[1] === k!.shape[1],
    'shape',
    () => `q ${formatShape(q!.shape)}, k ${formatShape(k!.shape)} and v ${formatShape(v!.shape)} do not fit`,
  )
  for (const operand of [bias, mask]) if (operand) broadcastStrides(operand.shape, [batch, a.heads, queries, keys])
  ensure(!scales || scales.shape[0] === a.heads, 'shape', () => `its scales ${formatShape(scales!.shape)} do not fit`)
  ensure(
    !a.window === !rows && (!rows || (rows.shape[0] === batch * queries && Number.isInteger(batch))),
    'shape',
    () => `its rows ${formatShape(rows?.shape ?? [])} are not those of windows of ${a.window}`,
  )
  return [{ dtype: q!.dtype, shape: [q!.shape[0], q!.shape[1], a.heads * a.valueSize] }]
}

export const FusedAttention: Op<FusedAttentionAttrs> = {
  name: 'FusedAttention',
  tail: true,
  attrs: () => {
    throw new Error('FusedAttention is made by the fusion passes')
  },
  infer,
  cpu: (x, a) => [evaluate(x, a)],
  gpu(x, [y], a, ctx): KernelCall[] {
    const [q, k, v] = x as Value[]
    const { batch, queries, keys } = dimsOf(q.fact.shape, k.fact.shape, a)
    const scores = [batch, a.heads, queries, keys]
    const kind = `${x.slice(3).map((v) => Number(!!v))} ${a.normalise !== undefined}`
    const key = `attention ${batch}x${a.heads}x${queries}x${keys} ${a.headSize} ${a.valueSize} ${kind} ${q.fact.dtype}`
    const shape = { count: batch * a.heads, queries, keys, headSize: a.headSize, valueSize: a.valueSize }
    const variant = pick(ctx, key, attentionCandidates(ctx, q, shape), (v) => forced(ctx, v, q, shape))
    const holes = operandHoles(ctx, x, scores, variant.family === 'subgroup')
    const spec = {
      types: { elem: ctx.storage(q, 4) },
      ...holes,
      bind: { q, k, v, y },
      flops: 2 * batch * a.heads * queries * keys * (a.headSize + a.valueSize),
    }
    const steps = stepsOf(a)
    const rowLengths = [q, k, v].map((u) => u.fact.shape[2])
    const same = { D: a.headSize, SCALE: a.scale, NORMALISE: a.normalise !== undefined, LEAST: a.normalise ?? 0 }
    const consts = {
      ...same,
      N: queries,
      M: keys,
      DV: a.valueSize,
      COLS: a.heads * a.valueSize,
      Q_ROW: rowLengths[0],
      Q_AT: a.offsets[0],
      Q_STEP: steps[0],
      K_ROW: rowLengths[1],
      K_AT: a.offsets[1],
      K_STEP: steps[1],
      V_ROW: rowLengths[2],
      V_AT: a.offsets[2],
      V_STEP: steps[2],
    }
    switch (variant.family) {
      case 'matrix': {
        const made = matrixAttention(ctx.caps, shape, variant)!
        return [
          written(ctx, 'attention_matrix', {
            ...spec,
            consts: { ...consts, ...made.consts },
            groups: [cover(queries, made.consts.QUERIES), a.heads, batch],
          }),
        ]
      }
      case 'subgroup': {
        const rows = Math.min(ROWS, queries)
        const parts = valueParts(a)
        const lines = rowLengths.flatMap((length, i) => [length, a.offsets[i], steps[i]])
        const strides = termStrides(x, scores).flatMap((s) => s ?? [0, 0, 0, 0])
        const sizes = [queries, keys, consts.COLS, parts, ...lines, ...strides]
        return [
          written(ctx, 'attention_subgroup', {
            ...spec,
            bind: { ...spec.bind, sizes: ctx.constant(fromNumbers('uint32', [sizes.length], sizes)) },
            consts: { ...same, DV: a.valueSize / parts, ROWS: rows, BIASED: !!(x[3] || x[4]) },
            groups: [cover(queries, rows), a.heads * parts, batch],
          }),
        ]
      }
      case 'register':
        return [
          written(ctx, 'attention_register', {
            ...spec,
            consts: { ...consts, WG: 8 },
            groups: [cover(queries, 8), a.heads, batch],
          }),
        ]
      default: {
        const bytes = (a.headSize + a.valueSize) * 4 + 4
        const block = Math.max(1, Math.min(16, Math.floor(ctx.caps.limits.maxComputeWorkgroupStorageSize / bytes)))
        return [
          written(ctx, 'attention_tiled', {
            ...spec,
            consts: { ...consts, WG: QUERIES, BLOCK: block },
            groups: [cover(queries, QUERIES), a.heads, batch],
          }),
        ]
      }
    }
  },
}
