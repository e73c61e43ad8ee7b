// A model in half precision, as exporters write it: float16 weights and values, a Cast at each input and output. Chosen
// nodes keep float32, with Casts around them. Weights are converted when they are read.
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { toStoredHalves } from '../../dist/runtime/tensor.js'
import { FLOAT, HALF, typesOf } from './types.mjs'

/** Inputs of operators that stay float32 whatever the type of the data. */
const KEPT_INPUTS = { Resize: [1, 2], Upsample: [1] }

/** Operators between floats and quantised integers, whose scales are float32. */
const QUANTISED = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'])

/** Bytes up to which a tensor stays in the model. */
const INLINE = 1024

const proto = fileURLToPath(new URL('../../src/runtime/onnx/onnx.proto', import.meta.url))
const Model = protobuf.loadSync(proto).lookupType('onnx.Model')

/** @typedef {import('../../dist/runtime/model.js').ModelSource} ModelSource */

/** Makes initializers of the nodes that hold constants. */
function hoistConstants(graph) {
  graph.node = graph.node.filter((node) => {
    if (node.opType !== 'Constant') return true
    const [a] = node.attribute
    const name = node.output[0]
    if (a.t) graph.initializer.push({ ...a.t, name })
    else if (a.name === 'value_float') graph.initializer.push({ name, dims: [], dataType: FLOAT, floatData: [a.f] })
    else if (a.name === 'value_floats')
      graph.initializer.push({ name, dims: [a.floats.length], dataType: FLOAT, floatData: a.floats })
    else return true
    return false
  })
}

/** The decoded model with its constants as initializers. */
export function decode(/** @type {ModelSource} */ source) {
  const model = Model.decode(source.bytes)
  for (const list of ['input', 'output', 'initializer', 'node', 'valueInfo']) model.graph[list] ??= []
  hoistConstants(model.graph)
  return model
}

const elements = (tensor) => (tensor.dims ?? []).reduce((n, d) => n * Number(d), 1)

/** The float32 values of an initializer. */
function floatsOf(tensor, source) {
  if (tensor.dataLocation === 1) {
    const entry = Object.fromEntries(tensor.externalData.map((e) => [e.key, e.value]))
    const bytes = source.external(entry.location).read(Number(entry.offset ?? 0), 4 * elements(tensor))
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  }
  if (!tensor.rawData?.length) return Float32Array.from(tensor.floatData ?? [])
  return new Float32Array(Uint8Array.from(tensor.rawData).buffer)
}

/** The float tensors of a converted model: small ones inside it, large ones in a data file, made when it is read. */
class Data {
  entries = []
  size = 0

  constructor(source, location) {
    this.source = source
    this.location = location
  }

  /** An initializer with the values of `tensor` in another type. */
  add(tensor, name, dataType) {
    const bytes = elements(tensor) * (dataType === HALF ? 2 : 4)
    const make = () => {
      const values = floatsOf(tensor, this.source)
      const data = dataType === HALF ? toStoredHalves(values) : values
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    }
    const made = { name, dims: tensor.dims, dataType }
    if (bytes <= INLINE) return { ...made, rawData: make() }
    const fields = { location: this.location, offset: this.size, length: bytes }
    this.entries.push({ offset: this.size, make })
    this.size += bytes
    const externalData = Object.entries(fields).map(([key, value]) => ({ key, value: String(value) }))
    return { ...made, dataLocation: 1, externalData }
  }

  /** An initializer of another type, as it is. */
  copy(tensor) {
    if (tensor.dataLocation !== 1) return tensor
    const entry = Object.fromEntries(tensor.externalData.map((e) => [e.key, e.value]))
    const length = Number(entry.length)
    const fields = { location: this.location, offset: this.size, length }
    const make = () => this.source.external(entry.location).read(Number(entry.offset ?? 0), length)
    this.entries.push({ offset: this.size, make })
    this.size += length
    return { ...tensor, externalData: Object.entries(fields).map(([key, value]) => ({ key, value: String(value) })) }
  }

  /** Reads one whole tensor, which is what the engine asks for. */
  read(offset) {
    return this.entries.find((e) => e.offset === offset).make()
  }
}

/** Positions of the nodes that `patterns` name: a node's name or operator, with `*` for any characters. */
export function matching(graph, patterns) {
  const tests = patterns.map((p) => new RegExp(`^${p.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`))
  return new Set(
    graph.node.flatMap((node, i) => (tests.some((t) => t.test(node.name ?? '') || t.test(node.opType)) ? [i] : [])),
  )
}

/**
 * The model in float16. `keep`: positions of the nodes that compute in float32, in the graph that {@link decode} gives.
 * `location`: what the model calls its data file. Returns a source, and `chunks` to write that file.
 */
export function convert(/** @type {ModelSource} */ source, /** @type {Set<number>} */ keep, location = 'half.data') {
  const model = decode(source)
  const { graph } = model
  const types = typesOf(graph)
  const data = new Data(source, location)
  const constants = new Map(graph.initializer.map((t) => [t.name, t]))
  const isKept = graph.node.map((node, i) => keep.has(i) || QUANTISED.has(node.opType))
  /** What each float32 value is stored as where it is made. */
  const native = new Map(graph.input.map((port) => [port.name, FLOAT]))
  graph.node.forEach((node, i) => {
    for (const y of node.output) if (types.get(y) === FLOAT) native.set(y, isKept[i] ? FLOAT : HALF)
  })
  // The graph's outputs keep type and name; a value that is stored as float16 gets another name inside.
  const inner = new Map(
    graph.output.flatMap(({ name }) => (native.get(name) === HALF ? [[name, `${name}/inner`]] : [])),
  )
  const nodes = []
  const made = new Map()
  const cast = (x, y, to) =>
    nodes.push({
      opType: 'Cast',
      name: `cast ${y}`,
      input: [x],
      output: [y],
      attribute: [{ name: 'to', i: to, type: 2 }],
    })
  /** The name of value x in the type that a node wants. */
  const as = (x, wanted) => {
    const key = `${x}/${wanted === HALF ? 'half' : 'single'}`
    if (constants.has(x)) {
      if (!made.has(key)) made.set(key, data.add(constants.get(x), key, wanted))
      return key
    }
    if (native.get(x) === wanted) return inner.get(x) ?? x
    if (!made.has(key)) {
      made.set(key, null)
      cast(inner.get(x) ?? x, key, wanted)
    }
    return key
  }
  /** The branches of an If: their own constants, and the values that they take from outside. */
  const convertBody = (body, wanted) => {
    const own = new Set([...(body.initializer ?? []).map((t) => t.name), ...body.node.flatMap((n) => n.output)])
    const stored = (t) => (t.dataType === FLOAT && wanted === HALF ? data.add(t, t.name, HALF) : data.copy(t))
    body.initializer = (body.initializer ?? []).map(stored)
    for (const node of body.node) {
      node.input = node.input.map((x) => (own.has(x) || types.get(x) !== FLOAT ? x : as(x, wanted)))
      for (const a of node.attribute ?? []) {
        if (a.t) a.t = stored(a.t)
        if (a.g) convertBody(a.g, wanted)
      }
    }
  }
  graph.node.forEach((node, i) => {
    const wanted = isKept[i] ? FLOAT : HALF
    node.input = node.input.map((x, k) => {
      if (types.get(x) !== FLOAT) return x
      return as(x, KEPT_INPUTS[node.opType]?.includes(k) ? FLOAT : wanted)
    })
    node.output = node.output.map((y) => inner.get(y) ?? y)
    for (const a of node.attribute ?? []) if (a.g) convertBody(a.g, wanted)
    for (const a of wanted === HALF ? (node.attribute ?? []) : []) {
      if ((a.name === 'to' || a.name === 'dtype') && Number(a.i) === FLOAT) a.i = HALF
      if (node.opType === 'ConstantOfShape' && a.t?.dataType === FLOAT) a.t = data.add(a.t, a.t.name, HALF)
    }
    if (node.opType === 'ConstantOfShape' && wanted === HALF && !node.attribute?.length)
      node.attribute = [{ name: 'value', type: 4, t: { dims: [1], dataType: HALF, rawData: new Uint8Array(2) } }]
    nodes.push(node)
  })
  for (const [y, inside] of inner) cast(inside, y, FLOAT)
  const outputs = new Set(graph.output.map((o) => o.name))
  graph.node = nodes
  graph.initializer = [
    ...graph.initializer.filter((t) => t.dataType !== FLOAT || outputs.has(t.name)).map((t) => data.copy(t)),
    ...[...made.values()].filter(Boolean),
  ]
  const fed = new Set(constants.keys())
  graph.input = graph.input.filter((port) => !fed.has(port.name))
  graph.valueInfo = []
  const external = (name) =>
    name === location ? { size: data.size, read: (offset) => data.read(offset) } : source.external(name)
  return {
    source: { name: source.name, bytes: Model.encode(model).finish(), external },
    chunks: data.entries.map((e) => e.make),
  }
}
