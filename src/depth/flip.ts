// A network's result joined with that of the mirror image.
import type { GpuCall } from '../api.ts'
import { dispatch, tiles } from './gpu.ts'
import type { ResultPort } from './ports.ts'
import type { Rect } from './size.ts'
import type { WorkspaceImpl } from './workspace.ts'

/**
 * `mean`: the mean of both (ZoeDepth's augmentation). `ramps`: the mean inside, at the left and right edge the one that
 * knows more there (Monodepth's post-processing, for networks trained with stereo pairs).
 */
export type Flip = 'none' | 'mean' | 'ramps'

/** The dispatch that joins `straight` and `turned` into `joined`, all in the layout of the result. */
export function flipCall(
  work: WorkspaceImpl,
  flip: Flip,
  port: ResultPort,
  box: Rect,
  buffers: { straight: GPUBuffer; turned: GPUBuffer; joined: GPUBuffer },
): GpuCall {
  const words = [box.left, box.top, box.width, box.height, port.width, port.stride]
  return dispatch(
    'depth/flip_join',
    {
      consts: { RAMPS: flip === 'ramps' },
      types: { elem: port.dtype === 'float16' ? 'f16' : 'f32' },
      bind: { p: work.uniform('flip', words), a: buffers.straight, b: buffers.turned, y: buffers.joined },
    },
    tiles(box.width, box.height),
  )
}
