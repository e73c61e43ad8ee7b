// The table of operators: one line an operator or family.
import type { Op, Ops } from '../runtime/op.ts'
import { Gemm, MatMul } from './matmul.ts'
import { pointwiseOperators } from './pointwise.ts'

const all: Op[] = [...pointwiseOperators, MatMul, Gemm]

/** Every operator of the engine, by name. */
export const operators: Ops = new Map(all.map((op) => [op.name, op]))
