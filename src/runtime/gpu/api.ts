// The public types that hold GPU objects: engine and session.
import type { Cache } from '../cache.ts'
import type { LoadOptions, LoadStage, ModelSource, PortInfo } from '../model.ts'
import type { Caps } from '../op.ts'
import type { Profile, ProfileOptions } from '../profile.ts'
import type { Tensor } from '../tensor.ts'
import type { Waiting } from './wait.ts'

export interface EngineOptions {
  /** A device of the caller's; it is never destroyed by the engine. */
  device?: GPUDevice
  /** Where to ask for an adapter; `navigator.gpu` by default. */
  gpu?: GPU
  /** `auto`: float16 storage with float32 sums where the adapter has fast float16, else float32. */
  precision?: 'auto' | 'f32' | 'f16'
  /**
   * How much is told through `log`: 1 passes and memory, 2 kernels, 3 rewrites, 4 composed WGSL, 5 statistics of every
   * value of a run (slow: a submit a kernel).
   */
  debug?: 0 | 1 | 2 | 3 | 4 | 5
  /** Runs the CPU twin after every node of a run and throws at the first that differs. Very slow. */
  check?: boolean
  /** Where `debug` writes; `console.error` by default. */
  log?(line: string): void
  /** Where measurements of the adapter are kept; IndexedDB in browsers, files with `openEngine`, else memory. */
  cache?: Cache
  /** What runs WebGPU, with its version: tuned kernels are remembered for it. `navigator.userAgent` by default. */
  platform?: string
  /** How to wait for a software adapter; `openEngine` brings a way that leaves it the cores. By promises by default. */
  waiting?: Waiting
  /** Called once when the device is lost. */
  onLost?(why: string): void
}

/**
 * Makes what lives for one task only, such as an external texture or the texture of a canvas. It is called when all else
 * is ready, so that what it is bound in can be submitted in the same task.
 */
export type Fleeting = () => GPUExternalTexture | GPUTextureView

/** A dispatch on buffers of the caller's, as the depth layer issues them. */
export interface GpuCall {
  label: string
  shader: string
  consts?: Record<string, number | boolean>
  types?: Record<string, string>
  functions?: Record<string, string>
  bind: Record<string, GPUBuffer | GPUBufferBinding | GPUTextureView | Fleeting>
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
  /** Dispatches and floating-point operations of one run, and bytes on the GPU. */
  readonly stats: {
    dispatches: number
    /** Different pipelines among them: what a driver compiles. */
    kernels: number
    flops: number
    /** `shared`: bytes of the weights that another session of the same model had on the GPU already. */
    memory: { peak: number; lowerBound: number; weights: number; shared: number }
    /** Kernel choices that a tuner's measurements decided; `measured` of them at this load, in `milliseconds`. */
    tuning: { decided: number; measured: number; milliseconds: number }
  }
  /**
   * Uploads the feeds, runs the program once and reads every output back. It may be called again before it has
   * resolved: runs keep their order, and the upload and the read-back of one overlap with the computation of another.
   * Feeds are read when their run's turn has come; leave them as they are until it resolves.
   */
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>
  /** The outputs of one run for each of the feeds, in their order, two runs under way at once: for frames of a video. */
  stream(
    feeds: Iterable<Record<string, Tensor>> | AsyncIterable<Record<string, Tensor>>,
  ): AsyncGenerator<Record<string, Tensor>, void, undefined>
  /**
   * Records one run. Feeds are buffers in the input's dtype and shape, row-major; an input left out is taken from
   * {@link inputBuffer}. The returned buffers belong to the session and hold until the next run.
   */
  encode(encoder: GPUCommandEncoder, feeds: Record<string, GPUBuffer>): Record<string, GPUBuffer>
  /** The session's own buffer of an input, to be written by the caller before {@link encode}. */
  inputBuffer(name: string): GPUBuffer
  /**
   * Times every kernel call: runs with a timed pass a call and plain ones alternate. In browsers the last of them is
   * shown on tracks of the developer tools, too. Throws `input` for counts that are no whole numbers.
   */
  profile(feeds: Record<string, Tensor>, options?: ProfileOptions): Promise<Profile>
  destroy(): void
}

export interface Engine {
  readonly device: GPUDevice
  readonly caps: Caps
  readonly precision: 'f32' | 'f16'
  /** Reads, compiles and uploads a model. What can fail fails here. */
  load(model: Uint8Array | ModelSource, options?: LoadOptions): Promise<Session>
  /** Compiles the pipelines of some dispatches, then binds their buffers. */
  prepare(calls: readonly GpuCall[]): Promise<Prepared>
  destroy(): void
}
