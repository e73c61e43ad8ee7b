// Attention: https://onnx.ai/onnx/operators/onnx__Attention.html (opset 24 added nonpad_kv_seqlen, 25 windows). It is lowered to
// products and a softmax, which the fusion passes make one kernel of where they can. Softmax is computed in float32 or
// better, whatever softmax_precision asks for. Causal masks are aligned to the last of the keys that came before.
import { ensure } from '../runtime/error.ts'
import type { Builder, Op, Value } from '../runtime/op.ts'
import { fromNumbers, lazy, numbers, type Tensor } from '../runtime/tensor.ts'
import {
  type AttentionAttrs,
  type AttentionDims,
  attention,
  attentionDims,
  headsOf,
  scaleOf,
  windowOf,
} from './shared/attention.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape, scalarOf } from './shared/lowering.ts'

const transpose = (b: Builder, v: Value, perm: number[]) => emit(b, 'Transpose', [v], { perm })

/** An operand as [batch, heads, tokens, size]. */
function asHeads(b: Builder, v: Value, heads: number): Value {
  if (v.fact.shape.length === 4) return v
  const [batch, count, tokens, size] = headsOf(v.fact.shape, heads, v.name)
  return transpose(b, reshape(b, v, [batch, tokens, count, size]), [0, 2, 1, 3])
}

/** Keys or values once for every head of the queries. */
function repeated(b: Builder, v: Value, d: AttentionDims): Value {
  if (d.heads === d.keyHeads) return v
  const [batch, heads, tokens, size] = v.fact.shape
  const shape = b.constant(int64s([batch, heads, d.heads / heads, tokens, size]), 'shape')
  const expanded = emit(b, 'Expand', [reshape(b, v, [batch, heads, 1, tokens, size]), shape])
  return reshape(b, expanded, [batch, d.heads, tokens, size])
}

/** A mask that covers fewer keys than there are, filled up with `fill`. */
function widened(b: Builder, mask: Value, total: number, fill: number): Value {
  const { dtype, shape } = mask.fact
  const width = shape.at(-1)!
  if (width === total) return mask
  const rest = [...shape.slice(0, -1), total - width]
  const n = rest.reduce((p, v) => p * v, 1)
  const filler = lazy(dtype, rest, () => fromNumbers(dtype, rest, new Float64Array(n).fill(fill)).data)
  return emit(b, 'Concat', [mask, b.constant(filler)], { axis: -1 })
}

/** Which keys a query may see by their positions: a condition that broadcasts to the scores, or null for all. */
function visible(b: Builder, lengths: Value | null | undefined, a: AttentionAttrs, d: AttentionDims): Value | null {
  const { left, right } = windowOf(a)
  const limited = Number.isFinite(left) || Number.isFinite(right)
  if (!limited && !lengths) return null
  const table = (f: (n: number, m: number) => number, dtype: 'bool' | 'int64' | 'int32') => {
    const shape = [limited ? d.queries : 1, d.total]
    const values = new Float64Array(shape[0] * d.total).map((_, i) => f(Math.floor(i / d.total), i % d.total))
    return b.constant(fromNumbers(dtype, shape, values), 'positions')
  }
  const inWindow = () => table((n, m) => Number(m <= n + d.past + right && m >= n + d.past - left), 'bool')
  if (!lengths) return inWindow()
  // Key m is beyond the end where m >= length. With length - queries keys before the first query, key m is too far ahead
  // of query n where m - n + queries - right > length, and too far behind where m - n + queries + left < length.
  const type = lengths.fact.dtype === 'int64' ? 'int64' : 'int32'
  const length = reshape(b, lengths, [d.batch, 1, 1, 1])
  const ahead = (n: number, m: number) => (d.past ? m : Math.max(m, m - n + d.queries - right - 1))
  const inside = emit(b, 'Less', [table(ahead, type), length])
  if (d.past) return limited ? emit(b, 'And', [inside, inWindow()]) : inside
  if (!Number.isFinite(left)) return inside
  return emit(b, 'And', [inside, emit(b, 'GreaterOrEqual', [table((n, m) => m - n + d.queries + left, type), length])])
}

/** What is added to the scores, or null for nothing. */
function biasOf(b: Builder, x: readonly (Value | null)[], a: AttentionAttrs, d: AttentionDims): Value | null {
  const [q, , , mask, , , lengths] = x
  const number = (v: number) => scalarOf(b, q!, v)
  let allowed = visible(b, lengths, a, d)
  let bias: Value | null = null
  if (mask?.fact.dtype === 'bool') {
    const wide = widened(b, mask, d.total, 0)
    allowed = allowed ? emit(b, 'And', [wide, allowed]) : wide
  } else if (mask) bias = widened(b, emit(b, 'Cast', [mask], { to: q!.fact.dtype }), d.total, Number.NEGATIVE_INFINITY)
  return allowed ? emit(b, 'Where', [allowed, bias ?? number(0), number(Number.NEGATIVE_INFINITY)]) : bias
}

/** Whether a row of a constant bias hides every key. */
function hidesRows(bias: Tensor): boolean {
  const values = numbers(bias)
  const cols = bias.shape.at(-1)!
  for (let row = 0; row < values.length; row += cols) {
    let m = 0
    while (m < cols && values[row + m] === Number.NEGATIVE_INFINITY) m++
    if (m === cols) return true
  }
  return false
}

/** Queries that may see no key, as a condition; null where it is known that there are none. */
function blind(b: Builder, bias: Value | null): Value | null {
  if (!bias || (bias.fact.value && !hidesRows(bias.fact.value))) return null
  const axes = b.constant(int64s([bias.fact.shape.length - 1]), 'axes')
  const highest = emit(b, 'ReduceMax', [bias, axes], { keepdims: true, noop: true })
  return emit(b, 'IsInf', [highest], { positive: false, negative: true })
}

export const Attention: Op<AttentionAttrs> = {
  name: 'Attention',
  attrs(node) {
    const scores = node.int('qk_matmul_output_mode', 0)
    ensure(scores >= 0 && scores <= 3, 'model', `qk_matmul_output_mode is ${scores} instead of 0 to 3`)
    return {
      causal: node.int('is_causal', 0) !== 0,
      left: node.int('left_window_size', -1),
      right: node.int('right_window_size', -1),
      queryHeads: node.int('q_num_heads', 0),
      keyHeads: node.int('kv_num_heads', 0),
      scale: node.has('scale') ? node.float('scale', 1) : null,
      softcap: node.float('softcap', 0),
      scores,
    }
  },
  infer(x, a) {
    const d = attentionDims(
      x.map((f) => f?.shape),
      a,
    )
    const y = d.rows ? [d.batch, d.queries, d.heads * d.valueSize] : [d.batch, d.heads, d.queries, d.valueSize]
    return [
      { dtype: x[0]!.dtype, shape: y },
      { dtype: x[1]!.dtype, shape: [d.batch, d.keyHeads, d.total, d.headSize] },
      { dtype: x[2]!.dtype, shape: [d.batch, d.keyHeads, d.total, d.valueSize] },
      { dtype: x[0]!.dtype, shape: [d.batch, d.heads, d.queries, d.total] },
    ]
  },
  cpu: attention,
  lower(x, a, b) {
    const [q, k, v, , pastKey, pastValue] = x
    const d = attentionDims(
      x.map((u) => u?.fact.shape),
      a,
    )
    const number = (n: number) => scalarOf(b, q!, n)
    const joined = (past: Value | null | undefined, own: Value) => {
      const u = asHeads(b, own, d.keyHeads)
      return past ? emit(b, 'Concat', [past, u], { axis: 2 }) : u
    }
    const keys = joined(pastKey, k!)
    const values = joined(pastValue, v!)
    const product = emit(b, 'MatMul', [asHeads(b, q!, d.heads), transpose(b, repeated(b, keys, d), [0, 1, 3, 2])])
    const plain = emit(b, 'Mul', [product, number(scaleOf(a, d))])
    const capped = a.softcap
      ? emit(b, 'Mul', [emit(b, 'Tanh', [emit(b, 'Mul', [plain, number(1 / a.softcap)])]), number(a.softcap)])
      : plain
    const bias = biasOf(b, x, a, d)
    const scores = bias ? emit(b, 'Add', [capped, bias]) : capped
    const weights = emit(b, 'Softmax', [scores], { axis: -1, flat: false })
    const none = blind(b, bias)
    const seen = (u: Value) => (none ? emit(b, 'Where', [none, number(0), u]) : u)
    const y = seen(emit(b, 'MatMul', [weights, repeated(b, values, d)]))
    const shaped = d.rows ? reshape(b, transpose(b, y, [0, 2, 1, 3]), [d.batch, d.queries, d.heads * d.valueSize]) : y
    return [shaped, keys, values, [plain, capped, scores, seen(weights)][a.scores]]
  },
}
