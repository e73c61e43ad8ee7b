// A network's result onto the photo's pixels, as depth or disparity: resize and formula in one dispatch.
import type { GpuCall } from '../api.ts'
import { dispatch, tiles } from './gpu.ts'
import { type NetworkResult, resultSpec, resultWords } from './result.ts'
import type { DepthMap } from './types.ts'
import type { Workspace, WorkspaceImpl } from './workspace.ts'

/** The dispatch that leaves the values in `depth`, a float32 for each of the photo's pixels. */
export function postprocessCall(work: WorkspaceImpl, result: NetworkResult, depth: GPUBuffer): GpuCall {
  const { consts, resize, types, bind } = resultSpec(work, result)
  const p = work.uniform('postprocess', resultWords(result))
  const spec = { consts: { ...consts, ...resize }, types, bind: { p, ...bind, y: depth } }
  return dispatch('depth/postprocess', spec, tiles(result.width, result.height))
}

/** Records the resize of a network's result to the photo's size. The map belongs to the workspace. */
export async function encodeDepth(
  workspace: Workspace,
  encoder: GPUCommandEncoder,
  result: NetworkResult,
): Promise<DepthMap> {
  const work = workspace as WorkspaceImpl
  const { width, height, kind, unit, camera } = result
  const buffer = work.buffer('depth map', width * height * 4)
  await work.encode(encoder, [postprocessCall(work, result, buffer)])
  return { buffer, width, height, kind, unit, camera }
}
