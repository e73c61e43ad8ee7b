// Fuses pointwise operators: constant scales into weights, whole chains into the tail of the kernel before them.
import { opOf } from '../graph/build.ts'
import { ownInputs } from '../node.ts'
import type { Builder, Node, Step, Value } from '../op.ts'
import { isFloat, sameShape, sizeOf } from '../tensor.ts'
import { reshapeTo } from './moves.ts'
import { eachNode, perChannel, producer, type Rewriter } from './rewrite.ts'

/** Output channels of an operator with constant weights: which axis of the weights they are. */
const WEIGHT_AXIS: Record<string, number> = { Conv: 0, MatMul: 1 }

/** The weighted operator that makes a value for one reader only. */
function weighted(r: Rewriter, v: Value | null): Node | undefined {
  const node = v?.producer
  if (!node || node.tail?.length || WEIGHT_AXIS[node.op] === undefined || !r.sole(v!)) return undefined
  if (node.op === 'Conv' && !node.attrs.channelsLast) return undefined
  const w = node.inputs[1]
  return w?.fact.value && (node.op !== 'MatMul' || w.fact.shape.length === 2) ? node : undefined
}

function splitConstant(node: Node): { x: Value; c: Value; first: boolean } | null {
  const [a, b] = node.inputs
  if (a && b?.fact.value && !a.fact.value) return { x: a, c: b, first: true }
  if (b && a?.fact.value && !b.fact.value) return { x: b, c: a, first: false }
  return null
}

/** Mul or Div by a constant after a product or convolution goes into its weights; through a bias, too. */
function foldScale(r: Rewriter, node: Node): boolean {
  if ((node.op !== 'Mul' && node.op !== 'Div') || node.tail?.length) return false
  const split = splitConstant(node)
  if (!split || (node.op === 'Div' && !split.first)) return false
  const { x, c } = split
  const channels = node.outputs[0].fact.shape.at(-1) ?? 1
  if (!sameShape(x.fact.shape, node.outputs[0].fact.shape) || !perChannel(c, channels)) return false
  const owner = weighted(r, x)
  if (owner)
    return r.rewrite(
      node,
      (b) => {
        const w = owner.inputs[1]!
        const axis = WEIGHT_AXIS[owner.op]
        const shape = w.fact.shape.map((d, i) => (i === axis ? d : 1))
        const aligned = sizeOf(c.fact.shape) === 1 ? reshapeTo(b, c, []) : reshapeTo(b, c, shape)
        return b.emit(owner.op, [owner.inputs[0], b.emit(node.op, [w, aligned], {})[0]], owner.attrs)
      },
      owner.name,
    )
  const add = producer(x, 'Add')
  const sum = add && splitConstant(add)
  if (!add || !sum || !r.sole(x) || !perChannel(sum.c, channels) || !weighted(r, sum.x)) return false
  return r.rewrite(node, (b) =>
    b.emit('Add', [b.emit(node.op, [sum.x, c], {})[0], b.emit(node.op, [sum.c, c], {})[0]], {}),
  )
}

/** Two constant additions after each other are one. */
function joinAdditions(r: Rewriter, node: Node): boolean {
  if (node.op !== 'Add' || node.tail?.length) return false
  const outer = splitConstant(node)
  const inner = outer && producer(outer.x, 'Add')
  const split = inner && splitConstant(inner)
  if (!outer || !split || !r.sole(outer.x) || !sameShape(split.x.fact.shape, node.outputs[0].fact.shape)) return false
  const channels = node.outputs[0].fact.shape.at(-1) ?? 1
  if (!perChannel(outer.c, channels) || !perChannel(split.c, channels)) return false
  return r.rewrite(node, (b) => b.emit('Add', [split.x, b.emit('Add', [split.c, outer.c], {})[0]], {}))
}

export const foldScales = eachNode('fold scales', (r, node) => foldScale(r, node) || joinAdditions(r, node))

/** Storage buffers that every WebGPU device binds in a stage. */
const BINDINGS = 8

/** Buffers that a node's kernel binds: what it reads, less the constants written into the code, and what it writes. */
const bindingsOf = (inputs: readonly (Value | null)[]): number =>
  inputs.filter((v) => v && !(v.fact.value && sizeOf(v.fact.shape) === 1)).length + 1

function absorb(r: Rewriter, node: Node): boolean {
  const { ops } = r
  const op = opOf(ops, node.op)
  const y = node.outputs[0]
  if (!op.tail || node.outputs.length !== 1 || !isFloat(y.fact.dtype)) return false
  const next = r.sole(y)
  if (next?.outputs.length !== 1) return false
  const step = opOf(ops, next.op)
  if (!step.pointwise || !isFloat(next.outputs[0].fact.dtype)) return false
  if (!sameShape(next.outputs[0].fact.shape, y.fact.shape)) return false
  const inputs = [...node.inputs]
  const moved = next.inputs.map((v) => (v === y ? null : inputs.push(v) - 1))
  if (bindingsOf(inputs) > BINDINGS) return false
  const own: Step = { op: next.op, attrs: next.attrs, args: moved.slice(0, ownInputs(next)) }
  const rest = (next.tail ?? []).map((s): Step => ({ ...s, args: s.args.map((i) => (i === null ? null : moved[i])) }))
  // The next node's tail must not reach back to the value that is absorbed.
  if (
    !own.args.includes(null) ||
    rest.some((s, k) => s.args.some((i, j) => i === null && next.tail![k].args[j] !== null))
  )
    return false
  const tail = [...(node.tail ?? []), own, ...rest]
  return r.rewrite(next, (b: Builder) => b.emit(node.op, inputs, node.attrs, 1, tail), node.name)
}

/** Puts pointwise successors into the tail of the kernel that makes their operand. */
export const fuseTails = eachNode('fuse tails', absorb)

/** A Relu that no kernel before it takes into its tail becomes the head of the convolution that alone reads it. */
export const fuseHeads = eachNode('fuse heads', (r, node) => {
  if (node.op !== 'Conv' || !node.attrs.channelsLast || node.attrs.relu) return
  const [x, w, ...rest] = node.inputs
  const relu = producer(x, 'Relu')
  if (!relu || relu.tail?.length || !r.sole(x!) || x!.fact.shape.length !== 4 || !w?.fact.value) return
  r.rewrite(node, (b) => b.emit('Conv', [relu.inputs[0], w, ...rest], { ...node.attrs, relu: true }, 1, node.tail))
})

/** A move of the graph's input goes before the pointwise operators that normalise it, which then become its tail. */
export const hoistTransposes = eachNode('hoist transposes', (r, node) => {
  if (node.op !== 'Transpose' || node.tail?.length) return
  const above = node.inputs[0]?.producer
  if (!above || above.tail?.length || above.outputs.length !== 1 || !r.sole(above.outputs[0])) return
  if (!opOf(r.ops, above.op).pointwise) return
  const full = above.inputs.filter((v) => v && sizeOf(v.fact.shape) !== 1)
  if (full.length !== 1 || !sameShape(full[0]!.fact.shape, node.inputs[0]!.fact.shape)) return
  const inputs = (b: Builder) => above.inputs.map((v) => (v === full[0] ? b.emit('Transpose', [v], node.attrs)[0] : v))
  r.rewrite(node, (b) => b.emit(above.op, inputs(b), above.attrs))
})
