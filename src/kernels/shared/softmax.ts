// Kernel calls of softmax.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

export function softmaxCalls(_log: boolean, _x: Value, _y: Value, _axis: number, _ctx: Context): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
