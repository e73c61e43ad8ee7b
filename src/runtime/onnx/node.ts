// The view of an ONNX node that operators read their attributes from.
import { ensure } from '../error.ts'
import type { ModelSource } from '../model.ts'
import type { OnnxNode } from '../op.ts'
import type { Tensor } from '../tensor.ts'
import type { onnx } from './schema.ts'
import { dtypeOf, readTensor } from './tensors.ts'

const text = new TextDecoder()

export interface ReadNode extends OnnxNode {
  /** Inputs that `setInput` made, by position. */
  readonly extraInputs: Map<number, Tensor>
}

/** `elementTypes`: those of the inputs that the file gives. */
export function onnxNode(proto: onnx.Node, source: ModelSource, elementTypes: readonly number[] = []): ReadNode {
  const attributes = new Map((proto.attribute ?? []).map((a) => [a.name, a]))
  const extraInputs = new Map<number, Tensor>()
  const inputs = [...(proto.input ?? [])]
  while (inputs.length && inputs[inputs.length - 1] === '') inputs.pop()
  return {
    name: proto.name || proto.output?.[0] || proto.opType,
    opType: proto.opType,
    inputCount: inputs.length,
    outputCount: proto.output?.length ?? 0,
    extraInputs,
    has: (name) => attributes.has(name),
    int: (name, otherwise) => attributes.get(name)?.i ?? otherwise,
    float: (name, otherwise) => attributes.get(name)?.f ?? otherwise,
    string: (name, otherwise) => (attributes.has(name) ? text.decode(attributes.get(name)!.s) : otherwise),
    ints: (name, otherwise = []) => (attributes.has(name) ? (attributes.get(name)!.ints ?? []) : otherwise),
    floats: (name, otherwise = []) => (attributes.has(name) ? (attributes.get(name)!.floats ?? []) : otherwise),
    strings: (name, otherwise = []) =>
      attributes.has(name) ? (attributes.get(name)!.strings ?? []).map((s) => text.decode(s)) : otherwise,
    tensor(name) {
      const t = attributes.get(name)?.t
      ensure(t, 'model', `attribute ${name} is missing`)
      return readTensor(t, source)
    },
    dtype: (name, otherwise) => (attributes.has(name) ? dtypeOf(attributes.get(name)!.i) : otherwise),
    elementType: (input) => elementTypes[input] ?? 0,
    setInput: (index, value) => extraInputs.set(index, value),
  }
}
