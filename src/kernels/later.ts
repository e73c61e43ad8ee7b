// Operators that few depth networks have: one line an operator or family. An app fetches them when a model names one, or
// has a convolution that may gain by Winograd's algorithm.
import type { Op, Ops } from '../runtime/op.ts'
import { arrangeOperators } from './arrange.ts'
import { Attention } from './attention.ts'
import { Col2Im } from './col2Im.ts'
import { convolution } from './conv.ts'
import { cumulativeOperators } from './cumulative.ts'
import { DeformConv } from './deformConv.ts'
import { blockOperators } from './depthToSpace.ts'
import { Einsum } from './einsum.ts'
import { EyeLike } from './eyeLike.ts'
import { GatherElements, GatherND } from './gatherElements.ts'
import { GridSample } from './gridSample.ts'
import { GroupNormalization, InstanceNormalization } from './groupNorm.ts'
import { integerProducts } from './integerProduct.ts'
import { maskOperators } from './mask.ts'
import { normalizeOperators } from './normalize.ts'
import { rarePointwiseOperators } from './pointwiseRare.ts'
import { quantizeOperators } from './quantize.ts'
import { RotaryEmbedding } from './rotaryEmbedding.ts'
import { scatterOperators } from './scatter.ts'
import { selectOperators } from './select.ts'
import { winograd } from './shared/winograd.ts'
import { Hardmax } from './softmax.ts'

const all: Op[] = [
  ...rarePointwiseOperators,
  GroupNormalization,
  InstanceNormalization,
  ...blockOperators,
  GatherElements,
  GatherND,
  Col2Im,
  DeformConv,
  GridSample,
  Attention,
  RotaryEmbedding,
  Einsum,
  EyeLike,
  ...scatterOperators,
  ...normalizeOperators,
  ...cumulativeOperators,
  Hardmax,
  ...selectOperators,
  ...maskOperators,
  ...quantizeOperators,
  ...integerProducts,
  ...arrangeOperators,
  convolution(winograd),
]

/** All but those of core.ts, which do without them; and Conv with Winograd's variants in place of core.ts's. */
export const laterOperators: Ops = new Map(all.map((op) => [op.name, op]))
