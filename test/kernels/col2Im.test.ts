import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const ints = (...values: number[]) => ({ dtype: 'int64' as const, shape: [values.length], values, constant: true })
const columns = (x: number[], image: number[], block: number[], a: object, more: Partial<KernelCase> = {}) => ({
  name: `${x} to ${image} of ${block} ${JSON.stringify(a)}`,
  x: [{ shape: x }, ints(...image), ints(...block)],
  attrs: { strides: [], dilations: [], pads: [], ...a },
  ...more,
})
const f32: Partial<KernelCase> = { dtypes: ['float32'] }

kernelCases('Col2Im', 'reduce', [
  columns([2, 18, 20], [6, 7], [3, 3], {}),
  columns([1, 12, 9], [5, 8], [2, 3], { strides: [2, 2], dilations: [1, 2], pads: [1, 0, 0, 1] }, f32),
  columns([1, 8, 12], [9], [4], { pads: [3, 3] }, f32),
  columns([1, 16, 12], [3, 3, 4], [2, 2, 2], { strides: [1, 1, 1] }, f32),
])
