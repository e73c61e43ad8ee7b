// Times every call of a program: by timestamps around a pass a call, or where the adapter has none by the CPU's clock
// around a submit a call. Plain runs lie between, so that the profiler's own effect shows.
import { ensure } from '../error.ts'
import type { LoadStage } from '../model.ts'
import type { Program } from '../op.ts'
import { type Profile, type ProfileOptions, type ProfileRow, type Roof, ratesOf, spreadOf } from '../profile.ts'
import { timeByClock } from './clock.ts'
import { showInDevtools } from './devtools.ts'
import { type Marks, type Probe, recordTimed, runTimes, spansOf, stopwatch } from './probe.ts'
import type { Dispatch } from './session.ts'
import { workgroupOf } from './shader.ts'
import { Timestamps } from './timestamps.ts'

/** A session as its profiler sees it. */
export interface Subject {
  device: GPUDevice
  program: Program
  dispatches: readonly Dispatch[]
  timings: Record<LoadStage, number>
  about: { model?: string; precision: 'f32' | 'f16'; software: boolean }
  memory: { weights: number }
  roof(again?: boolean): Promise<Roof>
  /** Records all calls in one pass. */
  record(encoder: GPUCommandEncoder, timestampWrites?: GPUComputePassTimestampWrites): void
  /** One whole run. */
  run(probe: Probe): Promise<unknown>
}

/** Steps of the timestamps that a pass shall last at least, where they are coarser than `COARSE` nanoseconds. */
const STEPS = 20
const COARSE = 1000
const MOST_REPEATS = 512

/** Share by which sums may differ before a note says so. */
const TOLERABLE = 0.15

interface TimedRun {
  marks: Marks
  /** Nanoseconds: start and end of each call's pass. */
  ticks: Float64Array
}

/** Microseconds of each call in each run, and what was seen beside them. */
interface Measured {
  method: Profile['method']
  quantum: number
  repeats: number[]
  /** By call, then by run. */
  times: number[][]
  first: number[]
  plain: Marks[]
  plainGpu: number[]
  profiled: TimedRun[]
}

function countOf(value: number | undefined, otherwise: number, name: string): number {
  const n = value ?? otherwise
  ensure(Number.isInteger(n) && n >= 1, 'input', `${name} is a whole number from 1, not ${value}`)
  return n
}

/** How often each call is run in a pass, so that the pass lasts long against the step of the clock. */
export function repeatsFor(microseconds: readonly number[], quantum: number): number[] {
  if (quantum < COARSE) return microseconds.map(() => 1)
  return microseconds.map((us) =>
    Math.min(MOST_REPEATS, Math.ceil((STEPS * quantum) / Math.max(us * 1000, quantum / STEPS))),
  )
}

async function plainRun(subject: Subject, stamps?: Timestamps): Promise<{ marks: Marks; gpu?: number }> {
  const { marks, mark } = stopwatch()
  await subject.run({
    mark,
    record: (encoder) => {
      subject.record(encoder, stamps?.writes(0))
      stamps?.resolve(encoder)
    },
  })
  return { marks, gpu: stamps && (await stamps.read())[1] / 1000 }
}

async function timedRun(subject: Subject, stamps: Timestamps, repeats: readonly number[]): Promise<TimedRun> {
  const { marks, mark } = stopwatch()
  const { dispatches } = subject
  await subject.run({ mark, record: (encoder) => recordTimed(encoder, dispatches, stamps, repeats) })
  return { marks, ticks: await stamps.read() }
}

const durations = (ticks: Float64Array, repeats: readonly number[]): number[] =>
  repeats.map((n, i) => Math.max(0, ticks[2 * i + 1] - ticks[2 * i]) / 1000 / n)

const transpose = (runs: readonly number[][]): number[][] => (runs[0] ?? []).map((_, i) => runs.map((run) => run[i]))

async function measureByTimestamps(
  subject: Subject,
  runs: number,
  warmup: number,
  tick: () => void,
): Promise<Measured> {
  const { device, dispatches } = subject
  const calls = new Timestamps(device, dispatches.length)
  const whole = new Timestamps(device, 1)
  try {
    const once = dispatches.map(() => 1)
    const early: TimedRun[] = []
    for (let i = 0; i < warmup; i++) {
      tick()
      early.push(await timedRun(subject, calls, once))
    }
    const repeats = repeatsFor(durations(early[warmup - 1].ticks, once), calls.quantum)
    const found = { plain: [] as Marks[], plainGpu: [] as number[], profiled: [] as TimedRun[] }
    const all: number[][] = []
    for (let i = 0; i < runs; i++) {
      tick()
      const plain = await plainRun(subject, whole)
      found.plain.push(plain.marks)
      found.plainGpu.push(plain.gpu!)
      tick()
      const run = await timedRun(subject, calls, repeats)
      all.push(durations(run.ticks, repeats))
      found.profiled.push(run)
    }
    // With repeats the passes are no picture of a run.
    if (repeats.some((n) => n > 1)) found.profiled = [await timedRun(subject, calls, once)]
    return {
      method: 'timestamps',
      // Few times may share a divisor by chance: the more were read, the surer the step.
      quantum: calls.quantum,
      ...{ repeats, times: transpose(all), first: durations(early[0].ticks, once), ...found },
    }
  } finally {
    calls.destroy()
    whole.destroy()
  }
}

async function measureByClock(subject: Subject, runs: number, warmup: number, tick: () => void): Promise<Measured> {
  const { device, dispatches } = subject
  const plain: Marks[] = []
  for (let i = 0; i < warmup; i++) {
    tick()
    await plainRun(subject)
  }
  const timed = await timeByClock(device, dispatches, runs, async () => {
    tick()
    plain.push((await plainRun(subject)).marks)
    tick()
  })
  return { method: 'clock', ...timed, plain, plainGpu: [], profiled: [] }
}

/** Composed WGSL of each dispatch, equal texts once. */
function sourcesOf(dispatches: readonly Dispatch[]) {
  const index = new Map<string, number>()
  for (const { kernel } of dispatches) if (!index.has(kernel.code)) index.set(kernel.code, index.size)
  return { sources: [...index.keys()], of: (d: Dispatch) => index.get(d.kernel.code)! }
}

/** `M=330 N=384 out=vec4<f32> write …`: what the holes of a shader are filled with; functions by name only. */
function holesOf({ consts, types, functions }: Dispatch['call']): string {
  const pairs = [...Object.entries(consts), ...Object.entries(types)].map(([k, v]) => `${k}=${v}`)
  return [...pairs, ...Object.keys(functions).map((name) => `${name}()`)].join(' ')
}

function rowsOf(subject: Subject, measured: Measured, roof: Roof, source: (d: Dispatch) => number): ProfileRow[] {
  const spreads = measured.times.map(spreadOf)
  const sum = spreads.reduce((n, s) => n + s.median, 0)
  return subject.dispatches.map((d, index): ProfileRow => {
    const { node, op, shader, groups, cost, choice } = d.call
    const time = spreads[index]
    return {
      index,
      ...{ node, op, layer: d.layer, shader },
      ...(choice && { variant: choice.chosen }),
      holes: holesOf(d.call),
      source: source(d),
      groups,
      workgroup: workgroupOf(d.kernel.code),
      ...time,
      first: measured.first[index],
      repeats: measured.repeats[index],
      ...cost,
      share: sum ? time.median / sum : 0,
      ...ratesOf(cost, time.median, roof),
    }
  })
}

function pipelinesOf(dispatches: readonly Dispatch[]): Profile['pipelines'] {
  const calls = new Map<Dispatch['kernel'], number>()
  const shader = new Map<Dispatch['kernel'], string>()
  for (const { kernel, call } of dispatches) {
    calls.set(kernel, (calls.get(kernel) ?? 0) + 1)
    shader.set(kernel, call.shader)
  }
  return [...calls]
    .map(([kernel, n]) => ({ shader: shader.get(kernel)!, milliseconds: kernel.milliseconds, calls: n }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
}

/** Idle time between consecutive passes of a run, in microseconds. */
function gapsOf({ ticks }: TimedRun): number {
  let sum = 0
  for (let i = 2; i < ticks.length; i += 2) sum += Math.max(0, ticks[i] - ticks[i - 1])
  return sum / 1000
}

/** `sum`: of the calls in a run, `medians`: of the rows' medians, `plain`: a run without the profiler. */
function notesOf(subject: Subject, m: Measured, sum: number, medians: number, plain: number): string[] {
  const notes: string[] = []
  const step = m.quantum >= 1000 ? `${m.quantum / 1000} µs` : `${m.quantum} ns`
  const most = Math.max(1, ...m.repeats)
  if (m.method === 'clock')
    notes.push(
      'This adapter has no timestamp-query: each call was submitted by itself and timed by the CPU’s clock, less the time of an empty submit. Short calls are inexact.',
    )
  else if (m.quantum >= COARSE)
    notes.push(
      `The platform lets timestamps move in steps of ${step}. Short calls were run up to ${most} times in one pass, with their data in caches.`,
    )
  if (subject.about.software)
    notes.push('A software adapter: kernels run on the CPU’s cores and compete with whatever else runs there.')
  const off = plain ? sum / plain - 1 : 0
  if (Math.abs(off) > TOLERABLE)
    notes.push(
      `The rows sum to ${Math.round((1 + off) * 100)} % of a run without the profiler: ${off > 0 ? 'passes of their own cost time, or calls overlap when they share a pass' : 'the rest is spent outside kernels, see the stages of a run'}.`,
    )
  const uneven = sum ? medians / sum - 1 : 0
  if (Math.abs(uneven) > TOLERABLE)
    notes.push(
      `Runs differ much: the rows’ medians sum to ${Math.round((1 + uneven) * 100)} % of a median run. Something else used the machine.`,
    )
  return notes
}

/** Runs a session under the profiler. */
export async function profileSession(subject: Subject, options: ProfileOptions): Promise<Profile> {
  const { device, program, dispatches, about } = subject
  const runs = countOf(options.runs, 10, 'runs')
  const warmup = countOf(options.warmup, 2, 'warmup')
  const roof = await subject.roof(options.newRoof)
  let done = 0
  const tick = () => {
    options.signal?.throwIfAborted()
    options.onProgress?.(done++, warmup + 2 * runs)
  }
  const byTimestamps = device.features.has('timestamp-query')
  const measured = await (byTimestamps ? measureByTimestamps : measureByClock)(subject, runs, warmup, tick)
  const { sources, of } = sourcesOf(dispatches)
  const rows = rowsOf(subject, measured, roof, of)
  const microseconds = rows.reduce((sum, r) => sum + r.median, 0)
  const sum = spreadOf(
    Array.from({ length: runs }, (_, run) => measured.times.reduce((total, call) => total + call[run], 0)),
  )
  const plain = runTimes(measured.plain, measured.plainGpu)
  const last = measured.profiled.at(-1)
  const { vendor, architecture, device: name, description } = device.adapterInfo
  const { peak, lowerBound } = program.memory
  const profile: Profile = {
    format: 'isobath-profile',
    version: 1,
    ...(about.model !== undefined && { model: about.model }),
    adapter: { vendor, architecture, device: name, description, software: about.software },
    precision: about.precision,
    ...{ runs, warmup, method: measured.method, quantum: measured.quantum, rows, sources, microseconds, sum, plain },
    ...(last && {
      profiled: runTimes(
        measured.profiled.map((r) => r.marks),
        measured.profiled.map((r) => (r.ticks.at(-1) ?? 0) / 1000),
      ),
      gaps: spreadOf(measured.profiled.map(gapsOf)),
    }),
    load: { ...subject.timings },
    pipelines: pipelinesOf(dispatches),
    memory: {
      ...{ peak, lowerBound, weights: subject.memory.weights },
      buffers: program.buffers,
      values: program.occupancy,
    },
    roof,
    timeline: last
      ? {
          origin: last.marks.upload,
          spans: spansOf(
            last.marks,
            last.ticks,
            rows.map((r) => r.op),
          ),
        }
      : { origin: 0, spans: [] },
    notes: notesOf(subject, measured, sum.median, microseconds, plain.gpu?.median ?? plain.total.median),
  }
  showInDevtools(profile)
  return profile
}
