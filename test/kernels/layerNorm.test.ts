import { kernelCases } from '../harness/kernel.ts'

const attrs = { axis: -1, epsilon: 1e-5 }
const add = [{ op: 'Add', attrs: {}, args: [null, 3] }]

kernelCases('LayerNormalization', 'reduce', [
  { x: [{ shape: [2, 5, 37] }, { shape: [37] }, { shape: [37] }], attrs, variants: ['subgroup', 'tiled'] },
  { x: [{ shape: [35, 200] }, { shape: [200] }, { shape: [200] }], attrs, variants: ['plain'], dtypes: ['float32'] },
  { x: [{ shape: [9, 64] }, { shape: [64] }, { shape: [64] }, { shape: [9, 64] }], attrs, tail: add },
  { x: [{ shape: [3, 12] }, { shape: [12] }, null], attrs, dtypes: ['float32'] },
  { x: [{ shape: [3, 12] }, null, null], attrs, dtypes: ['float32'] },
  {
    name: 'a mean far from zero',
    x: [{ shape: [1, 8], values: [4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007] }],
    attrs,
    dtypes: ['float32'],
  },
])

kernelCases('RMSNormalization', 'reduce', [{ x: [{ shape: [2, 5, 37] }, { shape: [37] }], attrs }])
