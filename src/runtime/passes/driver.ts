// Runs graph passes to a fixpoint, checking the graph after each one that changed something.
import { IsobathError } from '../error.ts'
import { atNode, inferNode, tidy } from '../graph/build.ts'
import type { Graph, Ops } from '../op.ts'
import { formatShape, sameShape } from '../tensor.ts'

/** A named rewrite; returns how many places it changed. */
export interface Pass {
  name: string
  /** `log` is told each rewrite. */
  run(graph: Graph, ops: Ops, log?: (line: string) => void): number
}

/** Where passes report: a line a pass, and a line a rewrite if it is wanted. */
export interface PassLog {
  pass(line: string): void
  rewrite?: (line: string) => void
}

/** A round limit that no converging set of passes comes near. */
const ROUNDS = 50

/** Throws where a node reads a value that is not made before it, or where stored types differ from inferred ones. */
export function checkGraph(graph: Graph, ops: Ops, after: string): void {
  const made = new Set(graph.inputs)
  const fail = (text: string): never => {
    throw new IsobathError('shape', `after the pass "${after}": ${text}`)
  }
  for (const node of graph.nodes) {
    for (const v of node.inputs)
      if (v && !v.fact.value && !made.has(v))
        fail(`node "${node.name}" (${node.op}) reads "${v.name}", which is not made before it`)
    const facts = atNode(node, () => inferNode(node, ops))
    facts.forEach((fact, i) => {
      const v = node.outputs[i]
      if (v && (v.fact.dtype !== fact.dtype || !sameShape(v.fact.shape, fact.shape)))
        fail(
          `node "${node.name}" (${node.op}) makes ${fact.dtype}${formatShape(fact.shape)}, its value says ${v.fact.dtype}${formatShape(v.fact.shape)}`,
        )
    })
    for (const v of node.outputs) made.add(v)
  }
  for (const v of graph.outputs) if (!v.fact.value && !made.has(v)) fail(`output "${v.name}" is not made`)
}

/** Applies the passes in order, again and again, until none changes the graph. */
export function runPasses(graph: Graph, ops: Ops, passes: readonly Pass[], log?: PassLog): void {
  for (let round = 0; round < ROUNDS; round++) {
    let changes = 0
    for (const pass of passes) {
      const n = pass.run(graph, ops, log?.rewrite)
      if (!n) continue
      changes += n
      tidy(graph)
      checkGraph(graph, ops, pass.name)
      log?.pass(`pass ${pass.name}: ${n} changes, ${graph.nodes.length} nodes`)
    }
    if (!changes) return
  }
  throw new IsobathError('shape', `the passes ${passes.map((p) => p.name).join(', ')} do not come to an end`)
}
