// Expand: https://onnx.ai/onnx/operators/onnx__Expand.html (numpy's broadcasting, both ways), and
// Tile: https://onnx.ai/onnx/operators/onnx__Tile.html (opset 1 took one axis; it is not read).
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { broadcastShapes, broadcastStrides, formatShape, numbers, sameShape, stridesOf } from '../runtime/tensor.ts'
import { copyCalls } from './shared/copy.ts'
import { int64s, known } from './shared/known.ts'
import { gatherWalk, type Walk } from './shared/move.ts'

function expandWalk(shape: readonly number[], to: readonly number[]): Walk {
  const out = broadcastShapes(shape, to)
  return { shape: out, strides: broadcastStrides(shape, out), base: 0 }
}

const expand: Op = {
  name: 'Expand',
  attrs: () => ({}),
  infer: ([x, shape]) => [{ dtype: x!.dtype, shape: broadcastShapes(x!.shape, known(shape, 'shape')) }],
  cpu: ([x, shape]) => {
    const walk = expandWalk(x!.shape, Array.from(numbers(shape!)))
    return [{ dtype: x!.dtype, shape: walk.shape, data: gatherWalk(x!.data, x!.dtype, walk) }]
  },
  gpu: ([x], [y], _, ctx) => copyCalls(ctx, x!, y, expandWalk(x!.fact.shape, y.fact.shape)),
  tail: true,
  lower: ([x, shape]) =>
    sameShape(x!.fact.shape, broadcastShapes(x!.fact.shape, known(shape!.fact, 'shape'))) ? [x!] : null,
  permute: {
    images: 'first',
    apply: (x, a, perm, b) => {
      const shape = known(x[1]!.fact, 'shape')
      if (shape.length > perm.length) return null
      const full = [...new Array<number>(perm.length - shape.length).fill(1), ...shape]
      return { x: [x[0], b.constant(int64s(unpermute(full, perm)), 'shape')], a }
    },
  },
}

/** A list with an entry an axis of T(u), for the axes of u: axis i of T(u) is axis perm[i] of u. */
function unpermute(values: readonly number[], perm: readonly number[]): number[] {
  const out = new Array<number>(perm.length)
  perm.forEach((p, i) => {
    out[p] = values[i]
  })
  return out
}

function tiled(shape: readonly number[], repeats: readonly number[]): number[] {
  ensure(
    shape.length === repeats.length,
    'shape',
    () => `${repeats.length} repeats ${formatShape(repeats)} for the ${shape.length} axes of ${formatShape(shape)}`,
  )
  return shape.map((d, i) => d * repeats[i])
}

/** Each axis as two: the repeats, which do not advance, and the axis itself. */
function tileWalk(shape: readonly number[], repeats: readonly number[]): Walk {
  const own = stridesOf(shape)
  return {
    shape: shape.flatMap((d, i) => [repeats[i], d]),
    strides: own.flatMap((s) => [0, s]),
    base: 0,
  }
}

const tile: Op = {
  name: 'Tile',
  attrs: () => ({}),
  infer: ([x, repeats]) => [{ dtype: x!.dtype, shape: tiled(x!.shape, known(repeats, 'repeats')) }],
  cpu: ([x, counts]) => {
    const repeats = Array.from(numbers(counts!))
    const shape = tiled(x!.shape, repeats)
    return [{ dtype: x!.dtype, shape, data: gatherWalk(x!.data, x!.dtype, tileWalk(x!.shape, repeats)) }]
  },
  gpu: ([x, repeats], [y], _, ctx) => copyCalls(ctx, x!, y, tileWalk(x!.fact.shape, known(repeats!.fact, 'repeats'))),
  lower: ([x, repeats]) => (known(repeats!.fact, 'repeats').every((r) => r === 1) ? [x!] : null),
  permute: {
    images: 'first',
    apply: (x, a, perm, b) => {
      const repeats = unpermute(known(x[1]!.fact, 'repeats'), perm)
      return { x: [x[0], b.constant(int64s(repeats), 'repeats')], a }
    },
  },
}

/** Operators that repeat a tensor along its axes. */
export const expandOperators: readonly Op[] = [expand, tile]
