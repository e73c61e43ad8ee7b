// Tiny ONNX files for the tests of the command line: a protobuf writer of a few lines.

const bytes = (...parts: (Uint8Array | number[])[]): Uint8Array => Buffer.concat(parts.map((p) => Uint8Array.from(p)))

function varint(value: number): number[] {
  const out: number[] = []
  for (let v = value; ; v = Math.floor(v / 128)) {
    out.push((v % 128) | (v >= 128 ? 128 : 0))
    if (v < 128) return out
  }
}

const int = (field: number, value: number) => bytes(varint(field * 8), varint(value))
const block = (field: number, data: Uint8Array) => bytes(varint(field * 8 + 2), varint(data.length), data)
const text = (field: number, value: string) => block(field, new TextEncoder().encode(value))

/** A graph input or output of float32; a name is a dynamic axis. */
export interface Port {
  name: string
  shape: (number | string)[]
}

/** An initializer of float32: its values, or a place in an external file. */
export interface Weight {
  name: string
  shape: number[]
  values?: number[]
  external?: { location: string; offset?: number; length?: number }
}

export interface ToyNode {
  op: string
  inputs: string[]
  outputs: string[]
  name?: string
}

function valueInfo({ name, shape }: Port): Uint8Array {
  const dims = shape.map((d) => block(1, typeof d === 'number' ? int(1, d) : text(2, d)))
  const type = block(1, bytes(int(1, 1), block(2, bytes(...dims))))
  return bytes(text(1, name), block(2, type))
}

function tensorProto({ name, shape, values, external }: Weight): Uint8Array {
  const head = bytes(...shape.map((d) => int(1, d)), int(2, 1), text(8, name))
  if (!external) return bytes(head, block(9, new Uint8Array(Float32Array.from(values ?? []).buffer)))
  const entries = Object.entries(external).map(([k, v]) => block(13, bytes(text(1, k), text(2, String(v)))))
  return bytes(head, ...entries, int(14, 1))
}

/** The bytes of a model of opset 17. */
export function toyModel(graph: { inputs: Port[]; outputs: Port[]; nodes: ToyNode[]; weights?: Weight[] }): Uint8Array {
  const nodes = graph.nodes.map((n, i) =>
    block(
      1,
      bytes(
        ...n.inputs.map((name) => text(1, name)),
        ...n.outputs.map((name) => text(2, name)),
        text(3, n.name ?? `/${n.op}_${i}`),
        text(4, n.op),
      ),
    ),
  )
  const body = bytes(
    ...nodes,
    text(2, 'toy'),
    ...(graph.weights ?? []).map((w) => block(5, tensorProto(w))),
    ...graph.inputs.map((p) => block(11, valueInfo(p))),
    ...graph.outputs.map((p) => block(12, valueInfo(p))),
  )
  return bytes(int(1, 8), text(2, 'toy'), block(7, body), block(8, int(2, 17)))
}

/** `y = Relu(x)` on [batch, 4]. */
export const reluModel = (): Uint8Array =>
  toyModel({
    inputs: [{ name: 'x', shape: ['batch', 4] }],
    outputs: [{ name: 'y', shape: ['batch', 4] }],
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  })
