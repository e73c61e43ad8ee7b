// The table of operators: one line an operator or family.
import type { Op, Ops } from '../runtime/op.ts'
import { concatOperators } from './concat.ts'
import { constantOperators } from './constant.ts'
import { Conv } from './conv.ts'
import { ConvTranspose } from './convTranspose.ts'
import { expandOperators } from './expand.ts'
import { gatherOperators } from './gather.ts'
import { Gemm, MatMul } from './matmul.ts'
import { padOperators } from './pad.ts'
import { pointwiseOperators } from './pointwise.ts'
import { reshapeOperators } from './reshape.ts'
import { scatterOperators } from './scatter.ts'
import { shapeOperators } from './shape.ts'
import { sliceOperators } from './slice.ts'
import { transposeOperators } from './transpose.ts'

const all: Op[] = [
  ...pointwiseOperators,
  MatMul,
  Gemm,
  Conv,
  ConvTranspose,
  ...concatOperators,
  ...constantOperators,
  ...expandOperators,
  ...gatherOperators,
  ...padOperators,
  ...reshapeOperators,
  ...scatterOperators,
  ...shapeOperators,
  ...sliceOperators,
  ...transposeOperators,
]

/** Every operator of the engine, by name. */
export const operators: Ops = new Map(all.map((op) => [op.name, op]))
