// Operators by name, and the model's own functions, which are written out where they are called:
// https://onnx.ai/onnx/repo-docs/IR.html#functions
import type { ModelInfo } from '../model.ts'
import type { Ops } from '../op.ts'
import { changed, type onnx } from './schema.ts'

const isDefault = (domain: string): boolean => domain === '' || domain === 'ai.onnx'

const versionOf = (sets: onnx.OperatorSet[] | undefined): number | undefined =>
  sets?.find((o) => isDefault(o.domain))?.version

/** The version of the default operator set. */
export const opsetOf = (model: onnx.Model): number => versionOf(model.opsetImport) ?? 1

/** The version of the default operator set that a function's body is written in. */
export const functionOpset = (f: onnx.Function, model: onnx.Model): number => versionOf(f.opsetImport) ?? opsetOf(model)

/** The key of a node's operator in the table: its type, with the domain before it where that is not ONNX's own. */
export const opKey = (node: { opType: string; domain: string }): string =>
  isDefault(node.domain) ? node.opType : `${node.domain}.${node.opType}`

/** The key of a function, or of a call of one. */
const functionKey = (domain: string, name: string, overload: string): string =>
  `${opKey({ domain, opType: name })}:${overload}`

export type Functions = ReadonlyMap<string, onnx.Function>

/** The model's functions by key. One with an operator's name takes its place. */
export const functionsOf = (model: onnx.Model): Functions =>
  new Map((model.functions ?? []).map((f) => [functionKey(f.domain, f.name, f.overload), f]))

/**
 * The function that a node calls. Inside the body of a function (`inside`: the calls around the node), a name that is
 * being written out already means the operator.
 */
export function calledFunction(
  functions: Functions,
  node: onnx.Node,
  inside: readonly onnx.Function[] = [],
): onnx.Function | undefined {
  const f = functions.get(functionKey(node.domain, node.opType, node.overload))
  return f && inside.includes(f) ? undefined : f
}

/** What a function's attributes are in this call: those of the node, else their defaults. */
export function callAttributes(f: onnx.Function, node: onnx.Node): Map<string, onnx.Attribute> {
  const given = [...(f.attributeProto ?? []), ...(node.attribute ?? [])]
  return new Map(given.map((a) => [a.name, a]))
}

/** A node of a function's body with its references to the call's attributes resolved; one that has no value is left out. */
export function resolveAttributes(node: onnx.Node, call: ReadonlyMap<string, onnx.Attribute> | undefined): onnx.Node {
  if (!call || !node.attribute?.some((a) => a.refAttrName)) return node
  const attribute = node.attribute.flatMap((a) => {
    if (!a.refAttrName) return [a]
    const value = call.get(a.refAttrName)
    return value ? [changed(value, { name: a.name })] : []
  })
  return changed(node, { attribute })
}

/** Operators that the importer resolves itself. */
const CONTROL = new Set(['If'])

export const isControl = (node: onnx.Node): boolean => CONTROL.has(opKey(node))

/**
 * Operators that the table lacks, with the names of the nodes that use them; subgraphs and the bodies of called
 * functions are searched too.
 */
export function unsupportedOperators(model: onnx.Model, ops: Ops): ModelInfo['unsupported'] {
  const functions = functionsOf(model)
  const missing = new Map<string, string[]>()
  const seen = new Set<onnx.Function>()
  const visit = (nodes: readonly onnx.Node[] | undefined, prefix: string, inside: readonly onnx.Function[]): void => {
    for (const node of nodes ?? []) {
      const name = prefix + (node.name || node.output?.[0] || '')
      for (const a of node.attribute ?? []) if (a.g) visit(a.g.node, `${name}/`, inside)
      const f = calledFunction(functions, node, inside)
      if (f) {
        if (!seen.has(f)) visit(f.node, `${name}/`, [...inside, f])
        seen.add(f)
      } else if (!ops.has(opKey(node)) && !isControl(node)) {
        missing.set(opKey(node), [...(missing.get(opKey(node)) ?? []), name])
      }
    }
  }
  visit(model.graph?.node, '', [])
  return [...missing].map(([op, nodes]) => ({ op, nodes }))
}
