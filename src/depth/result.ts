// A network's result before it is resized to the photo, and the kernels' view of it and of finished maps.
import type { InputRule, OutputRule } from '../models/card.ts'
import type { Camera } from './camera.ts'
import { f32, type Word } from './gpu.ts'
import type { Placement, Rect, Size } from './size.ts'
import type { DepthMap } from './types.ts'
import type { WorkspaceImpl } from './workspace.ts'

/** What a network was given: the picture in its input's buffer, by the card's rule. */
export interface NetworkInput {
  buffer: GPUBuffer
  dtype: string
  channelsFirst: boolean
  rule: InputRule
  place: Placement
}

/**
 * What a network left on the GPU, at its own size: fused kernels resize it, apply its formula and colour it in one
 * dispatch. `width` and `height` are the photo's. It holds until the session's next run.
 */
export interface NetworkResult extends Size {
  kind: DepthMap['kind']
  unit: DepthMap['unit']
  camera?: Camera
  buffer: GPUBuffer
  dtype: string
  /** Elements from pixel to pixel, and pixels from row to row. */
  stride: number
  columns: number
  /** Pixels of the result that show the photo, and the part of it that they show. */
  box: Rect
  part: Rect
  rule: OutputRule
  /** Depth is multiplied by it: the card's `view`. */
  view: number
  /** One float32 that multiplies the result before the formula. */
  factor: GPUBuffer
  /** Absent where no picture led to it. */
  input?: NetworkInput
}

export const isResult = (source: DepthMap | NetworkResult): source is NetworkResult => 'rule' in source

const MOST = 3.4028234663852886e38
const NAN = 0x7fc00000

/** The struct Result of lib/depth_result.wgsl. */
export function resultWords(source: DepthMap | NetworkResult): Word[] {
  const { width, height } = source
  const whole = { left: 0, top: 0, width, height }
  const { box, part, columns, stride } = isResult(source)
    ? source
    : { box: whole, part: whole, columns: width, stride: 1 }
  const { scale = 1, shift = 0, times = 1, limits = [-MOST, MOST] } = (isResult(source) && source.rule.formula) || {}
  const view = isResult(source) && source.kind === 'depth' ? source.view : 1
  return [
    ...[part.left, part.top, part.width, part.height].map(f32),
    ...[box.left, box.top, box.width, box.height],
    ...[width, height, columns, stride],
    ...[scale, shift, times * view, ...limits].map(f32),
    NAN,
    0,
    0,
  ]
}

const FILTERS = { nearest: 0, bilinear: 1, bicubic: 2 }

/** Constants, types and bindings that lib/depth_result.wgsl asks for. */
export function resultSpec(work: WorkspaceImpl, source: DepthMap | NetworkResult) {
  const rule = isResult(source) ? source.rule : undefined
  return {
    consts: { PLAIN: !rule, RECIPROCAL: rule?.formula?.reciprocal ?? false },
    resize: { FILTER: FILTERS[rule?.upsample ?? 'nearest'], ALIGN: rule?.alignCorners ?? false },
    types: { elem: isResult(source) && source.dtype === 'float16' ? 'f16' : 'f32' },
    bind: {
      x: source.buffer,
      factor: isResult(source) ? source.factor : work.data('one', 'one', () => Float32Array.of(1, 0, 0, 0)),
    },
  }
}
