// The nodes of a graph, of a branch or of a function's body as nodes of our graph: an If whose condition is known
// becomes the nodes of its branch, a call of a function those of its body.
import { ensure, IsobathError } from '../error.ts'
import { atNode, factOf, makeNode, newValue, opOf } from '../graph/build.ts'
import type { ModelSource } from '../model.ts'
import type { Graph, Node, Ops, Value } from '../op.ts'
import { scalar } from '../tensor.ts'
import {
  callAttributes,
  calledFunction,
  type Functions,
  functionOpset,
  functionsOf,
  isControl,
  opKey,
  opsetOf,
  resolveAttributes,
} from './functions.ts'
import { onnxNode } from './node.ts'
import { changed, type onnx } from './schema.ts'
import { readTensor } from './tensors.ts'

/** A node that lacks an input or an attribute trips its operator: that is the file's fault, not the engine's. */
function wellFormed<T>(f: () => T): T {
  try {
    return f()
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause
    throw new IsobathError(
      'model',
      `its inputs or attributes are malformed (${cause.message}). Export the model again`,
      {
        cause,
      },
    )
  }
}

/** Values by name; a branch sees those around it. Null: an optional input that the call of a function leaves out. */
export class Scope {
  private readonly values = new Map<string, Value | null>()
  private readonly types = new Map<Value, number>()
  constructor(private readonly outer?: Scope) {}

  get(name: string): Value | null | undefined {
    const own = this.values.get(name)
    return own === undefined ? this.outer?.get(name) : own
  }

  /** `elementType`: ONNX's, where the file gives it. */
  set(name: string, v: Value | null, elementType?: number): void {
    this.values.set(name, v)
    if (v && elementType) this.types.set(v, elementType)
  }

  /** Adds a graph's initializers. */
  addConstants(graph: onnx.Graph, source: ModelSource): void {
    for (const t of graph.initializer ?? [])
      this.set(t.name, newValue(t.name, factOf(readTensor(t, source))), t.dataType)
  }

  /** ONNX's element type of a value that the file gives, else 0. */
  elementType(v: Value | null): number {
    return (v && (this.types.get(v) ?? this.outer?.elementType(v))) || 0
  }

  /** The value of an input's name, null for one left out; a name that nothing makes is an error. */
  read(name: string): Value | null {
    if (!name) return null
    const v = this.get(name)
    ensure(v !== undefined, 'model', `input "${name}" is made by no node`)
    return v
  }
}

/** Where a list of nodes stands. */
interface Place {
  scope: Scope
  opset: number
  /** Path before the names of the nodes. */
  prefix: string
  /** Functions being written out, the innermost last. */
  inside: readonly onnx.Function[]
  /** Attributes of the innermost call. */
  attributes?: ReadonlyMap<string, onnx.Attribute>
}

class Importer {
  readonly nodes: Node[] = []
  private readonly functions: Functions

  constructor(
    private readonly model: onnx.Model,
    private readonly source: ModelSource,
    private readonly ops: Ops,
  ) {
    this.functions = functionsOf(model)
  }

  add(list: readonly onnx.Node[] | undefined, place: Place): void {
    for (const written of list ?? []) {
      const node = resolveAttributes(written, place.attributes)
      const name = place.prefix + (node.name || node.output?.[0] || node.opType)
      const f = calledFunction(this.functions, node, place.inside)
      const results = f
        ? this.call(f, node, name, place)
        : atNode({ name, op: `${node.opType}, opset ${place.opset}` }, () =>
            isControl(node) ? this.branch(node, name, place) : wellFormed(() => this.operator(node, name, place)),
          )
      for (const [i, v] of results.entries()) if (node.output?.[i]) place.scope.set(node.output[i], v)
    }
  }

  private operator(node: onnx.Node, name: string, { scope, opset }: Place): readonly Value[] {
    const args = (node.input ?? []).map((x) => scope.read(x))
    const written = changed(node, { name, input: node.input?.map((x, i) => (args[i] ? x : '')) })
    const view = onnxNode(
      written,
      this.source,
      args.map((v) => scope.elementType(v)),
    )
    const op = opOf(this.ops, opKey(node))
    const attrs = op.attrs(view, opset)
    const inputs = args.slice(0, view.inputCount)
    for (const [i, t] of view.extraInputs) {
      while (inputs.length <= i) inputs.push(null)
      inputs[i] = newValue(`${name}:${i}`, factOf(t))
    }
    const made = makeNode(this.ops, { name, op: op.name, attrs, inputs }, node.output ?? [])
    this.nodes.push(made)
    return made.outputs
  }

  /** The nodes of the branch that an If takes, and its results. */
  private branch(node: onnx.Node, name: string, place: Place): (Value | null)[] {
    const condition = place.scope.read(node.input?.[0] ?? '')
    ensure(condition, 'model', 'it has no condition')
    if (!condition.fact.value)
      throw new IsobathError(
        'unsupported',
        `its condition "${condition.name}" is computed by the network; only one that is known at load is supported: give the inputs it depends on as constants`,
      )
    const which = scalar(condition.fact.value) ? 'then_branch' : 'else_branch'
    const graph = node.attribute?.find((a) => a.name === which)?.g
    ensure(graph, 'model', `attribute ${which} is missing`)
    const scope = new Scope(place.scope)
    scope.addConstants(graph, this.source)
    this.add(graph.node, { ...place, scope, prefix: `${name}/` })
    return (graph.output ?? []).map((o) => scope.read(o.name))
  }

  /** The nodes of a function's body, and its results. */
  private call(f: onnx.Function, node: onnx.Node, name: string, place: Place): (Value | null)[] {
    const args = atNode({ name, op: node.opType }, () => (node.input ?? []).map((x) => place.scope.read(x)))
    const scope = new Scope()
    for (const [i, x] of (f.input ?? []).entries()) scope.set(x, args[i] ?? null)
    this.add(f.node, {
      scope,
      opset: functionOpset(f, this.model),
      prefix: `${name}/`,
      inside: [...place.inside, f],
      attributes: callAttributes(f, node),
    })
    return atNode({ name, op: node.opType }, () =>
      (f.output ?? []).map((y, i) => (node.output?.[i] ? scope.read(y) : null)),
    )
  }
}

/** The nodes of a model's graph, with `scope` holding its inputs and initializers and, afterwards, every value. */
export function importBody(model: onnx.Model, source: ModelSource, ops: Ops, scope: Scope): Graph['nodes'] {
  const importer = new Importer(model, source, ops)
  importer.add(model.graph?.node, { scope, opset: opsetOf(model), prefix: '', inside: [] })
  return importer.nodes
}
