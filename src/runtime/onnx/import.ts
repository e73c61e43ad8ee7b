// ONNX bytes to a Graph whose shapes are all numbers: axes bound, constants folded, older opsets read with today's
// meaning (each operator's `attrs` does that for itself).
import { ensure, IsobathError } from '../error.ts'
import { factOf, knownIfEmpty, newValue, tidy } from '../graph/build.ts'
import type { LoadOptions, ModelInfo, ModelSource } from '../model.ts'
import type { Graph, Ops, Value } from '../op.ts'
import { formatShape, type Tensor } from '../tensor.ts'
import { importBody, Scope } from './body.ts'
import { unsupportedOperators } from './functions.ts'
import { Model, type onnx } from './schema.ts'
import { dtypeOf } from './tensors.ts'

export { opKey, opsetOf, unsupportedOperators } from './functions.ts'

const label = (source: Pick<ModelSource, 'name'>) => (source.name ? `"${source.name}"` : 'the model')

/** Bytes of a model file up to which it is read whole. */
export const WHOLE_FILE = 8 << 20
/** Bytes that are read at a time of a larger one. */
export const FILE_CHUNK = 64 << 10

/** What a truncated or foreign file gives, by what its reader threw. */
export const noModel = (source: Pick<ModelSource, 'name'>, cause: unknown): IsobathError =>
  new IsobathError(
    'model',
    `${label(source)} is no ONNX model, or is cut short: ${(cause as Error).message}. Fetch or export it again`,
    { cause },
  )

/** Decodes the file; a truncated or foreign one gives a `model` error. */
export function decodeModel(source: ModelSource): onnx.Model & { graph: onnx.Graph } {
  let model: onnx.Model
  ensure(source.bytes.length, 'model', `${label(source)} is empty`)
  try {
    model = Model.decode(source.bytes)
  } catch (cause) {
    throw noModel(source, cause)
  }
  ensure(
    model.graph && (model.opsetImport?.length ?? 0) > 0,
    'model',
    `${label(source)} is no ONNX model: it has no graph or no opset. Export it again`,
  )
  return model as onnx.Model & { graph: onnx.Graph }
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

/** Builds the graph of a model, which may be decoded already. */
export function importGraph(
  source: ModelSource,
  ops: Ops,
  options: LoadOptions = {},
  model = decodeModel(source),
): Graph {
  const proto = model.graph
  const missing = unsupportedOperators(model, ops)
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

  const scope = new Scope()
  scope.addConstants(proto, source)
  const inputs: Value[] = []
  const infos = fedInputs(proto)
  const ports = infos.map(portOf)
  const axes = ports.flatMap((p) => p.shape.filter((d): d is string => typeof d === 'string'))
  checkNames(
    'input',
    [...Object.keys(options.shapes ?? {}), ...Object.keys(options.constants ?? {})],
    ports.map((p) => p.name),
  )
  checkNames('axis', Object.keys(options.axes ?? {}), axes)
  for (const [i, port] of ports.entries()) {
    const elementType = infos[i].type?.tensorType?.elemType
    const constant: Tensor | undefined = options.constants?.[port.name]
    if (constant) {
      ensure(
        constant.dtype === port.dtype,
        'input',
        `constant "${port.name}" is ${constant.dtype}, the model wants ${port.dtype}`,
      )
      scope.set(port.name, newValue(port.name, factOf(constant)), elementType)
      continue
    }
    const v = newValue(port.name, { dtype: port.dtype, shape: bindShape(port, options) })
    // An empty input is still to be fed, but nothing reads it.
    const fact = knownIfEmpty(v.fact)
    scope.set(port.name, fact.value ? newValue(port.name, fact) : v, elementType)
    inputs.push(v)
  }

  const nodes = importBody(model, source, ops, scope)
  const outputs = (proto.output ?? []).map((o) => {
    const v = scope.get(o.name)
    ensure(v, 'model', `output "${o.name}" is made by no node`)
    return v
  })
  const graph: Graph = { inputs, outputs, outputNames: (proto.output ?? []).map((o) => o.name), nodes }
  tidy(graph)
  return graph
}
