// Kernel calls of Resize.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

import type { ResizeAttrs } from '../resize.ts'
import type { AxisSpec } from './resample.ts'

export function resizeCalls(
  _x: Value,
  _y: Value,
  _s: readonly AxisSpec[],
  _a: ResizeAttrs,
  _ctx: Context,
): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
