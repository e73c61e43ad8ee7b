// The table of operators: one line an operator or family.
import type { Op, Ops } from '../runtime/op.ts'
import { arrangeOperators } from './arrange.ts'
import { Attention } from './attention.ts'
import { BatchNormalization } from './batchNorm.ts'
import { Col2Im } from './col2Im.ts'
import { concatOperators } from './concat.ts'
import { constantOperators } from './constant.ts'
import { Conv } from './conv.ts'
import { ConvTranspose } from './convTranspose.ts'
import { cumulativeOperators } from './cumulative.ts'
import { DeformConv } from './deformConv.ts'
import { blockOperators } from './depthToSpace.ts'
import { Einsum } from './einsum.ts'
import { expandOperators } from './expand.ts'
import { FusedAttention } from './fusedAttention.ts'
import { gatherOperators } from './gather.ts'
import { GridSample } from './gridSample.ts'
import { GroupNormalization, InstanceNormalization } from './groupNorm.ts'
import { halfOperators } from './half.ts'
import { integerProducts } from './integerProduct.ts'
import { LayerNormalization, RMSNormalization } from './layerNorm.ts'
import { maskOperators } from './mask.ts'
import { Gemm, MatMul } from './matmul.ts'
import { normalizeOperators } from './normalize.ts'
import { padOperators } from './pad.ts'
import { pointwiseOperators } from './pointwise.ts'
import { poolOperators } from './pool.ts'
import { quantizeOperators } from './quantize.ts'
import { reductions } from './reduce.ts'
import { reshapeOperators } from './reshape.ts'
import { Resize, Upsample } from './resize.ts'
import { RotaryEmbedding } from './rotaryEmbedding.ts'
import { scatterOperators } from './scatter.ts'
import { selectOperators } from './select.ts'
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
  Col2Im,
  DeformConv,
  GridSample,
  FusedAttention,
  Attention,
  RotaryEmbedding,
  Einsum,
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
  BatchNormalization,
  GroupNormalization,
  InstanceNormalization,
  LayerNormalization,
  RMSNormalization,
  ...normalizeOperators,
  ...poolOperators,
  ...reductions,
  Resize,
  Upsample,
  ...softmaxOperators,
  ...blockOperators,
  ...cumulativeOperators,
  ...selectOperators,
  ...maskOperators,
  ...quantizeOperators,
  ...integerProducts,
  ...arrangeOperators,
  ...halfOperators,
]

/** Every operator of the engine, by name. */
export const operators: Ops = new Map(all.map((op) => [op.name, op]))
