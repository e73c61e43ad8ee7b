import { describe, expect, it } from 'vitest'
import type { Value } from '../../src/runtime/op.ts'
import { fuseAttention, packProjections } from '../../src/runtime/passes/attention.ts'
import { foldScales, fuseTails } from '../../src/runtime/passes/fuse.ts'
import { simplifyMoves } from '../../src/runtime/passes/moves.ts'
import { cancelRows, collectRows } from '../../src/runtime/passes/rows.ts'
import { dropExpands, sinkViews } from '../../src/runtime/passes/views.ts'
import { expectSameResults, type GraphTools, makeGraph, rewritten } from '../harness/graph.ts'

const reshape = { allowzero: true }
const view = (b: GraphTools, v: Value, ...shape: number[]) => b.op('Reshape', [v, b.ints(...shape)], reshape)
const slice = (b: GraphTools, v: Value, axis: number, start: number, end: number, step = 1) =>
  b.op('Slice', [v, b.ints(start), b.ints(end), b.ints(axis), b.ints(step)])
const roll = (b: GraphTools, v: Value, axis: number, by: number) =>
  b.op('Concat', [slice(b, v, axis, by, 99), slice(b, v, axis, 0, by)], { axis })

/** Windows of 2 × 2 of an image of 4 × 4 pixels, as [windows, tokens, channels]. */
const windows = (b: GraphTools, v: Value, channels: number) =>
  view(b, b.op('Transpose', [view(b, v, 1, 2, 2, 2, 2, channels)], { perm: [0, 1, 3, 2, 4, 5] }), 4, 4, channels)
const image = (b: GraphTools, v: Value, channels: number) =>
  view(b, b.op('Transpose', [view(b, v, 1, 2, 2, 2, 2, channels)], { perm: [0, 1, 3, 2, 4, 5] }), 1, 4, 4, channels)

/** Cosine attention over shifted windows, as SwinV2 is exported. */
function shiftedWindows(b: GraphTools, x: Value): Value {
  const tokens = windows(b, roll(b, roll(b, x, 1, 1), 2, 1), 8)
  const heads = (v: Value) => b.op('Transpose', [view(b, v, 4, 4, 2, 4)], { perm: [0, 2, 1, 3] })
  const linear = (v: Value) => b.op('Add', [b.op('MatMul', [v, b.weights(8, 8)]), b.weights(8)])
  const unit = (v: Value) => {
    const norm = b.op('Clip', [b.op('ReduceL2', [v, b.ints(-1)], { keepdims: true, noop: false }), b.scalar(1e-12)])
    return b.op('Div', [v, b.op('Expand', [norm, b.ints(4, 2, 4, 4)])])
  }
  const [q, k, v] = [unit(heads(linear(tokens))), unit(heads(linear(tokens))), heads(linear(tokens))]
  const cosines = b.op('MatMul', [q, b.op('Transpose', [k], { perm: [0, 1, 3, 2] })])
  const scores = b.op('Add', [b.op('Mul', [cosines, b.weights(2, 1, 1)]), b.weights(1, 2, 4, 4)])
  const masked = view(b, b.op('Add', [view(b, scores, 1, 4, 2, 4, 4), b.weights(1, 4, 1, 4, 4)]), 4, 2, 4, 4)
  const y = b.op('MatMul', [b.op('Softmax', [masked], { axis: -1 }), v])
  const out = linear(view(b, b.op('Transpose', [y], { perm: [0, 2, 1, 3] }), 4, 4, 8))
  return roll(b, roll(b, image(b, out, 8), 1, 3), 2, 3)
}

describe('moves of rows', () => {
  it('shifted windows are read and written in place', () => {
    const g = makeGraph([[1, 4, 4, 8]], shiftedWindows)
    const passes = [fuseAttention, dropExpands, cancelRows, packProjections, simplifyMoves]
    expect(rewritten(g, passes)).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 4, 4, 8]
      %2: float32[1, 16, 8] = Reshape(%0, const[3]) {"allowzero":true}
      %4: float32[1, 16, 8] = MatMul(%2, const[8, 8])
      %6: float32[1, 16, 8] = Add(%4, const[8])
      %8: float32[1, 16, 8] = Reshape(%0, const[3]) {"allowzero":true}
      %10: float32[1, 16, 8] = MatMul(%8, const[8, 8])
      %12: float32[1, 16, 8] = Add(%10, const[8])
      %14: float32[1, 16, 8] = Reshape(%0, const[3]) {"allowzero":true}
      %16: float32[1, 16, 8] = MatMul(%14, const[8, 8])
      %18: float32[1, 16, 8] = Add(%16, const[8])
      %23: float32[1, 16, 8] = FusedAttention(%6, %12, %18, const[1, 2, 4, 4], const[4, 1, 4, 4], const[2], const[16]) {"heads":2,"headSize":4,"valueSize":4,"scale":1,"offsets":[0,0,0],"normalise":9.999999960041972e-13,"window":4}
      %25: float32[1, 16, 8] = MatMul(%23, const[8, 8])
      %27: float32[1, 16, 8] = Add(%25, const[8])
      %29: float32[1, 4, 4, 8] = Reshape(%27, const[4]) {"allowzero":true}
      outputs %29
      "
    `)
  })
  it('shifted windows keep their meaning', () => {
    const passes = [fuseAttention, dropExpands, cancelRows, packProjections, simplifyMoves, collectRows]
    expectSameResults(makeGraph([[1, 4, 4, 8]], shiftedWindows), passes)
  })
  it('without their opposite they stay', () => {
    const g = makeGraph([[1, 4, 4, 8]], (b, x) => b.op('MatMul', [windows(b, x, 8), b.weights(8, 8)]))
    expect(rewritten(g, [cancelRows])).toContain('Transpose')
  })
  it('what is read elsewhere is not computed twice', () => {
    const g = makeGraph([[1, 4, 4, 8]], (b, x) => {
      const y = b.op('MatMul', [windows(b, x, 8), b.weights(8, 8)])
      return [image(b, y, 8), y]
    })
    expect(rewritten(g, [cancelRows]).match(/Transpose/g)).toHaveLength(2)
  })
  it('strided picks side by side are one Gather', () => {
    const merged = (b: GraphTools, x: Value) => {
      const pick = (y: number, z: number) => slice(b, slice(b, x, 1, y, 99, 2), 2, z, 99, 2)
      return b.op('Concat', [pick(0, 0), pick(1, 0), pick(0, 1), pick(1, 1)], { axis: -1 })
    }
    expectSameResults(makeGraph([[1, 4, 4, 8]], merged), [collectRows])
    const g = makeGraph([[1, 4, 4, 8]], merged)
    expect(rewritten(g, [collectRows])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 4, 4, 8]
      %2: float32[16, 8] = Reshape(%0, const[2]) {"allowzero":true}
      %4: float32[16, 8] = Gather(%2, const[16]) {"axis":0}
      %6: float32[1, 2, 2, 32] = Reshape(%4, const[4]) {"allowzero":true}
      outputs %6
      "
    `)
  })
})

describe('views', () => {
  it('a scale behind a Reshape goes into the weights', () => {
    const g = makeGraph(
      [
        [1, 4, 8],
        [1, 4, 8],
      ],
      (b, x, r) => {
        const y = view(b, b.op('MatMul', [x, b.weights(8, 8)]), 4, 8)
        const z = b.op('Add', [b.op('Mul', [y, b.weights(8)]), b.weights(8)])
        return b.op('Relu', [b.op('Add', [r, view(b, z, 1, 4, 8)])])
      },
    )
    expect(rewritten(g, [sinkViews, foldScales, simplifyMoves]) && rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 4, 8], %1: float32[1, 4, 8]
      %4: float32[1, 4, 8] = MatMul(%0, const[8, 8], const[8], %1) |> Add(., const[8]) |> Add(%1, .) |> Relu(.)
      outputs %4
      "
    `)
  })
  it('a residual takes the shape of the kernel that adds it', () => {
    const g = makeGraph(
      [
        [4, 8],
        [1, 4, 8],
      ],
      (b, x, r) => b.op('Add', [r, view(b, b.op('MatMul', [x, b.weights(8, 8)]), 1, 4, 8)]),
    )
    expect(rewritten(g, [sinkViews]) && rewritten(g, [fuseTails])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 8], %1: float32[1, 4, 8]
      %3: float32[4, 8] = Reshape(%1, const[2]) {"allowzero":true}
      %5: float32[4, 8] = MatMul(%0, const[8, 8], %3) |> Add(%3, .)
      %7: float32[1, 4, 8] = Reshape(%5, const[3]) {"allowzero":true}
      outputs %7
      "
    `)
  })
  it('an Expand stays where the shape is its own', () => {
    const g = makeGraph([[4, 1]], (b, x) => [
      b.op('Relu', [b.op('Expand', [x, b.ints(4, 8)])]),
      b.op('Add', [b.op('Expand', [x, b.ints(4, 8)]), b.weights(8)]),
    ])
    expect(rewritten(g, [dropExpands])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[4, 1]
      %2: float32[4, 8] = Expand(%0, const[2])
      %3: float32[4, 8] = Relu(%2)
      %5: float32[4, 8] = Add(%0, const[8])
      outputs %3, %5
      "
    `)
  })
})

describe('attention', () => {
  it('reads a part of each head in place', () => {
    const ofHeads = (b: GraphTools, x: Value) => {
      const heads = b.op('Reshape', [x, b.ints(1, 6, 2, 16)], reshape)
      const [q, k, v] = [0, 4, 8].map((at) =>
        b.op('Transpose', [slice(b, heads, 3, at, at === 8 ? 16 : at + 4)], { perm: [0, 2, 1, 3] }),
      )
      const scores = b.op('MatMul', [q, b.op('Transpose', [k], { perm: [0, 1, 3, 2] })])
      return b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), v])
    }
    const passes = [fuseAttention, simplifyMoves, packProjections]
    expectSameResults(makeGraph([[1, 6, 32]], ofHeads), passes)
    const g = makeGraph([[1, 6, 32]], ofHeads)
    expect(rewritten(g, passes)).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 6, 32]
      %1: float32[1, 6, 16] = FusedAttention(%0, %0, %0) {"heads":2,"headSize":4,"valueSize":8,"scale":1,"offsets":[0,4,8],"steps":[16,16,16]}
      %3: float32[1, 6, 2, 8] = Reshape(%1, const[4]) {"allowzero":true}
      %4: float32[1, 2, 6, 8] = Transpose(%3) {"perm":[0,2,1,3]}
      outputs %4
      "
    `)
  })
})
