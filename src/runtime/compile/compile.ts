// Graph to Program: every node's kernel calls, constants packed into weight buffers, values planned into a pool.
import { ensure, IsobathError } from '../error.ts'
import { atNode, factOf, newValue, opOf } from '../graph/build.ts'
import { bytesOnGpu, STORAGE, toGpu } from '../layout.ts'
import { ownInputs } from '../node.ts'
import type {
  CallSpec,
  Caps,
  Choice,
  Context,
  Cost,
  Graph,
  KernelCall,
  Node,
  Occupancy,
  Ops,
  Parts,
  Place,
  Port,
  Program,
  Value,
  Weight,
} from '../op.ts'
import { originOf } from '../origin.ts'
import { type DType, formatShape, numbers, sizeOf, type Tensor, type TypedArray, toHalves } from '../tensor.ts'
import { type Lifetime, planMemory } from './memory.ts'
import { makeWriter } from './writer.ts'

export interface CompileOptions {
  caps: Caps
  /** Forces a variant of the kernel families that have it. */
  variant?: string
  /** The tuner's choice for a key, by name; undefined, or a name that is no candidate, leaves it to the kernel's rule. */
  choose?(key: string, candidates: readonly string[]): string | undefined
}

function encodeFloats(values: Float32Array, dtype: DType): TypedArray {
  return dtype === 'float16' ? toHalves(values) : values
}

/** Folds a count of workgroups that exceeds one dimension's limit into two. */
function foldGroups(groups: readonly number[], limit: number): [number, number, number] {
  const [x, y = 1, z = 1] = groups
  if (x <= limit) {
    ensure(y <= limit && z <= limit, 'limit', `${y} × ${z} workgroups exceed the adapter's limit of ${limit}`)
    return [x, y, z]
  }
  ensure(y === 1, 'limit', `${x} workgroups exceed the adapter's limit of ${limit}`)
  const rows = Math.ceil(x / limit)
  return [Math.ceil(x / rows), rows, z]
}

/** Offsets of bindings: WebGPU's default minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256

/** Equal ranges of a value that is larger than a binding. */
function partsOf(size: number, limit: number): Parts {
  const most = Math.floor(limit / ALIGNMENT) * ALIGNMENT
  const count = Math.ceil(size / most)
  return { count, bytes: Math.ceil(size / count / ALIGNMENT) * ALIGNMENT }
}

/** Names a constant in a kernel's layout, where the constant has a name. */
function sharedKey(t: Tensor, layout: string): string | undefined {
  const origin = originOf(t)
  return origin && `${origin} ${t.dtype} ${layout}`
}

interface PackedWeight {
  value: Value
  key?: string
  read(): TypedArray
}

class Compiler {
  readonly calls: KernelCall[] = []
  readonly packed = new Map<string, PackedWeight>()
  readonly weightOf = new Map<number, PackedWeight>()
  private readonly tensorIds = new Map<Tensor, number>()
  private readonly values = new Map<number, Value>()
  /** Of each view the value whose bytes it shares. */
  private readonly roots = new Map<number, Value>()
  /** Temporary values that a call has written already. */
  private readonly filled = new Set<number>()

  constructor(
    private readonly graph: Graph,
    private readonly ops: Ops,
    private readonly options: CompileOptions,
  ) {}

  private keyOf(t: Tensor, key: string): string {
    if (!this.tensorIds.has(t)) this.tensorIds.set(t, this.tensorIds.size)
    return `${this.tensorIds.get(t)}:${key}`
  }

  /** Registers a constant as it is, where a call binds it directly. */
  private constant(v: Value): void {
    if (this.weightOf.has(v.id)) return
    const t = v.fact.value!
    const key = this.keyOf(t, 'plain')
    const known = this.packed.get(key) ?? { value: v, key: sharedKey(t, 'plain'), read: () => toGpu(t, v.name) }
    this.packed.set(key, known)
    this.weightOf.set(v.id, known)
  }

  private context(node: Node, index: number): Context {
    const { caps, variant, choose } = this.options
    let choice: Choice | undefined
    return {
      caps,
      node,
      variant,
      choose: (key, candidates) => {
        const wanted = choose?.(key, candidates)
        const chosen = wanted !== undefined && candidates.includes(wanted) ? wanted : candidates[0]
        choice = { key, candidates, chosen }
        return chosen
      },
      storage: (v, lanes = 1) => (lanes === 1 ? STORAGE[v.fact.dtype] : `vec${lanes}<${STORAGE[v.fact.dtype]}>`),
      writer: (options) => {
        const shape = node.outputs[0].fact.shape
        return makeWriter(node, this.ops, options?.cols ?? shape[shape.length - 1] ?? 1)
      },
      weight: (from, key, shape, make) => {
        const t = from.fact.value!
        const full = this.keyOf(t, key)
        let packed = this.packed.get(full)
        if (!packed) {
          const value = newValue(`${from.name}#${key}`, { dtype: t.dtype, shape })
          packed = { value, key: sharedKey(t, key), read: () => encodeFloats(make(numbers(t)), t.dtype) }
          this.packed.set(full, packed)
          this.weightOf.set(value.id, packed)
        }
        return packed.value
      },
      constant: (value) => newValue(`${node.name}#table`, factOf(value)),
      scratch: (dtype, shape) => newValue(`${node.name}#scratch`, { dtype, shape }),
      call: (shader, spec) => ({ ...this.call(node, index, shader, spec), ...(choice && { choice }) }),
    }
  }

  private call(node: Node, index: number, shader: string, spec: CallSpec): KernelCall {
    const { limits } = this.options.caps
    const bind: Record<string, number> = {}
    const parts: Record<string, Parts> = {}
    let bindings = 0
    const bound = [...Object.entries(spec.bind), ...(spec.extra ?? []).map((e) => [e.name, e.value] as const)]
    for (const [name, v] of bound) {
      if (v.fact.value) this.constant(v)
      this.values.set(v.id, v)
      bind[name] = v.id
      const size = bytesOnGpu(v.fact.dtype, v.fact.shape)
      ensure(
        size <= limits.maxBufferSize,
        'limit',
        () =>
          `"${v.name}" ${formatShape(v.fact.shape)} takes ${size} bytes; the adapter's buffers hold at most ${limits.maxBufferSize}. Use a smaller input`,
      )
      if (size > limits.maxStorageBufferBindingSize) parts[name] = partsOf(size, limits.maxStorageBufferBindingSize)
      bindings += parts[name]?.count ?? 1
    }
    ensure(
      bindings <= limits.maxStorageBuffersPerShaderStage,
      'limit',
      `the kernel ${shader} binds ${bindings} buffers, ranges of large ones counted; the adapter allows ${limits.maxStorageBuffersPerShaderStage}. Use a smaller input`,
    )
    return {
      node: node.name,
      index,
      op: [node.op, ...(node.tail ?? []).map((s) => s.op)].join('+'),
      shader,
      consts: spec.consts ?? {},
      types: spec.types ?? {},
      functions: spec.functions ?? {},
      extra: (spec.extra ?? []).map(({ name, type }) => ({ name, type })),
      bind,
      ...(Object.keys(parts).length ? { parts } : {}),
      groups: foldGroups(spec.groups, limits.maxComputeWorkgroupsPerDimension),
      cost: this.cost(node, spec, bound),
    }
  }

  /** Values bound twice, or through views, count once; a value that is neither the node's nor constant is temporary. */
  private cost(node: Node, spec: CallSpec, bound: readonly (readonly [string, Value])[]): Cost {
    const [y] = node.outputs
    const whole = spec.functions?.write && bound.some(([, v]) => v === y)
    const tail = spec.tail ?? (whole ? (node.tail?.length ?? 0) * sizeOf(y.fact.shape) : 0)
    const seen = new Set<number>()
    let [read, written] = [0, 0]
    for (const [name, v] of bound) {
      const { id } = this.rootOf(v)
      if (seen.has(id)) continue
      seen.add(id)
      const bytes = spec.touched?.[name] ?? bytesOnGpu(v.fact.dtype, v.fact.shape)
      const given = v.fact.value || this.weightOf.has(id) || node.inputs.includes(v)
      if (node.outputs.includes(v) || !(given || this.filled.has(id))) written += bytes
      else read += bytes
      this.filled.add(id)
    }
    return { flops: spec.flops ?? 0, tail, read, written, bytes: read + written }
  }

  private rootOf(v: Value): Value {
    return this.roots.get(v.id) ?? v
  }

  run(): Program {
    const { graph } = this
    for (const [index, node] of graph.nodes.entries()) {
      const op = opOf(this.ops, node.op)
      if (op.view) {
        this.roots.set(node.outputs[0].id, this.rootOf(node.inputs[0]!))
        continue
      }
      atNode(node, () => {
        if (!op.gpu)
          throw new IsobathError(
            'unsupported',
            'its inputs are computed, and it has no GPU kernel: give the input as a constant at load if it is one',
          )
        this.calls.push(
          ...op.gpu(node.inputs.slice(0, ownInputs(node)), node.outputs, node.attrs, this.context(node, index)),
        )
      })
    }
    const places = new Map<number, Place>()
    const weights = this.placeWeights(places)
    const memory = this.placeValues(places)
    const constants = new Map<string, Tensor>()
    const outputs: Port[] = []
    graph.outputs.forEach((v, i) => {
      const name = graph.outputNames[i]
      if (v.fact.value) constants.set(name, v.fact.value)
      outputs.push({ name, dtype: v.fact.dtype, shape: v.fact.shape, value: v.id })
    })
    return {
      calls: this.calls,
      buffers: memory.buffers,
      occupancy: memory.occupancy,
      places,
      weights,
      inputs: graph.inputs.map((v) => ({ name: v.name, dtype: v.fact.dtype, shape: v.fact.shape, value: v.id })),
      outputs,
      constants,
      memory: {
        peak: memory.peak,
        lowerBound: memory.lowerBound,
        weights: weights.reduce((sum, w) => sum + w.bytes, 0),
      },
    }
  }

  private placeWeights(places: Map<number, Place>): Weight[] {
    const { limits } = this.options.caps
    const index = new Map<PackedWeight, number>()
    const weights = [...this.packed.values()].map((packed, i): Weight => {
      const { name, fact } = packed.value
      const bytes = bytesOnGpu(fact.dtype, fact.shape)
      ensure(
        bytes <= limits.maxBufferSize,
        'limit',
        () => `weight "${name}" takes ${bytes} bytes; the adapter's buffers hold at most ${limits.maxBufferSize}`,
      )
      index.set(packed, i)
      return { name, key: packed.key, bytes, read: packed.read }
    })
    for (const [id, packed] of this.weightOf) places.set(id, { weight: index.get(packed)! })
    return weights
  }

  private placeValues(places: Map<number, Place>) {
    const lives = new Map<number, Lifetime>()
    const end = this.calls.length
    const touch = (v: Value, at: number) => {
      const r = this.rootOf(v)
      if (r.fact.value || this.weightOf.has(r.id)) return
      const life = lives.get(r.id)
      if (life) life.last = Math.max(life.last, at)
      else lives.set(r.id, { id: r.id, bytes: bytesOnGpu(r.fact.dtype, r.fact.shape), first: at, last: at })
    }
    // Inputs are written before the first call and keep their buffers, so that a run may be repeated.
    for (const v of this.graph.inputs) {
      touch(v, 0)
      touch(v, end)
    }
    this.calls.forEach((call, at) => {
      for (const id of Object.values(call.bind)) touch(this.values.get(id)!, at)
    })
    for (const v of this.graph.outputs) touch(v, end)
    const plan = planMemory([...lives.values()])
    const ids = [...this.values.values(), ...this.graph.inputs, ...this.graph.outputs]
    for (const v of ids) {
      const r = this.rootOf(v)
      const buffer = plan.bufferOf.get(r.id)
      if (buffer !== undefined) places.set(v.id, { buffer })
    }
    const names = new Map(ids.map((v) => [v.id, v.name]))
    const occupancy = [...lives.values()].map(
      ({ id, ...life }): Occupancy => ({ name: names.get(id)!, buffer: plan.bufferOf.get(id)!, ...life }),
    )
    return { ...plan, occupancy }
  }
}

/** Compiles a graph. Everything that the adapter's limits forbid is found here. */
export function compile(graph: Graph, ops: Ops, options: CompileOptions): Program {
  return new Compiler(graph, ops, options).run()
}
