// Computes at once what has become constant since its node was made: a rewrite may have replaced a computed input by a
// constant.
import { makeNode } from '../graph/build.ts'
import type { Pass } from './driver.ts'
import { rewriter } from './rewrite.ts'

export const foldConstants: Pass = {
  name: 'fold constants',
  run(graph, ops, log) {
    const r = rewriter(graph, ops, log)
    for (const node of graph.nodes) {
      const read = node.inputs.filter((v) => v !== null)
      if (!read.length || !read.every((v) => v.fact.value)) continue
      const known = makeNode(ops, node, node.outputs.length)
      if (!known.outputs.every((v) => v.fact.value)) continue
      log?.(`  ${node.op} "${node.name}" is constant`)
      for (const [i, v] of node.outputs.entries()) r.replace(v, known.outputs[i])
    }
    return r.changes
  },
}
