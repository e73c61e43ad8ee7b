// Writes small ONNX models for tests: the fields of onnx.proto, by their numbers.
import { Writer } from 'protobufjs/minimal.js'

export interface OnnxPort {
  name: string
  /** Numbers, or names of open axes. */
  shape: readonly (number | string)[]
  /** ONNX's element type; 1 (float32) by default, 10 is float16. */
  elem?: number
}

export interface OnnxNodeSpec {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  name?: string
}

export interface OnnxModelSpec {
  nodes: readonly OnnxNodeSpec[]
  inputs: readonly OnnxPort[]
  outputs: readonly OnnxPort[]
  /** Float32 constants. */
  constants?: Record<string, { shape: readonly number[]; values: readonly number[] }>
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

/** The bytes of a model. */
export function writeOnnx(model: OnnxModelSpec): Uint8Array {
  const w = Writer.create()
  int(w, 1, 9)
  message(w, 7, (graph) => {
    for (const node of model.nodes)
      message(graph, 1, (n) => {
        for (const x of node.inputs) text(n, 1, x)
        for (const y of node.outputs) text(n, 2, y)
        text(n, 3, node.name ?? node.outputs[0])
        text(n, 4, node.op)
      })
    text(graph, 2, 'test')
    for (const [name, { shape, values }] of Object.entries(model.constants ?? {}))
      message(graph, 5, (t) => {
        for (const d of shape) int(t, 1, d)
        int(t, 2, 1)
        text(t, 8, name)
        t.uint32((9 << 3) | 2).bytes(new Uint8Array(Float32Array.from(values).buffer))
      })
    for (const p of model.inputs) message(graph, 11, port(p))
    for (const p of model.outputs) message(graph, 12, port(p))
  })
  message(w, 8, (opset) => int(opset, 2, model.opset ?? 17))
  return w.finish()
}
