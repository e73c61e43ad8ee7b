// The public types of the engine. The functions behind them are in engine.ts and runtime/gpu.
import type { Caps, Port } from './runtime/op.ts'
import type { DType, Tensor } from './runtime/tensor.ts'

/** A file of external weights, read a piece at a time. `read` may return a view or a copy. */
export interface ExternalFile {
  /** Bytes in the file. */
  size: number
  read(offset: number, length: number): Uint8Array
}

/** An ONNX model and the files beside it. */
export interface ModelSource {
  /** For messages: a path or an address. */
  name?: string
  bytes: Uint8Array
  /** Opens an external-data file by the location that the model gives; throws a `data` error where there is none. */
  external?(location: string): ExternalFile
}

export interface EngineOptions {
  /** A device of the caller's; it is never destroyed by the engine. */
  device?: GPUDevice
  /** Where to ask for an adapter; `navigator.gpu` by default. */
  gpu?: GPU
  /** `auto`: float16 storage with float32 sums where the adapter has fast float16, else float32. */
  precision?: 'auto' | 'f32' | 'f16'
  /** Called once when the device is lost. */
  onLost?(why: string): void
}

export type LoadStage = 'import' | 'passes' | 'compile' | 'upload' | 'pipelines'

export interface LoadEvent {
  stage: LoadStage
  /** Pieces done and in all, within the stage (bytes for `upload`, pipelines for `pipelines`). */
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
  signal?: AbortSignal
  onProgress?(event: LoadEvent): void
}

export interface PortInfo {
  name: string
  dtype: DType
  shape: readonly number[]
}

/** One dispatch of a profiled run. */
export interface ProfileRow {
  node: string
  op: string
  shader: string
  groups: readonly [number, number, number]
  microseconds: number
  flops: number
  bytes: number
}

export interface Profile {
  rows: ProfileRow[]
  /** Sum of the rows. */
  microseconds: number
}

/** A dispatch on buffers of the caller's, as the depth layer issues them. */
export interface GpuCall {
  label: string
  shader: string
  consts?: Record<string, number | boolean>
  types?: Record<string, string>
  functions?: Record<string, string>
  bind: Record<string, GPUBuffer | GPUBufferBinding | GPUTextureView>
  groups: readonly [number, number, number]
}

/** Dispatches with their pipelines and bind groups made. */
export interface Prepared {
  encode(encoder: GPUCommandEncoder): void
}

export interface Session {
  readonly inputs: readonly PortInfo[]
  readonly outputs: readonly PortInfo[]
  /** Milliseconds of each stage of the load. */
  readonly timings: Readonly<Record<LoadStage, number>>
  /** Dispatches of one run, and bytes on the GPU. */
  readonly stats: { dispatches: number; memory: { peak: number; lowerBound: number; weights: number } }
  /** Uploads the feeds, runs the program once and reads every output back. */
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>
  /**
   * Records one run. Feeds are buffers in the input's dtype and shape, row-major; an input left out is taken from
   * {@link inputBuffer}. The returned buffers belong to the session and hold until the next run.
   */
  encode(encoder: GPUCommandEncoder, feeds: Record<string, GPUBuffer>): Record<string, GPUBuffer>
  /** The session's own buffer of an input, to be written by the caller before {@link encode}. */
  inputBuffer(name: string): GPUBuffer
  profile(feeds: Record<string, Tensor>): Promise<Profile>
  destroy(): void
}

export interface Engine {
  readonly device: GPUDevice
  readonly caps: Caps
  readonly precision: 'f32' | 'f16'
  /** Reads, compiles and uploads a model. What can fail fails here. */
  load(model: Uint8Array | ModelSource, options?: LoadOptions): Promise<Session>
  /** Compiles the pipelines of some dispatches and binds their buffers. */
  prepare(calls: readonly GpuCall[]): Promise<Prepared>
  destroy(): void
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
