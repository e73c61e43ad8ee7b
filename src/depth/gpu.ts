// Dispatches with their shaders' holes checked by the compiler, uniforms, and reading back.
import type { Engine, GpuCall } from '../api.ts'
import { mapped } from '../engine.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import type { ShaderName, Shaders } from '../shaders.gen.ts'

type Holes<S extends ShaderName> = Shaders<GPUBuffer | GPUTextureView>[S]

/** A dispatch on buffers. */
export const dispatch = <S extends ShaderName>(
  shader: S,
  spec: {
    consts: Holes<S>['consts']
    types?: Holes<S>['types']
    functions?: Holes<S>['functions']
    bind: Holes<S>['bind']
  },
  groups: readonly [number, number, number],
): GpuCall => ({ label: shader, shader, groups, ...spec }) as GpuCall

/** Workgroups of 8 × 8 over a picture. */
export const tiles = (width: number, height: number): [number, number, number] => [
  Math.ceil(width / 8),
  Math.ceil(height / 8),
  1,
]

/** Workgroups of 64 over a list, folded into two dimensions where one does not hold them. */
export function lines(engine: Engine, count: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(count / 64))
  const rows = Math.ceil(groups / engine.caps.limits.maxComputeWorkgroupsPerDimension)
  return [Math.ceil(groups / rows), rows, 1]
}

/** Words of a uniform: whole numbers as u32, {@link f32} for floats. */
export type Word = number | { f32: number }
export const f32 = (value: number): Word => ({ f32: value })

/** Packs words in the order of the shader's struct; the struct has no gaps but at its end. */
export function words(list: readonly Word[]): ArrayBuffer {
  const bytes = new ArrayBuffer(Math.ceil(list.length / 4) * 16)
  const view = new DataView(bytes)
  list.forEach((w, i) => {
    if (typeof w === 'number') view.setUint32(i * 4, w, true)
    else view.setFloat32(i * 4, w.f32, true)
  })
  return bytes
}

/** A buffer for storage, copies included. Throws `limit` where the adapter cannot bind so much. */
export function storage(engine: Engine, label: string, bytes: number): GPUBuffer {
  const limit = engine.caps.limits.maxStorageBufferBindingSize
  ensure(
    bytes <= limit,
    'limit',
    () => `the ${label} takes ${bytes} bytes; the adapter binds at most ${limit}. Use a smaller photo`,
  )
  return engine.device.createBuffer({
    label,
    size: Math.max(16, pad4(bytes)),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  })
}

/** A uniform buffer with its words. */
export function uniform(engine: Engine, list: readonly Word[]): GPUBuffer {
  const bytes = words(list)
  const buffer = engine.device.createBuffer({
    label: 'uniforms',
    size: bytes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  })
  engine.device.queue.writeBuffer(buffer, 0, bytes)
  return buffer
}

/** Submits what copies `bytes` of a buffer at the end of the encoder, and waits for them. */
export async function submitAndRead(
  engine: Engine,
  encoder: GPUCommandEncoder,
  source: GPUBuffer,
  bytes: number,
): Promise<ArrayBuffer> {
  const staging = engine.device.createBuffer({
    label: 'read-back',
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  })
  try {
    encoder.copyBufferToBuffer(source, 0, staging, 0, bytes)
    engine.device.queue.submit([encoder.finish()])
    await mapped(engine.device, staging)
    return staging.getMappedRange().slice(0)
  } catch (cause) {
    throw new IsobathError('device', `the GPU did not finish its work: ${(cause as Error).message}`, { cause })
  } finally {
    staging.destroy()
  }
}
