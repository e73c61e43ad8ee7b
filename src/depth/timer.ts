// How long the stages of an encoder take on the GPU.
import { finished, mapped } from '../engine.ts'
import { IsobathError } from '../runtime/error.ts'

/** Milliseconds. */
export interface Stages {
  preprocess: number
  network: number
  postprocess: number
}

const MARKS = 4

/** Four marks around three stages. Without timestamp queries the whole time counts as the network's. */
export class StageTimer {
  private readonly queries?: GPUQuerySet
  private readonly resolved?: GPUBuffer
  private readonly staging?: GPUBuffer

  constructor(private readonly device: GPUDevice) {
    if (!device.features.has('timestamp-query')) return
    const [label, size] = ['stages', MARKS * 8]
    this.queries = device.createQuerySet({ label, type: 'timestamp', count: MARKS })
    this.resolved = device.createBuffer({ label, size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
    this.staging = device.createBuffer({ label, size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  }

  /** Notes the time at this place of the encoder. */
  mark(encoder: GPUCommandEncoder, index: number): void {
    if (!this.queries) return
    const timestampWrites = { querySet: this.queries, beginningOfPassWriteIndex: index }
    encoder.beginComputePass({ label: 'mark', timestampWrites }).end()
  }

  /** Submits the encoder and waits until the GPU is done. */
  async submit(encoder: GPUCommandEncoder): Promise<Stages> {
    const { device, queries, resolved, staging } = this
    try {
      if (!queries || !resolved || !staging) {
        const start = performance.now()
        device.queue.submit([encoder.finish()])
        await finished(device)
        return { preprocess: 0, network: performance.now() - start, postprocess: 0 }
      }
      encoder.resolveQuerySet(queries, 0, MARKS, resolved, 0)
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, MARKS * 8)
      device.queue.submit([encoder.finish()])
      await mapped(device, staging)
      const t = new BigUint64Array(staging.getMappedRange().slice(0))
      staging.unmap()
      const stage = (i: number) => Math.max(0, Number(t[i + 1] - t[i]) / 1e6)
      return { preprocess: stage(0), network: stage(1), postprocess: stage(2) }
    } catch (cause) {
      throw new IsobathError('device', `the GPU did not finish the estimate: ${(cause as Error).message}`, { cause })
    }
  }

  destroy(): void {
    this.queries?.destroy()
    this.resolved?.destroy()
    this.staging?.destroy()
  }
}
