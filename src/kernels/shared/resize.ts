// Kernel calls of Resize, for the two spatial axes of channels-last images.
import { ensure } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf, tensor } from '../../runtime/tensor.ts'
import { call, cover } from './call.ts'
import { reader } from './reader.ts'
import { type AxisSpec, axisTable, type SamplingAttrs } from './resample.ts'

/** `specs`: one an axis of the image, of which only the spatial ones may be resized. */
export function resizeCalls(
  x: Value,
  y: Value,
  specs: readonly AxisSpec[],
  a: SamplingAttrs,
  ctx: Context,
): KernelCall[] {
  ensure(specs.length === 4, 'unsupported', () => `a tensor of ${specs.length} axes has no GPU kernel`)
  ensure(
    [specs[0], specs[3]].every((s) => s.input === s.output && s.scale === 1),
    'unsupported',
    'it resizes batch or channels, which has no GPU kernel',
  )
  ensure(a.coordinates !== 'tf_crop_and_resize', 'unsupported', 'tf_crop_and_resize has no GPU kernel')
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const [batch, height, width, channels] = x.fact.shape
  const [rows, columns] = [specs[1], specs[2]].map((s) => axisTable(s, a))
  const indices = Int32Array.of(...rows.index, ...columns.index, rows.taps, columns.taps)
  const index = ctx.constant(tensor('int32', [indices.length], indices))
  const { types, functions, extra, flops } = ctx.writer({ cols: channels })
  const from = reader(ctx, x, 'x', channels)
  const pixels = batch * specs[1].output * specs[2].output
  const sizes = {
    PIXELS: pixels,
    COLS: channels,
    H: height,
    W: width,
    OUT_H: specs[1].output,
    OUT_W: specs[2].output,
  }
  const common = {
    types: { ...types, x_elem: from.elem },
    functions: { ...functions, read_x: from.read },
    extra,
    groups: [cover(pixels * Math.ceil(channels / 4), 64)],
  }
  if (a.mode === 'nearest') {
    return [call(ctx, 'resize_nearest', { ...common, consts: sizes, bind: { x, index, y }, flops })]
  }
  const weights = Float32Array.of(...rows.weight, ...columns.weight)
  const weight = ctx.constant(tensor('float32', [weights.length], weights))
  return [
    call(ctx, 'resize', {
      ...common,
      consts: { ...sizes, TAPS_H: rows.taps, TAPS_W: columns.taps },
      bind: { x, index, weight, y },
      flops: 2 * n * rows.taps * (columns.taps + 1) + flops,
    }),
  ]
}
