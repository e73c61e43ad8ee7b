// The adapter's roof: two micro-benchmarks, of memory and of arithmetic, measured once and remembered.
import type { Cache } from '../cache.ts'
import type { Caps } from '../op.ts'
import type { Roof } from '../profile.ts'
import type { Kernel, Pipelines } from './pipelines.ts'
import { Timestamps } from './timestamps.ts'

/** Changes with what is measured, so that older figures are not taken for it. */
const VERSION = 1
const VECTOR = 16
const WORKGROUP = 64
/** Workgroups and steps of a first pass of arithmetic; then as many groups as last `GOAL` microseconds. */
const FMA_GROUPS = 64
const FMA_STEPS = 256
const FMA_OPERATIONS = 64
const GROWTH = 16
const GOAL = { software: 8000, gpu: 2000 }
/** Bytes of the copied buffer: more than caches hold, little enough for a software adapter to be quick. */
const COPY_BYTES = { software: 48 << 20, gpu: 256 << 20 }
const TRIES = 3

const keyOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  `roof ${VERSION}: ${[vendor, architecture, device, description].join(', ')}`

function isRoof(value: unknown): value is Roof {
  const { bandwidth, f32 } = (value ?? {}) as Roof
  return bandwidth > 0 && f32 > 0
}

function parse(text: string | undefined): Roof | undefined {
  try {
    const value = JSON.parse(text ?? 'null')
    return isRoof(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The roof from the cache, or measured, where there is none or `again` is set. */
export async function roofOf(
  device: GPUDevice,
  pipelines: Pipelines,
  caps: Caps,
  cache: Cache,
  again = false,
): Promise<Roof> {
  const key = keyOf(device.adapterInfo)
  const known = again ? undefined : parse(await cache.get(key))
  if (known && (known.f16 !== undefined || !caps.f16)) return known
  const roof = await measure(device, pipelines, caps)
  await cache.set(key, JSON.stringify(roof))
  return roof
}

/** Microseconds of one pass with one dispatch. */
async function time(device: GPUDevice, kernel: Kernel, group: GPUBindGroup, count: number): Promise<number> {
  const stamps = device.features.has('timestamp-query') ? new Timestamps(device, 1) : undefined
  const encoder = device.createCommandEncoder({ label: 'isobath roof' })
  const pass = encoder.beginComputePass({ label: 'isobath roof', timestampWrites: stamps?.writes(0) })
  pass.setPipeline(kernel.pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(count)
  pass.end()
  stamps?.resolve(encoder)
  const start = performance.now()
  device.queue.submit([encoder.finish()])
  try {
    if (stamps) return (await stamps.read())[1] / 1000
    await device.queue.onSubmittedWorkDone()
    return (performance.now() - start) * 1000
  } finally {
    stamps?.destroy()
  }
}

async function best(run: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES; i++) least = Math.min(least, await run())
  return Math.max(least, 1e-3)
}

async function measure(device: GPUDevice, pipelines: Pipelines, caps: Caps): Promise<Roof> {
  const kind = caps.software ? 'software' : 'gpu'
  const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = caps.limits
  const perGroup = WORKGROUP * VECTOR * 4
  const most = Math.min(COPY_BYTES[kind], maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension * perGroup)
  const bytes = Math.floor(most / perGroup) * perGroup
  const usage = GPUBufferUsage.STORAGE
  const [x, y] = ['x', 'y'].map((name) => device.createBuffer({ label: `isobath roof ${name}`, size: bytes, usage }))
  const bind = (kernel: Kernel) =>
    device.createBindGroup({
      label: 'isobath roof',
      layout: kernel.layout,
      entries: kernel.bindings.map((b) => ({ binding: b.index, resource: { buffer: b.name === 'x' ? x : y } })),
    })
  try {
    const copy = await pipelines.get({ shader: 'roof/copy', consts: { COUNT: bytes / VECTOR } })
    const copies = bind(copy)
    const seconds = (await best(() => time(device, copy, copies, bytes / perGroup))) / 1e6
    const arithmetic = async (elem: string) => {
      const kernel = await pipelines.get({ shader: 'roof/fma', consts: { STEPS: FMA_STEPS }, types: { elem } })
      const group = bind(kernel)
      let groups = FMA_GROUPS
      let us = await best(() => time(device, kernel, group, groups))
      while (us < GOAL[kind] && groups < maxComputeWorkgroupsPerDimension) {
        const growth = Math.min(GROWTH, (1.2 * GOAL[kind]) / us)
        groups = Math.min(maxComputeWorkgroupsPerDimension, Math.ceil(groups * growth))
        us = await best(() => time(device, kernel, group, groups))
      }
      return (groups * WORKGROUP * FMA_STEPS * FMA_OPERATIONS * 1e6) / us
    }
    const f32 = await arithmetic('vec4<f32>')
    const f16 = caps.f16 ? { f16: await arithmetic('vec4<f16>') } : {}
    return { bandwidth: (2 * bytes) / seconds, f32, ...f16 }
  } finally {
    x.destroy()
    y.destroy()
  }
}
