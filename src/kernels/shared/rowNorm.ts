// Kernel calls of normalisations of rows.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

export interface RowNorm {
  x: Value
  scale?: Value | null
  bias?: Value | null
  y: Value
  epsilon: number
  centre: boolean
  channels?: number
}

export function rowNormCalls(_: RowNorm, _ctx: Context): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
