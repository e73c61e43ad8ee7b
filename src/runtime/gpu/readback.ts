// Outputs on their way to the host: a few staging buffers that are made once, so that one run's outputs are read while
// the next one computes.
import { IsobathError } from '../error.ts'
import type { Port, Program } from '../op.ts'
import type { Tensor } from '../tensor.ts'
import { bytesOf, fromGpu } from './transfer.ts'
import { mapped } from './wait.ts'

/** Runs that may be under way at once: one computes, one is read or uploaded. */
export const IN_FLIGHT = 2

export class ReadBack {
  private readonly ports: readonly Port[]
  private readonly all: GPUBuffer[] = []
  private readonly free: GPUBuffer[] = []
  private readonly waiting: ((buffer: GPUBuffer) => void)[] = []

  constructor(
    private readonly device: GPUDevice,
    private readonly program: Program,
  ) {
    this.ports = program.outputs.filter((p) => !program.constants.has(p.name))
  }

  /** A staging buffer for all outputs; waits while every one is in use. `read` gives it back, or `release`. */
  acquire(): Promise<GPUBuffer> | GPUBuffer {
    const free = this.free.pop()
    if (free) return free
    if (this.all.length === IN_FLIGHT) return new Promise((resolve) => this.waiting.push(resolve))
    const buffer = this.device.createBuffer({
      label: 'isobath read-back',
      size: Math.max(
        this.ports.reduce((n, p) => n + bytesOf(p), 0),
        16,
      ),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    this.all.push(buffer)
    return buffer
  }

  /** Records the copies, after the calls of the run. */
  record(encoder: GPUCommandEncoder, buffers: Record<string, GPUBuffer>, staging: GPUBuffer): void {
    let at = 0
    for (const port of this.ports) {
      encoder.copyBufferToBuffer(buffers[port.name], 0, staging, at, bytesOf(port))
      at += bytesOf(port)
    }
  }

  /** After the submit: the outputs, once the run has ended. `arrived` is called when they are there, before they are copied. */
  async read(staging: GPUBuffer, arrived?: () => void): Promise<Record<string, Tensor>> {
    try {
      await mapped(this.device, staging)
      arrived?.()
      const bytes = staging.getMappedRange()
      const results: Record<string, Tensor> = {}
      let at = 0
      for (const port of this.program.outputs) {
        const constant = this.program.constants.get(port.name)
        results[port.name] = constant ?? fromGpu(port, bytes, at)
        if (!constant) at += bytesOf(port)
      }
      staging.unmap()
      return results
    } catch (cause) {
      throw new IsobathError('device', `the GPU did not finish the run: ${(cause as Error).message}`, { cause })
    } finally {
      this.release(staging)
    }
  }

  /** Gives a buffer back. */
  release(staging: GPUBuffer): void {
    const next = this.waiting.shift()
    if (next) next(staging)
    else this.free.push(staging)
  }

  destroy(): void {
    for (const buffer of this.all) buffer.destroy()
  }
}

/**
 * Runs in the order of the feeds, `IN_FLIGHT` under way at once; an ended or failed consumer asks for no more feeds,
 * and a failed run ends the stream.
 */
export async function* streamRuns<F, R>(
  feeds: Iterable<F> | AsyncIterable<F>,
  run: (feed: F) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = []
  try {
    for await (const feed of feeds) {
      const result = run(feed)
      // Told when its turn comes.
      result.catch(() => {})
      pending.push(result)
      if (pending.length === IN_FLIGHT) yield await pending.shift()!
    }
    while (pending.length) yield await pending.shift()!
  } finally {
    await Promise.allSettled(pending)
  }
}
