// A network's result onto the photo's pixels, as depth or disparity: resize and formula in one dispatch.
import type { GpuCall } from '../api.ts'
import type { OutputRule } from '../models/card.ts'
import { dispatch, f32, tiles, type Word } from './gpu.ts'
import type { Rect, Size } from './size.ts'

const NAN = 0x7fc00000

/** The uniform of depth/postprocess.wgsl. `view` multiplies depth, as the card's input rule says. */
export function postprocessWords(
  rule: OutputRule,
  photo: Size,
  part: Rect,
  result: Size & { stride: number },
  view = 1,
): readonly Word[] {
  const { scale = 1, shift = 0, times = 1 } = rule.formula ?? {}
  return [
    ...[part.left, part.top, part.width, part.height].map(f32),
    ...[photo.width, photo.height, result.width, result.height],
    ...[scale, shift, rule.kind === 'depth' ? times * view : times].map(f32),
    NAN,
    result.stride,
  ]
}

/** The dispatch: `result` is the network's output, `depth` has the photo's size in float32. */
export const postprocessCall = (
  rule: OutputRule,
  photo: Size,
  bind: { params: GPUBuffer; result: GPUBuffer; depth: GPUBuffer },
  dtype = 'float32',
): GpuCall =>
  dispatch(
    'depth/postprocess',
    {
      consts: {
        CUBIC: rule.upsample === 'bicubic',
        ALIGN: rule.alignCorners,
        RECIPROCAL: rule.formula?.reciprocal ?? false,
      },
      types: { elem: dtype === 'float16' ? 'f16' : 'f32' },
      bind: { p: bind.params, x: bind.result, y: bind.depth },
    },
    tiles(photo.width, photo.height),
  )
