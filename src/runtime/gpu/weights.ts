// Weights on the GPU: packed into a few large read-only buffers, and shared by all sessions of one model.
import { whenThere } from '../error.ts'
import type { Weight } from '../op.ts'
import type { TypedArray } from '../tensor.ts'
import { finished } from './wait.ts'

/** Where a weight lies. */
export interface WeightPlace {
  buffer: GPUBuffer
  offset: number
  size: number
}

interface Chunk {
  buffer: GPUBuffer
  users: number
  /** Names of the shared weights in it. */
  keys: string[]
}

interface Fresh {
  weight: Weight
  chunk: Chunk
  place: WeightPlace
}

/** Offsets within a buffer: WebGPU's default minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256
/** A buffer is closed at this size, so that a large model does not need one allocation of its whole size. */
const CHUNK = 128 << 20
/** Bytes handed to the queue before it is drained, so that staging memory stays small. */
const PENDING = 64 << 20

/** What a session holds of the store. */
export interface HeldWeights {
  /** By position in the program's list. */
  places: readonly WeightPlace[]
  /** Bytes that were there already, from another session. */
  shared: number
  /** Uploads what was not there; `progress` is told the bytes done. */
  fill(progress: (done: number) => void, signal?: AbortSignal): Promise<void>
  /** Gives the weights back; buffers that no session holds are destroyed. */
  release(): void
}

/** writeBuffer wants multiples of four bytes; the last odd bytes go in a padded copy. */
export function writeData(device: GPUDevice, buffer: GPUBuffer, offset: number, data: TypedArray): void {
  const odd = data.byteLength % 4
  if (!odd) {
    device.queue.writeBuffer(buffer, offset, data as GPUAllowSharedBufferSource)
    return
  }
  const padded = new Uint8Array(data.byteLength + 4 - odd)
  padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  device.queue.writeBuffer(buffer, offset, padded)
}

/** The weights of one model on one device. */
export class WeightStore {
  private readonly known = new Map<string, { chunk: Chunk; place: WeightPlace }>()

  constructor(private readonly device: GPUDevice) {}

  /** Takes the weights that are there, and allocates buffers for the others. */
  hold(weights: readonly Weight[]): HeldWeights {
    const { device } = this
    const used = new Set<Chunk>()
    const places = new Array<WeightPlace>(weights.length)
    const fresh: number[] = []
    const made: Fresh[] = []
    let shared = 0
    for (const [i, w] of weights.entries()) {
      const known = w.key === undefined ? undefined : this.known.get(w.key)
      if (!known) fresh.push(i)
      else {
        places[i] = known.place
        used.add(known.chunk)
        shared += w.bytes
      }
    }
    for (const group of groupBySize(fresh, weights)) {
      const size = group.reduce((sum, i) => sum + aligned(weights[i].bytes), 0)
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
      const chunk: Chunk = {
        buffer: device.createBuffer({ label: 'isobath weights', size, usage }),
        users: 0,
        keys: [],
      }
      used.add(chunk)
      let offset = 0
      for (const i of group) {
        places[i] = { buffer: chunk.buffer, offset, size: weights[i].bytes }
        offset += aligned(weights[i].bytes)
      }
      for (const i of group) made.push({ weight: weights[i], chunk, place: places[i] })
    }
    for (const chunk of used) chunk.users++
    return {
      places,
      shared,
      release: () => this.release(used),
      fill: (progress, signal) => this.fill(made, progress, signal),
    }
  }

  private async fill(fresh: readonly Fresh[], progress: (done: number) => void, signal?: AbortSignal): Promise<void> {
    let done = 0
    let pending = 0
    for (const { weight, place } of fresh) {
      signal?.throwIfAborted()
      const data = await whenThere(() => weight.read(), signal)
      writeData(this.device, place.buffer, place.offset, data)
      done += data.byteLength
      pending += data.byteLength
      if (pending > PENDING) {
        await this.drain()
        pending = 0
        progress(done)
      }
    }
    if (pending) await this.drain()
    // Only what has arrived may be shared.
    for (const { weight, chunk, place } of fresh) {
      if (weight.key === undefined || this.known.has(weight.key)) continue
      this.known.set(weight.key, { chunk, place })
      chunk.keys.push(weight.key)
    }
  }

  private async drain(): Promise<void> {
    this.device.queue.submit([])
    await finished(this.device)
  }

  private release(chunks: Set<Chunk>): void {
    for (const chunk of chunks) {
      if (--chunk.users) continue
      for (const key of chunk.keys) this.known.delete(key)
      chunk.buffer.destroy()
    }
    chunks.clear()
  }
}

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** Consecutive weights that share a buffer; one that is larger than a chunk has its own. */
function groupBySize(indices: readonly number[], weights: readonly Weight[]): number[][] {
  const groups: number[][] = []
  let room = 0
  for (const i of indices) {
    const size = aligned(weights[i].bytes)
    if (!groups.length || size > room) {
      groups.push([])
      room = Math.max(CHUNK, size)
    }
    groups[groups.length - 1].push(i)
    room -= size
  }
  return groups
}
