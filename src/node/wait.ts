// Waiting for a software adapter in Node. While a promise of Dawn's is pending, its binding asks for events at every turn
// of the event loop, which keeps a core busy: one of those that the adapter computes with. Here the loop sleeps between
// two questions: a buffer's mapping is asked for and, where it is not granted within a turn, taken back.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Waiting } from '../runtime/gpu/wait.ts'

/** A pause lasts this share of the time waited so far, which bounds what is lost at the end. */
const SHARE = 1 / 64
/** Milliseconds. */
const LONGEST = 20

/** Whether the buffer could be mapped within a turn of the event loop. Rejects where it never will be. */
async function tryMap(device: GPUDevice, buffer: GPUBuffer): Promise<boolean> {
  let given: boolean | undefined
  // A buffer destroyed in a pause is refused, which is told by the promise; the error of the device would be a second.
  device.pushErrorScope('validation')
  const mapping = buffer.mapAsync(GPUMapMode.READ).then(
    () => {
      given = true
    },
    (cause) => {
      if (given === undefined) throw cause
    },
  )
  const scope = device.popErrorScope().catch(() => {})
  await Promise.race([mapping, turn().then(() => turn())])
  await scope
  if (given) return true
  given = false
  buffer.unmap()
  await mapping
  return false
}

async function mapped(device: GPUDevice, buffer: GPUBuffer): Promise<void> {
  const start = performance.now()
  while (!(await tryMap(device, buffer))) await sleep(Math.min((performance.now() - start) * SHARE, LONGEST))
}

async function finished(device: GPUDevice): Promise<void> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const mark = device.createBuffer({ label: 'isobath mark', size: 16, usage })
  try {
    const encoder = device.createCommandEncoder({ label: 'isobath mark' })
    encoder.clearBuffer(mark)
    device.queue.submit([encoder.finish()])
    await mapped(device, mark)
  } finally {
    mark.destroy()
  }
}

/** Waits with pauses. */
export const pausing: Waiting = { mapped, finished }
