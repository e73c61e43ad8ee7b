// How the profiler records a run: plainly, or with a timed pass a call, and the CPU's clock at each stage of both.
import type { RunTimes, Span } from '../profile.ts'
import { spreadOf } from '../profile.ts'
import type { Dispatch } from './session.ts'
import type { Timestamps } from './timestamps.ts'

const STAGES = ['upload', 'encode', 'submit', 'wait', 'read'] as const
type Stage = (typeof STAGES)[number]

/** What a session calls while it runs. */
export interface Probe {
  /** The stage that begins now; `end` after the last. */
  mark(stage: Stage | 'end'): void
  /** Records the program's calls. */
  record(encoder: GPUCommandEncoder): void
}

/** Milliseconds at which the stages of one run began, and its end. */
export type Marks = Record<Stage | 'end', number>

export function stopwatch(): { marks: Marks; mark: Probe['mark'] } {
  const marks = {} as Marks
  return {
    marks,
    mark: (stage) => {
      marks[stage] = performance.now()
    },
  }
}

/** Records each call in a timed pass of its own, `repeats[i]` times. */
export function recordTimed(
  encoder: GPUCommandEncoder,
  dispatches: readonly Dispatch[],
  stamps: Timestamps,
  repeats: readonly number[],
): void {
  dispatches.forEach(({ call, kernel, group }, i) => {
    const pass = encoder.beginComputePass({ label: call.node, timestampWrites: stamps.writes(i) })
    pass.setPipeline(kernel.pipeline)
    pass.setBindGroup(0, group)
    for (let k = 0; k < repeats[i]; k++) pass.dispatchWorkgroups(...call.groups)
    pass.end()
  })
  stamps.resolve(encoder)
}

/** Stages of several runs, in microseconds. `gpu`: microseconds of each on the GPU, where they are known. */
export function runTimes(runs: readonly Marks[], gpu?: readonly number[]): RunTimes {
  const between = (from: Stage, to: Stage | 'end') => spreadOf(runs.map((m) => (m[to] - m[from]) * 1000))
  const times = Object.fromEntries(STAGES.map((stage, i) => [stage, between(stage, STAGES[i + 1] ?? 'end')]))
  return {
    total: between('upload', 'end'),
    ...(times as Record<Stage, RunTimes['total']>),
    ...(gpu?.length && { gpu: spreadOf(gpu) }),
  }
}

/**
 * The timeline of one run, in microseconds from its start. The GPU's clock has an origin of its own: its first kernel
 * is put at the submit, or as much earlier as makes the last one end before the results were there.
 */
export function spansOf(marks: Marks, ticks: Float64Array, names: readonly string[]): Span[] {
  const at = (ms: number) => (ms - marks.upload) * 1000
  const stage = (track: Span['track'], name: string, from: number, to: number): Span => ({
    track,
    name,
    start: at(from),
    duration: (to - from) * 1000,
  })
  const last = (ticks.at(-1) ?? 0) / 1000
  const origin = Math.min(at(marks.submit), at(marks.read) - last)
  return [
    stage('transfer', 'upload', marks.upload, marks.encode),
    stage('CPU', 'encode', marks.encode, marks.submit),
    stage('CPU', 'submit', marks.submit, marks.wait),
    stage('CPU', 'wait', marks.wait, marks.read),
    stage('transfer', 'read back', marks.read, marks.end),
    ...names.map((name, row): Span => {
      const [from, to] = [ticks[2 * row] / 1000, ticks[2 * row + 1] / 1000]
      return { track: 'GPU', name, start: origin + from, duration: Math.max(0, to - from), row }
    }),
  ]
}
