// A photo into a network's input: resize, normalise and reorder in one dispatch.
import type { GpuCall } from '../api.ts'
import type { InputRule, Interpolation } from '../models/card.ts'
import { dispatch, f32, tiles, type Word } from './gpu.ts'
import type { Rect, Size } from './size.ts'

const FILTERS: Record<Interpolation, number> = { nearest: 0, bilinear: 1, bicubic: 2, area: 3, triangle: 4, lanczos: 5 }

/** The uniform of image/preprocess.wgsl. */
export function preprocessWords(
  rule: InputRule,
  photo: Size,
  part: Rect,
  network: Size,
  channelsFirst: boolean,
): readonly Word[] {
  const gain = rule.std.map((s) => (rule.scale * 255) / s)
  const bias = rule.mean.map((m, i) => -m / rule.std[i])
  const strides = channelsFirst ? [1, network.width, network.width * network.height, 0] : [3, 3 * network.width, 1, 0]
  return [
    ...[part.left, part.top, part.width, part.height].map(f32),
    ...[...gain, 0].map(f32),
    ...[...bias, 0].map(f32),
    ...[photo.width, photo.height, network.width, network.height],
    ...strides,
  ]
}

/** The dispatch: `photo` holds packed RGBA8, `input` is the network's own buffer. */
export const preprocessCall = (
  interpolation: Interpolation,
  network: Size,
  bind: { params: GPUBuffer; photo: GPUBuffer; input: GPUBuffer },
  dtype = 'float32',
): GpuCall =>
  dispatch(
    'image/preprocess',
    {
      consts: { FILTER: FILTERS[interpolation] },
      types: { elem: dtype === 'float16' ? 'f16' : 'f32' },
      bind: { p: bind.params, x: bind.photo, y: bind.input },
    },
    tiles(network.width, network.height),
  )
