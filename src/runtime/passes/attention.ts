// Finds softmax(Q Kᵀ · scale + bias) V among the moves around it and makes it one operator; joins the projections that
// feed it into one product; reads slices of a packed projection in place.
import type { Builder, Graph, Node, Ops, Value } from '../op.ts'
import { fromNumbers, numbers, sameShape } from '../tensor.ts'
import type { Pass } from './driver.ts'
import { reshapeTo, transposeBy } from './moves.ts'
import { producer, type Rewriter, rewriter, withScalar } from './rewrite.ts'

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
  kt: Value
  v: Value
  bias: Value | null
  scale: number
  last: Node
}

function match(r: Rewriter, softmax: Node): Match | null {
  const shape = softmax.outputs[0].fact.shape
  if (softmax.op !== 'Softmax' || shape.length !== 4 || (softmax.attrs.axis + 4) % 4 !== 3) return null
  const last = r.sole(softmax.outputs[0])
  if (last?.op !== 'MatMul' || last.tail?.length || last.inputs[0] !== softmax.outputs[0]) return null
  const v = last.inputs[1]!
  let scores = unscaled(softmax.inputs[0]!)
  let scale = 1
  let bias: Value | null = null
  const add = producer(scores.v, 'Add')
  if (add && scores.scale === 1) {
    const from = (x: Value | null) => producer(unscaled(x!).v, 'MatMul')
    const i = from(add.inputs[0]) ? 0 : from(add.inputs[1]) ? 1 : -1
    if (i < 0) return null
    bias = add.inputs[1 - i]
    scores = unscaled(add.inputs[i]!)
  }
  scale *= scores.scale
  const product = producer(scores.v, 'MatMul')
  if (!product || !sameShape(product.outputs[0].fact.shape, shape)) return null
  const q = unscaled(product.inputs[0]!)
  const kt = unscaled(product.inputs[1]!)
  scale *= q.scale * kt.scale
  const [batch, heads, , headSize] = q.v.fact.shape
  const ranks = [q.v, kt.v, v].every(
    (x) => x.fact.shape.length === 4 && x.fact.shape[0] === batch && x.fact.shape[1] === heads,
  )
  if (!ranks || headSize % 4 || v.fact.shape[3] % 4) return null
  return { q: q.v, kt: kt.v, v, bias, scale, last }
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
      asRows(b, m.kt, [0, 3, 1, 2]),
      asRows(b, m.v, [0, 2, 1, 3]),
      ...(m.bias ? [m.bias] : []),
    ]
    const attrs = { heads, headSize, valueSize, scale: m.scale, offsets: [0, 0, 0] }
    const [y] = b.emit('FusedAttention', inputs, attrs)
    return [transposeBy(b, reshapeTo(b, y, [batch, queries, heads, valueSize]), [0, 2, 1, 3])]
  })
}

export const fuseAttention: Pass = {
  name: 'fuse attention',
  run(graph: Graph, ops: Ops, log) {
    const r = rewriter(graph, ops, log)
    for (const node of [...graph.nodes]) {
      if (!node.inputs.length || node.op !== 'Softmax') continue
      const m = match(r, node)
      if (m) fuse(r, m)
    }
    return r.changes
  },
}

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

/** A value that is a range of another's rows: [batch, tokens, length] out of [batch, tokens, row]. */
function rangeOfRows(v: Value): { from: Value; offset: number } | null {
  const outer = producer(v, 'Reshape')
  const slice = producer(outer ? outer.inputs[0] : v, 'Slice')
  if (!slice) return null
  const list = (i: number) => (slice.inputs[i]?.fact.value ? [...numbers(slice.inputs[i]!.fact.value!)] : null)
  const [starts, axes, steps] = [list(1), list(3), slice.inputs[4] ? list(4) : [1]]
  if (starts?.length !== 1 || axes?.length !== 1 || steps?.[0] !== 1) return null
  const inner = producer(slice.inputs[0], 'Reshape')
  const cut = slice.inputs[0]!.fact.shape
  const axis = axes[0] < 0 ? axes[0] + cut.length : axes[0]
  const from = inner ? inner.inputs[0]! : slice.inputs[0]!
  const rows = v.fact.shape.slice(0, 2)
  // The rows must be whole in every shape on the way, and the cut axis the first below them.
  if (
    from.fact.shape.length !== 3 ||
    axis !== 2 ||
    ![from.fact.shape, cut].every((s) => sameShape(s.slice(0, 2), rows))
  )
    return null
  const below = cut.slice(3).reduce((n, d) => n * d, 1)
  const start = starts[0] < 0 ? starts[0] + cut[2] : starts[0]
  return { from, offset: start * below }
}

function readInPlace(r: Rewriter, node: Node): boolean {
  const ranges = node.inputs.slice(0, 3).map((v) => rangeOfRows(v!))
  if (!ranges.some((x) => x && x.offset % 4 === 0)) return false
  const offsets = [...(node.attrs.offsets as number[])]
  const inputs = node.inputs.map((v, i) => {
    const range = i < 3 ? ranges[i] : null
    if (!range || range.offset % 4 || range.from.fact.shape[2] % 4) return v
    offsets[i] += range.offset
    return range.from
  })
  if (inputs.every((v, i) => v === node.inputs[i])) return false
  return r.rewrite(node, (b) => b.emit('FusedAttention', inputs, { ...node.attrs, offsets }))
}

/** One product for q, k and v, read in place. */
export const packProjections: Pass = {
  name: 'pack projections',
  run(graph: Graph, ops: Ops, log) {
    const r = rewriter(graph, ops, log)
    for (const node of [...graph.nodes]) {
      if (node.op !== 'FusedAttention' || !node.inputs.length || node.tail?.length) continue
      if (!joinProjections(r, node)) readInPlace(r, node)
    }
    return r.changes
  },
}
