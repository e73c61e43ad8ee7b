// Small graph pieces that lowerings share.
import type { Builder, Value } from '../../runtime/op.ts'
import { axisOf, fromNumbers, reshaped, sameShape } from '../../runtime/tensor.ts'
import { int64s } from './known.ts'

/** Distinct axes counted from the front, in ascending order. */
export const axesOf = (axes: readonly number[], rank: number): number[] =>
  [...new Set(axes.map((a) => axisOf(a, rank)))].sort((a, b) => a - b)

/** A scalar constant. */
export const scalarOf = (b: Builder, like: Value, v: number): Value => b.constant(fromNumbers(like.fact.dtype, [], [v]))

/** The same elements under another shape; a constant stays one. */
export function reshape(b: Builder, v: Value, shape: readonly number[]): Value {
  if (sameShape(v.fact.shape, shape)) return v
  if (v.fact.value) return b.constant(reshaped(v.fact.value, shape), v.name)
  return b.emit('Reshape', [v, b.constant(int64s(shape), 'shape')], { allowzero: true })[0]
}

/** One operator of one output. */
export const emit = (b: Builder, op: string, inputs: (Value | null)[], attrs: object = {}): Value =>
  b.emit(op, inputs, attrs)[0]

/**
 * A convolution of either kind with its bias as an Add, which the fusion passes put into the tail. `bias` has one value
 * a channel.
 */
export function withBias(
  b: Builder,
  op: string,
  [x, w, bias]: readonly Value[],
  attrs: { channelsLast: boolean },
): Value[] {
  const channels = bias.fact.shape[0]
  const spatial = x.fact.shape.length - 2
  const shape = attrs.channelsLast ? [channels] : [channels, ...new Array<number>(spatial).fill(1)]
  return [emit(b, 'Add', [emit(b, op, [x, w], attrs), reshape(b, bias, shape)])]
}
