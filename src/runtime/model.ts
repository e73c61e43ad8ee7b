// What goes into the compiler and what can be told of a model without a GPU.
import type { Port } from './op.ts'
import type { DType, Tensor } from './tensor.ts'

/**
 * A file of external weights, read a piece at a time. `read` may return a view or a copy, or throw `DataPending` where the
 * piece is not there yet.
 */
export interface ExternalFile {
  /** Bytes in the file. */
  size: number
  read(offset: number, length: number): Uint8Array
}

/** An ONNX model and the files beside it. */
export interface ModelSource {
  /** For messages: a path or an address. */
  name?: string
  /**
   * The .onnx file. Those that read a large file leave out the values of its large tensors, which become external data that
   * lie in the file itself: `external` opens it by the location that the model then gives.
   */
  bytes: Uint8Array
  /** Opens an external-data file by the location that the model gives; throws a `data` error where there is none. */
  external?(location: string): ExternalFile
}

export type LoadStage = 'import' | 'passes' | 'compile' | 'upload' | 'pipelines'

export interface LoadEvent {
  stage: LoadStage | 'tune'
  /** Pieces done and in all, within the stage (bytes for `upload`, pipelines for `pipelines`, choices for `tune`). */
  done: number
  total: number
}

export interface LoadOptions {
  /** Values for the graph's named dimensions. */
  axes?: Record<string, number>
  /** Whole shapes of inputs, by name. */
  shapes?: Record<string, number[]>
  /** Inputs whose values are fixed at load (shapes, sizes, axes); they are no longer fed. */
  constants?: Record<string, Tensor>
  /**
   * Measures the variants of kernels on this model's shapes, where that has not been done on this adapter, and remembers
   * the fastest in the engine's cache: seconds on a GPU, minutes on a software adapter. Later loads take what is
   * remembered, with or without this.
   */
  tune?: boolean
  signal?: AbortSignal
  onProgress?(event: LoadEvent): void
}

export interface PortInfo {
  name: string
  dtype: DType
  shape: readonly number[]
}

/** What `inspect` tells of a model without a GPU. */
export interface ModelInfo {
  producer: string
  opset: number
  inputs: { name: string; dtype: DType; shape: (number | string)[] }[]
  outputs: { name: string; dtype: DType; shape: (number | string)[] }[]
  /** Operators of the file with their counts, most frequent first. */
  operators: { op: string; count: number }[]
  /** Operators that the engine does not know, with the names of their nodes. */
  unsupported: { op: string; nodes: string[] }[]
  parameters: number
  /** Absent where the axes are not given or something is unsupported; `reason` then says why. */
  program?: {
    inputs: Port[]
    outputs: Port[]
    dispatches: {
      node: string
      op: string
      shader: string
      groups: readonly [number, number, number]
      flops: number
      bytes: number
    }[]
    memory: { peak: number; lowerBound: number; weights: number }
  }
  reason?: string
}
