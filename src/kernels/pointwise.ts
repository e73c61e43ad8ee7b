// The pointwise operators, one row each: https://onnx.ai/onnx/operators/. A row gives the float64 formula of the twin
// and the WGSL expression; broadcasting, types and the kernel are shared.
import { STORAGE } from '../runtime/layout.ts'
import type { Op, ScalarKind } from '../runtime/op.ts'
import { type DType, fromNumbers } from '../runtime/tensor.ts'
import { erf } from './shared/erf.ts'
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
} from './shared/pointwise.ts'

const unary: Op[] = [
  row('Abs', Math.abs, ([x], k) => (k.scalar === 'u32' ? x : `abs(${x})`)),
  row('Ceil', Math.ceil, ([x]) => `ceil(${x})`),
  row('Cos', Math.cos, ([x], k) => library('cos4', [x], k)),
  row('Exp', Math.exp, ([x]) => `exp(${x})`),
  row('Floor', Math.floor, ([x]) => `floor(${x})`),
  row(
    'HardSwish',
    (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
    ([x], k) => `(${x} * clamp(${x} / 6.0 + 0.5, ${k.lit(0)}, ${k.lit(1)}))`,
  ),
  row('Log', Math.log, ([x]) => `log(${x})`),
  row(
    'Neg',
    (x) => -x,
    ([x]) => `(-${x})`,
  ),
  row(
    'Reciprocal',
    (x) => 1 / x,
    ([x]) => `(1.0 / ${x})`,
  ),
  row(
    'Relu',
    (x) => Math.max(x, 0),
    ([x], k) => `max(${x}, ${k.lit(0)})`,
  ),
  row(
    'Sigmoid',
    (x) => 1 / (1 + Math.exp(-x)),
    ([x]) => `(1.0 / (1.0 + exp(-${x})))`,
  ),
  row('Sin', Math.sin, ([x], k) => library('sin4', [x], k)),
  row('Softplus', softplus, ([x], k) => softplusWgsl(x, k)),
  row('Sqrt', Math.sqrt, ([x]) => `sqrt(${x})`),
  row('Tanh', Math.tanh, ([x], k) => tanhWgsl(x, k)),
  row('Erf', erf, ([x], k) => library('erf4', [x], k)),
  pointwise<None>('Not', { cpu: () => (x) => (x ? 0 : 1), wgsl: ([x]) => `!${x}`, result: () => 'bool' }),
]

const parametric: Op[] = [
  tuned(
    'Elu',
    { alpha: 1 },
    (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
    (x, { alpha }) => `select(${x}, ${alpha} * (exp(${x}) - 1.0), ${x} < ${x} * 0.0)`,
  ),
  tuned(
    'HardSigmoid',
    { alpha: 0.2, beta: 0.5 },
    (x, a) => Math.max(0, Math.min(1, a.alpha * x + a.beta)),
    (x, a) => `saturate(${a.alpha} * ${x} + ${a.beta})`,
  ),
  tuned(
    'LeakyRelu',
    { alpha: 0.01 },
    (x, { alpha }) => (x < 0 ? alpha * x : x),
    (x, { alpha }) => `select(${x}, ${alpha} * ${x}, ${x} < ${x} * 0.0)`,
  ),
  tuned(
    'Swish',
    { alpha: 1 },
    (x, { alpha }) => x / (1 + Math.exp(-alpha * x)),
    (x, { alpha }) => `(${x} / (1.0 + exp(-${alpha} * ${x})))`,
  ),
  pointwise<{ tanh: boolean }>('Gelu', {
    attrs: (node) => ({ tanh: node.string('approximate', 'none') === 'tanh' }),
    cpu: (a) => (x) =>
      0.5 * x * (1 + (a.tanh ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) : erf(x * Math.SQRT1_2))),
    wgsl: ([x], a, k) =>
      `(0.5 * ${x} * (1.0 + ${a.tanh ? tanhWgsl(`(0.7978845608 * (${x} + 0.044715 * ${x} * ${x} * ${x}))`, k) : library('erf4', [`(${x} * 0.7071067812)`], k)}))`,
  }),
  pointwise<None>('IsNaN', {
    cpu: () => (x) => (Number.isNaN(x) ? 1 : 0),
    wgsl: ([x], _, k) => library('is_nan4', [x], k),
    result: () => 'bool',
  }),
]

const isFloatKind = (k: ScalarKind) => k.scalar === 'f32'
const isFloatType = (dtype: DType) => dtype === 'float32' || dtype === 'float16'
/** The vector (or scalar) type of another scalar with the lanes of `k`. */
const typeOf = (scalar: string, k: ScalarKind) => k.type.replace(k.scalar, scalar)

const binary: Op[] = [
  row(
    'Add',
    (a, b) => a + b,
    ([a, b]) => `(${a} + ${b})`,
    (y, out, size, a, pa, sa, b, pb, sb) => {
      for (let i = 0; i < size; i++) y[out + i] = a[pa + i * sa] + b[pb + i * sb]
    },
  ),
  row(
    'Sub',
    (a, b) => a - b,
    ([a, b]) => `(${a} - ${b})`,
    (y, out, size, a, pa, sa, b, pb, sb) => {
      for (let i = 0; i < size; i++) y[out + i] = a[pa + i * sa] - b[pb + i * sb]
    },
  ),
  row(
    'Mul',
    (a, b) => a * b,
    ([a, b]) => `(${a} * ${b})`,
    (y, out, size, a, pa, sa, b, pb, sb) => {
      for (let i = 0; i < size; i++) y[out + i] = a[pa + i * sa] * b[pb + i * sb]
    },
  ),
  pointwise<None>('Div', {
    cpu: (_, dtype) => (isFloatType(dtype) ? (a, b) => a / b : (a, b) => Math.trunc(a / b)),
    wgsl: ([a, b]) => `(${a} / ${b})`,
  }),
  pointwise<None>('Pow', {
    cpu: () => (a, b) => a ** b,
    wgsl: ([a, b], _, k) => {
      if (b === k.lit(2)) return `(${a} * ${a})`
      if (b === k.lit(0.5)) return `sqrt(${a})`
      const float = typeOf('f32', k)
      const f32 = { ...k, type: float }
      const power = library('power4', [`${float}(${a})`, `${float}(${b})`], f32)
      return isFloatKind(k) ? power : `${k.type}(round(${power}))`
    },
  }),
  test(
    'Equal',
    (a, b) => a === b,
    ([a, b]) => `(${a} == ${b})`,
  ),
  test(
    'Greater',
    (a, b) => a > b,
    ([a, b]) => `(${a} > ${b})`,
  ),
  test(
    'Less',
    (a, b) => a < b,
    ([a, b]) => `(${a} < ${b})`,
  ),
  test(
    'And',
    (a, b) => !!a && !!b,
    ([a, b]) => `(${a} & ${b})`,
  ),
]

const fold = (x: readonly string[], f: (a: string, b: string) => string) => x.reduce(f)

const variadic: Op[] = [
  pointwise<None>('Max', { cpu: () => Math.max, wgsl: (x) => fold(x, (a, b) => `max(${a}, ${b})`) }),
  pointwise<None>('Min', { cpu: () => Math.min, wgsl: (x) => fold(x, (a, b) => `min(${a}, ${b})`) }),
]

function castWgsl(x: string, to: DType, k: ScalarKind): string {
  if (to === 'bool') return k.scalar === 'bool' ? x : `(${x} != ${k.lit(0)})`
  const scalar = isFloatType(to) ? 'f32' : STORAGE[to]
  return `${typeOf(scalar, k)}(${x})`
}

const ternary: Op[] = [
  pointwise<None>('Where', {
    cpu: () => (c, a, b) => (c ? a : b),
    wgsl: ([c, a, b]) => `select(${b}, ${a}, ${c})`,
    result: (x) => x[1]!.dtype,
  }),
  pointwise<None>('Clip', {
    // Before opset 11 the bounds were attributes.
    attrs: (node, opset) => {
      const bounds = opset < 11 ? ['min', 'max'] : []
      bounds.forEach((name, i) => {
        if (node.has(name)) node.setInput(i + 1, fromNumbers('float32', [], [node.float(name, 0)]))
      })
      return {}
    },
    cpu:
      () =>
      (x, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY) =>
        Math.min(Math.max(x, low), high),
    wgsl: ([x, low = '', high = '']) => {
      const raised = low ? `max(${x}, ${low})` : x
      return high ? `min(${raised}, ${high})` : raised
    },
  }),
  pointwise<{ to: DType }>('Cast', {
    attrs: (node) => ({ to: node.dtype('to', 'float32') }),
    cpu: () => (x) => x,
    wgsl: ([x], { to }, k) => castWgsl(x, to, k),
    result: (_, { to }) => to,
    lower: ([x], { to }) => (x!.fact.dtype === to ? [x!] : null),
  }),
]

/** Every pointwise operator. */
export const pointwiseOperators: readonly Op[] = [...unary, ...parametric, ...binary, ...variadic, ...ternary]
