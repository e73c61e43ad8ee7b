// Slices along one axis, for lowerings.
import type { Builder, Value } from '../../runtime/op.ts'
import { int64s } from './known.ts'

/** Elements from `start` to `end` along one axis. */
export function sliceAxis(b: Builder, x: Value, axis: number, start: number, end: number, step = 1): Value {
  const [from, to, at, by] = [start, end, axis, step].map((v) => b.constant(int64s([v])))
  return b.emit('Slice', [x, from, to, at, by], {})[0]
}
