// Views out of the way of fusion: a Reshape goes below the pointwise operator that reads it, and an Expand that
// broadcasting does by itself goes.
import { opOf } from '../graph/build.ts'
import type { Builder, Node, Value } from '../op.ts'
import { broadcastShapes, sameShape, sizeOf } from '../tensor.ts'
import type { Pass } from './driver.ts'
import { reshapeTo } from './moves.ts'
import { eachNode, perChannel, producer, type Rewriter } from './rewrite.ts'

/** An operand of one element, of one a channel, or of all elements, for a result under another shape; else null. */
function reshapedOperand(b: Builder, v: Value, from: readonly number[], to: readonly number[]): Value | null {
  const n = sizeOf(v.fact.shape)
  if (n === 1) return reshapeTo(b, v, [])
  if (sameShape(v.fact.shape, from)) return reshapeTo(b, v, to)
  const channels = from.at(-1)!
  return channels === to.at(-1) && perChannel(v, channels) ? reshapeTo(b, v, [channels]) : null
}

/** True where the kernel that makes a value could take its only reader as its tail. */
const fusible = (r: Rewriter, v: Value): boolean =>
  !v.fact.value && !!r.sole(v) && !!v.producer && opOf(r.ops, v.producer.op).tail === true

/** f(Reshape(x), …) as Reshape(f(x, …)). */
function sink(r: Rewriter, node: Node): boolean {
  const { shape } = node.outputs[0].fact
  const computed = node.inputs.filter((v): v is Value => !!v && !v.fact.value)
  const views = computed.filter((v) => producer(v, 'Reshape') && sameShape(v.fact.shape, shape) && r.sole(v))
  const lone = computed.length === 1
  // Beside other operands, only where the kernel above can take the operator, and none of the others' could.
  const view = views.find(
    (v) => lone || (fusible(r, v.producer!.inputs[0]!) && !computed.some((u) => u !== v && fusible(r, u))),
  )
  const from = view?.producer?.inputs[0]
  if (!view || !from) return false
  return r.rewrite(node, (b) => {
    const inputs: (Value | null)[] = []
    for (const v of node.inputs) {
      const moved = v && (v === view ? from : reshapedOperand(b, v, shape, from.fact.shape))
      if (v && !moved) return null
      inputs.push(moved)
    }
    return [reshapeTo(b, b.emit(node.op, inputs, node.attrs)[0], shape)]
  })
}

/** An operand that is expanded though the operator would broadcast it to the same shape. */
function dropExpand(r: Rewriter, node: Node): boolean {
  for (const [i, v] of node.inputs.entries()) {
    const expand = producer(v, 'Expand')
    if (!expand) continue
    const inputs = node.inputs.with(i, expand.inputs[0])
    const shape = broadcastShapes(...inputs.map((u) => u?.fact.shape ?? []))
    if (sameShape(shape, node.outputs[0].fact.shape)) return r.rewrite(node, (b) => b.emit(node.op, inputs, node.attrs))
  }
  return false
}

const eachPointwise = (name: string, f: (r: Rewriter, node: Node) => boolean): Pass =>
  eachNode(name, (r, node) => {
    if (opOf(r.ops, node.op).pointwise && !node.tail?.length && node.outputs.length === 1) f(r, node)
  })

export const sinkViews = eachPointwise('sink views', sink)
export const dropExpands = eachPointwise('drop expands', dropExpand)
