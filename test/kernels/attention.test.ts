import { kernelCases } from '../harness/kernel.ts'

const variants = ['register', 'tiled']

kernelCases('FusedAttention', 'reduce', [
  {
    name: 'three projections',
    x: [{ shape: [2, 5, 16] }, { shape: [2, 9, 16] }, { shape: [2, 9, 16] }],
    attrs: { heads: 2, headSize: 8, valueSize: 8, scale: 0.35, offsets: [0, 0, 0] },
    variants,
  },
  {
    name: 'more queries than a workgroup, keys beside the tile',
    x: [{ shape: [1, 70, 8] }, { shape: [1, 33, 8] }, { shape: [1, 33, 8] }],
    attrs: { heads: 1, headSize: 8, valueSize: 8, scale: 1, offsets: [0, 0, 0] },
    variants,
  },
  {
    name: 'other value size, bias a head',
    x: [{ shape: [1, 7, 16] }, { shape: [1, 6, 16] }, { shape: [1, 6, 24] }, { shape: [1, 2, 7, 6] }],
    attrs: { heads: 2, headSize: 8, valueSize: 12, scale: 0.5, offsets: [0, 0, 0] },
    variants,
  },
  {
    name: 'mask of minus infinity',
    x: [
      { shape: [1, 3, 4] },
      { shape: [1, 3, 4] },
      { shape: [1, 3, 4] },
      { shape: [3, 3], values: [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0] },
    ],
    attrs: { heads: 1, headSize: 4, valueSize: 4, scale: 0.5, offsets: [0, 0, 0] },
    variants,
  },
  {
    name: 'a query masked by the lowest float throughout',
    x: [
      { shape: [1, 2, 4] },
      { shape: [1, 9, 4] },
      { shape: [1, 9, 4] },
      { shape: [2, 9], values: [...new Array(9).fill(-3.4028234663852886e38), ...new Array(9).fill(0)] },
    ],
    attrs: { heads: 1, headSize: 4, valueSize: 4, scale: 0.5, offsets: [0, 0, 0] },
    variants,
    dtypes: ['float32'],
  },
  {
    name: 'large scores',
    x: [{ shape: [1, 4, 4] }, { shape: [1, 9, 4] }, { shape: [1, 9, 4] }],
    attrs: { heads: 1, headSize: 4, valueSize: 4, scale: 100, offsets: [0, 0, 0] },
    variants,
    dtypes: ['float32'],
  },
])
