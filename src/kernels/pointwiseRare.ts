// Pointwise operators that few depth networks have, one row each as in pointwise.ts: https://onnx.ai/onnx/operators/.
import type { Op } from '../runtime/op.ts'
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

/** An operator on the bits of integers. */
const bits = (name: string, cpu: (a: number, b: number) => number, wgsl: Wgsl): Op =>
  pointwise<None>(name, {
    cpu: (_, dtype) => (dtype === 'uint32' ? (a, b) => cpu(a, b) >>> 0 : cpu),
    wgsl: (x, _, k) => wgsl(x, k),
  })

/** Those that are fetched when a model names one. */
export const rarePointwiseOperators: readonly Op[] = [
  row('Acos', Math.acos, ([x]) => `atan2(sqrt((1.0 - ${x}) * (1.0 + ${x})), ${x})`),
  row('Acosh', Math.acosh, ([x]) => `acosh(${x})`),
  row('Asin', Math.asin, ([x]) => `atan2(${x}, sqrt((1.0 - ${x}) * (1.0 + ${x})))`),
  row('Asinh', Math.asinh, ([x]) => `asinh(${x})`),
  row('Atanh', Math.atanh, ([x]) => `atanh(${x})`),
  row('Cosh', Math.cosh, ([x]) => `cosh(${x})`),
  row('Sinh', Math.sinh, ([x]) => `sinh(${x})`),
  row('Tan', Math.tan, ([x], k) => `(${library('sin4', [x], k)} / ${library('cos4', [x], k)})`),
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
