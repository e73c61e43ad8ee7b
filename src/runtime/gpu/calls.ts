// Single dispatches on the caller's buffers and textures, outside any program: pre- and post-processing.
import { ensure } from '../error.ts'
import type { GpuCall } from './api.ts'
import type { Pipelines } from './pipelines.ts'

export interface PreparedCall {
  call: GpuCall
  pipeline: GPUComputePipeline
  group: GPUBindGroup
}

/** What a bind group takes for a binding. */
function resourceOf(bound: GpuCall['bind'][string]): GPUBindingResource {
  const r = typeof bound === 'function' ? bound() : bound
  return 'mapState' in r ? { buffer: r } : r
}

/** Compiles the pipelines in parallel and makes the bind groups. */
export async function prepareCalls(
  device: GPUDevice,
  pipelines: Pipelines,
  calls: readonly GpuCall[],
): Promise<PreparedCall[]> {
  const kernels = await Promise.all(calls.map((call) => pipelines.get(call)))
  return calls.map((call, i) => {
    const { pipeline, layout, bindings } = kernels[i]
    const entries = bindings.map((b) => {
      const bound = call.bind[b.name]
      ensure(bound, 'device', `dispatch "${call.label}": binding ${b.name} of ${call.shader} is not given`)
      return { binding: b.index, resource: resourceOf(bound) }
    })
    return { call, pipeline, group: device.createBindGroup({ label: call.label, layout, entries }) }
  })
}

/** Records the dispatches in one compute pass. */
export function encodePrepared(encoder: GPUCommandEncoder, prepared: readonly PreparedCall[]): void {
  const pass = encoder.beginComputePass({ label: 'isobath calls' })
  for (const { call, pipeline, group } of prepared) {
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(call.groups[0], call.groups[1], call.groups[2])
  }
  pass.end()
}
