// Attention's operands as heads, and its twin.
import { ensure } from '../../runtime/error.ts'
import { allocate, broadcastStrides, formatShape, fromNumbers, numbers, type Tensor } from '../../runtime/tensor.ts'

export interface AttentionAttrs {
  causal: boolean
  /** Keys that a query sees before and behind its own position; absent or negative: all. */
  left?: number
  right?: number
  /** Heads of three-dimensional operands; 0 where the operands have an axis for them. */
  queryHeads: number
  keyHeads: number
  /** Null: one over the root of the head size. */
  scale: number | null
  /** 0: none. */
  softcap: number
  /** What the fourth output holds: the scores as they are (0), capped (1), with the mask (2), or their softmax (3). */
  scores: number
}

/** Sizes of an Attention node. */
export interface AttentionDims {
  batch: number
  /** Heads of the queries, and of keys and values; the first is a multiple of the second. */
  heads: number
  keyHeads: number
  queries: number
  /** Keys of the node's own input, those that came before, and both. */
  keys: number
  past: number
  total: number
  headSize: number
  valueSize: number
  /** Operands have three axes, with the heads side by side in the last. */
  rows: boolean
}

type Shape = readonly number[]

/** [batch, heads, tokens, size] of an operand of three or four axes. */
export function headsOf(shape: Shape, heads: number, input: string): [number, number, number, number] {
  if (shape.length === 4) return shape as [number, number, number, number]
  ensure(shape.length === 3, 'shape', () => `${input} ${formatShape(shape)} has ${shape.length} axes instead of 3 or 4`)
  ensure(
    heads > 0 && shape[2] % heads === 0,
    'shape',
    () => `the ${shape[2]} elements a token of ${input} ${formatShape(shape)} do not divide into ${heads} heads`,
  )
  return [shape[0], heads, shape[1], shape[2] / heads]
}

/** Sizes from the shapes of Q, K, V, attn_mask, past_key, past_value and nonpad_kv_seqlen; throws where they disagree. */
export function attentionDims(shapes: readonly (Shape | null | undefined)[], a: AttentionAttrs): AttentionDims {
  const [q, k, v, mask, pastKey, pastValue, lengths] = shapes
  const [batch, heads, queries, headSize] = headsOf(q!, a.queryHeads, 'Q')
  const [batchK, keyHeads, keys, sizeK] = headsOf(k!, a.keyHeads, 'K')
  const [batchV, headsV, keysV, valueSize] = headsOf(v!, a.keyHeads, 'V')
  const fits = batch === batchK && batch === batchV && keyHeads === headsV && keys === keysV && headSize === sizeK
  ensure(
    fits && q!.length === k!.length && q!.length === v!.length,
    'shape',
    () => `Q ${formatShape(q!)}, K ${formatShape(k!)} and V ${formatShape(v!)} do not fit`,
  )
  ensure(heads % keyHeads === 0, 'shape', () => `${heads} heads of Q are no multiple of ${keyHeads} heads of K`)
  ensure(!pastKey === !pastValue, 'shape', 'it has one of past_key and past_value without the other')
  const past = pastKey?.[2] ?? 0
  for (const [given, size] of [
    [pastKey, headSize],
    [pastValue, valueSize],
  ] as const) {
    const wanted = [batch, keyHeads, past, size]
    ensure(
      !given || (given.length === 4 && given.every((d, i) => d === wanted[i])),
      'shape',
      () => `the past ${formatShape(given!)} is not ${formatShape(wanted)}`,
    )
  }
  const total = past + keys
  if (mask) {
    const [last] = mask.slice(-1)
    ensure(
      mask.length >= 1 && last <= total,
      'shape',
      () => `attn_mask ${formatShape(mask)} covers more than ${total} keys`,
    )
    const target = [batch, heads, queries, last]
    const at = target.length - mask.length
    ensure(
      at >= 0 && mask.every((d, i) => d === 1 || d === target[at + i]),
      'shape',
      () => `attn_mask ${formatShape(mask)} does not broadcast to ${formatShape(target)}`,
    )
  }
  ensure(
    !lengths || (lengths.length === 1 && lengths[0] === batch),
    'shape',
    () => `nonpad_kv_seqlen ${formatShape(lengths!)} is not [${batch}]`,
  )
  return { batch, heads, keyHeads, queries, keys, past, total, headSize, valueSize, rows: q!.length === 3 }
}

/** How far a query sees to both sides of its own position; infinite where nothing limits it. */
export function windowOf(a: AttentionAttrs): { left: number; right: number } {
  const reach = (n = -1) => (n < 0 ? Number.POSITIVE_INFINITY : n)
  return { left: reach(a.left), right: a.causal ? 0 : reach(a.right) }
}

/** The scale of the scores. */
export const scaleOf = (a: AttentionAttrs, d: AttentionDims): number => a.scale ?? 1 / Math.sqrt(d.headSize)

/** Elements between neighbours of [batch, heads, tokens] in an operand of three or four axes. */
const stepsOf = (heads: number, tokens: number, size: number, rows: boolean) =>
  rows ? [tokens * heads * size, size, heads * size] : [heads * tokens * size, tokens * size, size]

/** Keys or values with those that came before, as [batch, heads, total, size]; elements are copied untouched. */
function present(x: Tensor, past: Tensor | null | undefined, d: AttentionDims, size: number): Tensor {
  const shape = [d.batch, d.keyHeads, d.total, size]
  const data = allocate(x.dtype, d.batch * d.keyHeads * d.total * size) as Float32Array
  const [sb, sh, sn] = stepsOf(d.keyHeads, d.keys, size, d.rows)
  const own = x.data as Float32Array
  const before = past?.data as Float32Array | undefined
  for (let b = 0; b < d.batch; b++)
    for (let h = 0; h < d.keyHeads; h++) {
      const group = b * d.keyHeads + h
      const at = group * d.total * size
      if (before) data.set(before.subarray(group * d.past * size, (group + 1) * d.past * size), at)
      for (let n = 0; n < d.keys; n++) {
        const from = b * sb + h * sh + n * sn
        data.set(own.subarray(from, from + size), at + (d.past + n) * size)
      }
    }
  return { dtype: x.dtype, shape, data }
}

/** What is added to the score of query n and key m. */
type Bias = (b: number, h: number, n: number, m: number) => number

function biasOf(
  mask: Tensor | null | undefined,
  lengths: Tensor | null | undefined,
  a: AttentionAttrs,
  d: AttentionDims,
) {
  const width = mask?.shape.at(-1) ?? 0
  const values = mask ? numbers(mask) : undefined
  const [sb, sh, sn, sm] = mask ? broadcastStrides(mask.shape, [d.batch, d.heads, d.queries, width]) : []
  const count = lengths ? numbers(lengths) : undefined
  const { left, right } = windowOf(a)
  const bias: Bias = (b, h, n, m) => {
    const own = n + (d.past || !count ? d.past : count[b] - d.queries)
    if (m > own + right || m < own - left || (count && m >= count[b])) return Number.NEGATIVE_INFINITY
    if (!values) return 0
    if (m >= width) return Number.NEGATIVE_INFINITY
    const v = values[b * sb + h * sh + n * sn + m * sm]
    return mask!.dtype !== 'bool' ? v : v ? 0 : Number.NEGATIVE_INFINITY
  }
  return bias
}

/** The four outputs of Attention. A query that may see no key gets zeros. */
export function attention(x: readonly (Tensor | null)[], a: AttentionAttrs): Tensor[] {
  const [q, k, v, mask, pastKey, pastValue, lengths] = x
  const d = attentionDims(
    x.map((t) => t?.shape),
    a,
  )
  const allKeys = present(k!, pastKey, d, d.headSize)
  const allValues = present(v!, pastValue, d, d.valueSize)
  const [dq, dk, dv] = [numbers(q!), numbers(allKeys), numbers(allValues)]
  const [qb, qh, qn] = stepsOf(d.heads, d.queries, d.headSize, d.rows)
  const [yb, yh, yn] = stepsOf(d.heads, d.queries, d.valueSize, d.rows)
  const bias = biasOf(mask, lengths, a, d)
  const scale = scaleOf(a, d)
  const y = new Float64Array(d.batch * d.heads * d.queries * d.valueSize)
  const scores = new Float64Array(d.batch * d.heads * d.queries * d.total)
  const p = new Float64Array(d.total)
  const sum = new Float64Array(d.valueSize)
  for (let b = 0; b < d.batch; b++)
    for (let h = 0; h < d.heads; h++)
      for (let n = 0; n < d.queries; n++) {
        const group = (b * d.keyHeads + Math.floor((h * d.keyHeads) / d.heads)) * d.total
        const row = ((b * d.heads + h) * d.queries + n) * d.total
        const from = b * qb + h * qh + n * qn
        let top = Number.NEGATIVE_INFINITY
        for (let m = 0; m < d.total; m++) {
          let s = 0
          for (let i = 0; i < d.headSize; i++) s += dq[from + i] * dk[(group + m) * d.headSize + i]
          s *= scale
          const capped = a.softcap ? a.softcap * Math.tanh(s / a.softcap) : s
          p[m] = capped + bias(b, h, n, m)
          scores[row + m] = [s, capped, p[m]][a.scores] ?? 0
          top = Math.max(top, p[m])
        }
        let total = 0
        for (let m = 0; m < d.total; m++) total += p[m] = top === Number.NEGATIVE_INFINITY ? 0 : Math.exp(p[m] - top)
        sum.fill(0)
        for (let m = 0; m < d.total; m++) {
          p[m] /= total || 1
          if (a.scores === 3) scores[row + m] = p[m]
          for (let i = 0; i < d.valueSize; i++) sum[i] += p[m] * dv[(group + m) * d.valueSize + i]
        }
        y.set(sum, b * yb + h * yh + n * yn)
      }
  const shape = d.rows ? [d.batch, d.queries, d.heads * d.valueSize] : [d.batch, d.heads, d.queries, d.valueSize]
  return [
    fromNumbers(q!.dtype, shape, y),
    allKeys,
    allValues,
    fromNumbers(q!.dtype, [d.batch, d.heads, d.queries, d.total], scores),
  ]
}
