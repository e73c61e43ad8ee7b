// The operators that depth networks are made of, and those that passes make: one line an operator or family.
import type { Op, Ops } from '../runtime/op.ts'
import { BatchNormalization } from './batchNorm.ts'
import { concatOperators } from './concat.ts'
import { constantOperators } from './constant.ts'
import { Conv } from './conv.ts'
import { ConvTranspose } from './convTranspose.ts'
import { expandOperators } from './expand.ts'
import { FusedAttention } from './fusedAttention.ts'
import { Gather } from './gather.ts'
import { halfOperators } from './half.ts'
import { LayerNormalization, RMSNormalization } from './layerNorm.ts'
import { Gemm, MatMul } from './matmul.ts'
import { padOperators } from './pad.ts'
import { pointwiseOperators } from './pointwise.ts'
import { poolOperators } from './pool.ts'
import { reductions } from './reduce.ts'
import { reshapeOperators } from './reshape.ts'
import { Resize, Upsample } from './resize.ts'
import { shapeOperators } from './shape.ts'
import { sliceOperators } from './slice.ts'
import { softmaxOperators } from './softmax.ts'
import { transposeOperators } from './transpose.ts'

const all: Op[] = [
  ...pointwiseOperators,
  MatMul,
  Gemm,
  Conv,
  ConvTranspose,
  FusedAttention,
  ...concatOperators,
  ...constantOperators,
  ...expandOperators,
  Gather,
  ...padOperators,
  ...reshapeOperators,
  ...shapeOperators,
  ...sliceOperators,
  ...transposeOperators,
  BatchNormalization,
  LayerNormalization,
  RMSNormalization,
  ...poolOperators,
  ...reductions,
  Resize,
  Upsample,
  ...softmaxOperators,
  ...halfOperators,
]

/** They come with the engine. */
export const coreOperators: Ops = new Map(all.map((op) => [op.name, op]))
