import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { kernelCases } from '../harness/kernel.ts'

const base = { strides: [], dilations: [], pads: [], autoPad: 'NOTSET', group: 1, channelsLast: true }
const variants = ['naive', 'register', 'subgroup', 'tiled']
const image = (...shape: number[]) => ({ shape })
const weights = (...shape: number[]) => ({ shape, constant: true })

kernelCases('Conv', 'reduce', [
  {
    name: 'more rows than a dimension has workgroups',
    x: [image(1, 9, 5, 8), weights(8, 8, 3, 3)],
    attrs: { ...base, pads: [1, 1, 1, 1] },
    caps: { limits: { ...DEFAULT_CAPS.limits, maxComputeWorkgroupsPerDimension: 5 } },
    variants: ['register', 'subgroup'],
  },
  { name: '1×1', x: [image(1, 5, 6, 8), weights(12, 8, 1, 1)], attrs: base, variants: ['register', 'tiled'] },
  {
    name: '3×3, padding',
    x: [image(2, 5, 6, 8), weights(12, 8, 3, 3)],
    attrs: { ...base, pads: [1, 1, 1, 1] },
    variants,
  },
  {
    name: 'a head, 3×3',
    x: [image(2, 5, 6, 8), weights(12, 8, 3, 3)],
    attrs: { ...base, pads: [1, 1, 1, 1], relu: true },
    variants,
  },
  {
    name: 'a head, 1×1 of 5 channels',
    x: [image(1, 5, 6, 5), weights(12, 5, 1, 1)],
    attrs: { ...base, relu: true },
    variants,
  },
  {
    name: 'a head, depthwise',
    x: [image(1, 6, 7, 8), weights(8, 1, 3, 3)],
    attrs: { ...base, pads: [1, 1, 1, 1], group: 8, relu: true },
  },
  {
    name: '3 channels, stride 2, uneven padding',
    x: [image(1, 9, 7, 3), weights(5, 3, 3, 3)],
    attrs: { ...base, strides: [2, 2], pads: [0, 1, 1, 2] },
    variants,
  },
  {
    name: 'patches',
    x: [image(1, 8, 12, 3), weights(20, 3, 4, 4)],
    attrs: { ...base, strides: [4, 4] },
    variants: ['register', 'tiled'],
  },
  {
    name: 'dilation',
    x: [image(1, 9, 9, 4), weights(4, 4, 3, 3)],
    attrs: { ...base, dilations: [2, 3], pads: [2, 3, 2, 3] },
    variants: ['register', 'tiled'],
  },
  {
    name: '1 channel out, rows of 1',
    x: [image(1, 6, 1, 8), weights(1, 8, 3, 3)],
    attrs: { ...base, pads: [1, 1, 1, 1] },
    variants: ['register'],
  },
  {
    name: 'SAME_UPPER',
    x: [image(1, 7, 8, 4), weights(4, 4, 3, 3)],
    attrs: { ...base, strides: [2, 2], autoPad: 'SAME_UPPER' },
    variants: ['register'],
  },
  {
    name: 'depthwise',
    x: [image(1, 7, 9, 12), weights(12, 1, 3, 3)],
    attrs: { ...base, group: 12, pads: [1, 1, 1, 1] },
  },
  {
    name: 'depthwise, 5×5, stride 2, odd channels',
    x: [image(2, 7, 9, 6), weights(6, 1, 5, 5)],
    attrs: { ...base, group: 6, strides: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    name: 'depthwise, dilated, stride 2',
    x: [image(1, 9, 12, 8), weights(8, 1, 3, 3)],
    attrs: { ...base, group: 8, strides: [2, 2], dilations: [2, 3], pads: [2, 3, 2, 3] },
  },
  {
    name: 'depthwise, 9 taps wide',
    x: [image(1, 3, 13, 4), weights(4, 1, 1, 9)],
    attrs: { ...base, group: 4, pads: [0, 4, 0, 4] },
  },
  {
    name: 'groups of 4 and 8 channels, stride 2, a strip of 2',
    x: [image(2, 6, 11, 12), weights(24, 4, 3, 3)],
    attrs: { ...base, group: 3, strides: [1, 2], pads: [1, 1, 1, 1] },
    shader: 'conv_register',
  },
  {
    name: 'groups of 8 and 4 channels, a head, tail',
    x: [image(1, 5, 2, 40), weights(20, 8, 1, 2), { shape: [20], constant: true }],
    attrs: { ...base, group: 5, pads: [0, 1, 0, 0], relu: true },
    tail: [{ op: 'Add', attrs: {}, args: [null, 2] }],
    shader: 'conv_register',
  },
  {
    name: 'groups of 4 and 2 channels, a head',
    x: [image(1, 5, 5, 12), weights(6, 4, 3, 3)],
    attrs: { ...base, group: 3, pads: [1, 1, 1, 1], relu: true },
    shader: 'conv_volume',
  },
  { name: 'groups', x: [image(1, 5, 5, 6), weights(9, 2, 3, 3)], attrs: { ...base, group: 3, pads: [1, 1, 1, 1] } },
  {
    name: 'tail: bias, clip, residual',
    x: [
      image(1, 5, 6, 8),
      weights(12, 8, 3, 3),
      { shape: [12], constant: true },
      { shape: [], values: [0], constant: true },
      { shape: [], values: [6], constant: true },
      image(1, 5, 6, 12),
    ],
    attrs: { ...base, pads: [1, 1, 1, 1] },
    tail: [
      { op: 'Add', attrs: {}, args: [null, 2] },
      { op: 'Clip', attrs: {}, args: [null, 3, 4] },
      { op: 'Add', attrs: {}, args: [null, 5] },
    ],
    variants: ['register', 'tiled'],
  },
  {
    name: 'three axes',
    x: [image(2, 4, 5, 6, 3), weights(5, 3, 2, 3, 3), { shape: [5], constant: true }],
    attrs: { ...base, strides: [1, 2, 1], dilations: [2, 1, 1], pads: [1, 1, 1, 0, 1, 2] },
    tail: [{ op: 'Add', attrs: {}, args: [null, 2] }],
    variants: ['naive', 'register', 'tiled'],
  },
  {
    name: 'three axes, groups',
    x: [image(1, 3, 4, 5, 8), weights(12, 4, 3, 3, 3)],
    attrs: { ...base, group: 2, pads: [1, 1, 1, 1, 1, 1] },
    dtypes: ['float32'],
  },
  {
    name: 'computed weights',
    x: [image(1, 5, 6, 6), { shape: [4, 3, 3, 2] }],
    attrs: { ...base, group: 2, strides: [2, 1], pads: [1, 1, 1, 1] },
    dtypes: ['float32'],
  },
])

/** The calls of Winograd's algorithm on all inner products that run here, both tiles. */
const winograd = [
  'winograd2>register',
  'winograd2>subgroup',
  'winograd2>tiled',
  'winograd4',
  'winograd4>tiled:32x32x16/64',
]
const padded = { ...base, pads: [1, 1, 1, 1] }

// In float16 the larger tile is not made.
for (const [variants, dtypes] of [
  [winograd, ['float32']],
  [winograd.slice(0, 3), ['float16']],
] as const)
  kernelCases(
    'Conv',
    'reduce',
    [
      { name: 'whole tiles', x: [image(1, 8, 12, 8), weights(12, 8, 3, 3)], attrs: padded },
      { name: 'one pixel beyond, two images', x: [image(2, 9, 5, 16), weights(36, 16, 3, 3)], attrs: padded },
      { name: 'less than a tile, odd channels', x: [image(1, 1, 3, 3), weights(5, 3, 3, 3)], attrs: padded },
      {
        name: 'no padding, 6 channels to 1, a head',
        x: [image(1, 7, 10, 6), weights(1, 6, 3, 3)],
        attrs: { ...base, relu: true },
      },
      {
        name: 'wide, uneven padding, 67 channels',
        x: [image(1, 6, 15, 67), weights(10, 67, 3, 3)],
        attrs: { ...base, pads: [3, 0, 1, 5] },
      },
      {
        name: 'tail: bias, clip, residual',
        x: [
          image(2, 5, 6, 8),
          weights(10, 8, 3, 3),
          { shape: [10], constant: true },
          { shape: [], values: [-2], constant: true },
          { shape: [], values: [6], constant: true },
          image(2, 5, 6, 10),
        ],
        attrs: padded,
        tail: [
          { op: 'Add', attrs: {}, args: [null, 2] },
          { op: 'Clip', attrs: {}, args: [null, 3, 4] },
          { op: 'Add', attrs: {}, args: [null, 5] },
        ],
      },
    ].map((c) => ({ ...c, shader: 'winograd_output', variants: [...variants], dtypes: [...dtypes] })),
  )

const transposed = { ...base, outputPadding: [], outputShape: [] }

kernelCases('ConvTranspose', 'reduce', [
  {
    name: 'kernel = stride',
    x: [image(2, 3, 5, 8), weights(8, 12, 4, 4)],
    attrs: { ...transposed, strides: [4, 4] },
    variants: ['register', 'tiled', 'naive'],
  },
  {
    name: 'kernel = stride, odd channels',
    x: [image(1, 3, 5, 5), weights(5, 3, 2, 2)],
    attrs: { ...transposed, strides: [2, 2] },
    variants: ['register'],
  },
  {
    name: 'overlapping',
    x: [image(1, 4, 5, 8), weights(8, 6, 3, 3)],
    attrs: { ...transposed, strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1] },
  },
  {
    name: 'groups, dilation',
    x: [image(1, 4, 5, 4), weights(4, 3, 3, 3)],
    attrs: { ...transposed, group: 2, dilations: [2, 1] },
  },
  {
    name: 'three axes, groups, overlapping',
    x: [image(2, 2, 3, 4, 6), weights(6, 2, 3, 2, 3)],
    attrs: {
      ...transposed,
      group: 2,
      strides: [2, 1, 3],
      dilations: [1, 2, 1],
      pads: [1, 0, 1, 0, 1, 1],
      outputPadding: [1, 0, 0],
    },
  },
  {
    name: 'computed weights',
    x: [image(1, 4, 5, 4), { shape: [4, 3, 3, 3] }],
    attrs: { ...transposed, strides: [2, 2], pads: [1, 1, 1, 1] },
    dtypes: ['float32'],
  },
])
