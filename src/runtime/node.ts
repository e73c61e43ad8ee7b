// Questions about one node that compiler and kernels both ask.
import type { Node } from './op.ts'
import { sizeOf } from './tensor.ts'

/** Inputs of the node's own operator: those before the first that its tail brought. */
export function ownInputs(node: Node): number {
  let n = node.inputs.length
  for (const step of node.tail ?? []) for (const i of step.args) if (i !== null && i < n) n = i
  return n
}

/** True where an elementwise node may be computed as one flat row. */
export const flattens = (node: Node): boolean => {
  const n = sizeOf(node.outputs[0].fact.shape)
  return node.inputs.every((v) => v === null || sizeOf(v.fact.shape) === n || sizeOf(v.fact.shape) === 1)
}
