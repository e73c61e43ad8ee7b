// Kernel calls of the pools.
import { IsobathError } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'

import type { PoolAttrs } from '../pool.ts'
import type { Window } from './window.ts'

export type PoolKind = 'max' | 'average' | 'lp'

export function poolCalls(
  _kind: PoolKind,
  _x: Value,
  _y: Value,
  _w: Window,
  _a: PoolAttrs,
  _ctx: Context,
): KernelCall[] {
  throw new IsobathError('unsupported', 'it has no GPU kernel yet')
}
