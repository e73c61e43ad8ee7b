// The skeleton of a model file: with the values that it leaves in the file it is the same model, however the file is
// written and in whatever pieces it comes; and it keeps little.
import { describe, expect, it } from 'vitest'
import { Model, type onnx } from '../../src/runtime/onnx/schema.ts'
import { SkeletonReader } from '../../src/runtime/onnx/skeleton.ts'
import { readTensor } from '../../src/runtime/onnx/tensors.ts'
import { random } from '../harness/kernel.ts'

const bytes = (...parts: (Uint8Array | number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((p) => Uint8Array.from(p))))
function varint(value: number): number[] {
  const out: number[] = []
  for (let v = BigInt.asUintN(64, BigInt(value)); ; v >>= 7n) {
    out.push(Number(v & 127n) | (v >= 128n ? 128 : 0))
    if (v < 128n) return out
  }
}
const int = (field: number, value: number) => bytes(varint(field * 8), varint(value))
const block = (field: number, ...parts: (Uint8Array | number[])[]) => {
  const body = bytes(...parts)
  return bytes(varint(field * 8 + 2), varint(body.length), body)
}
const text = (field: number, value: string) => block(field, new TextEncoder().encode(value))

const next = random(3)
const COUNT = 2000
const floats = (count = COUNT) => new Uint8Array(Float32Array.from({ length: count }, () => next()).buffer)
const doubles = () => new Uint8Array(Float64Array.from({ length: COUNT }, () => next()).buffer)
const head = (name: string, dataType: number, dims = [COUNT]) =>
  bytes(...dims.map((d) => int(1, d)), int(2, dataType), text(8, name))
/** A float32 tensor of 8 kB. */
const tensor = (name: string) => bytes(head(name, 1), block(9, floats()))
const initializer = (...parts: Uint8Array[]) => block(5, ...parts)
const constantNode = (name: string) =>
  block(1, text(2, name), text(4, 'Constant'), block(5, text(1, 'value'), block(5, tensor(name)), int(20, 4)))
const opset = block(8, int(2, 17))
const port = block(11, text(1, 'x'), block(2, block(1, int(1, 1), block(2, block(1, text(2, 'batch'))))))
const model = (...graph: Uint8Array[]) => bytes(int(1, 9), text(2, 'test'), block(7, ...graph, port), opset)

const CASES: Record<string, { file: Uint8Array; left: number }> = {
  'raw data': { file: model(constantNode('c'), initializer(tensor('w')), initializer(tensor('v'))), left: 3 },
  'raw data before its type and shape': {
    file: model(initializer(block(9, floats()), text(8, 'w'), int(2, 1), int(1, 40), int(1, 50))),
    left: 1,
  },
  'opset, inputs and initializers before the nodes': {
    file: bytes(opset, block(7, port, initializer(tensor('w')), text(2, 'g'), constantNode('c')), int(1, 9)),
    left: 2,
  },
  'a graph in two parts': {
    file: bytes(block(7, initializer(tensor('w')), constantNode('c')), opset, block(7, initializer(tensor('v')), port)),
    left: 3,
  },
  'floats and doubles': {
    file: model(
      initializer(head('f', 1), block(4, floats())),
      initializer(head('d', 11), block(10, doubles())),
      initializer(head('e', 11), block(9, doubles())),
    ),
    left: 3,
  },
  'floats whose shape comes later, or in two parts, or each by itself': {
    file: model(
      initializer(block(4, floats()), head('f', 1)),
      initializer(head('g', 1, [COUNT, 2]), block(4, floats()), block(4, floats())),
      initializer(head('h', 1), ...Array.from({ length: COUNT }, () => bytes([4 * 8 + 5], floats(1)))),
    ),
    left: 0,
  },
  'integers of any length': {
    file: model(
      initializer(head('i', 7), block(7, ...Array.from({ length: COUNT }, (_, i) => varint(i % 9 ? i : -i)))),
      initializer(head('h', 10), block(5, ...Array.from({ length: COUNT }, (_, i) => varint(i)))),
    ),
    left: 0,
  },
  'initializers of a branch in a branch': {
    file: model(
      block(
        1,
        text(4, 'If'),
        block(
          5,
          text(1, 'then_branch'),
          block(
            6,
            constantNode('c'),
            block(1, text(4, 'If'), block(5, text(1, 'else_branch'), block(6, initializer(tensor('w'))))),
          ),
        ),
      ),
    ),
    left: 2,
  },
  'constants in a function': {
    file: bytes(model(), block(25, text(1, 'f'), block(7, constantNode('c').subarray(3)))),
    left: 1,
  },
  'values twice, of which the last ones count': {
    file: model(
      initializer(head('w', 1), block(9, floats(5)), block(9, floats())),
      initializer(head('v', 1, [5]), block(9, floats()), block(9, floats(5))),
    ),
    left: 1,
  },
  'external data': {
    file: model(
      initializer(
        head('w', 1),
        block(13, text(1, 'location'), text(2, 'file')),
        block(13, text(1, 'offset'), text(2, '64')),
        int(14, 1),
        block(9, floats()),
      ),
    ),
    left: 0,
  },
  'what the reader does not know': {
    file: model(
      block(15, block(1, tensor('s'))),
      text(10, 'doc '.repeat(2000)),
      bytes(varint(99 * 8 + 1), new Uint8Array(8)),
      bytes(varint(99 * 8 + 5), new Uint8Array(4)),
      block(1, text(4, 'Constant'), block(5, text(1, 'sparse_value'), block(22, block(1, tensor('s'))))),
    ),
    left: 0,
  },
}

/** Feeds the file in pieces; `jump` passes over what need not be read, as where the file is on disk. */
function skeletonOf(file: Uint8Array, piece: () => number, jump = false) {
  const reader = new SkeletonReader('file')
  let read = 0
  for (let at = 0; at < file.length; ) {
    const chunk = file.slice(at, at + piece())
    reader.push(chunk)
    // What was pushed is not kept.
    chunk.fill(255)
    at += chunk.length
    read += chunk.length
    if (jump) at += reader.skip(file.length - at)
  }
  return { skeleton: reader.finish(), read }
}

/** All tensors of a model, in order. */
function tensorsOf(bytes: Uint8Array): onnx.Tensor[] {
  const ofNodes = (nodes: onnx.Node[] = []): onnx.Tensor[] =>
    nodes.flatMap((n) => (n.attribute ?? []).flatMap((a) => [...(a.t ? [a.t] : []), ...(a.g ? ofGraph(a.g) : [])]))
  const ofGraph = (g: onnx.Graph): onnx.Tensor[] => [...(g.initializer ?? []), ...ofNodes(g.node)]
  const { graph, functions = [] } = Model.decode(bytes)
  return [...ofGraph(graph!), ...functions.flatMap((f) => ofNodes(f.node))]
}

/** A model as text, without the values of its tensors, and those. */
function contents(bytes: Uint8Array, file: Uint8Array) {
  const fields = ['rawData', 'floatData', 'doubleData', 'externalData', 'dataLocation']
  const rest = JSON.stringify(Model.decode(bytes), (key, value) => (fields.includes(key) ? undefined : value))
  const external = () => ({ size: file.length, read: (at: number, length: number) => file.subarray(at, at + length) })
  const values = tensorsOf(bytes).map((t) => [t.name, readTensor(t, { bytes, external }).data.join()])
  return { rest, values }
}

describe('a skeleton', () => {
  const small = random(8)
  it.each(Object.entries(CASES))('is the model: %s', (_, { file, left }) => {
    const whole = skeletonOf(file, () => file.length).skeleton
    expect(contents(whole, file)).toEqual(contents(file, file))
    expect(
      tensorsOf(whole).filter((t) => t.dataLocation === 1 && t.externalData!.some((e) => e.key === 'length')),
    ).toHaveLength(left)
    for (const piece of [() => 1, () => 1 + Math.floor(small() * 700)])
      for (const jump of [false, true]) expect(skeletonOf(file, piece, jump).skeleton).toEqual(whole)
  })

  it('leaves out nearly everything of a file of weights, and needs to read as little', () => {
    const file = model(
      ...Array.from({ length: 20 }, (_, i) => initializer(head(`w${i}`, 1, [100_000]), block(9, floats(100_000)))),
    )
    const { skeleton, read } = skeletonOf(file, () => 1024, true)
    expect(skeleton.length).toBeLessThan(20 * 120)
    expect(skeleton.buffer.byteLength).toBe(skeleton.length)
    expect(read).toBeLessThan(22 * 1024)
  })
})

describe('what is no model', () => {
  const { file } = CASES['raw data']

  it('throws wherever it is cut, or gives less', () => {
    const whole = skeletonOf(file, () => 512).skeleton
    let thrown = 0
    // At every place of the structure, and at some within the values.
    for (let n = 1; n < file.length; n += n % (4 * COUNT) < 100 ? 1 : 331) {
      for (const jump of [false, true])
        try {
          const { skeleton } = skeletonOf(file.subarray(0, n), () => 512, jump)
          expect(skeleton.length).toBeLessThan(whole.length)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          thrown++
        }
    }
    expect(thrown).toBeGreaterThan(400)
  })

  it('throws on lengths beyond their message, endless numbers, unknown wire types and endless nesting', () => {
    const read = (...parts: (Uint8Array | number[])[]) => skeletonOf(bytes(...parts), () => 100)
    const long = new Uint8Array(5000)
    expect(() => read(block(7, block(5, [0x4a, 0xff, 0x7f], long)))).toThrow('within a value')
    expect(() => read([0x3a, ...varint(2 ** 40)])).toThrow('within a value')
    expect(() => read(new Uint8Array(12).fill(255))).toThrow('longer than 64 bits')
    expect(() => read(new TextEncoder().encode('<!doctype html>'))).toThrow('wire type 4')
    let deep = bytes(long)
    for (let i = 0; i < 60; i++) deep = block(1, block(5, block(6, deep)))
    expect(() => read(block(7, deep))).toThrow('deep in each other')
  })
})
