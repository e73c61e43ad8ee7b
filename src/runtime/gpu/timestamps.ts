// Pairs of GPU timestamps around compute passes.
import { mapped } from './wait.ts'

/** Timestamps that one query set may hold. */
const QUERIES = 4096

/** A pair of timestamps for each of some passes, again for every encoder. Needs the feature `timestamp-query`. */
export class Timestamps {
  private readonly sets: { querySet: GPUQuerySet; count: number }[] = []
  private readonly resolved: GPUBuffer
  private readonly staging: GPUBuffer
  private divisor = 0n

  constructor(
    private readonly device: GPUDevice,
    private readonly passes: number,
  ) {
    for (let left = passes * 2; left > 0; left -= QUERIES) {
      const count = Math.min(left, QUERIES)
      this.sets.push({
        querySet: device.createQuerySet({ label: 'isobath timestamps', type: 'timestamp', count }),
        count,
      })
    }
    const size = Math.max(16, passes * 16)
    const label = 'isobath timestamps'
    this.resolved = device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    })
    this.staging = device.createBuffer({ label, size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  }

  /** What the descriptor of pass `i` is given. */
  writes(i: number): GPUComputePassTimestampWrites {
    const { querySet } = this.sets[Math.floor((i * 2) / QUERIES)]
    const at = (i * 2) % QUERIES
    return { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 }
  }

  /** To be recorded after the last pass. */
  resolve(encoder: GPUCommandEncoder): void {
    this.sets.forEach(({ querySet, count }, i) => {
      encoder.resolveQuerySet(querySet, 0, count, this.resolved, i * QUERIES * 8)
    })
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, this.passes * 16)
  }

  /** After the submit: start and end of each pass, in nanoseconds from the start of the first. */
  async read(): Promise<Float64Array> {
    await mapped(this.device, this.staging)
    const ticks = new BigUint64Array(this.staging.getMappedRange().slice(0, this.passes * 16))
    this.staging.unmap()
    this.divisor = divisorOf([this.divisor, ...ticks])
    return Float64Array.from(ticks, (t) => Number(t - ticks[0]))
  }

  /** The step in which all times read so far move, in nanoseconds. */
  get quantum(): number {
    return Math.max(1, Number(this.divisor))
  }

  destroy(): void {
    for (const { querySet } of this.sets) querySet.destroy()
    this.resolved.destroy()
    this.staging.destroy()
  }
}

/** The greatest common divisor: the step in which quantised times move, where there are two and more of them. */
export function divisorOf(times: Iterable<bigint>): bigint {
  let divisor = 0n
  for (const time of times) {
    let [a, b] = [divisor, time]
    while (b) [a, b] = [b, a % b]
    divisor = a
  }
  return divisor
}
