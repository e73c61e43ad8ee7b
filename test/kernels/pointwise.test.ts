import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const unary =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Exp Floor HardSwish Log Mish Neg Reciprocal Relu Round Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh Erf Celu Elu HardSigmoid LeakyRelu Selu Swish ThresholdedRelu Shrink Gelu'
const attrs: Record<string, object> = {
  Celu: { alpha: 0.7 },
  Elu: { alpha: 1.2 },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  LeakyRelu: { alpha: 0.1 },
  Selu: { alpha: 1.67, gamma: 1.05 },
  Swish: { alpha: 1 },
  ThresholdedRelu: { alpha: 0.3 },
  Shrink: { bias: 0.1, lambd: 0.4 },
  Gelu: { tanh: false },
}
/** Values inside the operator's domain. */
const domain: Record<string, number[]> = {
  Acos: [-0.9, -0.3, 0, 0.2, 0.95],
  Asin: [-0.9, -0.3, 0, 0.2, 0.95],
  Atanh: [-0.9, -0.3, 0.1, 0.2, 0.95],
  Acosh: [1.1, 1.5, 2, 3, 10],
  Log: [0.1, 0.5, 1, 2, 100],
  Sqrt: [0, 0.5, 1, 2, 100],
  Reciprocal: [0.1, -0.5, 1, 2, 100],
}

kernelCases(
  'unary',
  'close',
  unary.split(' ').map(
    (op): KernelCase => ({
      op,
      x: [domain[op] ? { shape: [5], values: domain[op] } : { shape: [3, 7] }],
      attrs: attrs[op],
    }),
  ),
)

kernelCases('binary', 'close', [
  { op: 'Add', x: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }] },
  { op: 'Add', x: [{ shape: [2, 3, 8] }, { shape: [8] }] },
  { op: 'Sub', x: [{ shape: [2, 3, 8] }, { shape: [3, 1] }] },
  { op: 'Mul', x: [{ shape: [2, 3, 7] }, { shape: [7] }] },
  { op: 'Div', x: [{ shape: [3, 1] }, { shape: [1, 6], fill: 'positive' }] },
  { op: 'Mul', x: [{ shape: [1, 4, 5, 8] }, { shape: [4, 1, 8] }] },
  { op: 'Add', x: [{ shape: [1, 4, 5, 7] }, { shape: [1, 4, 1, 1] }] },
  { op: 'Pow', x: [{ shape: [9], fill: 'positive' }, { shape: [9] }] },
  { op: 'Pow', x: [{ shape: [9] }, { shape: [], values: [2], constant: true }] },
  { op: 'Pow', x: [{ shape: [9] }, { shape: [], values: [3], constant: true }] },
  { op: 'Max', x: [{ shape: [3, 8] }, { shape: [8] }, { shape: [3, 1] }] },
  { op: 'Mean', x: [{ shape: [3, 8] }, { shape: [8] }] },
  { op: 'Clip', x: [{ shape: [2, 9] }, { shape: [], values: [-0.5], constant: true }, null] },
  { op: 'Clip', x: [{ shape: [2, 9] }, null, { shape: [], values: [0.5], constant: true }] },
  {
    op: 'Mod',
    x: [
      { shape: [9], dtype: 'int32' },
      { shape: [9], dtype: 'int32', values: [3, -3, 5, 7, -2, 4, 9, -5, 1] },
    ],
    attrs: { fmod: false },
  },
  ...[true, false].map((fmod) => ({
    op: 'Mod',
    x: [
      { shape: [8], values: [5.5, -5.5, 5.5, -5.5, 1, -1, 0, 4] },
      { shape: [8], values: [2, 2, -2, -2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3, -2] },
    ],
    attrs: { fmod },
  })),
  ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].flatMap((op) =>
    (['int32', 'uint32', 'uint8'] as const).map((dtype) => ({
      op,
      x: [
        { shape: [5], dtype, fill: 'index' as const },
        { shape: [5], dtype, values: [1, 3, 200, 6, 9] },
      ],
    })),
  ),
  {
    op: 'Div',
    x: [
      { shape: [9], dtype: 'int32' },
      { shape: [9], dtype: 'int32', values: [3, -3, 5, 7, -2, 4, 9, -5, 1] },
    ],
  },
  {
    op: 'Equal',
    x: [
      { shape: [9], dtype: 'int64' },
      { shape: [1], dtype: 'int64', values: [1] },
    ],
  },
  { op: 'Less', x: [{ shape: [2, 9] }, { shape: [9] }] },
  {
    op: 'And',
    x: [
      { shape: [2, 8], dtype: 'bool' },
      { shape: [8], dtype: 'bool' },
    ],
  },
  { op: 'Not', x: [{ shape: [2, 5], dtype: 'bool' }] },
  {
    op: 'Where',
    x: [
      { shape: [3, 1], dtype: 'bool' },
      { shape: [3, 8], dtype: 'float32' },
      { shape: [8], dtype: 'float32' },
    ],
  },
  {
    op: 'Where',
    x: [
      { shape: [8], dtype: 'bool' },
      { shape: [8], dtype: 'float32' },
      { shape: [], dtype: 'float32', values: [Number.NEGATIVE_INFINITY], constant: true },
    ],
  },
  { op: 'Cast', x: [{ shape: [9], dtype: 'float32' }], attrs: { to: 'int64' } },
  { op: 'Cast', x: [{ shape: [9], dtype: 'bool' }], attrs: { to: 'float32' } },
  {
    op: 'IsInf',
    x: [{ shape: [4], values: [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0] }],
    attrs: { positive: true, negative: false },
  },
  { op: 'IsNaN', x: [{ shape: [3], values: [1, Number.NaN, 0] }] },
])

kernelCases('angles beyond a turn', 'close', [
  ...['Sin', 'Cos'].map(
    (op): KernelCase => ({
      op,
      x: [{ shape: [9], values: [-100, -31.4, -7, -Math.PI, 0, 1.5708, 6.3, 47.1, 1000] }],
      dtypes: ['float32'],
    }),
  ),
])

kernelCases('fused tail', 'close', [
  {
    op: 'Mul',
    x: [{ shape: [2, 3, 8] }, { shape: [8] }, { shape: [2, 3, 8] }, { shape: [8], constant: true }],
    tail: [
      { op: 'Add', attrs: {}, args: [null, 2] },
      { op: 'Relu', attrs: {}, args: [null] },
      { op: 'Sub', attrs: {}, args: [3, null] },
    ],
  },
  {
    op: 'Relu',
    x: [{ shape: [2, 3, 5] }, { shape: [5] }],
    tail: [{ op: 'Greater', attrs: {}, args: [null, 1] }],
  },
])
