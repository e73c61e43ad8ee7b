import { type InputSpec, kernelCases } from '../harness/kernel.ts'

const int64 = (...values: number[]): InputSpec => ({ dtype: 'int64', shape: [values.length], values, constant: true })
const index = (shape: number[], values: number[]): InputSpec => ({ dtype: 'int64', shape, values })

kernelCases('Gather', 'exact', [
  { name: 'rows', x: [{ shape: [7, 8] }, int64(3, -1, 0)], attrs: { axis: 0 } },
  { name: 'columns', x: [{ shape: [3, 5] }, index([2, 2], [4, 0, -5, 2])], attrs: { axis: 1 } },
  { name: 'middle', x: [{ shape: [2, 5, 3] }, int64(1, 1)], attrs: { axis: 1 } },
])

kernelCases('GatherElements', 'exact', [
  { name: 'rows', x: [{ shape: [4, 3] }, index([2, 3], [0, 1, 3, -1, 2, 0])], attrs: { axis: 0 } },
  { name: 'columns', x: [{ shape: [2, 5] }, index([2, 3], [0, 4, -1, 3, 2, 1])], attrs: { axis: 1 } },
])

kernelCases('GatherND', 'exact', [
  { name: 'rows', x: [{ shape: [3, 4, 8] }, index([3, 2], [0, 1, 2, 3, -1, 0])], attrs: { batch: 0 } },
  { name: 'elements', x: [{ shape: [3, 4] }, index([2, 2], [0, 1, 2, 3])], attrs: { batch: 0 } },
  { name: 'batches', x: [{ shape: [2, 3, 5] }, index([2, 2, 1], [0, 2, 1, 1])], attrs: { batch: 1 } },
])

kernelCases('ScatterND', 'exact', [
  { name: 'rows', x: [{ shape: [5, 8] }, index([2, 1], [3, 0]), { shape: [2, 8] }], attrs: { reduction: 'none' } },
  {
    name: 'elements',
    x: [{ shape: [3, 3] }, index([2, 2], [0, 1, -1, 2]), { shape: [2] }],
    attrs: { reduction: 'none' },
  },
])

kernelCases('ScatterElements', 'exact', [
  {
    name: 'rows',
    x: [{ shape: [4, 3] }, index([2, 3], [0, 1, 3, -1, 2, 0]), { shape: [2, 3] }],
    attrs: { axis: 0, reduction: 'none' },
  },
])

const reductions = ['add', 'mul', 'min', 'max']

kernelCases('ScatterND with a reduction', 'close', [
  ...reductions.map((reduction) => ({
    name: reduction,
    op: 'ScatterND',
    x: [{ shape: [4, 6] }, index([3, 1], [3, 0, -1]), { shape: [3, 6] }],
    attrs: { reduction },
    dtypes: reduction === 'add' ? undefined : ['float32' as const],
  })),
  {
    name: 'integers',
    op: 'ScatterND',
    x: [{ shape: [3, 3], dtype: 'int32' }, index([2, 2], [0, 1, 0, 1]), { shape: [2], dtype: 'int32' }],
    attrs: { reduction: 'add' },
  },
])

kernelCases('ScatterElements with a reduction', 'close', [
  {
    name: 'columns',
    op: 'ScatterElements',
    x: [{ shape: [3, 5] }, index([2, 3], [0, 4, 0, -1, 4, 4]), { shape: [2, 3] }],
    attrs: { axis: 1, reduction: 'mul' },
  },
])

kernelCases('DepthToSpace', 'exact', [
  { name: 'depth first', x: [{ shape: [1, 3, 2, 16] }], attrs: { block: 2, crd: false, channelsLast: true } },
  { name: 'columns first', x: [{ shape: [2, 2, 3, 12] }], attrs: { block: 2, crd: true, channelsLast: true } },
])

kernelCases('SpaceToDepth', 'exact', [
  { name: 'whole vectors', x: [{ shape: [1, 4, 6, 4] }], attrs: { block: 2, channelsLast: true } },
  { name: 'odd', x: [{ shape: [2, 6, 3, 5] }], attrs: { block: 3, channelsLast: true } },
  { x: [{ shape: [2, 3, 4, 6] }], attrs: { block: 2, crd: true, channelsLast: false } },
  { x: [{ shape: [1, 4, 6, 4] }], attrs: { block: 2, crd: true, channelsLast: true } },
])

kernelCases('CumSum', 'close', [
  { name: 'rows', x: [{ shape: [5, 7] }, int64(0)], attrs: { exclusive: false, reverse: false } },
  { name: 'exclusive, reversed', x: [{ shape: [5, 7] }, int64(-1)], attrs: { exclusive: true, reverse: true } },
  { name: 'integers', x: [{ shape: [2, 9], dtype: 'int32' }, int64(1)], attrs: { exclusive: false, reverse: true } },
])

kernelCases('CumProd', 'close', [
  { name: 'columns', x: [{ shape: [3, 4] }, int64(1)], attrs: { exclusive: false, reverse: false } },
])

kernelCases('ArgMax', 'exact', [
  { name: 'columns', x: [{ shape: [6, 9] }], attrs: { axis: 1, keep: true, last: false } },
  {
    name: 'the last of equal ones',
    x: [{ shape: [2, 3], values: [1, 1, 0, 2, 3, 3] }],
    attrs: { axis: 1, keep: false, last: true },
  },
])

kernelCases('ArgMin', 'exact', [
  { name: 'rows', x: [{ shape: [6, 9], dtype: 'int32' }], attrs: { axis: 0, keep: false, last: false } },
])

kernelCases('TopK', 'exact', [
  { name: 'rows', x: [{ shape: [5, 70] }, int64(7)], attrs: { axis: -1, largest: true }, outputs: 2 },
  { name: 'columns, smallest', x: [{ shape: [2, 9, 3] }, int64(9)], attrs: { axis: 1, largest: false }, outputs: 2 },
  {
    name: 'equal ones, and the signs of 0',
    x: [{ shape: [8], values: [0, 3, -0, -1, 3, 0, Number.NEGATIVE_INFINITY, -1] }, int64(8)],
    attrs: { axis: 0, largest: true },
    outputs: 2,
  },
  {
    name: 'values alone',
    x: [{ shape: [3, 9], dtype: 'int32' }, int64(4)],
    attrs: { axis: 1, largest: false },
  },
  { name: 'unsigned', x: [{ shape: [30], dtype: 'uint8' }, int64(5)], attrs: { axis: 0, largest: true }, outputs: 2 },
  { name: 'long rows, merged', x: [{ shape: [3, 321] }, int64(5)], attrs: { axis: -1, largest: true }, outputs: 2 },
  { name: 'long columns', x: [{ shape: [2, 257, 2] }, int64(100)], attrs: { axis: 1, largest: false }, outputs: 2 },
  {
    name: 'a whole long axis with equal ones',
    x: [{ shape: [600], values: Array.from({ length: 600 }, (_, i) => (i * 7919) % 23) }, int64(600)],
    attrs: { axis: 0, largest: true },
    outputs: 2,
  },
])
