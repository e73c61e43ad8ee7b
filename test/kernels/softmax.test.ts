import { kernelCases } from '../harness/kernel.ts'

const last = { axis: -1, flat: false }

kernelCases('Softmax', 'close', [
  { x: [{ shape: [3, 5, 37] }], attrs: last, variants: ['subgroup', 'tiled'] },
  { x: [{ shape: [35, 200] }], attrs: last, variants: ['plain'], dtypes: ['float32'] },
  {
    x: [{ shape: [2, 1028] }, { shape: [1028] }],
    attrs: last,
    tail: [{ op: 'Mul', attrs: {}, args: [null, 1] }],
    variants: ['tiled'],
    dtypes: ['float32'],
  },
  { x: [{ shape: [1, 4], values: [Number.NEGATIVE_INFINITY, 900, 900, -900] }], attrs: last, dtypes: ['float32'] },
  { x: [{ shape: [2, 41, 3, 8] }], attrs: { axis: 1, flat: false } },
  {
    x: [{ shape: [2, 45, 7] }, { shape: [7] }],
    attrs: { axis: -2, flat: false },
    tail: [{ op: 'Add', attrs: {}, args: [null, 1] }],
    dtypes: ['float32'],
  },
])

kernelCases('LogSoftmax', 'close', [
  { x: [{ shape: [3, 37] }], attrs: last },
  { x: [{ shape: [2, 45, 8] }], attrs: { axis: 1, flat: false }, dtypes: ['float32'] },
])
