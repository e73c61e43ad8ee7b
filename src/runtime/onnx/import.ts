// ONNX bytes to a Graph whose shapes are all numbers: axes bound, constants folded, older opsets read with today's
// meaning (each operator's `attrs` does that for itself).

import { ensure, IsobathError } from '../error.ts'
import { atNode, factOf, makeNode, newValue, tidy } from '../graph/build.ts'
import type { LoadOptions, ModelInfo, ModelSource } from '../model.ts'
import type { Graph, Ops, Value } from '../op.ts'
import { formatShape, type Tensor } from '../tensor.ts'
import { onnxNode } from './node.ts'
import { Model, type onnx } from './schema.ts'
import { dtypeOf, readTensor } from './tensors.ts'

const label = (source: ModelSource) => (source.name ? `"${source.name}"` : 'the model')

/** Decodes the file; a truncated or foreign one gives a `model` error. */
export function decodeModel(source: ModelSource): onnx.Model & { graph: onnx.Graph } {
  let model: onnx.Model
  ensure(source.bytes.length, 'model', `${label(source)} is empty`)
  try {
    model = Model.decode(source.bytes)
  } catch (cause) {
    throw new IsobathError(
      'model',
      `${label(source)} is no ONNX model, or is cut short: ${(cause as Error).message}. Fetch or export it again`,
      { cause },
    )
  }
  ensure(
    model.graph && (model.opsetImport?.length ?? 0) > 0,
    'model',
    `${label(source)} is no ONNX model: it has no graph or no opset. Export it again`,
  )
  return model as onnx.Model & { graph: onnx.Graph }
}

/** The version of the default operator set. */
export const opsetOf = (model: onnx.Model): number =>
  model.opsetImport?.find((o) => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 1

/** The key of a node's operator in the table: its type, with the domain before it where that is not ONNX's own. */
export const opKey = (node: onnx.Node): string =>
  node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`

/** Operators that the table lacks, with the names of the nodes that use them. */
export function unsupportedOperators(graph: onnx.Graph, ops: Ops): ModelInfo['unsupported'] {
  const missing = new Map<string, string[]>()
  for (const node of graph.node ?? []) {
    const key = opKey(node)
    if (ops.has(key)) continue
    const names = missing.get(key) ?? []
    names.push(node.name || node.output?.[0] || '')
    missing.set(key, names)
  }
  return [...missing].map(([op, nodes]) => ({ op, nodes }))
}

/** A graph input's type with its dimensions as the file gives them: numbers or names. */
export function portOf(info: onnx.ValueInfo): ModelInfo['inputs'][number] {
  const type = info.type?.tensorType
  ensure(type, 'unsupported', `"${info.name}" is no tensor`)
  const dims = type.shape?.dim ?? []
  return {
    name: info.name,
    dtype: dtypeOf(type.elemType),
    shape: dims.map((d, i) =>
      typeof d.value === 'number' && d.param == null ? d.value : d.param || `${info.name}_dim${i}`,
    ),
  }
}

/** The graph's inputs that are to be fed: those without an initializer. */
export function fedInputs(graph: onnx.Graph): onnx.ValueInfo[] {
  const initialized = new Set((graph.initializer ?? []).map((t) => t.name))
  return (graph.input ?? []).filter((i) => !initialized.has(i.name))
}

function bindShape(port: ModelInfo['inputs'][number], options: LoadOptions): number[] {
  const given = options.shapes?.[port.name]
  if (given) {
    const fits =
      given.length === port.shape.length && port.shape.every((d, i) => typeof d === 'string' || d === given[i])
    ensure(
      fits || port.shape.length === 0,
      'shape',
      () => `input "${port.name}" has the shape ${formatShape(port.shape)}; ${formatShape(given)} does not fit it`,
    )
    return given
  }
  const open = port.shape.filter((d): d is string => typeof d === 'string' && options.axes?.[d] === undefined)
  ensure(
    open.length === 0,
    'shape',
    () =>
      `input "${port.name}" ${formatShape(port.shape)} has axes without a value: ${open.join(', ')}. ` +
      `Give each one at load, as axes: { ${open.map((d) => `${JSON.stringify(d)}: …`).join(', ')} } (command line: ${open.map((d) => `-d ${d}=…`).join(' ')})`,
  )
  return port.shape.map((d) => {
    const v = typeof d === 'string' ? options.axes![d] : d
    ensure(Number.isInteger(v) && v >= 0, 'shape', `axis ${d} of input "${port.name}" cannot be ${v}`)
    return v
  })
}

function checkNames(kind: string, given: string[], known: string[]) {
  for (const name of given)
    ensure(
      known.includes(name),
      'input',
      `there is no ${kind} "${name}"; the model has ${known.map((n) => `"${n}"`).join(', ') || 'none'}`,
    )
}

/** Builds the graph of a decoded model. */
export function importGraph(source: ModelSource, ops: Ops, options: LoadOptions = {}): Graph {
  const model = decodeModel(source)
  const proto = model.graph
  const missing = unsupportedOperators(proto, ops)
  ensure(missing.length === 0, 'unsupported', () => {
    const list = missing.map(
      ({ op, nodes }) =>
        `  ${op}: ${nodes
          .slice(0, 5)
          .map((n) => `"${n}"`)
          .join(', ')}${nodes.length > 5 ? ` and ${nodes.length - 5} more` : ''}`,
    )
    return `${label(source)} uses operators that are not supported:\n${list.join('\n')}`
  })
  const opset = opsetOf(model)

  const values = new Map<string, Value>()
  for (const t of proto.initializer ?? []) values.set(t.name, newValue(t.name, factOf(readTensor(t, source))))
  const inputs: Value[] = []
  const ports = fedInputs(proto).map(portOf)
  const axes = ports.flatMap((p) => p.shape.filter((d): d is string => typeof d === 'string'))
  checkNames(
    'input',
    [...Object.keys(options.shapes ?? {}), ...Object.keys(options.constants ?? {})],
    ports.map((p) => p.name),
  )
  checkNames('axis', Object.keys(options.axes ?? {}), axes)
  for (const port of ports) {
    const constant: Tensor | undefined = options.constants?.[port.name]
    if (constant) {
      ensure(
        constant.dtype === port.dtype,
        'input',
        `constant "${port.name}" is ${constant.dtype}, the model wants ${port.dtype}`,
      )
      values.set(port.name, newValue(port.name, factOf(constant)))
      continue
    }
    const v = newValue(port.name, { dtype: port.dtype, shape: bindShape(port, options) })
    values.set(port.name, v)
    inputs.push(v)
  }

  const nodes: Graph['nodes'] = []
  for (const n of proto.node ?? []) {
    const view = onnxNode(n, source)
    atNode({ name: view.name, op: `${n.opType}, opset ${opset}` }, () => {
      const op = ops.get(opKey(n))!
      const attrs = op.attrs(view, opset)
      const args: (Value | null)[] = (n.input ?? []).slice(0, view.inputCount).map((name) => {
        if (!name) return null
        const v = values.get(name)
        ensure(v, 'model', `input "${name}" is made by no node`)
        return v
      })
      for (const [i, t] of view.extraInputs) {
        while (args.length <= i) args.push(null)
        args[i] = newValue(`${view.name}:${i}`, factOf(t))
      }
      const names = n.output ?? []
      const node = makeNode(ops, { name: view.name, op: op.name, attrs, inputs: args }, names)
      nodes.push(node)
      for (const [i, v] of node.outputs.entries()) values.set(names[i], v)
    })
  }

  const outputs = (proto.output ?? []).map((o) => {
    const v = values.get(o.name)
    ensure(v, 'model', `output "${o.name}" is made by no node`)
    return v
  })
  const graph: Graph = { inputs, outputs, outputNames: (proto.output ?? []).map((o) => o.name), nodes }
  tidy(graph)
  return graph
}
