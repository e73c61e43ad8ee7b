import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const keep = { keepdims: true, noop: false }
const over = (shape: number[], axes: number[], more: Partial<KernelCase> = {}): KernelCase => ({
  name: `${shape} over ${axes}`,
  x: [{ shape }, { shape: [axes.length], dtype: 'int64', values: axes, constant: true }],
  attrs: keep,
  ...more,
})

kernelCases('ReduceMean', 'reduce', [
  over([2, 9, 15, 8], [1, 2], { variants: ['plain', 'tiled'] }),
  over([3, 5, 37], [-1], { variants: ['plain', 'tiled'] }),
  over([2, 3, 5, 7], [0, 2], { dtypes: ['float32'] }),
  over([2, 3, 5, 7], [], { dtypes: ['float32'] }),
  over([1, 9, 9, 40], [1, 2], { variants: ['tiled'], dtypes: ['float32'] }),
  {
    name: 'tail with an operand a column',
    x: [
      { shape: [3, 5, 6] },
      { shape: [1], dtype: 'int64', values: [1], constant: true },
      { shape: [6], dtype: 'float32' },
    ],
    attrs: keep,
    tail: [{ op: 'Mul', attrs: {}, args: [null, 2] }],
    dtypes: ['float32'],
  },
])

const others: KernelCase[] = [
  'ReduceSum',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceSumSquare',
].map((op) => ({
  op,
  ...over([3, 7, 2], [1]),
  x: [
    { shape: [3, 7, 2], fill: 'positive' },
    { shape: [1], dtype: 'int64', values: [1], constant: true },
  ],
  dtypes: ['float32'],
}))
kernelCases('other reductions', 'reduce', others)

const ints = (op: string): KernelCase => ({
  op,
  x: [
    { shape: [3, 5, 4], dtype: 'int64' },
    { shape: [1], dtype: 'int64', values: [1], constant: true },
  ],
  attrs: keep,
})
kernelCases('reductions of integers', 'exact', [ints('ReduceMax'), ints('ReduceSum')])
