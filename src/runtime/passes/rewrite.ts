// Editing a graph inside a pass: who reads a value, and putting new nodes in the place of old ones.
import { builder, usesOf } from '../graph/build.ts'
import type { Builder, Graph, Node, Ops, Value } from '../op.ts'
import { isFloat, scalar, sizeOf } from '../tensor.ts'
import type { Pass } from './driver.ts'

export interface Rewriter {
  readonly graph: Graph
  readonly ops: Ops
  changes: number
  /** Nodes that read the value; a graph output counts as one more use in {@link sole}. */
  users(v: Value): Node[]
  /** The only node that reads the value, if there is just one and the value is no graph output. */
  sole(v: Value): Node | undefined
  /** Everything that reads `from` reads `to`. */
  replace(from: Value, to: Value): void
  /**
   * Runs `make` with a builder, adds its nodes (called `name`, by default as `node`) and replaces the node's outputs by
   * the results. False, and nothing changed, where `make` gives null.
   */
  rewrite(node: Node, make: (b: Builder) => readonly Value[] | null, name?: string): boolean
}

/** A pass that visits the graph's nodes, less those that a visit before has removed. */
export const eachNode = (name: string, visit: (r: Rewriter, node: Node) => unknown): Pass => ({
  name,
  run(graph, ops, log) {
    const r = rewriter(graph, ops, log)
    for (const node of [...graph.nodes]) if (node.inputs.length) visit(r, node)
    return r.changes
  },
})

/** A view for edits; `users` stays true while edits go through it. */
export function rewriter(graph: Graph, ops: Ops, log?: (line: string) => void): Rewriter {
  const uses = usesOf(graph)
  const outputs = new Set(graph.outputs)
  const link = (node: Node) => {
    for (const v of node.inputs) if (v) uses.set(v, [...(uses.get(v) ?? []), node])
  }
  const unlink = (node: Node) => {
    for (const v of node.inputs)
      if (v)
        uses.set(
          v,
          (uses.get(v) ?? []).filter((n) => n !== node),
        )
  }
  const r: Rewriter = {
    graph,
    ops,
    changes: 0,
    users: (v) => uses.get(v) ?? [],
    sole(v) {
      const list = uses.get(v)
      return list?.length === 1 && !outputs.has(v) ? list[0] : undefined
    },
    replace(from, to) {
      if (from === to) return
      for (const node of new Set(r.users(from))) {
        unlink(node)
        node.inputs = node.inputs.map((v) => (v === from ? to : v))
        link(node)
      }
      if (outputs.has(from)) {
        graph.outputs = graph.outputs.map((v) => (v === from ? to : v))
        outputs.delete(from)
        outputs.add(to)
      }
      r.changes++
    },
    rewrite(node, make, name = node.name) {
      const b = builder(ops, name)
      const results = make(b)
      if (!results) return false
      // A result that something reads must not be lost.
      if (node.outputs.some((v, i) => !results[i] && (outputs.has(v) || r.users(v).length))) return false
      log?.(
        `  ${node.op} "${node.name}" -> ${b.nodes.map((n) => [n.op, ...(n.tail ?? []).map((s) => s.op)].join('+')).join(', ') || 'nothing'}`,
      )
      for (const n of b.nodes) link(n)
      graph.nodes.push(...b.nodes)
      unlink(node)
      node.inputs = []
      results.forEach((v, i) => {
        if (node.outputs[i]) r.replace(node.outputs[i], v)
      })
      r.changes++
      return true
    },
  }
  return r
}

/** The node that makes a value, if it is of this operator and has no tail. */
export function producer(v: Value | null | undefined, op: string): Node | undefined {
  const node = v?.producer
  return node && node.op === op && !node.tail?.length && !v.fact.value ? node : undefined
}

/** The value of a one-element constant. */
export function constantScalar(v: Value | null | undefined): number | undefined {
  const t = v?.fact.value
  return t && sizeOf(t.shape) === 1 ? scalar(t) : undefined
}

/** For a binary node with one constant scalar operand: the other operand and the number. */
export function withScalar(node: Node | undefined): { x: Value; c: number } | undefined {
  if (!node) return undefined
  const [a, b] = node.inputs
  const cb = constantScalar(b)
  if (a && cb !== undefined && !a.fact.value) return { x: a, c: cb }
  const ca = constantScalar(a)
  return b && ca !== undefined && !b.fact.value ? { x: b, c: ca } : undefined
}

/** True for a constant with one value, or one value a channel along the last axis. */
export function perChannel(v: Value | null, channels: number): boolean {
  const shape = v?.fact.shape
  if (!v?.fact.value || !shape || !isFloat(v.fact.dtype)) return false
  return sizeOf(shape) === 1 || (sizeOf(shape) === channels && shape.at(-1) === channels)
}
