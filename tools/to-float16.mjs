// `node tools/to-float16.mjs MODEL.onnx OUT.onnx`: the model as exporters write it in half precision: float16 weights and
// values, with a Cast at each input and output. Weights beside the model are read and written beside the result.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { toHalves } from '../dist/runtime/tensor.js'

const FLOAT = 1
const HALF = 10

/** Inputs of operators that stay float32 whatever the type of the data. */
const KEPT = { Resize: [1, 2], Upsample: [1], QuantizeLinear: [1], DequantizeLinear: [1] }

const proto = fileURLToPath(new URL('../src/runtime/onnx/onnx.proto', import.meta.url))
const Model = protobuf.loadSync(proto).lookupType('onnx.Model')

function floatsOf(tensor, folder) {
  if (tensor.dataLocation === 1) {
    const entry = Object.fromEntries(tensor.externalData.map((e) => [e.key, e.value]))
    const bytes = Buffer.alloc(Number(entry.length ?? tensor.dims.reduce((n, d) => n * Number(d), 4)))
    const file = fs.openSync(path.join(folder, entry.location))
    fs.readSync(file, bytes, 0, bytes.length, Number(entry.offset ?? 0))
    fs.closeSync(file)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  }
  if (!tensor.rawData?.length) return Float32Array.from(tensor.floatData ?? [])
  return new Float32Array(Uint8Array.from(tensor.rawData).buffer)
}

/** Large tensors go to the data file, small ones stay in the model. */
function halve(tensor, folder, data) {
  if (tensor.dataType !== FLOAT) return
  const bytes = Buffer.from(toHalves(floatsOf(tensor, folder)).buffer)
  tensor.dataType = HALF
  tensor.floatData = []
  tensor.externalData = []
  tensor.dataLocation = 0
  tensor.rawData = bytes
  if (bytes.length < 1024) return
  tensor.rawData = Buffer.alloc(0)
  tensor.dataLocation = 1
  const fields = { location: data.name, offset: data.length, length: bytes.length }
  tensor.externalData = Object.entries(fields).map(([key, value]) => ({ key, value: String(value) }))
  fs.writeSync(data.file, bytes)
  data.length += bytes.length
}

function convert(source, target) {
  const model = Model.decode(fs.readFileSync(source))
  const { graph } = model
  const name = `${path.basename(target)}.data`
  const data = { name, file: fs.openSync(path.join(path.dirname(target), name), 'w'), length: 0 }
  const kept = new Set()
  for (const node of graph.node) for (const i of KEPT[node.opType] ?? []) if (node.input[i]) kept.add(node.input[i])
  const halveTensor = (t) => halve(t, path.dirname(source), data)
  for (const t of graph.initializer) if (!kept.has(t.name)) halveTensor(t)
  for (const node of graph.node) {
    if (node.opType === 'Constant' && !kept.has(node.output[0]))
      for (const a of node.attribute) if (a.t) halveTensor(a.t)
    if (node.opType === 'ConstantOfShape') for (const a of node.attribute) if (a.t) halveTensor(a.t)
    if (node.opType === 'Cast') for (const a of node.attribute) if (a.name === 'to' && Number(a.i) === FLOAT) a.i = HALF
  }
  const isFloat = (port) => port.type?.tensorType?.elemType === FLOAT
  const cast = (x, y, to) => ({
    opType: 'Cast',
    name: `cast ${y}`,
    input: [x],
    output: [y],
    attribute: [{ name: 'to', i: to, type: 2 }],
  })
  const constants = new Set(graph.initializer.map((t) => t.name))
  const inner = new Map()
  const front = graph.input
    .filter((port) => isFloat(port) && !constants.has(port.name))
    .map((port) => {
      inner.set(port.name, `${port.name}/half`)
      return cast(port.name, `${port.name}/half`, HALF)
    })
  const back = graph.output.filter(isFloat).map((port) => {
    inner.set(port.name, `${port.name}/half`)
    return cast(`${port.name}/half`, port.name, FLOAT)
  })
  for (const node of graph.node) {
    node.input = node.input.map((x) => inner.get(x) ?? x)
    node.output = node.output.map((y) => inner.get(y) ?? y)
  }
  graph.node = [...front, ...graph.node, ...back]
  graph.valueInfo = []
  fs.closeSync(data.file)
  fs.writeFileSync(target, Model.encode(model).finish())
}

const [source, target] = process.argv.slice(2)
if (!target) {
  console.error('usage: node tools/to-float16.mjs MODEL.onnx OUT.onnx')
  process.exitCode = 1
} else convert(source, target)
