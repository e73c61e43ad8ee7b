// Pointwise operators that few depth networks have, one row each as in pointwise.ts: https://onnx.ai/onnx/operators/.
import type { Op } from '../runtime/op.ts'
import { reshaped, sizeOf } from '../runtime/tensor.ts'
import { reshape } from './shared/lowering.ts'
import {
  library,
  type None,
  pointwise,
  row,
  softplus,
  softplusWgsl,
  tanhWgsl,
  test,
  tuned,
  type Wgsl,
} from './shared/pointwise.ts'
import { roundEven } from './shared/round.ts'

const plainPrelu = row(
  'PRelu',
  (a, b) => (a < 0 ? a * b : a),
  ([a, b], k) => `select(${a}, ${a} * ${b}, ${a} < ${k.lit(0)})`,
)

/** Before opset 7 a slope of several values has one a channel, which is axis 1; later it broadcasts. */
const prelu: Op<{ byChannel?: boolean }> = {
  ...plainPrelu,
  attrs: (_, opset) => (opset < 7 ? { byChannel: true } : {}),
  infer: ([x, slope], a) => plainPrelu.infer([x, a.byChannel ? { ...slope!, shape: [] } : slope], {}),
  cpu: ([x, slope], a) =>
    plainPrelu.cpu([x, a.byChannel ? reshaped(slope!, channelShape(slope!.shape, x!.shape.length)) : slope], {}),
  lower: ([x, slope], a, b) => {
    if (!a.byChannel) return null
    return b.emit('PRelu', [x, reshape(b, slope!, channelShape(slope!.fact.shape, x!.fact.shape.length))], {})
  },
}

const channelShape = (shape: readonly number[], rank: number): number[] => {
  const n = sizeOf(shape)
  return n === 1 ? [] : [n, ...new Array<number>(Math.max(0, rank - 2)).fill(1)]
}

/** An operator on the bits of integers. */
const bits = (name: string, cpu: (a: number, b: number) => number, wgsl: Wgsl): Op =>
  pointwise<None>(name, {
    cpu: (_, dtype) => (dtype === 'uint32' ? (a, b) => cpu(a, b) >>> 0 : cpu),
    wgsl: (x, _, k) => wgsl(x, k),
  })

const sum = (...x: number[]): number => x.reduce((a, b) => a + b)

/** Those that are fetched when a model names one. */
export const rarePointwiseOperators: readonly Op[] = [
  row('Acos', Math.acos, ([x]) => `atan2(sqrt((1.0 - ${x}) * (1.0 + ${x})), ${x})`),
  row('Acosh', Math.acosh, ([x]) => `acosh(${x})`),
  row('Asin', Math.asin, ([x]) => `atan2(${x}, sqrt((1.0 - ${x}) * (1.0 + ${x})))`),
  row('Asinh', Math.asinh, ([x]) => `asinh(${x})`),
  row('Atan', Math.atan, ([x]) => `atan(${x})`),
  row('Atanh', Math.atanh, ([x]) => `atanh(${x})`),
  row('Cosh', Math.cosh, ([x]) => `cosh(${x})`),
  row('Sinh', Math.sinh, ([x]) => `sinh(${x})`),
  row('Tan', Math.tan, ([x], k) => `(${library('sin4', [x], k)} / ${library('cos4', [x], k)})`),
  row('Round', roundEven, ([x]) => `round(${x})`),
  row('Sign', Math.sign, ([x], k) => (k.scalar === 'u32' ? `min(${x}, ${k.lit(1)})` : `sign(${x})`)),
  prelu,
  pointwise<None>('Sum', { cpu: () => sum, wgsl: (x) => `(${x.join(' + ')})` }),
  pointwise<None>('Mean', {
    cpu:
      () =>
      (...x) =>
        sum(...x) / x.length,
    wgsl: (x) => `((${x.join(' + ')}) / ${x.length}.0)`,
  }),
  pointwise<{ fmod: boolean }>('Mod', {
    attrs: (node) => ({ fmod: node.int('fmod', 0) !== 0 }),
    cpu:
      ({ fmod }) =>
      (a, b) => {
        const r = a % b
        return !fmod && r !== 0 && r < 0 !== b < 0 ? r + b : r
      },
    wgsl: ([a, b], { fmod }, k) => {
      if (k.scalar === 'f32') return library(fmod ? 'remainder4' : 'modulo4', [a, b], k)
      return fmod || k.scalar === 'u32' ? `(${a} % ${b})` : `((${a} % ${b} + ${b}) % ${b})`
    },
  }),
  row(
    'Mish',
    (x) => x * Math.tanh(softplus(x)),
    ([x], k) => `(${x} * ${tanhWgsl(softplusWgsl(x, k), k)})`,
  ),
  row(
    'Softsign',
    (x) => x / (1 + Math.abs(x)),
    ([x]) => `(${x} / (1.0 + abs(${x})))`,
  ),
  tuned(
    'Celu',
    { alpha: 1 },
    (x, { alpha }) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)),
    (x, { alpha }) => `(max(${x}, ${x} * 0.0) + min(${x} * 0.0, ${alpha} * (exp(${x} / ${alpha}) - 1.0)))`,
  ),
  tuned(
    'Selu',
    { alpha: 1.6732631921768188, gamma: 1.0507010221481323 },
    (x, a) => a.gamma * (x < 0 ? a.alpha * Math.expm1(x) : x),
    (x, a) => `(${a.gamma} * select(${x}, ${a.alpha} * (exp(${x}) - 1.0), ${x} < ${x} * 0.0))`,
  ),
  tuned(
    'ThresholdedRelu',
    { alpha: 1 },
    (x, { alpha }) => (x > alpha ? x : 0),
    (x, { alpha }) => `select(${x} * 0.0, ${x}, ${x} > ${alpha})`,
  ),
  tuned(
    'Shrink',
    { bias: 0, lambd: 0.5 },
    (x, a) => (x < -a.lambd ? x + a.bias : x > a.lambd ? x - a.bias : 0),
    (x, a) => `select(select(${x} * 0.0, ${x} - ${a.bias}, ${x} > ${a.lambd}), ${x} + ${a.bias}, ${x} < -${a.lambd})`,
  ),
  pointwise<{ positive: boolean; negative: boolean }>('IsInf', {
    attrs: (node) => ({
      positive: node.int('detect_positive', 1) !== 0,
      negative: node.int('detect_negative', 1) !== 0,
    }),
    cpu: (a) => (x) =>
      (a.positive && x === Number.POSITIVE_INFINITY) || (a.negative && x === Number.NEGATIVE_INFINITY) ? 1 : 0,
    wgsl: ([x], a, k) => {
      const large = k.lit(3.4028234663852886e38)
      const parts = [a.positive && `(${x} > ${large})`, a.negative && `(${x} < -${large})`].filter(Boolean)
      return parts.length ? parts.join(' | ') : `(${x} != ${x})`
    },
    result: () => 'bool',
  }),
  test(
    'Or',
    (a, b) => !!a || !!b,
    ([a, b]) => `(${a} | ${b})`,
  ),
  test(
    'GreaterOrEqual',
    (a, b) => a >= b,
    ([a, b]) => `(${a} >= ${b})`,
  ),
  test(
    'LessOrEqual',
    (a, b) => a <= b,
    ([a, b]) => `(${a} <= ${b})`,
  ),
  test(
    'Xor',
    (a, b) => !!a !== !!b,
    ([a, b]) => `(${a} != ${b})`,
  ),
  bits(
    'BitwiseAnd',
    (a, b) => a & b,
    ([a, b]) => `(${a} & ${b})`,
  ),
  bits(
    'BitwiseOr',
    (a, b) => a | b,
    ([a, b]) => `(${a} | ${b})`,
  ),
  bits(
    'BitwiseXor',
    (a, b) => a ^ b,
    ([a, b]) => `(${a} ^ ${b})`,
  ),
]
