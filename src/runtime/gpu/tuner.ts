// Measures the variants of kernels on a model's own shapes; winners.ts remembers the fastest.
import { IsobathError } from '../error.ts'
import type { Program } from '../op.ts'
import { isFloat, toHalves } from '../tensor.ts'
import type { Pipelines } from './pipelines.ts'
import { GpuSession } from './session.ts'
import { Timestamps } from './timestamps.ts'
import { WeightStore, writeData } from './weights.ts'
import type { Winner } from './winners.ts'

/** One choice to make by measurement; `compile` makes a program of its node alone, with one of the candidates. */
export interface Trial {
  key: string
  candidates: readonly string[]
  compile(variant: string): Program
}

/** Microseconds of one run of a program, the least of a few; `best` is the least so far of the other candidates. */
export type Stopwatch = (program: Program, best: number) => Promise<number>

/** Another candidate replaces the rule's only where it is faster by this factor: clocks are noisy. */
const GAIN = 0.97

/** Measures the candidates of a trial; those that cannot run here are left out. Undefined where none can. */
export async function decide(trial: Trial, time: Stopwatch): Promise<Winner | undefined> {
  const microseconds: Record<string, number> = {}
  let best = Number.POSITIVE_INFINITY
  for (const variant of trial.candidates)
    try {
      microseconds[variant] = await time(trial.compile(variant), best)
      best = Math.min(best, microseconds[variant])
    } catch (e) {
      if (!(e instanceof IsobathError) || e.code === 'device') throw e
    }
  const ran = trial.candidates.filter((v) => v in microseconds)
  if (!ran.length) return undefined
  const fastest = ran.reduce((a, b) => (microseconds[b] < microseconds[a] ? b : a))
  const [rule] = ran
  // Once more, both side by side: whatever slowed down the machine meanwhile shall not decide.
  if (fastest !== rule)
    for (const variant of [rule, fastest]) {
      const again = await time(trial.compile(variant), Number.POSITIVE_INFINITY)
      microseconds[variant] = Math.min(microseconds[variant], again)
    }
  const chosen = microseconds[fastest] < GAIN * microseconds[rule] ? fastest : rule
  return { candidates: trial.candidates, chosen, microseconds }
}

/** Runs that are timed at most, and how much slower than the best a candidate's first may be to be run again. */
const RUNS = 5
const HOPELESS = 1.5
/** Microseconds that a measurement on a GPU lasts at least, by repeats. */
const GOAL = 500
const MOST_REPEATS = 32

/** Values between 0.5 and 1: no arithmetic slows down on them. Integers are 0, so that indices stay inside. */
function fill(device: GPUDevice, session: GpuSession): void {
  for (const { name, dtype } of session.inputs) {
    const buffer = session.inputBuffer(name)
    if (!isFloat(dtype)) continue
    const floats = Float32Array.from({ length: 1 << 14 }, (_, i) => 0.5 + ((i * 7919) % 8192) / 16384)
    const pattern = dtype === 'float16' ? toHalves(floats) : floats
    for (let at = 0; at < buffer.size; at += pattern.byteLength)
      writeData(device, buffer, at, pattern.subarray(0, (buffer.size - at) / pattern.BYTES_PER_ELEMENT))
  }
}

/** Microseconds of `repeats` runs in one submit: by timestamps, or by the clock less an empty submit. */
async function timeOnce(device: GPUDevice, session: GpuSession, repeats: number): Promise<number> {
  const stamps = device.features.has('timestamp-query') ? new Timestamps(device, repeats) : undefined
  const submit = async (times: number) => {
    const encoder = device.createCommandEncoder({ label: 'isobath tuner' })
    for (let i = 0; i < times; i++) session.record(encoder, stamps?.writes(i))
    if (times) stamps?.resolve(encoder)
    const commands = encoder.finish()
    const start = performance.now()
    device.queue.submit([commands])
    if (!stamps) await device.queue.onSubmittedWorkDone()
    return (performance.now() - start) * 1000
  }
  try {
    if (!stamps) {
      const empty = await submit(0)
      return Math.max(0.1, (await submit(repeats)) - empty) / repeats
    }
    await submit(repeats)
    const ticks = await stamps.read()
    return Math.max(1, ticks[2 * repeats - 1]) / 1000 / repeats
  } finally {
    stamps?.destroy()
  }
}

/** A stopwatch on a device. Software adapters are timed without repeats. */
export function deviceStopwatch(device: GPUDevice, pipelines: Pipelines, software: boolean): Stopwatch {
  return async (program, best) => {
    const session = await GpuSession.create(device, pipelines, new WeightStore(device), program, {
      timings: { import: 0, passes: 0, compile: 0, upload: 0, pipelines: 0 },
      about: { precision: 'f32', software },
      profile: () => Promise.reject(new IsobathError('device', 'the tuner asks for no profile')),
    })
    try {
      fill(device, session)
      // The first run compiles on software adapters.
      await timeOnce(device, session, 1)
      let least = await timeOnce(device, session, 1)
      const repeats = software ? 1 : Math.min(MOST_REPEATS, Math.ceil(GOAL / least))
      for (let i = 1; i < RUNS && least < HOPELESS * best; i++)
        least = Math.min(least, await timeOnce(device, session, repeats))
      return least
    } finally {
      session.destroy()
    }
  }
}
