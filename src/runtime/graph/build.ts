// Makes and edits graphs: new nodes with inferred types, constants folded on the way.
import { DataPending, IsobathError } from '../error.ts'
import { ownInputs } from '../node.ts'
import type { Builder, Fact, Graph, Node, Ops, Value } from '../op.ts'
import { derivedOrigin } from '../origin.ts'
import { formatShape, fromNumbers, lazy, sizeOf, type Tensor } from '../tensor.ts'

let nextId = 0

export const newValue = (name: string, fact: Fact, producer?: Node): Value => ({ id: nextId++, name, fact, producer })

export const factOf = (t: Tensor): Fact => ({ dtype: t.dtype, shape: t.shape, value: t })

/** Runs `f`, naming the node in any error that has no name yet. */
export function atNode<T>(node: { name: string; op: string }, f: () => T): T {
  try {
    return f()
  } catch (e) {
    if (!(e instanceof IsobathError) || e instanceof DataPending || e.message.startsWith('node "')) throw e
    throw new IsobathError(e.code, `node "${node.name}" (${node.op}): ${e.message}`, { cause: e })
  }
}

export function opOf(ops: Ops, name: string) {
  const op = ops.get(name)
  if (!op) throw new IsobathError('unsupported', `operator ${name} is not known`)
  return op
}

/** Types and shapes of a node's outputs, its tail included. */
export function inferNode(node: Node, ops: Ops): Fact[] {
  const facts = node.inputs.map((v) => v?.fact ?? null)
  const out = opOf(ops, node.op).infer(facts.slice(0, ownInputs(node)), node.attrs)
  for (const step of node.tail ?? []) {
    const args = step.args.map((i) => (i === null ? out[0] : facts[i]!))
    const [next] = opOf(ops, step.op).infer(args, step.attrs)
    if (next.shape.length !== out[0].shape.length || next.shape.some((d, i) => d !== out[0].shape[i]))
      throw new IsobathError(
        'shape',
        `tail ${step.op} changes ${formatShape(out[0].shape)} to ${formatShape(next.shape)}`,
      )
    out[0] = next
  }
  return out
}

/** The CPU twin of a node with its tail. */
export function evaluate(node: Node, x: readonly (Tensor | null)[], ops: Ops): Tensor[] {
  const y = opOf(ops, node.op).cpu(x.slice(0, ownInputs(node)), node.attrs)
  for (const step of node.tail ?? []) {
    const args = step.args.map((i) => (i === null ? y[0] : x[i]!))
    y[0] = opOf(ops, step.op).cpu(args, step.attrs)[0]
  }
  return y
}

/** Elements up to which a folded constant is computed at once, since it may decide shapes. */
const EAGER = 4096

/**
 * Facts of a node whose inputs are all constant, with their values; large ones are computed when they are read. Null
 * where an input is computed, and where the operator asks to keep its constants in their small form.
 */
function foldNode(node: Node, facts: Fact[], ops: Ops): Fact[] | null {
  if (!node.inputs.every((v) => v === null || v.fact.value)) return null
  if (opOf(ops, node.op).keep && sizeOf(facts[0].shape) > EAGER) return null
  const run = () =>
    evaluate(
      node,
      node.inputs.map((v) => v?.fact.value ?? null),
      ops,
    )
  const origin = (i: number) =>
    derivedOrigin(
      [node.op, node.attrs, node.tail],
      node.inputs.map((v) => v?.fact.value ?? null),
      i,
    )
  const small = (f: Fact | null | undefined) => !f || sizeOf(f.shape) <= EAGER
  if (facts.every(small) && node.inputs.every((v) => small(v?.fact)))
    return run().map((t, i) => ({ ...facts[i], value: { ...t, origin: origin(i) } }))
  return facts.map((f, i) => ({ ...f, value: lazy(f.dtype, f.shape, () => atNode(node, run)[i].data, origin(i)) }))
}

/** A tensor without elements is known whatever computes it. */
export const knownIfEmpty = (fact: Fact): Fact =>
  fact.value || sizeOf(fact.shape) ? fact : { ...fact, value: fromNumbers(fact.dtype, fact.shape, []) }

/** A node with inferred outputs, not yet in any graph. Its outputs carry values where everything is constant. */
export function makeNode(
  ops: Ops,
  spec: { name: string; op: string; attrs: any; inputs: (Value | null)[]; tail?: Node['tail'] },
  outputs: number | string[] = 1,
): Node {
  const node: Node = { ...spec, outputs: [] }
  const facts = inferNode(node, ops)
  const names = typeof outputs === 'number' ? undefined : outputs
  const count = typeof outputs === 'number' ? outputs : outputs.length
  const known = (facts.every((f) => f.value) ? facts : (foldNode(node, facts, ops) ?? facts)).map(knownIfEmpty)
  node.outputs = known
    .slice(0, count)
    .map((fact, i) => newValue(names?.[i] ?? (i ? `${node.name}:${i}` : node.name), fact, node))
  return node
}

/** A builder that collects nodes; constants do not become nodes. */
export function builder(ops: Ops, name: string): Builder & { nodes: Node[] } {
  const nodes: Node[] = []
  return {
    nodes,
    constant: (value, label = name) => newValue(label, factOf(value)),
    emit(op, inputs, attrs, outputs = 1, tail) {
      const node = atNode({ name, op }, () => makeNode(ops, { name, op, attrs, inputs, tail }, outputs))
      if (node.outputs.every((v) => v.fact.value)) for (const v of node.outputs) v.producer = undefined
      else nodes.push(node)
      return node.outputs
    },
  }
}

/** Which nodes read each value (a node that reads it twice appears twice). */
export function usesOf(graph: Graph): Map<Value, Node[]> {
  const uses = new Map<Value, Node[]>()
  for (const node of graph.nodes)
    for (const v of node.inputs) {
      if (!v) continue
      const list = uses.get(v)
      if (list) list.push(node)
      else uses.set(v, [node])
    }
  return uses
}

/** Sorts nodes topologically and drops those that no output needs. */
export function tidy(graph: Graph): void {
  const done = new Set<Node>()
  const order: Node[] = []
  const stack: { node: Node; next: number }[] = []
  const visit = (v: Value | null) => {
    if (v?.producer && !v.fact.value && !done.has(v.producer)) {
      done.add(v.producer)
      stack.push({ node: v.producer, next: 0 })
    }
  }
  for (const out of graph.outputs) {
    visit(out)
    while (stack.length) {
      const top = stack[stack.length - 1]
      if (top.next < top.node.inputs.length) visit(top.node.inputs[top.next++])
      else {
        order.push(top.node)
        stack.pop()
      }
    }
  }
  graph.nodes = order
}

/** A printed graph: one line a node, for tests and for debugging. */
export function formatGraph(graph: Graph): string {
  const names = new Map<Value, string>()
  const name = (v: Value | null) => {
    if (!v) return '_'
    if (!names.has(v)) names.set(v, v.fact.value ? `const${formatShape(v.fact.shape)}` : `%${names.size}`)
    return names.get(v)!
  }
  const typed = (v: Value) => `${name(v)}: ${v.fact.dtype}${formatShape(v.fact.shape)}`
  const attrs = (a: object) => {
    const text = JSON.stringify(a)
    return text === '{}' || text === undefined ? '' : ` ${text}`
  }
  const lines = [`inputs ${graph.inputs.map(typed).join(', ')}`]
  for (const node of graph.nodes) {
    const args = node.inputs.map(name).join(', ')
    const tail = (node.tail ?? []).map(
      (s) =>
        `${s.op}(${s.args.map((i) => (i === null ? '.' : name(node.inputs[i]))).join(', ')})${attrs(s.attrs as object)}`,
    )
    lines.push(
      `${node.outputs.map(typed).join(', ')} = ${node.op}(${args})${attrs(node.attrs)}${tail.map((t) => ` |> ${t}`).join('')}`,
    )
  }
  lines.push(`outputs ${graph.outputs.map(name).join(', ')}`)
  return lines.join('\n')
}
