// Kernel calls of the pools, for channels-last images with up to three spatial axes.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { call, cover, written } from './call.ts'
import { reader } from './reader.ts'
import { three, volumeConsts } from './volume.ts'
import type { Window } from './window.ts'

export type PoolKind = 'max' | 'average' | 'lp'

export interface PoolOptions {
  kind: PoolKind
  countIncludePad: boolean
  p: number
}

const KINDS: Record<PoolKind, number> = { max: 0, average: 1, lp: 2 }

export function poolCalls(x: Value, y: Value, w: Window, o: PoolOptions, ctx: Context): KernelCall[] {
  if (w.kernel.length !== 2) return volumeCalls(x, y, w, o, ctx)
  const [batch, height, width, channels] = x.fact.shape
  const [, outHeight, outWidth] = y.fact.shape
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const from = reader(ctx, x, 'x', channels)
  const pixels = batch * outHeight * outWidth
  return [
    written(ctx, 'pool', {
      consts: {
        PIXELS: pixels,
        COLS: channels,
        H: height,
        W: width,
        OUT_H: outHeight,
        OUT_W: outWidth,
        KERNEL_H: w.kernel[0],
        KERNEL_W: w.kernel[1],
        STRIDE_H: w.strides[0],
        STRIDE_W: w.strides[1],
        DILATION_H: w.dilations[0],
        DILATION_W: w.dilations[1],
        TOP: w.begin[0],
        LEFT: w.begin[1],
        BOTTOM: w.end[0],
        RIGHT: w.end[1],
        KIND: KINDS[o.kind],
        COUNT_PAD: o.countIncludePad,
        P: o.p,
      },
      types: { x_elem: from.elem },
      functions: { read_x: from.read },
      bind: { x, y },
      groups: [cover(pixels * Math.ceil(channels / 4), 64)],
      flops: n * sizeOf(w.kernel),
    }),
  ]
}

function volumeCalls(x: Value, y: Value, w: Window, o: PoolOptions, ctx: Context): KernelCall[] {
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const sizes = volumeConsts(x, y, w)
  const [back, bottom, right] = three(w.end, 0)
  const from = reader(ctx, x, 'x', sizes.COLS)
  return [
    written(ctx, 'pool_volume', {
      consts: {
        ...sizes,
        BACK: back,
        BOTTOM: bottom,
        RIGHT: right,
        KIND: KINDS[o.kind],
        COUNT_PAD: o.countIncludePad,
        P: o.p,
      },
      types: { x_elem: from.elem },
      functions: { read_x: from.read },
      bind: { x, y },
      groups: [cover((n / sizes.COLS) * Math.ceil(sizes.COLS / 4), 64)],
      flops: n * sizeOf(w.kernel),
    }),
  ]
}

/** MaxPool's second output. */
export function indicesCalls(x: Value, y: Value, w: Window, columnMajor: boolean, ctx: Context): KernelCall[] {
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  return [
    call(ctx, 'max_pool_indices', {
      consts: { ...volumeConsts(x, y, w), COLUMN_MAJOR: columnMajor },
      types: { elem: ctx.storage(x) },
      bind: { x, y },
      groups: [cover(n, 64)],
      flops: n * sizeOf(w.kernel),
    }),
  ]
}
