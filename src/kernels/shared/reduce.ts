// Kernel calls of the reductions.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

export function reduceCalls(
  _name: string,
  _x: Value,
  _y: Value,
  _axes: readonly number[],
  _ctx: Context,
): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
