import { kernelCases } from '../harness/kernel.ts'

const image = { groups: 0, epsilon: 1e-5, channelsLast: true }
const relu = [{ op: 'Relu', attrs: {}, args: [null] }]

kernelCases('InstanceNormalization', 'reduce', [
  { x: [{ shape: [2, 15, 20, 8] }, { shape: [8] }, { shape: [8] }], attrs: image },
  { x: [{ shape: [1, 9, 17, 6] }, { shape: [6] }, { shape: [6] }], attrs: image, tail: relu, dtypes: ['float32'] },
  { x: [{ shape: [2, 3, 37] }, { shape: [3] }, { shape: [3] }], attrs: { ...image, channelsLast: false } },
])

kernelCases('GroupNormalization', 'reduce', [
  { x: [{ shape: [2, 7, 11, 12] }, { shape: [12] }, { shape: [12] }], attrs: { ...image, groups: 4 } },
  {
    x: [{ shape: [1, 9, 29, 6] }, { shape: [6] }, { shape: [6] }],
    attrs: { ...image, groups: 2 },
    dtypes: ['float32'],
  },
])
