// Replaces operators that are made of simpler ones (each operator says how, in its `lower`).
import { atNode, opOf } from '../graph/build.ts'
import type { Pass } from './driver.ts'
import { rewriter } from './rewrite.ts'

export const lower: Pass = {
  name: 'lower',
  run(graph, ops, log) {
    const r = rewriter(graph, ops, log)
    for (const node of [...graph.nodes]) {
      const op = opOf(ops, node.op)
      if (op.lower && !node.tail?.length)
        atNode(node, () => r.rewrite(node, (b) => op.lower!(node.inputs, node.attrs, b)))
    }
    return r.changes
  },
}
