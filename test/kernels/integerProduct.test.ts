import { type InputSpec, kernelCases } from '../harness/kernel.ts'
import { type LoweredCase, loweredCases, type Operand } from '../harness/lowered.ts'

const u8 = (...shape: number[]): InputSpec => ({ shape, dtype: 'uint8' })
const i8 = (...shape: number[]): InputSpec => ({ shape, dtype: 'int8' })
const constant = (x: InputSpec): InputSpec => ({ ...x, constant: true })
const zero = (dtype: 'uint8' | 'int8', ...values: number[]): InputSpec => ({
  shape: values.length > 1 ? [values.length] : [],
  dtype,
  values,
  constant: true,
})

kernelCases('MatMulInteger', 'exact', [
  { x: [u8(3, 5), i8(5, 7)] },
  { x: [u8(5, 9), constant(i8(9, 6)), zero('uint8', 128), zero('int8', 3)] },
  { x: [i8(2, 4, 3), constant(u8(3, 8)), null, zero('uint8', 1, 2, 3, 4, 5, 6, 7, 8)] },
  { x: [u8(2, 1, 4, 3), i8(3, 3, 5), zero('uint8', 7)] },
  { x: [u8(4), i8(4, 2)] },
])

const conv = { strides: [], dilations: [], pads: [], autoPad: 'NOTSET', group: 1 }
kernelCases('ConvInteger', 'exact', [
  { x: [u8(2, 3, 5, 6), constant(i8(4, 3, 3, 3)), zero('uint8', 9)], attrs: { ...conv, pads: [1, 1, 1, 1] } },
  {
    x: [u8(1, 4, 7, 5), constant(i8(6, 2, 3, 2)), zero('uint8', 9), zero('int8', 1, 2, 3, 4, 5, 6)],
    attrs: { ...conv, group: 2, strides: [2, 1], dilations: [1, 2], pads: [0, 1, 1, 2] },
  },
  { x: [u8(1, 2, 9), i8(3, 2, 4)], attrs: { ...conv, strides: [3] } },
])

const operand = (shape: number[], dtype: Operand['dtype'], values: (i: number) => number): Operand => ({
  shape,
  dtype,
  values: Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => values(i)),
})
const scalar = (dtype: Operand['dtype'], value: number): Operand => ({
  shape: [],
  dtype,
  values: [value],
  constant: true,
})
const bytes = (...shape: number[]) => operand(shape, 'uint8', (i) => (i * 37 + 11) % 256)
const weights = (...shape: number[]) => ({
  ...operand(shape, 'int8', (i) => ((i * 29 + 3) % 255) - 127),
  constant: true,
})
const scales = (...values: number[]): Operand => ({ shape: [values.length], dtype: 'float32', values, constant: true })
const common = { dtypes: ['float32' as const], tolerance: 'exact' as const }

const cases: LoweredCase[] = [
  {
    name: 'QLinearMatMul',
    x: [
      bytes(3, 6),
      scalar('float32', 0.02),
      scalar('uint8', 120),
      weights(6, 4),
      scales(0.01, 0.02, 0.005, 0.03),
      scalar('int8', 0),
      scalar('float32', 0.4),
      scalar('uint8', 128),
    ],
    becomes: 'MatMulInteger DequantizeElements QuantizeElements',
    ...common,
  },
  {
    name: 'QLinearConv',
    x: [
      bytes(1, 3, 6, 5),
      scalar('float32', 0.02),
      scalar('uint8', 100),
      weights(2, 3, 3, 3),
      scales(0.01, 0.02),
      scalar('int8', 0),
      scalar('float32', 0.3),
      scalar('uint8', 131),
      { shape: [2], dtype: 'int32', values: [500, -700], constant: true },
    ],
    attrs: { ...conv, pads: [1, 1, 1, 1] },
    ...common,
  },
]
loweredCases('QLinearMatMul', 'exact', [cases[0]])
loweredCases('QLinearConv', 'exact', [cases[1]])
loweredCases('DynamicQuantizeLinear', 'exact', [
  { name: 'range with 0', x: [{ shape: [5, 7] }], attrs: {}, outputs: [0, 1, 2], ...common, tolerance: 'close' },
  { name: 'only zeros', x: [{ shape: [3], values: [0, 0, 0] }], attrs: {}, outputs: [0, 1, 2], ...common },
])
