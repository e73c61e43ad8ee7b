import { kernelCases } from '../harness/kernel.ts'

const variants = ['register', 'subgroup', 'tiled']
const most = ['register', 'tiled']

/** The rows of two windows of six tokens each: every second pair of eight columns. */
const windows = { shape: [12], dtype: 'int32' as const, values: [2, 3, 8, 9, 4, 5, 0, 1, 10, 11, 6, 7], constant: true }

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
    variants: most,
  },
  {
    name: 'other value size, bias a head',
    x: [{ shape: [1, 7, 16] }, { shape: [1, 6, 16] }, { shape: [1, 6, 24] }, { shape: [1, 2, 7, 6] }],
    attrs: { heads: 2, headSize: 8, valueSize: 12, scale: 0.5, offsets: [0, 0, 0] },
    variants: most,
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
  {
    name: 'windows of cosines with a scale a head, bias and mask',
    x: [
      { shape: [1, 12, 16] },
      { shape: [1, 12, 16] },
      { shape: [1, 12, 16] },
      { shape: [2, 6, 6] },
      { shape: [2, 1, 6, 6] },
      { shape: [2], fill: 'positive' },
      windows,
    ],
    attrs: { heads: 2, headSize: 8, valueSize: 8, scale: 2, offsets: [0, 0, 0], window: 6, normalise: 1e-12 },
    variants,
    dtypes: ['float32'],
  },
  {
    name: 'heads of a packed projection; more keys than lanes, values wider than a subgroup',
    x: [{ shape: [1, 9, 104] }, { shape: [1, 41, 104] }, { shape: [1, 41, 104] }],
    attrs: { heads: 2, headSize: 12, valueSize: 40, scale: 0.3, offsets: [0, 12, 24], steps: [64, 52, 40] },
    variants,
    dtypes: ['float32'],
  },
])
