// Kernel calls of LRN.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

import type { LrnAttrs } from '../normalize.ts'

export function lrnCalls(_x: Value, _y: Value, _a: LrnAttrs, _ctx: Context): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
