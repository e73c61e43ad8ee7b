// ONNX's own operator tests for vitest: the cases, and how one is judged.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IsobathError } from '../../src/runtime/error.ts'
import { evaluate } from '../../src/runtime/graph/build.ts'
import { decodeModel, opKey, opsetOf, unsupportedOperators } from '../../src/runtime/onnx/import.ts'
import { TensorProto } from '../../src/runtime/onnx/schema.ts'
import { readTensor } from '../../src/runtime/onnx/tensors.ts'
import type { Graph, Ops, Value } from '../../src/runtime/op.ts'
import { numbers, type Tensor } from '../../src/runtime/tensor.ts'
import { disagreement as difference, type OnnxCase, onnxCases } from '../../tools/conformance/cases.mjs'

export type { OnnxCase }

/** Where the cases lie; not part of the repository. */
export const casesFolder = fileURLToPath(new URL('../../../shared/onnx-node', import.meta.url))

export const haveCases = fs.existsSync(casesFolder)

const cases = onnxCases({ decodeModel, opKey, opsetOf, unsupportedOperators, TensorProto, readTensor })

/** Every case, in order of their names. */
export const readCases = (): OnnxCase[] => cases.readCases(casesFolder)
export const { readDataSets, whySkipped } = cases

/** The first disagreement with the expected tensor, in words; null where they agree. */
export const disagreement = (actual: Tensor, expected: Tensor): string | null => difference(actual, expected, numbers)

export type Outcome = { passed: true } | { refused: string } | { failed: string }

/** Runs a check that gives what is wrong, or null. An `unsupported` error is a refusal, not a failure. */
export function outcome(check: () => string | null): Outcome {
  try {
    const failed = check()
    return failed === null ? { passed: true } : { failed }
  } catch (e) {
    if (!(e instanceof IsobathError)) return { failed: String((e as Error).stack ?? e) }
    return e.code === 'unsupported' ? { refused: e.message } : { failed: e.message }
  }
}

/** Computes a graph's outputs by the twins. */
export function interpret(graph: Graph, ops: Ops, feeds: Record<string, Tensor>): Tensor[] {
  const tensors = new Map<Value, Tensor>(graph.inputs.map((v) => [v, feeds[v.name]]))
  const read = (v: Value | null) => v && (v.fact.value ?? tensors.get(v)!)
  for (const node of graph.nodes)
    evaluate(node, node.inputs.map(read), ops).forEach((t, i) => {
      if (node.outputs[i]) tensors.set(node.outputs[i], t)
    })
  return graph.outputs.map((v) => read(v)!)
}
