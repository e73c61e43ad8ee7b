import { type InputSpec, kernelCases } from '../harness/kernel.ts'

const int64 = (...values: number[]): InputSpec => ({ dtype: 'int64', shape: [values.length], values, constant: true })
const add = { op: 'Add', attrs: {}, args: [null, 1] }

kernelCases(
  'Transpose',
  'exact',
  [
    { name: 'keeps the last axis, whole vectors', x: [{ shape: [3, 5, 8] }], attrs: { perm: [1, 0, 2] } },
    { name: 'keeps the last axis, odd', x: [{ shape: [3, 5, 7] }], attrs: { perm: [1, 0, 2] } },
    { name: 'rows and columns, whole vectors', x: [{ shape: [36, 40] }], attrs: { perm: [1, 0] } },
    { name: 'rows and columns, odd', x: [{ shape: [33, 67] }], attrs: { perm: [] } },
    { name: 'three channels to last', x: [{ shape: [2, 3, 5, 7] }], attrs: { perm: [0, 2, 3, 1] } },
    { name: 'three channels to first', x: [{ shape: [2, 5, 7, 3] }], attrs: { perm: [0, 3, 1, 2] } },
    { name: 'keys', x: [{ shape: [1, 9, 2, 12] }], attrs: { perm: [0, 2, 3, 1] } },
    { name: 'queries of a packed product', x: [{ shape: [1, 9, 3, 2, 8] }], attrs: { perm: [2, 0, 3, 1, 4] } },
    { name: 'axes reversed', x: [{ shape: [3, 4, 5] }], attrs: { perm: [2, 1, 0] } },
    { name: 'integers', x: [{ shape: [5, 6], dtype: 'int64' }], attrs: { perm: [1, 0] } },
    { name: 'no elements to move', x: [{ shape: [1, 7, 1] }], attrs: { perm: [2, 0, 1] } },
    { name: 'tail by column', x: [{ shape: [2, 6, 8] }, { shape: [6] }], attrs: { perm: [0, 2, 1] }, tail: [add] },
    { name: 'tail by row', x: [{ shape: [2, 4, 3] }, { shape: [4, 1] }], attrs: { perm: [2, 1, 0] }, tail: [add] },
    { name: 'tail of equal shape', x: [{ shape: [8, 6] }, { shape: [6, 8] }], attrs: { perm: [1, 0] }, tail: [add] },
  ].map((c) => (c.name.startsWith('tail') ? { ...c, tolerance: 'close' as const } : c)),
)

kernelCases('Slice', 'exact', [
  { name: 'rows', x: [{ shape: [6, 7] }, int64(2), int64(5), int64(0)] },
  { name: 'a token', x: [{ shape: [2, 9, 8] }, int64(1), int64(2 ** 62), int64(1)] },
  { name: 'columns, whole vectors', x: [{ shape: [5, 12] }, int64(4), int64(12), int64(-1)] },
  { name: 'columns, odd', x: [{ shape: [5, 12] }, int64(1), int64(-2), int64(1)] },
  { name: 'steps', x: [{ shape: [4, 9, 8] }, int64(0, 1), int64(4, 9), int64(0, 1), int64(2, 3)] },
  { name: 'reversed', x: [{ shape: [3, 7] }, int64(-1), int64(-(2 ** 62)), int64(1), int64(-1)] },
  { name: 'rows reversed', x: [{ shape: [5, 8] }, int64(3), int64(0), int64(0), int64(-2)] },
  { name: 'booleans', x: [{ shape: [5, 6], dtype: 'bool' }, int64(1), int64(4), int64(1)] },
])

kernelCases('Expand', 'exact', [
  { name: 'rows', x: [{ shape: [1, 8] }, int64(5, 8)] },
  { name: 'columns', x: [{ shape: [5, 1] }, int64(5, 7)] },
  { name: 'both', x: [{ shape: [3, 1, 2] }, int64(2, 1, 4, 1)] },
  { name: 'a scalar', x: [{ shape: [] }, int64(3, 3)] },
])

kernelCases('Tile', 'exact', [
  { name: 'rows', x: [{ shape: [2, 8] }, int64(3, 1)] },
  { name: 'columns', x: [{ shape: [2, 3] }, int64(1, 3)] },
  { name: 'both', x: [{ shape: [2, 3, 4] }, int64(2, 1, 2)] },
])

kernelCases('Concat', 'exact', [
  { name: 'tokens', x: [{ shape: [1, 1, 8] }, { shape: [1, 9, 8] }], attrs: { axis: 1 } },
  {
    name: 'channels, whole vectors',
    x: [{ shape: [5, 8] }, { shape: [5, 4] }, { shape: [5, 12] }],
    attrs: { axis: -1 },
  },
  { name: 'channels, odd', x: [{ shape: [5, 6] }, { shape: [5, 2] }, { shape: [5, 3] }], attrs: { axis: 1 } },
  { name: 'an empty part', x: [{ shape: [3, 0] }, { shape: [3, 2] }], attrs: { axis: 1 } },
  {
    name: 'integers',
    x: [
      { shape: [2, 3], dtype: 'int64' },
      { shape: [4, 3], dtype: 'int64' },
    ],
    attrs: { axis: 0 },
  },
])

kernelCases('Pad', 'exact', [
  { name: 'images', x: [{ shape: [1, 3, 4, 8] }, int64(0, 1, 2, 0, 0, 1, 0, 0)], attrs: { mode: 'constant' } },
  {
    name: 'with a value',
    x: [{ shape: [3, 5] }, int64(1, 2, 0, 1), { shape: [], dtype: 'float32', values: [1.5], constant: true }],
    attrs: { mode: 'constant' },
  },
  { name: 'reflect', x: [{ shape: [1, 4, 5, 3] }, int64(0, 2, 3, 0, 0, 1, 2, 0)], attrs: { mode: 'reflect' } },
  { name: 'reflect columns', x: [{ shape: [2, 5] }, int64(0, 3, 0, 2)], attrs: { mode: 'reflect' } },
  { name: 'edge', x: [{ shape: [3, 5] }, int64(1, 3, 2, 0)], attrs: { mode: 'edge' } },
  { name: 'wrap', x: [{ shape: [3, 5] }, int64(1, 3, 2, 4)], attrs: { mode: 'wrap' } },
  { name: 'crops', x: [{ shape: [4, 6] }, int64(-1, 2, 1, -3)], attrs: { mode: 'constant' } },
  {
    name: 'integers',
    x: [{ shape: [3, 3], dtype: 'int64' }, int64(1, 0), null, int64(1)],
    attrs: { mode: 'constant' },
  },
])
