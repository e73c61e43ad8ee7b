import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { kernelCases } from '../harness/kernel.ts'

const variants = ['naive', 'register', 'subgroup', 'tiled']

kernelCases('MatMul', 'reduce', [
  // Constant weights: rows and columns on both sides of every tile.
  ...[
    [1, 4, 4],
    [3, 8, 36],
    [7, 5, 3],
    [33, 20, 66],
    [65, 18, 64],
  ].map(([m, k, n]) => ({ x: [{ shape: [m, k] }, { shape: [k, n], constant: true }], variants })),
  {
    name: 'rows of batches as one product',
    x: [{ shape: [2, 5, 8] }, { shape: [8, 12], constant: true }],
    variants: ['register'],
  },
  { name: 'computed W', x: [{ shape: [2, 3, 9, 8] }, { shape: [2, 3, 8, 9] }], variants },
  { name: 'computed W, odd K', x: [{ shape: [2, 9, 7] }, { shape: [2, 7, 12] }], variants },
  { name: 'one X for all batches', x: [{ shape: [9, 8] }, { shape: [3, 8, 12] }], variants: ['register'] },
  {
    name: 'weights in panels, columns beyond the last whole one',
    x: [{ shape: [9, 6] }, { shape: [6, 70], constant: true }],
    caps: { matrices: [{ m: 8, n: 8, k: 8, component: 'f16', result: 'f32' }] },
    variants: ['subgroup'],
  },
  {
    name: 'weights larger than a binding, in parts',
    x: [{ shape: [3, 8] }, { shape: [8, 30], constant: true }, { shape: [30], constant: true }],
    tail: [{ op: 'Add', attrs: {}, args: [null, 2] }],
    caps: { limits: { ...DEFAULT_CAPS.limits, maxStorageBufferBindingSize: 500 } },
    variants: ['register', 'tiled'],
  },
  {
    name: 'more rows than a dimension has workgroups',
    x: [{ shape: [2, 70, 4] }, { shape: [2, 4, 8] }],
    caps: { limits: { ...DEFAULT_CAPS.limits, maxComputeWorkgroupsPerDimension: 8 } },
    variants: ['register', 'subgroup'],
  },
  {
    name: 'tail: bias, GELU, scale, residual',
    x: [
      { shape: [1, 9, 8] },
      { shape: [8, 12], constant: true },
      { shape: [12], constant: true },
      { shape: [12], constant: true },
      { shape: [1, 9, 12] },
    ],
    tail: [
      { op: 'Add', attrs: {}, args: [null, 2] },
      { op: 'Gelu', attrs: { tanh: false }, args: [null] },
      { op: 'Mul', attrs: {}, args: [null, 3] },
      { op: 'Add', attrs: {}, args: [4, null] },
    ],
    variants,
  },
  {
    name: 'tail on an odd number of columns',
    x: [{ shape: [9, 8] }, { shape: [8, 5], constant: true }, { shape: [5], constant: true }, { shape: [9, 5] }],
    tail: [
      { op: 'Add', attrs: {}, args: [null, 2] },
      { op: 'Mul', attrs: {}, args: [null, 3] },
    ],
    variants: ['register', 'tiled'],
  },
])
