// Kernel calls of group normalisation.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

export interface GroupNorm {
  x: Value
  scale: Value
  bias: Value
  y: Value
  groups: number
  epsilon: number
}

export function groupNormCalls(_: GroupNorm, _ctx: Context): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
