// Finds softmax(Q Kᵀ · scale + biases) V, of cosines too, among the moves around it and makes it one operator; joins the projections that
// feed it into one product; reads slices of a packed projection in place.
import type { Builder, Node, Value } from '../op.ts'
import { axisOf, fromNumbers, numbers, sameShape, sizeOf } from '../tensor.ts'
import { reshapeTo, transposeBy } from './moves.ts'
import { constantScalar, eachNode, producer, type Rewriter, withScalar } from './rewrite.ts'

/** Takes constant factors off a value. */
function unscaled(v: Value): { v: Value; scale: number } {
  let scale = 1
  for (;;) {
    const mul = withScalar(producer(v, 'Mul'))
    const div = v.producer?.inputs[0] && !v.producer.inputs[0].fact.value ? withScalar(producer(v, 'Div')) : undefined
    if (mul) {
      scale *= mul.c
      v = mul.x
    } else if (div) {
      scale /= div.c
      v = div.x
    } else return { v, scale }
  }
}

interface Match {
  q: Value
  /** [batch, heads, size, keys]. */
  kt(b: Builder): Value
  v: Value
  /** Added to the scores, each of four axes or fewer. */
  biases: Value[]
  scale: number
  /** One a head. */
  scales: Value | null
  /** The least norm of cosine attention. */
  normalise?: number
  last: Node
}

/** True where what is added to scores of up to five axes, [1, batch, heads, queries, keys], can be added to four. */
const asFour = ({ fact: { shape } }: Value) => shape.length < 5 || (shape.length === 5 && shape[0] === 1)

/** A mask that masks nothing: one for all heads, since to look at a bias of each head costs what making it does. */
function allZero({ fact: { shape, value } }: Value): boolean {
  if (!value || sizeOf(shape.slice(0, -2)) > 1) return false
  for (const n of numbers(value)) if (n !== 0) return false
  return true
}

interface Scores {
  product: Node
  biases: Value[]
  scale: number
  scales: Value | null
}

/** The product under sums with biases and factors: scores = (q kᵀ) · scale · scales + biases. */
function scoresOf(v: Value, heads: number, count = sizeOf(v.fact.shape)): Scores | null {
  if (sizeOf(v.fact.shape) !== count) return null
  const product = producer(v, 'MatMul')
  if (product) return v.fact.shape.length === 4 ? { product, biases: [], scale: 1, scales: null } : null
  const reshape = producer(v, 'Reshape')
  const from = reshape?.inputs[0]
  if (from) {
    const [a, b] = [v.fact.shape, from.fact.shape].map((s) => (s.length === 5 && s[0] === 1 ? s.slice(1) : s))
    return sameShape(a, b) ? scoresOf(from, heads, count) : null
  }
  const add = producer(v, 'Add')
  if (add) {
    for (const [i, j] of [
      [0, 1],
      [1, 0],
    ]) {
      const inner = scoresOf(add.inputs[i]!, heads, count)
      const bias = add.inputs[j]!
      if (inner && allZero(bias)) return inner
      if (inner && asFour(bias)) return { ...inner, biases: [...inner.biases, bias] }
    }
    return null
  }
  const one = unscaled(v)
  if (one.v !== v) {
    const inner = scoresOf(one.v, heads, count)
    return inner && !inner.biases.length ? { ...inner, scale: inner.scale * one.scale } : null
  }
  const mul = producer(v, 'Mul')
  const factor = mul?.inputs.find((u) => u?.fact.value)
  if (!mul || !factor || sizeOf(factor.fact.shape) !== heads || factor.fact.shape.at(-3) !== heads) return null
  const inner = scoresOf(mul.inputs.find((u) => u !== factor)!, heads, count)
  return inner && !inner.biases.length && !inner.scales ? { ...inner, scales: factor } : null
}

/** x / max(‖x‖, least) along the last axis. */
function normalised(v: Value): { x: Value; least: number } | null {
  const div = producer(v, 'Div')
  const [x, by] = div?.inputs ?? []
  const expand = producer(by, 'Expand')
  const clip = expand ? expand.inputs[0]!.producer : by?.producer
  if (!x || !clip || clip.tail?.length || (clip.op !== 'Clip' && clip.op !== 'Max') || clip.inputs[2]) return null
  const least = constantScalar(clip.inputs[1])
  const norm = producer(clip.inputs[0], 'ReduceL2')
  const axes = norm?.inputs[1]?.fact.value
  if (least === undefined || norm?.inputs[0] !== x || !axes || sizeOf(axes.shape) !== 1) return null
  const rank = x.fact.shape.length
  return axisOf(numbers(axes)[0], rank) === rank - 1 && sameShape(v.fact.shape, x.fact.shape) ? { x, least } : null
}

const SWAP = [0, 1, 3, 2]

/** q and kᵀ without the norms that both are divided by. */
function cosines(q: Value, kt: Value): { q: Value; k: Value; least: number } | null {
  const swap = producer(kt, 'Transpose')
  const own = normalised(q)
  const other = swap && sameShape(swap.attrs.perm, SWAP) ? normalised(swap.inputs[0]!) : null
  return own && other && own.least === other.least ? { q: own.x, k: other.x, least: own.least } : null
}

function match(r: Rewriter, softmax: Node): Match | null {
  const shape = softmax.outputs[0].fact.shape
  if (softmax.op !== 'Softmax' || shape.length !== 4 || (softmax.attrs.axis + 4) % 4 !== 3) return null
  const last = r.sole(softmax.outputs[0])
  if (last?.op !== 'MatMul' || last.tail?.length || last.inputs[0] !== softmax.outputs[0]) return null
  const v = last.inputs[1]!
  const scores = scoresOf(softmax.inputs[0]!, shape[1])
  if (!scores || !sameShape(scores.product.outputs[0].fact.shape, shape)) return null
  const q = unscaled(scores.product.inputs[0]!)
  const k = unscaled(scores.product.inputs[1]!)
  const scale = scores.scale * q.scale * k.scale
  const cosine = cosines(q.v, k.v)
  const [batch, heads, , headSize] = q.v.fact.shape
  const ranks = [q.v, k.v, v].every(
    (x) => x.fact.shape.length === 4 && x.fact.shape[0] === batch && x.fact.shape[1] === heads,
  )
  if (!ranks || headSize % 4 || v.fact.shape[3] % 4) return null
  return {
    q: cosine?.q ?? q.v,
    kt: (b) => (cosine ? transposeBy(b, cosine.k, SWAP) : k.v),
    v,
    biases: scores.biases,
    scale,
    scales: scores.scales,
    ...(cosine && { normalise: cosine.least }),
    last,
  }
}

/** Biases as two: constants of one shape are added up, what is too many as well. */
function twoBiases(b: Builder, biases: readonly Value[]): (Value | null)[] {
  const list: Value[] = []
  for (const bias of biases) {
    const { shape } = bias.fact
    const v = shape.length === 5 ? reshapeTo(b, bias, shape.slice(1)) : bias
    const same = list.findIndex((u) => u.fact.value && v.fact.value && sameShape(u.fact.shape, v.fact.shape))
    if (same >= 0) list[same] = b.emit('Add', [list[same], v], {})[0]
    else list.push(v)
  }
  while (list.length > 2) list.push(b.emit('Add', [list.pop()!, list.pop()!], {})[0])
  return [list[0] ?? null, list[1] ?? null]
}

/** [batch, heads, tokens, size] as rows of heads side by side; `perm` brings the axes to batch, tokens, heads, size. */
function asRows(b: Builder, x: Value, perm: number[]): Value {
  const t = transposeBy(b, x, perm)
  const [batch, tokens, heads, size] = t.fact.shape
  return reshapeTo(b, t, [batch, tokens, heads * size])
}

function fuse(r: Rewriter, m: Match): boolean {
  return r.rewrite(m.last, (b) => {
    const [batch, heads, queries, headSize] = m.q.fact.shape
    const valueSize = m.v.fact.shape[3]
    const inputs = [
      asRows(b, m.q, [0, 2, 1, 3]),
      asRows(b, m.kt(b), [0, 3, 1, 2]),
      asRows(b, m.v, [0, 2, 1, 3]),
      ...twoBiases(b, m.biases),
      m.scales && reshapeTo(b, m.scales, [heads]),
    ]
    const given = inputs.slice(0, inputs.findLastIndex((v) => v) + 1)
    const normalise = m.normalise === undefined ? {} : { normalise: m.normalise }
    const attrs = { heads, headSize, valueSize, scale: m.scale, offsets: [0, 0, 0], ...normalise }
    const [y] = b.emit('FusedAttention', given, attrs)
    return [transposeBy(b, reshapeTo(b, y, [batch, queries, heads, valueSize]), [0, 2, 1, 3])]
  })
}

export const fuseAttention = eachNode('fuse attention', (r, node) => {
  const m = match(r, node)
  if (m) fuse(r, m)
})

interface Projection {
  x: Value
  w: Value
  bias: Value | null
}

/** A linear layer with constant weights that nothing else reads. */
function projection(r: Rewriter, v: Value): Projection | null {
  if (!r.sole(v)) return null
  const add = producer(v, 'Add')
  const bias = add?.inputs.find((u) => u?.fact.value) ?? null
  const inner = add && bias ? add.inputs.find((u) => u !== bias)! : v
  const product = producer(inner, 'MatMul')
  const [x, w] = product?.inputs ?? []
  if (!product || (inner !== v && !r.sole(inner)) || w!.fact.value === undefined || w!.fact.shape.length !== 2)
    return null
  if (bias && (bias.fact.shape.length !== 1 || bias.fact.shape[0] !== w!.fact.shape[1])) return null
  return { x: x!, w: w!, bias }
}

function joinProjections(r: Rewriter, node: Node): boolean {
  const parts = node.inputs.slice(0, 3).map((v) => projection(r, v!))
  if (!parts.every((p) => p && p.x === parts[0]!.x && p.w.fact.dtype === parts[0]!.w.fact.dtype)) return false
  if (new Set(node.inputs.slice(0, 3)).size < 3 || (node.attrs.offsets as number[]).some((o) => o !== 0)) return false
  if (node.attrs.steps) return false
  const all = parts as Projection[]
  return r.rewrite(node, (b) => {
    const sizes = all.map((p) => p.w.fact.shape[1])
    const zeros = (n: number) => b.constant(fromNumbers(all[0].w.fact.dtype, [n], new Array(n).fill(0)))
    const [w] = b.emit(
      'Concat',
      all.map((p) => p.w),
      { axis: 1 },
    )
    let [y] = b.emit('MatMul', [all[0].x, w], {})
    if (all.some((p) => p.bias)) {
      const [bias] = b.emit(
        'Concat',
        all.map((p, i) => p.bias ?? zeros(sizes[i])),
        { axis: 0 },
      )
      y = b.emit('Add', [y, bias], {})[0]
    }
    const offsets = [0, sizes[0], sizes[0] + sizes[1]]
    return b.emit('FusedAttention', [y, y, y, ...node.inputs.slice(3)], { ...node.attrs, offsets })
  })
}

interface Range {
  from: Value
  offset: number
  /** Elements from one head to the next. */
  step?: number
}

/**
 * A value that is a part of another's rows: [batch, tokens, length] out of [batch, tokens, row], either a range of each
 * row, or a range of each head, where a row is that many heads.
 */
function rangeOfRows(v: Value, heads: number): Range | null {
  const outer = producer(v, 'Reshape')
  const slice = producer(outer ? outer.inputs[0] : v, 'Slice')
  if (!slice) return null
  const list = (i: number) => (slice.inputs[i]?.fact.value ? [...numbers(slice.inputs[i]!.fact.value!)] : null)
  const [starts, axes, steps] = [list(1), list(3), slice.inputs[4] ? list(4) : [1]]
  if (starts?.length !== 1 || axes?.length !== 1 || steps?.[0] !== 1) return null
  const inner = producer(slice.inputs[0], 'Reshape')
  const cut = slice.inputs[0]!.fact.shape
  const axis = axisOf(axes[0], cut.length)
  const from = inner ? inner.inputs[0]! : slice.inputs[0]!
  const rows = v.fact.shape.slice(0, 2)
  // The rows must be whole in every shape on the way, and the cut axis the first below them, or below the heads.
  if (from.fact.shape.length !== 3 || ![from.fact.shape, cut].every((s) => sameShape(s.slice(0, 2), rows))) return null
  const start = starts[0] < 0 ? starts[0] + cut[axis] : starts[0]
  const below = cut.slice(axis + 1).reduce((n, d) => n * d, 1)
  if (axis === 2) return { from, offset: start * below }
  return axis === 3 && cut[2] === heads ? { from, offset: start * below, step: cut[3] * below } : null
}

const multiple = (n: number) => n % 4 === 0

function readInPlace(r: Rewriter, node: Node): boolean {
  const { heads, headSize, valueSize } = node.attrs
  const offsets = [...(node.attrs.offsets as number[])]
  const steps = [...((node.attrs.steps as number[]) ?? [headSize, headSize, valueSize])]
  const inputs = node.inputs.map((v, i) => {
    const range = i < 3 ? rangeOfRows(v!, heads) : null
    // A part of each head is found once: its offset counts in the longer rows.
    if (!range || ![range.offset, range.from.fact.shape[2], range.step ?? 0].every(multiple)) return v
    if (range.step !== undefined && (offsets[i] !== 0 || steps[i] !== [headSize, headSize, valueSize][i])) return v
    offsets[i] += range.offset
    steps[i] = range.step ?? steps[i]
    return range.from
  })
  if (inputs.every((v, i) => v === node.inputs[i])) return false
  const apart = sameShape(steps, [headSize, headSize, valueSize]) ? {} : { steps }
  return r.rewrite(node, (b) => b.emit('FusedAttention', inputs, { ...node.attrs, offsets, ...apart }))
}

/** One product for q, k and v, read in place. */
export const packProjections = eachNode('pack projections', (r, node) => {
  if (node.op === 'FusedAttention' && !node.tail?.length && !joinProjections(r, node)) readInPlace(r, node)
})
