// Scene cuts of a video, found on the GPU in the network's input: the smoothing of a range starts anew there.
import type { GpuCall } from '../api.ts'
import { dispatch, f32 } from './gpu.ts'
import type { NetworkInput } from './result.ts'
import type { WorkspaceImpl } from './workspace.ts'

/** Words of the state: a histogram of 64 bins, and the cuts so far. */
const WORDS = 65
/** The share of samples that must change their bin. Noise and motion from frame to frame move a tenth or two. */
const THRESHOLD = 0.4
/** Rec. 601's luma of red, green and blue. */
const LUMA = [0.299, 0.587, 0.114]

/** Where the number of cuts so far lies: a u32 in this buffer of the workspace. */
export const cutCount = (work: WorkspaceImpl): { buffer: GPUBuffer; offset: number } => ({
  buffer: work.buffer('scene', WORDS * 4),
  offset: (WORDS - 1) * 4,
})

/** The dispatch that compares a frame with the one before, and clears `last`, a range, where the scene is another. */
export function cutCall(work: WorkspaceImpl, input: NetworkInput, last: GPUBuffer): GpuCall {
  const { rule, place, channelsFirst, dtype, buffer } = input
  const { network, box } = place
  const luma = rule.channels === 'bgr' ? [...LUMA].reverse() : LUMA
  // What preprocessing did to each channel is undone: v = (y · std + mean) / (255 · scale).
  const unit = 255 * rule.scale
  const gain = luma.map((w, i) => (w * rule.std[i]) / unit)
  const bias = luma.reduce((sum, w, i) => sum + (w * rule.mean[i]) / unit, 0)
  const strides = channelsFirst ? [1, network.width, network.width * network.height] : [3, 3 * network.width, 1]
  const p = work.uniform('scene', [
    ...[...gain, bias].map(f32),
    ...[box.left, box.top, box.width, box.height],
    ...strides,
    f32(THRESHOLD),
  ])
  const types = { elem: dtype === 'float16' ? 'f16' : 'f32' }
  const scene = cutCount(work).buffer
  return dispatch('depth/scene_cut', { consts: {}, types, bind: { p, x: buffer, scene, last } }, [1, 1, 1])
}
