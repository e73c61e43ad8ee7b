// The table of operators.
import type { Ops } from '../runtime/op.ts'
import { coreOperators } from './core.ts'
import { laterOperators } from './later.ts'

/** Every operator of the engine, by name. */
export const operators: Ops = new Map([...coreOperators, ...laterOperators])
