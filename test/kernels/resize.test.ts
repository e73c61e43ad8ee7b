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
/** The same for other ranks and layouts; a size for each axis. */
const general = (shape: number[], sizes: number[], a: object, more: Partial<KernelCase> = {}): KernelCase => ({
  name: `${shape} to ${sizes} ${JSON.stringify(a)}`,
  op: 'Resize',
  x: [{ shape }, null, null, { shape: [sizes.length], dtype: 'int64', values: sizes, constant: true }],
  attrs: { ...attrs, channelsLast: false, ...a },
  ...more,
})
const roi = (...values: number[]) => ({ shape: [values.length], dtype: 'float32' as const, values, constant: true })
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

kernelCases('Resize of any axes', 'close', [
  general([2, 3, 4, 5, 6], [2, 3, 6, 5, 9], {}),
  general([1, 4, 3, 5], [2, 7, 3, 5], { mode: 'cubic' }, f32),
  general([5], [9], {}, f32),
  general([2, 7, 6, 3], [2, 5, 3, 4], { channelsLast: true, antialias: true }, f32),
  {
    ...general([1, 1, 4, 6], [1, 1, 3, 5], { coordinates: 'tf_crop_and_resize', extrapolation: 10 }),
    name: 'crop',
    x: [
      { shape: [1, 1, 4, 6] },
      roi(0, 0, 0.4, -0.2, 1, 1, 1.2, 0.7),
      null,
      { shape: [4], dtype: 'int64', values: [1, 1, 3, 5], constant: true },
    ],
  },
  general([2, 3, 4], [3, 5, 4], { mode: 'nearest' }, { dtypes: ['int32'] }),
  general([1, 3, 4, 2], [1, 2, 6, 4], { channelsLast: true }, { dtypes: ['int8'] }),
])
