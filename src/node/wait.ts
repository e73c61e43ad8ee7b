// Waiting for a software adapter in Node. While a promise of Dawn's is pending, its binding asks for events at every turn
// of the event loop, which keeps a core busy: one of those that the adapter computes with. Here the loop sleeps between
// two questions: a buffer's mapping is asked for and, where it is not granted within two turns, taken back.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Waiting } from '../runtime/gpu/wait.ts'

/** A pause lasts this share of the time waited so far, which bounds what is lost at the end. */
const SHARE = { mapped: 1 / 96, finished: 1 / 8 }
/** Milliseconds. */
const LONGEST = 25
/** The share of a wait that is slept at once, where the two before for the same buffer took as long and longer. */
const AT_ONCE = 0.8

/**
 * Milliseconds to pause after so many of a wait. `before` are the last waits of the kind; one alone does not count, as a
 * first run also compiles.
 */
export function pauseAfter(waited: number, share: number, before: readonly number[] = []): number {
  const expected = before.length > 1 ? Math.min(...before) * AT_ONCE : 0
  return waited < expected ? expected - waited : Math.min(waited * share, LONGEST)
}

const waits = new WeakMap<GPUBuffer, number[]>()

/** Whether the buffer could be mapped within two turns of the event loop. Rejects where it never will be. */
async function tryMap(device: GPUDevice, buffer: GPUBuffer): Promise<boolean> {
  let given: boolean | undefined
  // A buffer destroyed in a pause is refused, which is told by the promise; the error of the device would be a second.
  device.pushErrorScope('validation')
  const mapping = buffer.mapAsync(GPUMapMode.READ).then(
    () => {
      given = true
    },
    (cause) => {
      if (given === undefined || cause.name !== 'AbortError') throw cause
    },
  )
  const scope = device.popErrorScope().catch(() => {})
  // A refusal comes a turn later than a grant.
  await Promise.race([mapping, turn().then(() => turn())])
  await scope
  if (given) return true
  given = false
  buffer.unmap()
  await mapping
  return false
}

async function mapped(device: GPUDevice, buffer: GPUBuffer): Promise<void> {
  const before = waits.get(buffer) ?? []
  const took = await ask(device, buffer, SHARE.mapped, before)
  waits.set(buffer, [took, ...before].slice(0, 2))
}

/** Asks until the buffer is mapped; resolves to the milliseconds that this took. */
async function ask(device: GPUDevice, buffer: GPUBuffer, share: number, before?: readonly number[]): Promise<number> {
  const start = performance.now()
  const waited = () => performance.now() - start
  // What is done at once is not slept over.
  while (!(await tryMap(device, buffer))) await sleep(pauseAfter(waited(), share, before))
  return waited()
}

async function finished(device: GPUDevice): Promise<void> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const mark = device.createBuffer({ label: 'isobath mark', size: 16, usage })
  try {
    const encoder = device.createCommandEncoder({ label: 'isobath mark' })
    encoder.clearBuffer(mark)
    device.queue.submit([encoder.finish()])
    await ask(device, mark, SHARE.finished)
  } finally {
    mark.destroy()
  }
}

/** Waits with pauses. */
export const pausing: Waiting = { mapped, finished }
