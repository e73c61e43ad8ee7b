// Software drivers compile a kernel when it is first dispatched, on the thread of the device's queue. To have that done
// at load, and on more than one core, each new kernel is dispatched once on small buffers; where that is slow, other
// devices of the adapter take their share, whose results the driver's cache on disk hands to the first.
import type { KernelCall } from '../op.ts'
import type { Kernel, Pipelines } from './pipelines.ts'
import { finished } from './wait.ts'

/** A device that only compiles. */
export interface Helper {
  device: GPUDevice
  pipelines: Pipelines
}

/** Milliseconds a kernel from which compiling counts as slow; what comes from the driver's cache is below. */
const SLOW = 50
/** Bytes of a dummy buffer; kernels read zeros beyond it and write nothing. */
const DUMMY = 4096

interface Job {
  call: KernelCall
  kernel: Kernel
}

const storageOnly = ({ bindings }: Kernel) => bindings.every((b) => b.kind === 'read' || b.kind === 'write')

/** One workgroup of kernels on dummy buffers of a device. */
class Oven {
  private readonly dummies: GPUBuffer[] = []

  constructor(private readonly device: GPUDevice) {}

  /** Resolves when the kernel has run, and so has been compiled. */
  async heat(kernel: Kernel): Promise<void> {
    const { device } = this
    device.pushErrorScope('validation')
    const entries = kernel.bindings.map(({ index }, i) => {
      this.dummies[i] ??= device.createBuffer({ label: 'isobath warm-up', size: DUMMY, usage: GPUBufferUsage.STORAGE })
      return { binding: index, resource: { buffer: this.dummies[i] } }
    })
    const group = device.createBindGroup({ label: 'isobath warm-up', layout: kernel.layout, entries })
    const encoder = device.createCommandEncoder({ label: 'isobath warm-up' })
    const pass = encoder.beginComputePass({ label: 'isobath warm-up' })
    pass.setPipeline(kernel.pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(1)
    pass.end()
    device.queue.submit([encoder.finish()])
    await Promise.all([device.popErrorScope(), finished(device)])
  }

  destroy(): void {
    for (const buffer of this.dummies) buffer.destroy()
  }
}

/** Takes jobs until none is left, the next one submitted before the last has ended. */
async function work(take: () => Job | undefined, heat: (job: Job) => Promise<void>): Promise<void> {
  let last = Promise.resolve()
  for (let job = take(); job; job = take()) {
    const now = heat(job)
    now.catch(() => {})
    await last
    last = now
  }
  await last
}

/**
 * Has the driver compile kernels. `openHelper` gives further devices, `count` of them, which are destroyed afterwards;
 * a helper that fails leaves its kernels to their first run. Throws only where `device` fails.
 */
export async function warmUp(
  device: GPUDevice,
  calls: readonly { call: KernelCall; kernel: Kernel }[],
  { openHelper, count = 1, slow = SLOW }: { openHelper?: () => Promise<Helper>; count?: number; slow?: number },
): Promise<void> {
  const jobs = [...new Map(calls.map((c) => [c.kernel, c])).values()].filter(({ kernel }) => storageOnly(kernel))
  const elsewhere: Job[] = []
  const take = () => jobs.shift()
  const helpers: Promise<void>[] = []

  const help = async (open: () => Promise<Helper>) => {
    const { device: other, pipelines } = await open()
    const oven = new Oven(other)
    try {
      await work(take, async (job) => {
        elsewhere.push(job)
        await oven.heat(await pipelines.get(job.call))
      })
    } finally {
      oven.destroy()
      other.destroy()
    }
  }

  const oven = new Oven(device)
  const start = performance.now()
  let done = 0
  try {
    await work(take, async ({ kernel }) => {
      await oven.heat(kernel)
      done++
      if (openHelper && !helpers.length && jobs.length > 1 && performance.now() - start > slow * done)
        for (let i = 0; i < count; i++) helpers.push(help(openHelper).catch(() => {}))
    })
    await Promise.all(helpers)
    await Promise.all(elsewhere.map(({ kernel }) => oven.heat(kernel)))
  } finally {
    oven.destroy()
  }
}
