// The reader of Protocol Buffers' wire format, held against protobufjs on the same messages.
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { Writer } from 'protobufjs/minimal.js'
import { describe, expect, it } from 'vitest'
import { Model, type onnx, TensorProto } from '../../src/runtime/onnx/schema.ts'
import { random } from '../harness/kernel.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const proto = protobuf.loadSync(fileURLToPath(new URL('../../src/runtime/onnx/onnx.proto', import.meta.url)))
const { Tensor: tensor, Model: model } = {
  Tensor: proto.lookupType('onnx.Tensor'),
  Model: proto.lookupType('onnx.Model'),
}

const small = () =>
  writeOnnx({
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { pads: [1, 1, 1, 1], alpha: { float: 0.5 } } },
    ],
    inputs: [{ name: 'x', shape: [1, 'channels', 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 2, 4, 4] }],
    constants: { w: { shape: [2, 3, 3, 3], values: Array.from({ length: 54 }, (_, i) => i) } },
  })

describe('the reader', () => {
  it('reads numbers of every size and sign as protobufjs does', () => {
    const next = random(5)
    const integers = Array.from({ length: 200 }, (_, i) => Math.round((next() - 0.5) * 2 ** (i % 53)) + 0)
    const edges = [
      0,
      1,
      -1,
      127,
      128,
      16384,
      2 ** 28,
      2 ** 31,
      2 ** 32,
      -(2 ** 31),
      -(2 ** 32),
      2 ** 53 - 1,
      -(2 ** 53) + 1,
    ]
    const fields = {
      dims: [...edges, ...integers],
      int64Data: integers,
      uint64Data: [0, 1, 2 ** 32, 2 ** 53 - 1],
      int32Data: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
      floatData: [0, -1.5, Math.fround(3.4e38), Number.POSITIVE_INFINITY],
      doubleData: [Math.PI, -1e300],
      dataType: 7,
      name: 'größe ∅',
      rawData: Uint8Array.of(1, 2, 3),
      externalData: [{ key: 'location', value: 'weights.bin' }],
    }
    const bytes = new Uint8Array(tensor.encode(tensor.fromObject(fields)).finish())
    expect(TensorProto.decode(bytes)).toMatchObject(fields)
  })

  it('rounds what 64 bits hold and a number does not', () => {
    const bytes = new Uint8Array(
      Writer.create()
        .uint32((1 << 3) | 0)
        .uint64('9223372036854775807')
        .finish(),
    )
    expect(TensorProto.decode(bytes).dims).toEqual([2 ** 63])
    const least = new Uint8Array(
      Writer.create()
        .uint32((1 << 3) | 0)
        .int64('-9223372036854775808')
        .finish(),
    )
    expect(TensorProto.decode(least).dims).toEqual([-(2 ** 63)])
  })

  it('reads packed lists, lists one by one, and both mixed', () => {
    const w = Writer.create()
      .uint32((1 << 3) | 0)
      .int64(5)
    w.uint32((1 << 3) | 2)
      .fork()
      .int64(6)
      .int64(-7)
      .ldelim()
    w.uint32((1 << 3) | 0).int64(8)
    expect(TensorProto.decode(new Uint8Array(w.finish())).dims).toEqual([5, 6, -7, 8])
  })

  it('passes over unknown fields, and known ones of another wire type', () => {
    const w = Writer.create()
      .uint32((99 << 3) | 2)
      .string('unknown')
      .uint32((98 << 3) | 5)
      .fixed32(1)
    w.uint32((97 << 3) | 1)
      .double(1)
      .uint32((2 << 3) | 2)
      .string('no number')
      .uint32((8 << 3) | 2)
      .string('name')
    const read = TensorProto.decode(new Uint8Array(w.finish()))
    expect(Object.keys(read)).toEqual(['name'])
    expect(read.dataType).toBe(0)
  })

  it('puts the parts of a message together, and gives absent fields their defaults', () => {
    const parts = [{ graph: { name: 'g' } }, { graph: { node: [{ opType: 'Relu' }] } }]
    const bytes = Buffer.concat(parts.map((p) => model.encode(model.fromObject(p)).finish()))
    const { graph, producerName, opsetImport } = Model.decode(new Uint8Array(bytes)) as onnx.Model & {
      graph: onnx.Graph
    }
    expect(graph.name).toBe('g')
    expect(graph.node).toHaveLength(1)
    expect(graph.node![0].opType).toBe('Relu')
    expect([producerName, opsetImport, graph.initializer]).toEqual(['', [], []])
  })

  it('leaves bytes where they are in the file', () => {
    const bytes = small()
    expect(Model.decode(bytes).graph!.initializer![0].rawData!.buffer).toBe(bytes.buffer)
  })
})

describe('what is no model', () => {
  it('throws wherever it is cut, or gives less', () => {
    const bytes = small()
    const whole = JSON.stringify(Model.decode(bytes)).length
    for (let n = 0; n < bytes.length; n++) {
      let read = 0
      try {
        read = JSON.stringify(Model.decode(bytes.subarray(0, n))).length
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        continue
      }
      expect(read).toBeLessThan(whole)
    }
  })

  it('throws on numbers without an end, lengths beyond the file, unknown wire types and broken text', () => {
    const decode = (...bytes: number[]) => Model.decode(Uint8Array.from(bytes))
    expect(() => decode(8, ...new Array(11).fill(255))).toThrow('longer than 64 bits')
    expect(() => decode(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)).toThrow(RangeError)
    expect(() => decode(0x3b)).toThrow('wire type 3')
    expect(() => decode(0x12, 1, 0xff)).toThrow(TypeError)
  })

  it('throws on endless nesting instead of overflowing the stack', () => {
    let bytes = new Uint8Array()
    for (let i = 0; i < 300; i++) {
      const attribute = Writer.create()
        .uint32((6 << 3) | 2)
        .bytes(bytes)
        .finish()
      const node = Writer.create()
        .uint32((5 << 3) | 2)
        .bytes(attribute)
        .finish()
      bytes = new Uint8Array(
        Writer.create()
          .uint32((1 << 3) | 2)
          .bytes(node)
          .finish(),
      )
    }
    const deep = Writer.create()
      .uint32((7 << 3) | 2)
      .bytes(bytes)
      .finish()
    expect(() => Model.decode(new Uint8Array(deep))).toThrow('deep in each other')
  })
})
