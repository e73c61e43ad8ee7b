import { describe, expect, it } from 'vitest'
import type { Value } from '../../src/runtime/op.ts'
import { fuseAttention, packProjections } from '../../src/runtime/passes/attention.ts'
import { foldScales, fuseHeads, fuseTails, hoistTransposes } from '../../src/runtime/passes/fuse.ts'
import { sinkTransposes } from '../../src/runtime/passes/layout.ts'
import { lower } from '../../src/runtime/passes/lower.ts'
import { simplifyMoves } from '../../src/runtime/passes/moves.ts'
import { recognise } from '../../src/runtime/passes/patterns.ts'
import { fromNumbers } from '../../src/runtime/tensor.ts'
import { expectSameResults, type GraphTools, makeGraph, rewritten } from '../harness/graph.ts'

const reshape = { allowzero: true }
const mean = { keepdims: true, noop: false }

describe('recognise', () => {
  it('LayerNormalization', () => {
    const g = makeGraph([[2, 5, 8]], (b, x) => {
      const d = b.op('Sub', [x, b.op('ReduceMean', [x, b.ints(-1)], mean)])
      const variance = b.op('ReduceMean', [b.op('Pow', [d, b.scalar(2)]), b.ints(-1)], mean)
      const y = b.op('Div', [d, b.op('Sqrt', [b.op('Add', [variance, b.scalar(0.5)])])])
      return b.op('Add', [b.op('Mul', [y, b.weights(8)]), b.weights(8)])
    })
    expect(rewritten(g, [recognise])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[2, 5, 8]
      %3: float32[2, 5, 8] = LayerNormalization(%0, const[8], const[8]) {"axis":-1,"epsilon":0.5}
      outputs %3
      "
    `)
  })
  it('no LayerNormalization where the mean is of another axis', () => {
    const g = makeGraph([[2, 5, 8]], (b, x) => {
      const d = b.op('Sub', [x, b.op('ReduceMean', [x, b.ints(1)], mean)])
      const variance = b.op('ReduceMean', [b.op('Pow', [d, b.scalar(2)]), b.ints(1)], mean)
      return b.op('Div', [d, b.op('Sqrt', [b.op('Add', [variance, b.scalar(0.5)])])])
    })
    expect(rewritten(g, [recognise])).not.toContain('LayerNormalization')
  })
  it('Gelu, in both orders of the factors', () => {
    const erf = (b: GraphTools, x: Value) =>
      b.op('Add', [b.op('Erf', [b.op('Div', [x, b.scalar(Math.SQRT2)])]), b.scalar(1)])
    const g = makeGraph([[4, 8]], (b, x) => [
      b.op('Mul', [b.op('Mul', [x, erf(b, x)]), b.scalar(0.5)]),
      b.op('Mul', [b.op('Mul', [x, b.scalar(0.5)]), erf(b, x)]),
    ])
    expect(rewritten(g, [recognise])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8]
      %1: float32[4, 8] = Gelu(%0) {"tanh":false}
      %2: float32[4, 8] = Gelu(%0) {"tanh":false}
      outputs %1, %2
      "
    `)
  })
  it('Swish', () => {
    const g = makeGraph([[4, 8]], (b, x) => b.op('Mul', [x, b.op('Sigmoid', [x])]))
    expect(rewritten(g, [recognise])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8]
      %1: float32[4, 8] = Swish(%0) {"alpha":1}
      outputs %1
      "
    `)
  })
})

function attention(b: GraphTools, x: Value, heads: (v: Value) => Value): Value {
  const linear = (v: Value) => b.op('Add', [b.weights(8), b.op('MatMul', [v, b.weights(8, 8)])])
  const [q, k, v] = [heads(linear(x)), heads(linear(x)), heads(linear(x))]
  const scores = b.op('Div', [b.op('MatMul', [q, b.op('Transpose', [k], { perm: [0, 1, 3, 2] })]), b.scalar(2)])
  const y = b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), v])
  return b.op('Reshape', [b.op('Transpose', [y], { perm: [0, 2, 1, 3] }), b.ints(1, 6, 8)], reshape)
}

describe('attention', () => {
  it('is one kernel after one projection', () => {
    const g = makeGraph([[1, 6, 8]], (b, x) =>
      attention(b, x, (v) =>
        b.op('Transpose', [b.op('Reshape', [v, b.ints(1, 6, 2, 4)], reshape)], { perm: [0, 2, 1, 3] }),
      ),
    )
    expect(rewritten(g, [fuseAttention, simplifyMoves, packProjections])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 6, 8]
      %2: float32[1, 6, 24] = MatMul(%0, const[8, 24])
      %4: float32[1, 6, 24] = Add(%2, const[24])
      %5: float32[1, 6, 8] = FusedAttention(%4, %4, %4) {"heads":2,"headSize":4,"valueSize":4,"scale":0.5,"offsets":[0,8,16]}
      outputs %5
      "
    `)
  })
  it('reads a packed projection in place', () => {
    const g = makeGraph([[1, 6, 8]], (b, x) => {
      const qkv = b.op('Reshape', [b.op('MatMul', [x, b.weights(8, 24)]), b.ints(1, 6, 3, 2, 4)], reshape)
      const moved = b.op('Transpose', [qkv], { perm: [2, 0, 3, 1, 4] })
      const part = (i: number) =>
        b.op('Gather', [moved, b.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(i)) })], {
          axis: 0,
        })
      const scores = b.op('MatMul', [
        b.op('Mul', [part(0), b.scalar(0.5)]),
        b.op('Transpose', [part(1)], { perm: [0, 1, 3, 2] }),
      ])
      return b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), part(2)])
    })
    expect(rewritten(g, [lower, fuseAttention, simplifyMoves, sinkTransposes, packProjections])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 6, 8]
      %2: float32[1, 6, 24] = MatMul(%0, const[8, 24])
      %3: float32[1, 6, 8] = FusedAttention(%2, %2, %2) {"heads":2,"headSize":4,"valueSize":4,"scale":0.5,"offsets":[0,8,16]}
      %5: float32[1, 6, 2, 4] = Reshape(%3, const[4]) {"allowzero":true}
      %6: float32[1, 2, 6, 4] = Transpose(%5) {"perm":[0,2,1,3]}
      outputs %6
      "
    `)
  })
  it('keeps an additive bias', () => {
    const g = makeGraph(
      [
        [1, 2, 6, 4],
        [1, 2, 4, 6],
        [1, 2, 6, 4],
      ],
      (b, q, k, v) => {
        const scores = b.op('Add', [b.op('MatMul', [q, k]), b.weights(1, 2, 6, 6)])
        return b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), v])
      },
    )
    expect(rewritten(g, [fuseAttention, simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 2, 6, 4], %1: float32[1, 2, 4, 6], %2: float32[1, 2, 6, 4]
      %3: float32[1, 6, 2, 4] = Transpose(%0) {"perm":[0,2,1,3]}
      %5: float32[1, 6, 8] = Reshape(%3, const[3]) {"allowzero":true}
      %7: float32[1, 8, 6] = Reshape(%1, const[3]) {"allowzero":true}
      %8: float32[1, 6, 8] = Transpose(%7) {"perm":[0,2,1]}
      %9: float32[1, 6, 2, 4] = Transpose(%2) {"perm":[0,2,1,3]}
      %11: float32[1, 6, 8] = Reshape(%9, const[3]) {"allowzero":true}
      %13: float32[1, 6, 8] = FusedAttention(%5, %8, %11, const[1, 2, 6, 6]) {"heads":2,"headSize":4,"valueSize":4,"scale":1,"offsets":[0,0,0]}
      %15: float32[1, 6, 2, 4] = Reshape(%13, const[4]) {"allowzero":true}
      %16: float32[1, 2, 6, 4] = Transpose(%15) {"perm":[0,2,1,3]}
      outputs %16
      "
    `)
  })
})

/** Attention with a mask, whose softmax turns NaN, where a row is masked altogether, into 0. */
const guarded = (mask: number[]) =>
  makeGraph(
    [
      [1, 2, 6, 4],
      [1, 2, 4, 6],
      [1, 2, 6, 4],
    ],
    (b, q, k, v) => {
      const bias = b.constant(fromNumbers('float32', [1, 1, 6, 6], mask))
      const p = b.op('Softmax', [b.op('Add', [b.op('MatMul', [q, k]), bias])], { axis: -1 })
      return b.op('MatMul', [b.op('Where', [b.op('IsNaN', [p]), b.scalar(0), p]), v])
    },
  )

describe('attention with a guarded softmax', () => {
  const fused = (mask: number[]) => rewritten(guarded(mask), [recognise, fuseAttention, simplifyMoves])
  const causal = Array.from({ length: 36 }, (_, i) => (i % 6 <= Math.floor(i / 6) ? 0 : Number.NEGATIVE_INFINITY))
  it('drops a mask of zeros, and the guard with it', () => {
    const text = fused(new Array(36).fill(0))
    expect(text).toContain('= FusedAttention(%5, %8, %11) ')
    expect(text).not.toContain('Where')
  })
  it('drops the guard where each row keeps an element', () => {
    const text = fused(causal)
    expect(text).toContain('= FusedAttention(%5, %8, %11, const[1, 1, 6, 6]) ')
    expect(text).not.toContain('Where')
    expectSameResults(guarded(causal), [recognise])
  })
  it('keeps the guard where a row is masked altogether', () => {
    expect(fused(causal.fill(Number.NEGATIVE_INFINITY, 0, 6))).toContain('Where')
  })
})

describe('pointwise', () => {
  it('folds scales into weights, through the bias', () => {
    const g = makeGraph([[4, 8]], (b, x) =>
      b.op('Mul', [b.op('Add', [b.op('MatMul', [x, b.weights(8, 12)]), b.weights(12)]), b.weights(12)]),
    )
    expect(rewritten(g, [foldScales])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8]
      %2: float32[4, 12] = MatMul(%0, const[8, 12])
      %4: float32[4, 12] = Add(%2, const[12])
      outputs %4
      "
    `)
  })
  it('puts bias, activation and residual into the tail', () => {
    const g = makeGraph(
      [
        [4, 8],
        [4, 12],
      ],
      (b, x, r) => {
        const y = b.op('Gelu', [b.op('Add', [b.op('MatMul', [x, b.weights(8, 12)]), b.weights(12)])], { tanh: false })
        return b.op('Relu', [b.op('Sub', [r, y])])
      },
    )
    expect(rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8], %1: float32[4, 12]
      %4: float32[4, 12] = MatMul(%0, const[8, 12], const[12], %1) |> Add(., const[12]) |> Gelu(.) {"tanh":false} |> Sub(%1, .) |> Relu(.)
      outputs %4
      "
    `)
  })
  it('does not fuse a value that is read twice, nor one that is an output', () => {
    const g = makeGraph([[4, 8]], (b, x) => {
      const y = b.op('MatMul', [x, b.weights(8, 8)])
      const z = b.op('Relu', [y])
      return [b.op('Add', [z, y]), z]
    })
    expect(rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8]
      %2: float32[4, 8] = MatMul(%0, const[8, 8])
      %3: float32[4, 8] = Relu(%2)
      %4: float32[4, 8] = Add(%3, %2)
      outputs %4, %3
      "
    `)
  })
  it('does not fuse an operand that makes the result larger', () => {
    const g = makeGraph(
      [
        [4, 1],
        [4, 8],
      ],
      (b, x, r) => b.op('Add', [b.op('Relu', [x]), r]),
    )
    expect(rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 1], %1: float32[4, 8]
      %2: float32[4, 1] = Relu(%0)
      %3: float32[4, 8] = Add(%2, %1)
      outputs %3
      "
    `)
  })
  it('makes a Relu the head of a convolution where its operand is read elsewhere, too', () => {
    const pads = [1, 1, 1, 1]
    const conv = { strides: [], dilations: [], pads, autoPad: 'NOTSET', group: 1, channelsLast: true }
    const unit = (b: GraphTools, x: Value) => {
      const y = b.op('Conv', [b.op('Relu', [x]), b.weights(8, 8, 3, 3)], conv)
      return b.op('Add', [b.op('Conv', [b.op('Relu', [y]), b.weights(8, 8, 3, 3)], conv), x])
    }
    const g = makeGraph([[1, 4, 4, 8]], (b, x) => unit(b, unit(b, x)))
    expect(rewritten(g, [fuseTails, fuseHeads])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 4, 4, 8]
      %2: float32[1, 4, 4, 8] = Conv(%0, const[8, 8, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true,"relu":true} |> Relu(.)
      %4: float32[1, 4, 4, 8] = Conv(%2, const[8, 8, 3, 3], %0) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true} |> Add(., %0)
      %6: float32[1, 4, 4, 8] = Conv(%4, const[8, 8, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true,"relu":true} |> Relu(.)
      %8: float32[1, 4, 4, 8] = Conv(%6, const[8, 8, 3, 3], %4) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true} |> Add(., %4)
      outputs %8
      "
    `)
  })
  it('leaves a Relu that another node reads, too', () => {
    const conv = { strides: [], dilations: [], pads: [], autoPad: 'NOTSET', group: 1, channelsLast: true }
    const g = makeGraph([[1, 4, 4, 8]], (b, x) => {
      const r = b.op('Relu', [x])
      return b.op('Add', [b.op('Conv', [r, b.weights(8, 8, 1, 1)], conv), r])
    })
    expect(rewritten(g, [fuseHeads])).toContain('Relu')
  })
  it('normalises behind the Transpose of the input', () => {
    const g = makeGraph([[1, 3, 4, 4]], (b, x) =>
      b.op('Transpose', [b.op('Div', [b.op('Sub', [x, b.scalar(0.45)]), b.scalar(0.225)])], { perm: [0, 2, 3, 1] }),
    )
    expect(rewritten(g, [hoistTransposes]) && rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 4, 4]
      %3: float32[1, 4, 4, 3] = Transpose(%0, const[], const[]) {"perm":[0,2,3,1]} |> Sub(., const[]) |> Div(., const[])
      outputs %3
      "
    `)
  })
})
