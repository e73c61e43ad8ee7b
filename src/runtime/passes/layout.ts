// Channels last: image operators get Transposes around them, and the Transposes are pushed down through everything
// that does not mind, until they meet and vanish.
import { opOf } from '../graph/build.ts'
import type { Builder, Node, Ops, Value } from '../op.ts'
import { sizeOf } from '../tensor.ts'
import { inverse, reshapeTo, transposeBy } from './moves.ts'
import { eachNode, producer } from './rewrite.ts'

const toChannelsLast = (rank: number) => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]

/** Turns image operators to channels last. */
export const channelsLast = eachNode('channels last', (r, node) => {
  if (!opOf(r.ops, node.op).image || node.attrs.channelsLast) return
  const rank = node.inputs[0]!.fact.shape.length
  if (rank !== 4 && rank !== 5) return
  const perm = toChannelsLast(rank)
  // Outputs beyond the first (the indices of MaxPool) are images as it is, and dropped where nothing reads them.
  const used = node.outputs.findLastIndex((v) => r.users(v).length || r.graph.outputs.includes(v)) + 1
  r.rewrite(node, (b) => {
    const [first, ...rest] = node.inputs
    const attrs = { ...node.attrs, channelsLast: true }
    const y = b.emit(node.op, [transposeBy(b, first!, perm), ...rest], attrs, Math.max(used, 1))
    return y.map((v) => transposeBy(b, v, inverse(perm)))
  })
})

/** An operand of a pointwise node as it must be for operands whose axes were permuted back by `perm`. */
function alignOperand(b: Builder, v: Value, rank: number, perm: readonly number[]): Value {
  if (sizeOf(v.fact.shape) === 1) return v
  const padded = [...new Array<number>(rank - v.fact.shape.length).fill(1), ...v.fact.shape]
  return transposeBy(b, reshapeTo(b, v, padded), inverse(perm))
}

function sinkPointwise(node: Node, b: Builder): Value[] | null {
  const rank = node.outputs[0].fact.shape.length
  let perm: number[] | undefined
  for (const v of node.inputs) {
    if (!v || v.fact.value) continue
    const full = v.fact.shape.length === rank && sizeOf(v.fact.shape) === sizeOf(node.outputs[0].fact.shape)
    if (!full) continue
    const t = producer(v, 'Transpose')
    if (!t) return null
    const p = t.attrs.perm as number[]
    if (perm && p.some((d, i) => d !== perm![i])) return null
    perm = p
  }
  if (!perm) return null
  const inputs = node.inputs.map((v) => {
    if (!v) return null
    const t = producer(v, 'Transpose')
    return t && v.fact.shape.length === rank && (t.attrs.perm as number[]).every((d, i) => d === perm![i])
      ? t.inputs[0]
      : alignOperand(b, v, rank, perm!)
  })
  const [y] = b.emit(node.op, inputs, node.attrs)
  return [transposeBy(b, y, perm)]
}

function sinkPermutable(node: Node, ops: Ops, b: Builder): Value[] | null {
  const rule = opOf(ops, node.op).permute!
  const images = rule.images === 'all' ? node.inputs : node.inputs.slice(0, 1)
  const moves = images.map((v) => producer(v, 'Transpose'))
  const perm = moves.find((m) => m)?.attrs.perm as number[] | undefined
  if (!perm) return null
  for (const [i, v] of images.entries()) {
    const same = moves[i] && (moves[i].attrs.perm as number[]).every((d, k) => d === perm[k])
    if (!same && !v?.fact.value) return null
  }
  const inputs = node.inputs.map((v, i) => {
    if (i >= images.length || !v) return v
    return moves[i] ? moves[i].inputs[0] : transposeBy(b, v, inverse(perm))
  })
  const made = rule.apply(inputs, node.attrs, perm, b)
  if (!made) return null
  const y = b.emit(node.op, made.x, made.a, node.outputs.length)
  return y.map((v) => transposeBy(b, v, perm))
}

/** Pushes Transposes down through pointwise operators and those that say how they permute. */
export const sinkTransposes = eachNode('sink transposes', (r, node) => {
  if (node.tail?.length) return
  const op = opOf(r.ops, node.op)
  if (op.pointwise) r.rewrite(node, (b) => sinkPointwise(node, b))
  else if (op.permute) r.rewrite(node, (b) => sinkPermutable(node, r.ops, b))
})
