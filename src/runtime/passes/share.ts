// Computes equal things once: nodes of the same operator, attributes and inputs become one.
import { textOf } from '../origin.ts'
import type { Pass } from './driver.ts'
import { rewriter } from './rewrite.ts'

export const shareNodes: Pass = {
  name: 'share nodes',
  run(graph, ops, log) {
    const r = rewriter(graph, ops, log)
    const seen = new Map<string, (typeof graph.nodes)[number]>()
    for (const node of graph.nodes) {
      const key = textOf([node.op, node.attrs, node.inputs.map((v) => v?.id ?? -1), node.tail, node.outputs.length])
      const known = seen.get(key)
      if (known) for (const [i, v] of node.outputs.entries()) r.replace(v, known.outputs[i])
      else seen.set(key, node)
    }
    return r.changes
  },
}
