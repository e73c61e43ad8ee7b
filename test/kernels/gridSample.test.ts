import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const sample = (x: number[], grid: number[], a: object, more: Partial<KernelCase> = {}): KernelCase => ({
  name: `${x} at ${grid} ${JSON.stringify(a)}`,
  // Grids reach beyond the image: about −3 to 3.
  x: [{ shape: x }, { shape: grid }],
  attrs: { mode: 'linear', padding: 'zeros', alignCorners: false, channelsLast: true, ...a },
  ...more,
})
const f32: Partial<KernelCase> = { dtypes: ['float32'] }

kernelCases('GridSample', 'reduce', [
  sample([2, 5, 6, 4], [2, 3, 7, 2], {}),
  sample([1, 5, 6, 3], [1, 4, 4, 2], { padding: 'border', alignCorners: true }, f32),
  sample([1, 5, 6, 4], [1, 4, 4, 2], { mode: 'nearest', padding: 'reflection' }, f32),
  sample([1, 5, 1, 5], [1, 4, 4, 2], { mode: 'cubic', padding: 'reflection', alignCorners: true }, f32),
  sample([1, 5, 6, 4], [1, 4, 4, 2], { mode: 'cubic' }, f32),
  sample([2, 3, 4, 5, 4], [2, 2, 3, 5, 3], { padding: 'reflection' }),
  sample([1, 3, 4, 5, 3], [1, 2, 3, 5, 3], { mode: 'cubic', padding: 'border' }, f32),
  sample([1, 3, 4, 5, 3], [1, 2, 3, 5, 3], { mode: 'nearest', alignCorners: true }, f32),
])
