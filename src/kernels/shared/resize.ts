// Kernel calls of Resize: both spatial axes of a channels-last image at once, anything else an axis at a time.
import { pad4 } from '../../runtime/layout.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { isFloat, sizeOf, tensor } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import { reader } from './reader.ts'
import { type AxisSpec, axisTable, resized, type SamplingAttrs } from './resample.ts'

/** `specs`: one an axis of x. */
export function resizeCalls(
  x: Value,
  y: Value,
  specs: readonly AxisSpec[],
  a: SamplingAttrs & { channelsLast: boolean },
  ctx: Context,
): KernelCall[] {
  const spatial =
    a.channelsLast && specs.length === 4 && [specs[0], specs[3]].every((s) => s.input === s.output && s.scale === 1)
  const copies = a.mode === 'nearest'
  if (!spatial || a.coordinates === 'tf_crop_and_resize' || !(copies || isFloat(x.fact.dtype)))
    return axisCalls(x, y, specs, a, ctx)
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const [batch, height, width, channels] = x.fact.shape
  const [rows, columns] = [specs[1], specs[2]].map((s) => axisTable(s, a))
  const indices = Int32Array.of(...rows.index, ...columns.index, rows.taps, columns.taps)
  const index = ctx.constant(tensor('int32', [indices.length], indices))
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
    types: { x_elem: from.elem },
    functions: { read_x: from.read },
    groups: [cover(pixels * Math.ceil(channels / 4), 64)],
  }
  if (a.mode === 'nearest') {
    return [written(ctx, 'resize_nearest', { ...common, consts: sizes, bind: { x, index, y } })]
  }
  const weights = Float32Array.of(...rows.weight, ...columns.weight)
  const weight = ctx.constant(tensor('float32', [weights.length], weights))
  return [
    written(ctx, 'resize', {
      ...common,
      consts: { ...sizes, TAPS_H: rows.taps, TAPS_W: columns.taps },
      bind: { x, index, weight, y },
      flops: 2 * n * rows.taps * (columns.taps + 1),
    }),
  ]
}

/** Axis by axis, those that shrink first; what lies between is kept in float32. */
function axisCalls(x: Value, y: Value, specs: readonly AxisSpec[], a: SamplingAttrs, ctx: Context): KernelCall[] {
  const ratio = (axis: number) => specs[axis].output / specs[axis].input
  const axes = specs.flatMap((s, axis) => (resized(s, a.coordinates) ? [axis] : [])).sort((p, q) => ratio(p) - ratio(q))
  if (sizeOf(y.fact.shape) === 0) return []
  let from = x
  let shape = [...x.fact.shape]
  return axes.map((axis, i) => {
    const last = i === axes.length - 1
    const spec = specs[axis]
    shape = shape.with(axis, spec.output)
    const count = sizeOf(shape)
    const moves = a.mode === 'nearest' && !isFloat(x.fact.dtype)
    const to = last ? y : ctx.scratch(moves ? x.fact.dtype : 'float32', shape)
    const num = moves ? ctx.storage(x) : 'f32'
    const cols = last ? (shape.at(-1) ?? 1) : pad4(count)
    const rows = last ? count / cols : 1
    const writer = last
      ? ctx.writer({ cols })
      : { types: { out: `vec4<${num}>`, value: `vec4<${num}>` }, extra: [], flops: 0 }
    const { taps, index, weight, outside } = axisTable(spec, a)
    const table = new Int32Array(2 * index.length)
    table.set(index.map((at, k) => (outside[Math.floor(k / taps)] ? -1 : at)))
    table.set(new Int32Array(Float32Array.from(weight).buffer), index.length)
    const made = written(
      ctx,
      'resize_axis',
      {
        consts: {
          ROWS: rows,
          COLS: cols,
          COUNT: count,
          INPUT: spec.input,
          OUTPUT: spec.output,
          INNER: sizeOf(shape.slice(axis + 1)),
          TAPS: taps,
          FILL: a.extrapolation,
        },
        types: { x_elem: ctx.storage(from), num },
        bind: { x: from, table: ctx.constant(tensor('int32', [table.length], table)), y: to },
        groups: [cover(rows * Math.ceil(cols / 4), 64)],
        flops: 2 * count * taps,
      },
      writer,
    )
    from = to
    return made
  })
}
