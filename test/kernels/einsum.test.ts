import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { loweredCases } from '../harness/lowered.ts'

const cases: [equation: string, shapes: number[][], becomes?: string][] = [
  ['ij->ji', [[3, 5]], 'Transpose'],
  ['ij->i', [[3, 5]]],
  ['ij->', [[3, 5]]],
  ['ii->i', [[5, 5]]],
  ['iji->ij', [[4, 3, 4]]],
  ['iii->', [[3, 3, 3]]],
  ['...ii->...i', [[2, 3, 4, 4]]],
  [
    'ij,jk->ik',
    [
      [3, 5],
      [5, 6],
    ],
    'MatMul',
  ],
  [
    'ij, kj -> ki',
    [
      [3, 5],
      [6, 5],
    ],
    'Transpose MatMul',
  ],
  [
    'bhid,bhjd->bhij',
    [
      [2, 3, 5, 4],
      [2, 3, 6, 4],
    ],
    'Transpose MatMul',
  ],
  [
    'bhij,bjhd->bihd',
    [
      [2, 3, 5, 6],
      [2, 6, 3, 4],
    ],
  ],
  [
    '...ij,...jk->...ik',
    [
      [2, 1, 3, 5],
      [4, 5, 6],
    ],
  ],
  [
    'bi,oi',
    [
      [3, 4],
      [5, 4],
    ],
  ],
  ['i,i', [[7], [7]]],
  ['i,j->ij', [[3], [5]]],
  ['i,j->ji', [[3], [5]]],
  [
    'bij,bij->b',
    [
      [2, 3, 5],
      [2, 3, 5],
    ],
  ],
  [
    'bchw,bkc->bkhw',
    [
      [2, 8, 3, 5],
      [2, 3, 8],
    ],
  ],
  [
    'ij,jk->ik',
    [
      [3, 1],
      [5, 6],
    ],
  ],
  [
    'ab,cd->bc',
    [
      [2, 3],
      [4, 5],
    ],
  ],
  [
    'ii,ij->j',
    [
      [4, 4],
      [4, 5],
    ],
  ],
  [
    'ij,jk,kl->il',
    [
      [2, 3],
      [3, 4],
      [4, 5],
    ],
  ],
  [',ij,i->j', [[], [3, 4], [3]]],
]

loweredCases(
  'Einsum',
  'reduce',
  cases.map(([equation, shapes, becomes], i) => ({
    name: `${equation} ${JSON.stringify(shapes)}`,
    x: shapes.map((shape) => ({ shape })),
    attrs: { equation },
    becomes,
    dtypes: i % 4 ? ['float32'] : ['float32', 'float16'],
  })),
)

loweredCases('Einsum', 'reduce', [
  {
    name: 'a constant weight is transposed once',
    x: [{ shape: [2, 5, 8] }, { shape: [6, 8], constant: true }],
    attrs: { equation: 'bnc,oc->bno' },
    becomes: 'Reshape MatMul Reshape',
    dtypes: ['float32'],
  },
])

describe('Einsum', () => {
  const { infer, cpu } = operators.get('Einsum')!
  const shapeOf = (equation: string, ...shapes: number[][]) =>
    infer(
      shapes.map((shape) => ({ dtype: 'float32', shape })),
      { equation },
    )[0].shape
  const values = (equation: string, ...x: [number[], number[]][]) => [
    ...numbers(
      cpu(
        x.map(([shape, v]) => fromNumbers('float32', shape, v)),
        { equation },
      )[0],
    ),
  ]

  it('makes an implicit result: the ellipsis, then labels that come once, sorted', () => {
    expect(shapeOf('ba', [2, 3])).toEqual([3, 2])
    expect(shapeOf('ij,jk', [2, 3], [3, 4])).toEqual([2, 4])
    expect(shapeOf('b...a', [2, 7, 8, 3])).toEqual([7, 8, 3, 2])
    expect(shapeOf('ii', [3, 3])).toEqual([])
    expect(shapeOf('...,...', [2, 1, 3], [4, 1])).toEqual([2, 4, 3])
    expect(shapeOf('aB', [2, 3])).toEqual([3, 2])
  })

  it('computes', () => {
    const square: [number[], number[]] = [
      [2, 2],
      [1, 2, 3, 4],
    ]
    expect(values('ij,jk', square, square)).toEqual([7, 10, 15, 22])
    expect(values('ii', square)).toEqual([5])
    expect(values('...j->...', square)).toEqual([3, 7])
    expect(values('ij,ji->', square, square)).toEqual([29])
  })

  it('refuses what contradicts itself', () => {
    expect(() => shapeOf('ij,jk->ik', [2, 3], [4, 5])).toThrow('axis 0 of operand 1 of "ij,jk->ik" is 4 instead of 3')
    expect(() => shapeOf('ii', [2, 3])).toThrow('axis 1 of operand 0 of "ii" is 3 instead of 2')
    expect(() => shapeOf('ij', [2, 3, 4])).toThrow('of 3 axes instead of 2')
    expect(() => shapeOf('i,i', [2])).toThrow('names 2 operands, the node has 1')
    expect(() => shapeOf('i->j', [2])).toThrow('is in no operand')
    expect(() => shapeOf('i->ii', [2])).toThrow('comes twice')
    expect(() => shapeOf('i.->i', [2])).toThrow('not made of letters')
  })
})
