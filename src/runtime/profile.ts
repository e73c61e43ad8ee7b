// What a profile holds: plain data, written as JSON by the command line and read back by the reports.
import type { LoadStage } from './model.ts'

export interface ProfileOptions {
  /** Timed runs; as many plain ones lie between them. 10 by default. */
  runs?: number
  /** Runs before them. 2 by default. */
  warmup?: number
  /** Measures the adapter's roof again, instead of taking what is remembered. */
  newRoof?: boolean
  signal?: AbortSignal
  /** Told before each run, warm-up included. */
  onProgress?(done: number, total: number): void
}

/** A quantity over several runs, in microseconds. */
export interface Spread {
  median: number
  min: number
  /** Between the first and the third quartile. */
  spread: number
}

/** What the adapter can do at most, measured. */
export interface Roof {
  /** Bytes a second, read and written together, of a copy that no cache holds. */
  bandwidth: number
  /** Floating-point operations a second of fused multiply-adds in registers. */
  f32: number
  /** The same in half precision; absent without `shader-f16`. */
  f16?: number
}

/** One kernel call. Times are microseconds. */
export interface ProfileRow extends Spread {
  /** Position in the program. */
  index: number
  node: string
  op: string
  layer: string
  shader: string
  /** The variant that was chosen, where there was a choice. */
  variant?: string
  /** The numbers, types and functions in the shader's holes. */
  holes: string
  /** Its composed WGSL, in the profile's `sources`. */
  source: number
  groups: readonly [number, number, number]
  workgroup: readonly [number, number, number]
  /** In the first run of the profile; with a cold cache it holds the driver's own compilation. */
  first: number
  /** How often the call was run within one timed pass. */
  repeats: number
  flops: number
  /** Of these, those of the fused tail. */
  tail: number
  bytes: number
  read: number
  written: number
  /** Share of the sum of all rows. */
  share: number
  /** GFLOP/s, GB/s, and operations a byte. */
  gflops: number
  gbps: number
  intensity: number
  /** Share of what the limiting side of the roof allows; above 1 where caches hold the data. */
  ofRoof: number
  limit: 'memory' | 'arithmetic'
}

/** A run by the CPU's clock. */
export interface RunTimes {
  total: Spread
  /** Handing the inputs to the queue. */
  upload: Spread
  encode: Spread
  submit: Spread
  /** From the submit until the results can be read: the GPU's work, and what it waits for. */
  wait: Spread
  /** Copying the results out of the mapped buffer. */
  read: Spread
  /** From the first kernel's start to the last one's end, by the GPU's clock; absent without timestamps. */
  gpu?: Spread
}

export type Track = 'CPU' | 'GPU' | 'transfer'

/** A piece of the timeline of one profiled run; microseconds from the run's start. */
export interface Span {
  track: Track
  name: string
  start: number
  duration: number
  /** The row, for kernels. */
  row?: number
}

export interface CompiledPipeline {
  shader: string
  /** Milliseconds from asking for it to having it; pipelines compile side by side. */
  milliseconds: number
  /** Rows that use it. */
  calls: number
}

export interface ProfileMemory {
  peak: number
  lowerBound: number
  weights: number
  /** Bytes of each pooled buffer. */
  buffers: number[]
  /** Values by the calls during which they occupy a buffer. */
  values: { name: string; buffer: number; bytes: number; first: number; last: number }[]
}

export interface Profile {
  format: 'isobath-profile'
  version: 1
  model?: string
  adapter: { vendor: string; architecture: string; device: string; description: string; software: boolean }
  precision: 'f32' | 'f16'
  runs: number
  warmup: number
  /** `timestamps` by the GPU; `clock`: each call submitted by itself and timed by the CPU. */
  method: 'timestamps' | 'clock'
  /** Nanoseconds between two values that the timestamps can take. */
  quantum: number
  rows: ProfileRow[]
  /** Composed WGSL, each text once. */
  sources: string[]
  /** Sum of the rows' medians. */
  microseconds: number
  /** Sum of all calls in each run; to be held against {@link plain}. */
  sum: Spread
  /** Without the profiler: one pass for all calls. Runs of both kinds alternate. */
  plain: RunTimes
  /** With it: a pass a call. */
  profiled?: RunTimes
  /** Between the end of a kernel and the start of the next in a profiled run, all together. */
  gaps?: Spread
  load: Record<LoadStage, number>
  pipelines: CompiledPipeline[]
  memory: ProfileMemory
  roof: Roof
  /** One profiled run. `origin`: its start as `performance.now()` told it. */
  timeline: { origin: number; spans: Span[] }
  /** What a reader must know of these figures. */
  notes: string[]
}

/** The adapter's own name, or what browsers tell of it. */
export const adapterName = ({ adapter: { description, device, vendor, architecture } }: Pick<Profile, 'adapter'>) =>
  description || device || [vendor, architecture].filter(Boolean).join(' ') || 'an unnamed adapter'

/** Median, least and interquartile range. The list must not be empty. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (q: number) => {
    const x = q * (sorted.length - 1)
    const i = Math.floor(x)
    return sorted[i] + (x - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i])
  }
  return { median: at(0.5), min: sorted[0], spread: at(0.75) - at(0.25) }
}

/** Rates, and the place under the roof, of work that takes `microseconds`. */
export function ratesOf(
  work: { flops: number; bytes: number },
  microseconds: number,
  roof: Roof,
): Pick<ProfileRow, 'gflops' | 'gbps' | 'intensity' | 'ofRoof' | 'limit'> {
  const { flops, bytes } = work
  const seconds = microseconds / 1e6
  const per = (amount: number) => (seconds > 0 ? amount / seconds : 0)
  const [memory, arithmetic] = [bytes / roof.bandwidth, flops / roof.f32]
  return {
    gflops: per(flops) / 1e9,
    gbps: per(bytes) / 1e9,
    intensity: bytes ? flops / bytes : 0,
    ofRoof: per(Math.max(memory, arithmetic)),
    limit: memory >= arithmetic ? 'memory' : 'arithmetic',
  }
}
