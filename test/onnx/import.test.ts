// What the reader of ONNX files makes of bytes.
import { Writer } from 'protobufjs/minimal.js'
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { importGraph } from '../../src/runtime/onnx/import.ts'
import { TensorProto } from '../../src/runtime/onnx/schema.ts'
import { readTensor } from '../../src/runtime/onnx/tensors.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const field = (number: number, wire: number) => (number << 3) | wire

/** A tensor of int64 with its dimensions and values packed or not, as different writers have them. */
function int64Tensor(packed: boolean): Uint8Array {
  const w = Writer.create()
  const list = (number: number, values: number[]) => {
    if (!packed) for (const v of values) w.uint32(field(number, 0)).int64(v)
    else {
      w.uint32(field(number, 2)).fork()
      for (const v of values) w.int64(v)
      w.ldelim()
    }
  }
  list(1, [2, 2])
  w.uint32(field(2, 0)).int32(7)
  list(7, [1, -2, 3, 2 ** 40])
  return w.finish()
}

describe('tensors', () => {
  it.each([true, false])('have numbers for 64-bit integers, packed: %s', (packed) => {
    const bytes = int64Tensor(packed)
    const proto = TensorProto.decode(bytes)
    expect([proto.dims, proto.int64Data]).toEqual([
      [2, 2],
      [1, -2, 3, 2 ** 40],
    ])
    expect(Array.from(readTensor(proto, { bytes }).data as BigInt64Array)).toEqual([1n, -2n, 3n, 2n ** 40n])
  })
})

describe('inputs', () => {
  it('without elements are fed, and what is made of them is known', () => {
    const bytes = writeOnnx({
      nodes: [{ op: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } }],
      inputs: [{ name: 'x', shape: [2, 'n'] }],
      outputs: [{ name: 'y', shape: [2] }],
      constants: { axes: { shape: [1], values: [1], elem: 7 } },
    })
    const graph = importGraph({ bytes }, operators, { axes: { n: 0 } })
    expect(graph.inputs.map((v) => v.name)).toEqual(['x'])
    expect(graph.nodes).toEqual([])
    expect(Array.from(graph.outputs[0].fact.value!.data as Float32Array)).toEqual([0, 0])
  })
  it('of 16-bit integers tell a zero point its range', () => {
    const quantised = (elem: number) => {
      const bytes = writeOnnx({
        nodes: [{ op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'] }],
        inputs: [
          { name: 'x', shape: [1] },
          { name: 'z', shape: [], elem },
        ],
        outputs: [{ name: 'y', shape: [1], elem }],
        constants: { s: { shape: [], values: [0.5] } },
        opset: 21,
      })
      return importGraph({ bytes }, operators).nodes[0].attrs.range
    }
    expect(quantised(4)).toEqual({ dtype: 'int32', low: 0, high: 65535 })
    expect(quantised(5)).toEqual({ dtype: 'int32', low: -32768, high: 32767 })
  })
})
