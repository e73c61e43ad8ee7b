// Concat: https://onnx.ai/onnx/operators/onnx__Concat.html (before opset 4 the axis was optional, 1 by default).
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { allocate, axisOf, formatShape, sizeOf } from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { placeBlock } from './shared/move.ts'

const WORKGROUP = 64

interface ConcatAttrs {
  axis: number
}

function joined(shapes: readonly (readonly number[])[], a: ConcatAttrs): number[] {
  const [first] = shapes
  const axis = axisOf(a.axis, first.length)
  for (const shape of shapes)
    ensure(
      shape.length === first.length && shape.every((d, i) => i === axis || d === first[i]),
      'shape',
      () => `${formatShape(first)} and ${formatShape(shape)} do not join along axis ${axis}`,
    )
  return first.map((d, i) => (i === axis ? shapes.reduce((n, s) => n + s[axis], 0) : d))
}

const concat: Op<ConcatAttrs> = {
  name: 'Concat',
  attrs: (node) => ({ axis: node.int('axis', 1) }),
  infer: (x, a) => [
    {
      dtype: x[0]!.dtype,
      shape: joined(
        x.map((f) => f!.shape),
        a,
      ),
    },
  ],
  cpu: (x, a) => {
    const shape = joined(
      x.map((t) => t!.shape),
      a,
    )
    const axis = axisOf(a.axis, shape.length)
    const { dtype } = x[0]!
    const data = allocate(dtype, sizeOf(shape))
    let at = 0
    for (const t of x) {
      placeBlock(
        data,
        shape,
        t!,
        shape.map((_, i) => (i === axis ? at : 0)),
      )
      at += t!.shape[axis]
    }
    return [{ dtype, shape, data }]
  },
  gpu: (x, [y], a, ctx) => {
    const { shape } = y.fact
    const axis = axisOf(a.axis, shape.length)
    const rows = sizeOf(shape.slice(0, axis))
    const widths = x.map((v) => sizeOf(v!.fact.shape.slice(axis)))
    const lanes = widths.every((w) => w % 4 === 0) ? 4 : 1
    const stride = sizeOf(shape.slice(axis)) / lanes
    let offset = 0
    return x.flatMap((v, i) => {
      const cols = widths[i] / lanes
      const at = offset
      offset += cols
      if (rows * cols === 0) return []
      return [
        call(ctx, 'place', {
          consts: { ROWS: rows, COLS: cols, STRIDE: stride, OFFSET: at },
          types: { elem: ctx.storage(y, lanes) },
          bind: { x: v!, y },
          groups: [cover(rows * cols, WORKGROUP)],
        }),
      ]
    })
  },
  lower: (x) => (x.length === 1 ? [x[0]!] : null),
  permute: {
    images: 'all',
    apply: (x, a, perm) => ({ x, a: { axis: perm[axisOf(a.axis, perm.length)] } }),
  },
}

/** Concat. */
export const concatOperators: readonly Op[] = [concat]
