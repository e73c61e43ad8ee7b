import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const base = { strides: [], dilations: [], pads: [], autoPad: 'NOTSET', group: 1, offsetGroup: 1, channelsLast: true }
const deform = (shapes: (number[] | null)[], a: object, more: Partial<KernelCase> = {}): KernelCase => ({
  name: `${shapes.map((s) => (s ? `[${s}]` : '_')).join(' ')} ${JSON.stringify(a)}`,
  x: shapes.map((shape) => shape && { shape }),
  attrs: { ...base, ...a },
  ...more,
})
const f32: Partial<KernelCase> = { dtypes: ['float32'] }

kernelCases('DeformConv', 'reduce', [
  deform([[2, 5, 6, 4], [6, 4, 3, 3], [2, 18, 5, 6], null, [2, 9, 5, 6]], { pads: [1, 1, 1, 1] }),
  deform(
    [
      [1, 6, 5, 6],
      [9, 2, 2, 3],
      [1, 24, 3, 5],
    ],
    { group: 3, offsetGroup: 2, strides: [2, 1], dilations: [1, 2], pads: [0, 2, 0, 2] },
    f32,
  ),
  deform([[1, 4, 5, 4], [8, 2, 1, 1], [1, 4, 4, 5], null, [1, 2, 4, 5]], { group: 2, offsetGroup: 2 }, f32),
])
