// Reads the cases of ONNX's own operator tests: a folder with a model and with inputs and outputs as TensorProtos.
// https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsobathError } from '../../src/runtime/error.ts'
import { evaluate } from '../../src/runtime/graph/build.ts'
import { decodeModel, opKey, opsetOf, unsupportedOperators } from '../../src/runtime/onnx/import.ts'
import { type onnx, TensorProto } from '../../src/runtime/onnx/schema.ts'
import { readTensor } from '../../src/runtime/onnx/tensors.ts'
import type { Graph, Ops, Value } from '../../src/runtime/op.ts'
import { formatShape, isFloat, numbers, sameShape, type Tensor } from '../../src/runtime/tensor.ts'

/** Where the cases lie; not part of the repository. */
export const casesFolder = fileURLToPath(new URL('../../../shared/onnx-node', import.meta.url))

export const haveCases = fs.existsSync(casesFolder)

export interface OnnxCase {
  /** `suite/test_name`. */
  name: string
  folder: string
  bytes: Uint8Array
  opset: number
  /** The model's operators, by their keys in the table; the first is what the case is for. */
  operators: string[]
  graph: onnx.Graph
}

/** A set of feeds and what must come of them, by the graph's names. */
export interface DataSet {
  inputs: Record<string, Tensor>
  outputs: Record<string, Tensor>
}

/** Every case, in order of their names. */
export function readCases(): OnnxCase[] {
  const folders = fs.readdirSync(casesFolder, { withFileTypes: true }).filter((f) => f.isDirectory())
  return folders.flatMap((suite) =>
    fs
      .readdirSync(path.join(casesFolder, suite.name))
      .sort()
      .map((name) => readCase(`${suite.name}/${name}`)),
  )
}

function readCase(name: string): OnnxCase {
  const folder = path.join(casesFolder, name)
  const bytes = new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx')))
  const model = decodeModel({ bytes, name })
  const operators = [...new Set((model.graph.node ?? []).map(opKey))]
  return { name, folder, bytes, opset: opsetOf(model), operators, graph: model.graph }
}

/** Cases that are left out on purpose, and why. */
const LEFT_OUT: Record<string, string> = {
  'pytorch-converted/test_PReLU_2d_multiparam': 'the slope of opset 6, by channel',
  'pytorch-converted/test_PReLU_3d_multiparam': 'the slope of opset 6, by channel',
}

/** Why the engine does not run a case: operators that the table lacks, or values that are no tensors of a known type. */
export function whySkipped(c: OnnxCase, ops: Ops): string | null {
  if (LEFT_OUT[c.name]) return LEFT_OUT[c.name]
  const missing = unsupportedOperators(c.graph, ops).map((m) => m.op)
  if (missing.length) return `operator ${missing.join(', ')}`
  for (const port of [...(c.graph.input ?? []), ...(c.graph.output ?? [])]) {
    const type = port.type?.tensorType
    if (!type) return 'a value that is no tensor'
    const other = OTHER_TYPES[type.elemType]
    if (other) return `type ${other}`
  }
  return null
}

// Element types that the engine does not have, or holds in another type whose arithmetic differs:
// https://onnx.ai/onnx/api/classes.html#tensorproto
const OTHER_TYPES: Record<number, string> = {
  4: 'uint16',
  5: 'int16',
  8: 'string',
  11: 'double',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
}

/** The case's data sets. */
export function readDataSets(c: OnnxCase): DataSet[] {
  const initialized = new Set((c.graph.initializer ?? []).map((t) => t.name))
  const fed = (c.graph.input ?? []).filter((i) => !initialized.has(i.name)).map((i) => i.name)
  const made = (c.graph.output ?? []).map((o) => o.name)
  const sets = fs.readdirSync(c.folder).filter((f) => f.startsWith('test_data_set_'))
  return sets.map((set) => ({
    inputs: readFolder(path.join(c.folder, set), 'input', fed),
    outputs: readFolder(path.join(c.folder, set), 'output', made),
  }))
}

function readFolder(folder: string, kind: string, names: string[]): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  names.forEach((name, i) => {
    const file = path.join(folder, `${kind}_${i}.pb`)
    if (!fs.existsSync(file)) return
    const bytes = new Uint8Array(fs.readFileSync(file))
    tensors[name] = readTensor(TensorProto.decode(bytes), { bytes, name: file })
  })
  return tensors
}

/** How far floats may be off: ONNX's runner, but that float16 results may differ by a rounding or two of their own. */
const TOLERANCE = { float32: { relative: 1e-3, absolute: 1e-7 }, float16: { relative: 4e-3, absolute: 1e-3 } }

/** The first disagreement with the expected tensor, in words; null where they agree. */
export function disagreement(actual: Tensor, expected: Tensor): string | null {
  if (actual.dtype !== expected.dtype) return `type ${actual.dtype} instead of ${expected.dtype}`
  if (!sameShape(actual.shape, expected.shape))
    return `shape ${formatShape(actual.shape)} instead of ${formatShape(expected.shape)}`
  const a = numbers(actual)
  const e = numbers(expected)
  const { relative, absolute } = TOLERANCE[expected.dtype === 'float16' ? 'float16' : 'float32']
  for (let i = 0; i < e.length; i++) {
    if (Object.is(a[i], e[i]) || a[i] === e[i]) continue
    const off = Math.abs(a[i] - e[i])
    if (!isFloat(expected.dtype) || !(off <= absolute + relative * Math.abs(e[i])))
      return `index ${i}: ${a[i]} instead of ${e[i]}`
  }
  return null
}

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
