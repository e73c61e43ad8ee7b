// float32 to float16: values and weights are stored in half the bytes, kernels go on computing in float32. The graph's
// inputs and outputs keep their types, with a Cast at each edge.
import { inferNode, makeNode } from '../graph/build.ts'
import type { Graph, Ops, Value } from '../op.ts'
import { floatToHalf, lazy, numbers, type Tensor } from '../tensor.ts'

const halved = (t: Tensor): Tensor =>
  lazy('float16', t.shape, () => Uint16Array.from(numbers(t) as Float32Array, floatToHalf))

/** Stores every float32 value of the graph as float16. */
export function toHalf(graph: Graph, ops: Ops): void {
  const constants = new Map<Value, Value>()
  const cast = (v: Value, to: 'float16' | 'float32') =>
    makeNode(ops, { name: v.name, op: 'Cast', attrs: { to }, inputs: [v] })
  const halfInputs = new Map<Value, Value>()
  const front = graph.inputs.flatMap((v) => {
    if (v.fact.dtype !== 'float32') return []
    const node = cast(v, 'float16')
    halfInputs.set(v, node.outputs[0])
    return [node]
  })
  const half = (v: Value | null): Value | null => {
    if (v?.fact.dtype !== 'float32') return v
    const input = halfInputs.get(v)
    if (input) return input
    if (!v.fact.value) return v
    let made = constants.get(v)
    if (!made) {
      made = { ...v, fact: { dtype: 'float16', shape: v.fact.shape, value: halved(v.fact.value) } }
      constants.set(v, made)
    }
    return made
  }
  const outputTypes = graph.outputs.map((v) => v.fact.dtype)
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(half)
    if (node.op === 'Cast' && node.attrs.to === 'float32') node.attrs = { ...node.attrs, to: 'float16' }
    for (const step of node.tail ?? []) {
      const attrs = step.attrs as { to?: string }
      if (step.op === 'Cast' && attrs.to === 'float32') step.attrs = { ...attrs, to: 'float16' }
    }
    inferNode(node, ops).forEach((fact, i) => {
      if (node.outputs[i]) node.outputs[i].fact = { dtype: fact.dtype, shape: fact.shape }
    })
  }
  const back: Graph['nodes'] = []
  graph.outputs = graph.outputs.map((v, i) => {
    if (outputTypes[i] !== 'float32' || v.fact.dtype !== 'float16' || v.fact.value) return v
    const node = cast(v, 'float32')
    back.push(node)
    return node.outputs[0]
  })
  graph.nodes = [...front, ...graph.nodes, ...back]
}
