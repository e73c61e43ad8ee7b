import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const attrs = {
  kernel: [3, 3],
  strides: [2, 2],
  dilations: [],
  pads: [1, 1, 1, 1],
  autoPad: 'NOTSET',
  ceilMode: false,
  countIncludePad: false,
  columnMajor: false,
  p: 2,
  channelsLast: true,
}
const pool = (shape: number[], a: object = {}, more: Partial<KernelCase> = {}): KernelCase => ({
  x: [{ shape }],
  attrs: { ...attrs, ...a },
  name: `${shape} ${JSON.stringify(a)}`,
  ...more,
})
const f32: Partial<KernelCase> = { dtypes: ['float32'] }

kernelCases('MaxPool', 'close', [
  pool([2, 7, 9, 8]),
  pool([1, 8, 6, 3], { kernel: [2, 3], strides: [1, 2], dilations: [2, 1], pads: [1, 0, 0, 1] }, f32),
  pool([1, 7, 6, 4], { autoPad: 'SAME_UPPER', pads: [] }, f32),
  pool([1, 6, 6, 4], {}, { x: [{ shape: [1, 6, 6, 4], dtype: 'int8' }] }),
  pool([2, 4, 5, 6, 5], { kernel: [2, 3, 2], strides: [1, 2, 2], dilations: [2, 1, 1], pads: [1, 1, 0, 0, 1, 1] }),
])

kernelCases('MaxPool with indices', 'exact', [
  { op: 'MaxPool', ...pool([2, 7, 9, 3], {}, { outputs: 2 }) },
  { op: 'MaxPool', ...pool([2, 7, 6, 3], { columnMajor: true, dilations: [1, 2] }, { outputs: 2, ...f32 }) },
  {
    op: 'MaxPool',
    ...pool([1, 4, 5, 6, 4], { kernel: [2, 2, 2], strides: [], pads: [], columnMajor: true }, { outputs: 2, ...f32 }),
  },
  { op: 'MaxPool', ...pool([1, 6, 6, 4], {}, { outputs: 2, x: [{ shape: [1, 6, 6, 4], dtype: 'int8' }] }) },
])

kernelCases('AveragePool', 'close', [
  pool([2, 7, 9, 8]),
  pool([1, 7, 6, 5], { countIncludePad: true, ceilMode: true }, f32),
  pool([1, 7, 7, 4], { kernel: [2, 2], pads: [], ceilMode: true }, f32),
  pool([1, 4, 5, 6, 4], { kernel: [2, 3, 2], strides: [1, 2, 2], pads: [1, 1, 0, 0, 1, 1] }, f32),
  pool(
    [1, 4, 5, 6, 3],
    {
      kernel: [2, 3, 2],
      strides: [2, 2, 2],
      pads: [1, 1, 0, 0, 1, 1],
      dilations: [1, 2, 1],
      countIncludePad: true,
      ceilMode: true,
    },
    f32,
  ),
])

kernelCases('LpPool', 'close', [
  pool([1, 7, 6, 5], {}, f32),
  pool([1, 5, 5, 4], { p: 3 }, f32),
  pool([1, 3, 4, 5, 4], { kernel: [2, 2, 2], strides: [], pads: [], p: 3 }, f32),
])
