// The types of the compiler: graph, operator, kernel call and program. All of it is plain data and plain
// functions; no GPU object appears here.
import type { DType, Tensor, TypedArray } from './tensor.ts'

/** What is known of a value before the program runs: its type, its shape, and its data if it is constant. */
export interface Fact {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly value?: Tensor
}

/** An edge of the graph. */
export interface Value {
  readonly id: number
  readonly name: string
  fact: Fact
  producer?: Node
}

/**
 * One pointwise operator of a fused tail. `args` are positions in the node's inputs; `null` stands for the value
 * that the steps before have made (for the first step: what the node's own operator computed).
 */
export interface Step {
  op: string
  attrs: unknown
  args: (number | null)[]
}

export interface Node {
  /** Path in the source model; fused nodes keep the name of their main operator. */
  name: string
  op: string
  attrs: any
  /** The operator's own inputs, then those that the tail reads. A missing optional input is null. */
  inputs: (Value | null)[]
  outputs: Value[]
  /** Pointwise steps applied to output 0 before it is stored. */
  tail?: Step[]
}

/** Nodes in topological order. */
export interface Graph {
  inputs: Value[]
  outputs: Value[]
  /** The model's names for the outputs, by position. */
  outputNames: string[]
  nodes: Node[]
}

/** An ONNX node as an operator's `attrs` sees it. */
export interface OnnxNode {
  readonly name: string
  readonly opType: string
  /** Number of inputs given, the empty ones at the end not counted. */
  readonly inputCount: number
  readonly outputCount: number
  has(attribute: string): boolean
  int(attribute: string, otherwise: number): number
  float(attribute: string, otherwise: number): number
  string(attribute: string, otherwise: string): string
  ints(attribute: string, otherwise?: number[]): number[]
  floats(attribute: string, otherwise?: number[]): number[]
  strings(attribute: string, otherwise?: string[]): string[]
  tensor(attribute: string): Tensor
  /** An attribute that holds an ONNX element type. */
  dtype(attribute: string, otherwise: DType): DType
  /** ONNX's element type of an input that the file gives, 0 where it is computed: some share a dtype. */
  elementType(input: number): number
  /** Sets input `index` to a constant: how an older opset's attribute becomes today's input. */
  setInput(index: number, value: Tensor): void
}

/** Adds nodes while a pass or a lowering runs; types are inferred and constants folded on the way. */
export interface Builder {
  emit(op: string, inputs: (Value | null)[], attrs: object, outputs?: number, tail?: Step[]): Value[]
  constant(value: Tensor, name?: string): Value
}

/** How a pointwise operator computes one element, on the host and in a shader. */
export interface Pointwise<A> {
  /** The float64 formula of operands of type `dtype`: a number an operand, one that is missing being undefined. */
  cpu(a: A, dtype: DType): (...x: number[]) => number
  /** A WGSL expression over operands of `kind.type` (that of operand 0), functions of the library `math` included; a missing optional operand is ''. */
  wgsl(x: readonly string[], a: A, kind: ScalarKind): string
}

/** The arithmetic in which a pointwise operator runs in a shader. */
export interface ScalarKind {
  /** f32 (also for float16 tensors), i32, u32 or bool. */
  scalar: 'f32' | 'i32' | 'u32' | 'bool'
  /** `vec4<f32>` or `f32`. */
  type: string
  /** The value in every lane. */
  lit(v: number): string
}

export interface Op<A = any> {
  name: string
  /** Reads and normalises the attributes; rewrites an older opset's meaning to today's. */
  attrs(node: OnnxNode, opset: number): A
  /** Types and shapes of the outputs; throws where the inputs contradict the attributes. */
  infer(x: readonly (Fact | null)[], a: A): Fact[]
  /** Plain loops, sums in float64: folds constants and is the oracle of the kernels. */
  cpu(x: readonly (Tensor | null)[], a: A): Tensor[]
  /** Output 0 has the bytes of input 0: no kernel. */
  view?: boolean
  /** Large results are not folded where all inputs are constant: the kernel makes them from their smaller inputs at every run. */
  keep?: boolean
  /** Kernel calls; absent where the operator must fold away or be lowered. */
  gpu?(x: readonly (Value | null)[], y: readonly Value[], a: A, ctx: Context): KernelCall[]
  /** The same result by simpler operators; null where the operator stays. */
  lower?(x: readonly (Value | null)[], a: A, b: Builder): Value[] | null
  pointwise?: Pointwise<A>
  /** The kernel stores output 0 through `ctx.writer`, so pointwise successors can be fused into it. */
  tail?: boolean
  /** Attributes hold `channelsLast`: input 0 and output 0 are images whose layout it decides. */
  image?: boolean
  /**
   * The operator on operands whose axes are permuted: `op(T(u)) = T(op'(u))`, where axis i of T(u) is axis perm[i]
   * of u. `first` or `all` inputs carry the permuted axes. Null where it does not hold.
   */
  permute?: {
    images: 'first' | 'all'
    apply(x: (Value | null)[], a: A, perm: readonly number[], b: Builder): { x: (Value | null)[]; a: A } | null
  }
}

export type Ops = ReadonlyMap<string, Op>

/** One configuration of subgroup matrices: component type in, result type out, and the tile. */
export interface MatrixConfig {
  component: string
  result: string
  m: number
  n: number
  k: number
}

/** What kernel selection may know of the adapter. */
export interface Caps {
  f16: boolean
  subgroups?: { min: number; max: number }
  matrices: MatrixConfig[]
  /** A CPU behind the API: a workgroup barrier costs more than the arithmetic. */
  software: boolean
  limits: {
    maxStorageBufferBindingSize: number
    maxBufferSize: number
    maxComputeWorkgroupStorageSize: number
    maxComputeInvocationsPerWorkgroup: number
    maxComputeWorkgroupsPerDimension: number
    maxStorageBuffersPerShaderStage: number
  }
}

/** A storage binding that a function hole brings along. `type` is the WGSL type of an element. */
export interface ExtraBinding {
  name: string
  type: string
}

/** A value larger than the adapter binds at once, in `count` ranges of `bytes` bytes; the last one has the rest. */
export interface Parts {
  count: number
  bytes: number
}

/** One dispatch, fully decided. */
export interface KernelCall {
  node: string
  /** Position of its node in the compiled graph. */
  index: number
  op: string
  shader: string
  consts: Record<string, number | boolean>
  types: Record<string, string>
  functions: Record<string, string>
  extra: ExtraBinding[]
  /** Binding name to value id. */
  bind: Record<string, number>
  /** The bindings that are made in ranges. */
  parts?: Record<string, Parts>
  groups: [number, number, number]
  cost: Cost
  /** The choice that made this call, shared by all calls of the choice; absent where there was none. */
  choice?: Choice
}

/** A choice among the variants of a kernel: what a tuner may try again. */
export interface Choice {
  /** The problem: kind, shapes, types. Equal keys have equal candidates. */
  key: string
  /** Names, the rule's choice first. */
  candidates: readonly string[]
  chosen: string
}

/** What a dispatch computes, and the bytes that it moves at least: each value it reads or writes, once. */
export interface Cost {
  /** Floating-point operations; a multiplication and an addition are two. */
  flops: number
  /** Of these, those of the fused tail: one a step and element. */
  tail: number
  read: number
  written: number
  /** `read` and `written` together. */
  bytes: number
}

/** What a shader is given beside its name; `bind` takes values. */
export interface CallSpec {
  consts?: Record<string, number | boolean>
  types?: Record<string, string>
  functions?: Record<string, string>
  bind: Record<string, Value>
  extra?: { name: string; type: string; value: Value }[]
  groups: readonly number[]
  flops?: number
  /** Of `flops`, those of the tail, where the call does not run it on the whole output. */
  tail?: number
  /** Bytes of a binding that the call touches, where these are not all. */
  touched?: Record<string, number>
}

/** The store of a kernel with the node's tail in it: goes into the holes of a shader. */
export interface Writer {
  /** `out`: what an element of the output's binding is; `value`: what `write` is given. */
  types: { out: string; value: string }
  /** `fn write(row: u32, col: u32, v: value)`: applies the tail to four columns and stores them. */
  functions: { write: string }
  extra: { name: string; type: string; value: Value }[]
  /** Floating-point operations that the tail adds. */
  flops: number
}

export interface Context {
  readonly caps: Caps
  readonly node: Node
  /** Forces a variant, by family or by whole name; set by tests. */
  readonly variant?: string
  /** What the tuner chose for `key`, else the first candidate; noted in the calls that follow. */
  choose(key: string, candidates: readonly string[]): string
  call(shader: string, spec: CallSpec): KernelCall
  /**
   * The store of output 0, seen as rows of `cols` elements (by default the last axis): WGSL
   * `fn write(row: u32, col: u32, v: value)`, with `col` a multiple of 4; `value` is vec4<f32> for float outputs (f32
   * arithmetic for float16, too). Where `cols` is no multiple of 4 the lanes beyond it are not stored. The shader names
   * its output binding `y` and the constant `COLS`.
   */
  writer(options?: { cols?: number }): Writer
  /** WGSL type of `lanes` elements of a value as it lies in its buffer. */
  storage(v: Value, lanes?: 1 | 4): string
  /** A constant in the layout that a kernel wants, of `from`'s dtype; made once for equal keys, at upload. */
  weight(from: Value, key: string, shape: readonly number[], make: (values: ArrayLike<number>) => Float32Array): Value
  /** A constant of the kernel's own, such as a table of offsets. */
  constant(value: Tensor): Value
  /** A temporary value that lives for this node only. */
  scratch(dtype: DType, shape: readonly number[]): Value
}

/** A constant to be uploaded. */
export interface Weight {
  name: string
  /** Names its bytes among all programs of one model; undefined where it belongs to this program alone. */
  key?: string
  bytes: number
  /** Makes the bytes; called at most once, at upload. */
  read(): TypedArray
}

export interface Port {
  name: string
  dtype: DType
  shape: readonly number[]
  value: number
}

/** The use of a pooled buffer by one value, from the call that writes it to the last that reads it, both included. */
export interface Occupancy {
  name: string
  buffer: number
  bytes: number
  first: number
  last: number
}

/** Where a value lies: in a pooled buffer, in a weight, or nowhere (never bound). */
export type Place = { buffer: number } | { weight: number }

/** A compiled graph: plain data, printable and comparable without a device. */
export interface Program {
  calls: KernelCall[]
  /** Bytes of each pooled buffer. */
  buffers: number[]
  /** Who lies when in which of them. */
  occupancy: Occupancy[]
  /** Value id to its place. */
  places: Map<number, Place>
  weights: Weight[]
  inputs: Port[]
  outputs: Port[]
  /** Outputs whose value was known at compile time. */
  constants: Map<string, Tensor>
  memory: { peak: number; lowerBound: number; weights: number }
}
