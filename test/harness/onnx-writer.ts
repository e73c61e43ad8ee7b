// Writes small ONNX models for tests: the fields of onnx.proto, by their numbers.
import { Writer } from 'protobufjs/minimal.js'
import { fromNumbers } from '../../src/index.ts'

export interface OnnxPort {
  name: string
  /** Numbers, or names of open axes. */
  shape: readonly (number | string)[]
  /** ONNX's element type; 1 (float32) by default, 10 is float16. */
  elem?: number
}

/** A number is an int, a list of them ints; floats are wrapped. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { graph: OnnxGraphSpec }
  /** In a function's body: the value of the call's attribute of this name. */
  | { ref: string }

export interface OnnxNodeSpec {
  op: string
  domain?: string
  attributes?: Record<string, OnnxAttribute>
  inputs: readonly string[]
  outputs: readonly string[]
  name?: string
}

export interface OnnxGraphSpec {
  nodes: readonly OnnxNodeSpec[]
  inputs: readonly OnnxPort[]
  outputs: readonly OnnxPort[]
  /** Constants, of type float32 where they do not say otherwise. */
  constants?: Record<string, { shape: readonly number[]; values: readonly number[]; elem?: 1 | 3 | 7 | 9 | 10 }>
}

export interface OnnxFunctionSpec {
  name: string
  domain?: string
  inputs: readonly string[]
  outputs: readonly string[]
  nodes: readonly OnnxNodeSpec[]
  /** Attributes without defaults, and those with. */
  attributes?: readonly string[]
  defaults?: Record<string, OnnxAttribute>
  opset?: number
}

export interface OnnxModelSpec extends OnnxGraphSpec {
  functions?: readonly OnnxFunctionSpec[]
  opset?: number
}

type Fill = (w: Writer) => void
const message = (w: Writer, field: number, fill: Fill) => {
  w.uint32((field << 3) | 2).fork()
  fill(w)
  w.ldelim()
}
const text = (w: Writer, field: number, value: string) => w.uint32((field << 3) | 2).string(value)
const int = (w: Writer, field: number, value: number) => w.uint32(field << 3).int64(value)

const port =
  ({ name, shape, elem = 1 }: OnnxPort): Fill =>
  (w) => {
    text(w, 1, name)
    message(w, 2, (type) =>
      message(type, 1, (tensor) => {
        int(tensor, 1, elem)
        message(tensor, 2, (dims) => {
          for (const d of shape) message(dims, 1, (dim) => (typeof d === 'number' ? int(dim, 1, d) : text(dim, 2, d)))
        })
      }),
    )
  }

const attribute =
  (name: string, value: OnnxAttribute): Fill =>
  (w) => {
    text(w, 1, name)
    if (typeof value === 'number') int(w, 3, value)
    else if (typeof value === 'string') text(w, 4, value)
    else if ('float' in value) w.uint32((2 << 3) | 5).float(value.float)
    else if ('graph' in value) message(w, 6, graph(value.graph))
    else if ('ref' in value) text(w, 21, value.ref)
    else for (const v of value) int(w, 8, v)
  }

const node =
  (spec: OnnxNodeSpec): Fill =>
  (w) => {
    for (const x of spec.inputs) text(w, 1, x)
    for (const y of spec.outputs) text(w, 2, y)
    text(w, 3, spec.name ?? spec.outputs[0])
    text(w, 4, spec.op)
    for (const [name, value] of Object.entries(spec.attributes ?? {})) message(w, 5, attribute(name, value))
    if (spec.domain) text(w, 7, spec.domain)
  }

const DTYPES = { 1: 'float32', 3: 'int8', 7: 'int64', 9: 'bool', 10: 'float16' } as const

function graph({ nodes, inputs, outputs, constants = {} }: OnnxGraphSpec): Fill {
  return (w) => {
    for (const n of nodes) message(w, 1, node(n))
    text(w, 2, 'test')
    for (const [name, { shape, values, elem = 1 }] of Object.entries(constants))
      message(w, 5, (t) => {
        for (const d of shape) int(t, 1, d)
        int(t, 2, elem)
        text(t, 8, name)
        t.uint32((9 << 3) | 2).bytes(new Uint8Array(fromNumbers(DTYPES[elem], shape, values).data.buffer))
      })
    for (const p of inputs) message(w, 11, port(p))
    for (const p of outputs) message(w, 12, port(p))
  }
}

const opsets = (w: Writer, field: number, version: number) => message(w, field, (opset) => int(opset, 2, version))

/** The bytes of a model. */
export function writeOnnx(model: OnnxModelSpec): Uint8Array {
  const w = Writer.create()
  int(w, 1, 9)
  message(w, 7, graph(model))
  opsets(w, 8, model.opset ?? 17)
  for (const f of model.functions ?? [])
    message(w, 25, (m) => {
      text(m, 1, f.name)
      for (const x of f.inputs) text(m, 4, x)
      for (const y of f.outputs) text(m, 5, y)
      for (const a of f.attributes ?? []) text(m, 6, a)
      for (const n of f.nodes) message(m, 7, node(n))
      opsets(m, 9, f.opset ?? model.opset ?? 17)
      if (f.domain) text(m, 10, f.domain)
      for (const [name, value] of Object.entries(f.defaults ?? {})) message(m, 11, attribute(name, value))
    })
  return new Uint8Array(w.finish())
}
