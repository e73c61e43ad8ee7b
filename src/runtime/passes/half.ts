// Between float32 and float16: half precision stores values and weights in half the bytes, kernels go on computing in
// float32; on adapters without float16, the float16 values of a model are stored as float32. The graph's inputs and
// outputs keep their types, with a conversion at each edge.
import { inferNode, makeNode } from '../graph/build.ts'
import type { Graph, Node, Ops, Value } from '../op.ts'
import { derivedOrigin } from '../origin.ts'
import { fromHalves, lazy, type Tensor, toStoredHalves } from '../tensor.ts'

type Float = 'float32' | 'float16'

function converted(t: Tensor, to: Float): Tensor {
  const make = () => (to === 'float16' ? toStoredHalves(t.data as Float32Array) : fromHalves(t.data as Uint16Array))
  return lazy(to, t.shape, make, derivedOrigin(to, [t]))
}

/** Operators whose result takes the type that an attribute names, and whose scales float16 may be too coarse for. */
const QUANTISED = new Set(['DequantizeLinear', 'DequantizeElements', 'QuantizeElements'])

/** Stores every value of one float type in the other; `edge` converts an input or an output of the graph. */
function convert(graph: Graph, ops: Ops, from: Float, to: Float, edge: (v: Value, to: Float) => Node): void {
  const constants = new Map<Value, Value>()
  const inputs = new Map<Value, Value>()
  const front = graph.inputs.flatMap((v) => {
    if (v.fact.dtype !== from) return []
    const node = edge(v, to)
    inputs.set(v, node.outputs[0])
    return [node]
  })
  const stored = (v: Value | null): Value | null => {
    if (v?.fact.dtype !== from) return v
    const input = inputs.get(v)
    if (input) return input
    if (!v.fact.value) return v
    let made = constants.get(v)
    if (!made) {
      made = { ...v, fact: { dtype: to, shape: v.fact.shape, value: converted(v.fact.value, to) } }
      constants.set(v, made)
    }
    return made
  }
  const outputTypes = graph.outputs.map((v) => v.fact.dtype)
  for (const node of graph.nodes) {
    const fine = to === 'float16' && QUANTISED.has(node.op)
    const result = node.outputs[0].fact.dtype
    node.inputs = node.inputs.map((v, i) => (fine && i === 1 && v?.fact.value ? v : stored(v)))
    if (node.attrs.to === from || (node.op === 'DequantizeLinear' && result === from))
      node.attrs = { ...node.attrs, to }
    for (const step of node.tail ?? []) {
      const attrs = step.attrs as { to?: string }
      if (attrs.to === from) step.attrs = { ...attrs, to }
    }
    inferNode(node, ops).forEach((fact, i) => {
      if (node.outputs[i]) node.outputs[i].fact = { dtype: fact.dtype, shape: fact.shape }
    })
  }
  const back: Graph['nodes'] = []
  graph.outputs = graph.outputs.map((v, i) => {
    if (outputTypes[i] !== from || v.fact.dtype !== to || v.fact.value) return v
    const node = edge(v, from)
    back.push(node)
    return node.outputs[0]
  })
  graph.nodes = [...front, ...graph.nodes, ...back]
}

/** Stores every float32 value of the graph as float16. */
export function toHalf(graph: Graph, ops: Ops): void {
  convert(graph, ops, 'float32', 'float16', (v, to) =>
    makeNode(ops, { name: v.name, op: 'Cast', attrs: { to }, inputs: [v] }),
  )
}

/** Stores every float16 value of the graph as float32, for adapters whose shaders do not know float16. */
export function toSingle(graph: Graph, ops: Ops): void {
  const halves = [...graph.inputs, ...graph.nodes.flatMap((n) => [...n.inputs, ...n.outputs])]
  if (!halves.some((v) => v?.fact.dtype === 'float16')) return
  convert(graph, ops, 'float16', 'float32', (v, to) =>
    makeNode(ops, { name: v.name, op: to === 'float32' ? 'UnpackHalf' : 'PackHalf', attrs: {}, inputs: [v] }),
  )
}
