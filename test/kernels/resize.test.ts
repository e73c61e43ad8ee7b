import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const attrs = {
  mode: 'linear',
  coordinates: 'half_pixel',
  nearest: 'round_prefer_floor',
  cubicA: -0.75,
  excludeOutside: false,
  antialias: false,
  extrapolation: 0,
  policy: 'stretch',
  axes: [],
  old: false,
  channelsLast: true,
}
/** Scales and sizes are in the order N, C, H, W. */
const resize = (shape: number[], given: { scales: number[] } | { sizes: number[] }, a: object): KernelCase => ({
  name: `${shape} ${JSON.stringify({ ...given, ...a })}`,
  x: [
    { shape },
    null,
    'scales' in given ? { shape: [4], dtype: 'float32', values: given.scales, constant: true } : null,
    'sizes' in given ? { shape: [4], dtype: 'int64', values: given.sizes, constant: true } : null,
  ],
  attrs: { ...attrs, ...a },
})
const f32 = { dtypes: ['float32' as const] }

kernelCases('Resize', 'close', [
  resize([2, 3, 5, 8], { scales: [1, 1, 2, 2] }, { coordinates: 'align_corners' }),
  { ...resize([1, 7, 6, 3], { sizes: [1, 3, 5, 11] }, {}), ...f32 },
  { ...resize([1, 5, 5, 4], { scales: [1, 1, 4.1 / 5, 1.7] }, { mode: 'cubic' }), ...f32 },
  { ...resize([1, 4, 4, 4], { sizes: [1, 4, 9, 9] }, { mode: 'cubic', excludeOutside: true }), ...f32 },
  { ...resize([1, 9, 8, 4], { sizes: [1, 4, 4, 3] }, { antialias: true }), ...f32 },
])

kernelCases('Resize to the nearest', 'exact', [
  {
    op: 'Resize',
    ...resize([2, 3, 5, 8], { scales: [1, 1, 2, 2] }, { mode: 'nearest', coordinates: 'asymmetric', nearest: 'floor' }),
  },
  { op: 'Resize', ...resize([1, 7, 5, 3], { sizes: [1, 3, 14, 10] }, { mode: 'nearest' }), ...f32 },
  {
    op: 'Resize',
    ...resize([1, 3, 3, 4], { sizes: [1, 4, 6, 6] }, { mode: 'nearest' }),
    name: 'integers',
    x: [
      { shape: [1, 3, 3, 4], dtype: 'int32' },
      null,
      null,
      { shape: [4], dtype: 'int64', values: [1, 4, 6, 6], constant: true },
    ],
  },
])
