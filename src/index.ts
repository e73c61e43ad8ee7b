// The public surface of `isobath`: nothing of Node and nothing of the DOM at import.
export type * from './api.ts'
export { buildGraph, buildProgram, createEngine, inspect } from './engine.ts'
export { formatProgram } from './runtime/compile/compile.ts'
export { type ErrorCode, IsobathError } from './runtime/error.ts'
export { formatGraph } from './runtime/graph/build.ts'
export type { Caps, KernelCall, Program } from './runtime/op.ts'
export { type DType, fromNumbers, numbers, type Tensor, type TypedArray, tensor } from './runtime/tensor.ts'
