import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import type { AttentionAttrs } from '../../src/kernels/shared/attention.ts'
import { type DType, fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { type LoweredCase, loweredCases, type Operand } from '../harness/lowered.ts'

const attrs = (a: Partial<AttentionAttrs> = {}): AttentionAttrs => ({
  causal: false,
  queryHeads: 0,
  keyHeads: 0,
  scale: null,
  softcap: 0,
  scores: 0,
  ...a,
})
const shapes = (...list: number[][]): Operand[] => list.map((shape) => ({ shape }))
const qkv = shapes([2, 3, 5, 8], [2, 3, 7, 8], [2, 3, 7, 12])
const rows = shapes([2, 5, 24], [2, 7, 12], [2, 7, 12])
const single: DType[] = ['float32']
const host = { dtypes: single, gpu: false }
const open = (mask: number[][]): Operand => ({
  shape: [mask.length, mask[0].length],
  dtype: 'bool',
  values: mask.flat(),
})
const lengths = (...values: number[]): Operand => ({ shape: [values.length], dtype: 'int64', values })
const some = open([
  [1, 0, 1, 1, 0, 1, 1],
  [0, 0, 0, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 0, 1],
  [1, 0, 0, 0, 0, 0, 0],
])

const cases: LoweredCase[] = [
  {
    name: 'four axes',
    x: qkv,
    attrs: attrs(),
    becomes: 'Transpose Reshape Transpose Reshape Transpose Reshape FusedAttention Reshape Transpose',
    ...host,
  },
  {
    name: 'three axes: one kernel',
    x: shapes([2, 5, 24], [2, 7, 24], [2, 7, 24]),
    attrs: attrs({ queryHeads: 3, keyHeads: 3 }),
    becomes: 'FusedAttention',
  },
  {
    name: 'three axes, causal with an own scale: one kernel',
    x: shapes([2, 5, 24], [2, 7, 24], [2, 7, 24]),
    attrs: attrs({ queryHeads: 3, keyHeads: 3, causal: true, scale: 0.2 }),
    becomes: 'FusedAttention',
    ...host,
  },
  { name: 'fewer heads of keys', x: rows, attrs: attrs({ queryHeads: 6, keyHeads: 3 }) },
  { name: 'one head of keys', x: shapes([1, 4, 5, 8], [1, 1, 7, 8], [1, 1, 7, 8]), attrs: attrs(), dtypes: single },
  {
    name: 'head sizes that are no multiple of 4',
    x: shapes([2, 2, 5, 6], [2, 2, 7, 6], [2, 2, 7, 5]),
    attrs: attrs({ causal: true }),
    dtypes: single,
  },
  {
    name: 'additive mask, softcap',
    x: [...qkv, { shape: [2, 1, 5, 7] }],
    attrs: attrs({ softcap: 0.7 }),
    dtypes: single,
  },
  { name: 'additive mask: a bias of the kernel', x: [...qkv, { shape: [3, 1, 7] }], attrs: attrs(), ...host },
  { name: 'mask of fewer keys', x: [...qkv, { shape: [5, 4] }], attrs: attrs(), ...host },
  { name: 'constant condition with an empty row', x: [...qkv, { ...some, constant: true }], attrs: attrs(), ...host },
  { name: 'computed condition with an empty row', x: [...qkv, some], attrs: attrs() },
  { name: 'computed condition, causal', x: [...qkv, some], attrs: attrs({ causal: true }), dtypes: single },
  {
    name: 'past and present, causal',
    x: [...shapes([2, 3, 3, 8], [2, 3, 2, 8], [2, 3, 2, 12]), null, ...shapes([2, 3, 5, 8], [2, 3, 5, 12])],
    attrs: attrs({ causal: true }),
    outputs: [0, 1, 2],
    dtypes: single,
  },
  {
    name: 'lengths of the batch',
    x: [...qkv, null, null, null, lengths(4, 7)],
    attrs: attrs(),
    ...host,
  },
  {
    name: 'lengths of the batch, causal: the first queries see nothing',
    x: [...qkv, { shape: [5, 7] }, null, null, lengths(3, 6)],
    attrs: attrs({ causal: true }),
  },
  {
    name: 'known lengths',
    x: [...qkv, null, null, null, { ...lengths(6, 7), constant: true }],
    attrs: attrs({ causal: true }),
    ...host,
  },
  ...[0, 1, 2, 3].map((scores) => ({
    name: `scores, mode ${scores}`,
    x: [...qkv, some],
    attrs: attrs({ scores, softcap: 1.5 }),
    outputs: [0, 3],
    dtypes: single,
    tolerance: 'close' as const,
  })),
  { name: 'a window of keys', x: qkv, attrs: attrs({ left: 2, right: 1 }), ...host },
  { name: 'a causal window', x: qkv, attrs: attrs({ causal: true, left: 1 }), ...host },
  {
    name: 'a window before the end of each sequence',
    x: [...qkv, null, null, null, lengths(6, 7)],
    attrs: attrs({ left: 1, right: 2 }),
    ...host,
  },
]

loweredCases('Attention', 'reduce', cases)

describe('Attention', () => {
  const { infer } = operators.get('Attention')!
  const facts = (list: (number[] | null)[]) => list.map((shape) => shape && { dtype: 'float32' as const, shape })

  it('leaves queries that see no key at zero', () => {
    const t = (shape: number[]) =>
      fromNumbers('float32', shape, new Float64Array(shape.reduce((p, d) => p * d)).fill(2))
    const mask = fromNumbers('bool', [2, 3], [0, 0, 0, 0, 1, 1])
    const [y, , , p] = operators
      .get('Attention')!
      .cpu([t([1, 1, 2, 4]), t([1, 1, 3, 4]), t([1, 1, 3, 4]), mask], attrs({ scores: 3 }))
    expect([...numbers(y)]).toEqual([0, 0, 0, 0, 2, 2, 2, 2])
    expect([...numbers(p)]).toEqual([0, 0, 0, 0, 0.5, 0.5])
  })

  it('refuses shapes that contradict each other', () => {
    const throws = (list: (number[] | null)[], a: Partial<AttentionAttrs>, text: string) =>
      expect(() => infer(facts(list), attrs(a))).toThrow(text)
    const kv = [2, 3, 7, 8]
    throws([[2, 4, 5, 8], kv, kv], {}, '4 heads of Q are no multiple of 3 heads of K')
    throws([[2, 3, 5, 6], kv, kv], {}, 'Q [2, 3, 5, 6], K [2, 3, 7, 8] and V [2, 3, 7, 8] do not fit')
    throws(
      [
        [2, 5, 24],
        [2, 7, 24],
        [2, 7, 24],
      ],
      { queryHeads: 5, keyHeads: 3 },
      '24 elements a token of Q',
    )
    throws([[2, 3, 5, 8], kv, kv, [5, 9]], {}, 'attn_mask [5, 9] covers more than 7 keys')
    throws([[2, 3, 5, 8], kv, kv, [4, 7]], {}, 'attn_mask [4, 7] does not broadcast to [2, 3, 5, 7]')
    throws([[2, 3, 5, 8], kv, kv, null, kv], {}, 'one of past_key and past_value')
  })
})
