// Calls timed without timestamps: each is submitted by itself, often enough to stand out against an empty submit.
import { spreadOf } from '../profile.ts'
import type { Dispatch } from './session.ts'

/** Empty submits whose median is the overhead of one. */
const EMPTY = 15
/** Overheads that a submit shall last at least. */
const LONG = 5
const MOST_REPEATS = 64

export interface ClockTimes {
  /** Nanoseconds between two times that the clock tells apart. */
  quantum: number
  repeats: number[]
  /** Microseconds, by call, then by run. */
  times: number[][]
  first: number[]
}

/** The least step of `performance.now`, in nanoseconds; browsers make it coarse. */
function clockStep(): number {
  let step = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20; i++) {
    const start = performance.now()
    let now = start
    while (now === start) now = performance.now()
    step = Math.min(step, now - start)
  }
  return Math.max(1, Math.round(step * 1e6))
}

/** Milliseconds of one submit with the call in it `repeats` times. */
async function submit(device: GPUDevice, repeats: number, d?: Dispatch): Promise<number> {
  const encoder = device.createCommandEncoder({ label: 'isobath profile' })
  const pass = encoder.beginComputePass({ label: d?.call.node ?? 'empty' })
  if (d) {
    pass.setPipeline(d.kernel.pipeline)
    pass.setBindGroup(0, d.group)
    for (let k = 0; k < repeats; k++) pass.dispatchWorkgroups(...d.call.groups)
  }
  pass.end()
  const commands = encoder.finish()
  const start = performance.now()
  device.queue.submit([commands])
  await device.queue.onSubmittedWorkDone()
  return performance.now() - start
}

/** Times every call in `runs` rounds; `between` is awaited before each. */
export async function timeByClock(
  device: GPUDevice,
  dispatches: readonly Dispatch[],
  runs: number,
  between: () => Promise<void>,
): Promise<ClockTimes> {
  const quantum = clockStep()
  const empty: number[] = []
  for (let i = 0; i < EMPTY; i++) empty.push(await submit(device, 0))
  const overhead = spreadOf(empty).median
  const net = (ms: number, repeats: number) => (Math.max(0, ms - overhead) * 1000) / repeats
  const first: number[] = []
  const repeats: number[] = []
  for (const d of dispatches) {
    first.push(net(await submit(device, 1, d), 1))
    const once = net(await submit(device, 1, d), 1) / 1000
    const goal = LONG * Math.max(overhead, quantum / 1e6)
    repeats.push(Math.max(1, Math.min(MOST_REPEATS, Math.ceil(goal / Math.max(once, overhead / LONG)))))
  }
  const times: number[][] = dispatches.map(() => [])
  for (let r = 0; r < runs; r++) {
    await between()
    for (const [i, d] of dispatches.entries()) times[i].push(net(await submit(device, repeats[i], d), repeats[i]))
  }
  return { quantum, repeats, times, first }
}
