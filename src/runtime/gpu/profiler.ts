// Times each dispatch with a compute pass of its own and a pair of timestamps.

import { ensure } from '../error.ts'
import type { KernelCall } from '../op.ts'
import type { Profile } from './api.ts'

interface Timed {
  call: KernelCall
  pipeline: GPUComputePipeline
  group: GPUBindGroup
}

/** Timestamps that one query set may hold. */
const QUERIES = 4096

/** Runs the dispatches once, each in a timestamped pass. Needs the feature `timestamp-query`. */
export async function profileCalls(device: GPUDevice, dispatches: readonly Timed[]): Promise<Profile> {
  ensure(
    device.features.has('timestamp-query'),
    'device',
    'this adapter has no timestamp-query, so single kernels cannot be timed',
  )
  const ticks: bigint[] = []
  for (let at = 0; at < dispatches.length; at += QUERIES / 2) {
    const part = dispatches.slice(at, at + QUERIES / 2)
    ticks.push(...(await timePart(device, part)))
  }
  const rows = dispatches.map(({ call }, i) => ({
    node: call.node,
    op: call.op,
    shader: call.shader,
    groups: call.groups,
    microseconds: Number(ticks[2 * i + 1] - ticks[2 * i]) / 1000,
    flops: call.cost.flops,
    bytes: call.cost.bytes,
  }))
  return { rows, microseconds: rows.reduce((sum, r) => sum + r.microseconds, 0) }
}

async function timePart(device: GPUDevice, part: readonly Timed[]): Promise<bigint[]> {
  const count = part.length * 2
  const querySet = device.createQuerySet({ type: 'timestamp', count })
  const resolved = device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  })
  const mapped = device.createBuffer({ size: count * 8, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder({ label: 'isobath profile' })
  part.forEach(({ call, pipeline, group }, i) => {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 }
    const pass = encoder.beginComputePass({ label: call.node, timestampWrites })
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(...call.groups)
    pass.end()
  })
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0)
  encoder.copyBufferToBuffer(resolved, 0, mapped, 0, count * 8)
  device.queue.submit([encoder.finish()])
  await mapped.mapAsync(GPUMapMode.READ)
  const ticks = [...new BigUint64Array(mapped.getMappedRange().slice(0))]
  querySet.destroy()
  resolved.destroy()
  mapped.destroy()
  return ticks
}
