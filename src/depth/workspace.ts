// What kernels keep between frames: buffers by name and size, uniforms, and dispatches with their bind groups. A second
// call with the same sizes neither compiles nor allocates.
import type { Engine, GpuCall, Prepared } from '../api.ts'
import { mapped } from '../engine.ts'
import { IsobathError } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import { storage, type Word, words } from './gpu.ts'

/**
 * Give the same workspace to each frame of a video. What a call returns that was given one belongs to the workspace and
 * holds until the next such call.
 */
export interface Workspace {
  readonly engine: Engine
  destroy(): void
}

/** Chains of dispatches that are kept. */
const MOST_PREPARED = 128

let buffers = 0
const ids = new WeakMap<object, number>()

/** A number of a buffer's or a view's own. */
function idOf(resource: object): number {
  let id = ids.get(resource)
  if (id === undefined) {
    id = buffers++
    ids.set(resource, id)
  }
  return id
}

const bufferOf = (r: object): object => ('buffer' in r && r.buffer ? (r.buffer as object) : r)

/** Whether it binds what lives for one task only. */
const isFleeting = (call: GpuCall): boolean => Object.values(call.bind).some((r) => typeof r === 'function')

const keyOf = (call: GpuCall): string =>
  JSON.stringify([
    call.shader,
    call.consts,
    call.types,
    call.functions,
    call.groups,
    Object.entries(call.bind).map(([name, r]) => [name, idOf(bufferOf(r))]),
  ])

export class WorkspaceImpl implements Workspace {
  private readonly held = new Map<string, { buffer: GPUBuffer; bytes: number; words?: string }>()
  private readonly prepared = new Map<string, Prepared>()

  /** Results of a workspace that does not live on; they are their caller's. */
  private readonly results: GPUBuffer[] = []

  constructor(
    readonly engine: Engine,
    private readonly lasting = true,
  ) {}

  /** The buffer of a result: the workspace's own, or where that ends with the call, the caller's. */
  result(name: string, bytes: number): GPUBuffer {
    if (this.lasting) return this.buffer(name, bytes)
    const buffer = storage(this.engine, name, bytes)
    this.results.push(buffer)
    return buffer
  }

  /** Frees the results, too: the call that was to make them failed. */
  abandon(): void {
    for (const buffer of this.results) buffer.destroy()
  }

  /** The storage buffer of that name, made anew when it must be larger. */
  buffer(name: string, bytes: number): GPUBuffer {
    const held = this.held.get(name)
    if (held && held.bytes === bytes) return held.buffer
    if (held) this.drop(held.buffer)
    const buffer = storage(this.engine, name, bytes)
    this.held.set(name, { buffer, bytes })
    return buffer
  }

  /** The uniform of that name with its words, which are written where they changed. */
  uniform(name: string, list: readonly Word[]): GPUBuffer {
    const bytes = words(list)
    const key = `uniform ${name}`
    let held = this.held.get(key)
    if (!held) {
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
      const buffer = this.engine.device.createBuffer({ label: key, size: bytes.byteLength, usage })
      held = { buffer, bytes: bytes.byteLength }
      this.held.set(key, held)
    }
    const text = JSON.stringify(list)
    if (held.words !== text) {
      held.words = text
      this.engine.device.queue.writeBuffer(held.buffer, 0, bytes)
    }
    return held.buffer
  }

  /** A storage buffer of that name with these contents, written where `key` changed. */
  data(name: string, key: string, make: () => Uint32Array | Float32Array): GPUBuffer {
    const held = this.held.get(name)
    if (held?.words === key) return held.buffer
    const contents = make()
    const buffer = this.buffer(name, contents.byteLength)
    this.held.get(name)!.words = key
    this.engine.device.queue.writeBuffer(buffer, 0, contents as Uint32Array<ArrayBuffer>)
    return buffer
  }

  /**
   * Records the dispatches in order, in one compute pass. One that binds what is {@link Fleeting} must be the last: it is
   * bound when all the others are ready, in a pass of its own, and the caller submits at once.
   */
  async encode(encoder: GPUCommandEncoder, calls: readonly GpuCall[]): Promise<void> {
    const last = calls.at(-1)
    if (last && isFleeting(last)) {
      if (calls.length > 1) await this.encode(encoder, calls.slice(0, -1))
      const prepared = await this.engine.prepare([last])
      return prepared.encode(encoder)
    }
    const key = calls.map(keyOf).join('\n')
    let prepared = this.prepared.get(key)
    if (!prepared) {
      // Results that callers freed leave bind groups behind.
      if (this.prepared.size >= MOST_PREPARED) this.prepared.clear()
      prepared = await this.engine.prepare(calls)
      this.prepared.set(key, prepared)
    }
    prepared.encode(encoder)
  }

  /** Submits what copies `bytes` of a buffer at the end of the encoder, and waits for them. */
  async read(encoder: GPUCommandEncoder, source: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    const size = pad4(bytes)
    const key = `read ${size}`
    let staging = this.held.get(key)?.buffer
    if (!staging) {
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
      staging = this.engine.device.createBuffer({ label: 'read-back', size, usage })
      this.held.set(key, { buffer: staging, bytes: size })
    }
    encoder.copyBufferToBuffer(source, 0, staging, 0, size)
    this.engine.device.queue.submit([encoder.finish()])
    try {
      await mapped(this.engine.device, staging)
      return staging.getMappedRange().slice(0, bytes)
    } catch (cause) {
      throw new IsobathError('device', `the GPU did not finish its work: ${(cause as Error).message}`, { cause })
    } finally {
      if (staging.mapState === 'mapped') staging.unmap()
    }
  }

  /** A buffer goes, and with it every dispatch that binds it. */
  private drop(buffer: GPUBuffer): void {
    buffer.destroy()
    this.prepared.clear()
  }

  destroy(): void {
    for (const { buffer } of this.held.values()) buffer.destroy()
    this.held.clear()
    this.prepared.clear()
  }
}

export const createWorkspace = (engine: Engine): Workspace => new WorkspaceImpl(engine)

export interface WorkspaceOption {
  /** Where buffers are kept between calls; results then belong to it. */
  workspace?: Workspace
}

/** Runs `f` in the caller's workspace, or in one of its own that goes afterwards. */
export async function within<T>(
  engine: Engine,
  { workspace }: WorkspaceOption,
  f: (work: WorkspaceImpl) => Promise<T>,
): Promise<T> {
  if (workspace) return f(workspace as WorkspaceImpl)
  const own = new WorkspaceImpl(engine, false)
  try {
    return await f(own)
  } catch (e) {
    own.abandon()
    throw e
  } finally {
    own.destroy()
  }
}
