import { describe, expect, it } from 'vitest'
import { channelsLast, sinkTransposes } from '../../src/runtime/passes/layout.ts'
import { lower } from '../../src/runtime/passes/lower.ts'
import { simplifyMoves } from '../../src/runtime/passes/moves.ts'
import { shareNodes } from '../../src/runtime/passes/share.ts'
import { makeGraph, rewritten } from '../harness/graph.ts'

const reshape = { allowzero: true }
const conv = { strides: [], dilations: [], pads: [1, 1, 1, 1], autoPad: 'NOTSET', group: 1, channelsLast: false }

describe('simplify moves', () => {
  it('removes Transposes that undo each other', () => {
    const g = makeGraph([[2, 3, 4]], (b, x) =>
      b.op('Transpose', [b.op('Transpose', [x], { perm: [2, 0, 1] })], { perm: [1, 2, 0] }),
    )
    expect(rewritten(g, [simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[2, 3, 4]
      outputs %0
      "
    `)
  })
  it('sees that a Transpose of axes of size 1 is a Reshape', () => {
    const g = makeGraph([[1, 1, 4, 5]], (b, x) => b.op('Transpose', [x], { perm: [0, 2, 3, 1] }))
    expect(rewritten(g, [simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 1, 4, 5]
      %2: float32[1, 4, 5, 1] = Reshape(%0, const[4]) {"allowzero":true}
      outputs %2
      "
    `)
  })
  it('merges tokens to image to tokens', () => {
    const g = makeGraph([[1, 12, 8]], (b, x) => {
      const image = b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 1] }), b.ints(1, 8, 3, 4)], reshape)
      return b.op('Transpose', [image], { perm: [0, 2, 3, 1] })
    })
    expect(rewritten(g, [simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 12, 8]
      %2: float32[1, 3, 4, 8] = Reshape(%0, const[4]) {"allowzero":true}
      outputs %2
      "
    `)
  })
  it('keeps what cannot be simpler', () => {
    const g = makeGraph([[6, 4]], (b, x) =>
      b.op('Reshape', [b.op('Transpose', [x], { perm: [1, 0] }), b.ints(3, 8)], reshape),
    )
    expect(rewritten(g, [simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[6, 4]
      %1: float32[4, 6] = Transpose(%0) {"perm":[1,0]}
      %3: float32[3, 8] = Reshape(%1, const[2]) {"allowzero":true}
      outputs %3
      "
    `)
  })
  it('splits axes that a later step cuts', () => {
    const g = makeGraph([[2, 6, 8]], (b, x) => {
      const heads = b.op('Transpose', [b.op('Reshape', [x, b.ints(2, 6, 2, 4)], reshape)], { perm: [0, 2, 1, 3] })
      const back = b.op('Transpose', [heads], { perm: [0, 2, 1, 3] })
      return b.op('Reshape', [back, b.ints(12, 8)], reshape)
    })
    expect(rewritten(g, [simplifyMoves])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[2, 6, 8]
      %2: float32[12, 8] = Reshape(%0, const[2]) {"allowzero":true}
      outputs %2
      "
    `)
  })
})

describe('channels last', () => {
  const passes = [lower, channelsLast, sinkTransposes, simplifyMoves, shareNodes]
  it('leaves Transposes only at the edges', () => {
    const g = makeGraph([[1, 3, 8, 8]], (b, x) => {
      const a = b.op('Relu', [b.op('Conv', [x, b.weights(8, 3, 3, 3), b.weights(8)], conv)])
      const c = b.op('Conv', [a, b.weights(8, 8, 3, 3)], conv)
      return b.op('Add', [b.op('Mul', [c, b.weights(8, 1, 1)]), a])
    })
    expect(rewritten(g, passes)).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 8, 8]
      %1: float32[1, 8, 8, 3] = Transpose(%0) {"perm":[0,2,3,1]}
      %3: float32[1, 8, 8, 8] = Conv(%1, const[8, 3, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %5: float32[1, 8, 8, 8] = Add(%3, const[1, 1, 1, 8])
      %6: float32[1, 8, 8, 8] = Relu(%5)
      %8: float32[1, 8, 8, 8] = Conv(%6, const[8, 8, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %10: float32[1, 8, 8, 8] = Mul(%8, const[1, 1, 1, 8])
      %11: float32[1, 8, 8, 8] = Add(%10, %6)
      %12: float32[1, 8, 8, 8] = Transpose(%11) {"perm":[0,3,1,2]}
      outputs %12
      "
    `)
  })
  it('turns the axis of a Concat', () => {
    const g = makeGraph([[1, 4, 8, 8]], (b, x) => {
      const a = b.op('Conv', [x, b.weights(4, 4, 3, 3)], conv)
      const c = b.op('Conv', [x, b.weights(8, 4, 3, 3)], conv)
      return b.op('Conv', [b.emit('Concat', [a, c], { axis: 1 })[0], b.weights(1, 12, 3, 3)], conv)
    })
    expect(rewritten(g, passes)).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 4, 8, 8]
      %1: float32[1, 8, 8, 4] = Transpose(%0) {"perm":[0,2,3,1]}
      %3: float32[1, 8, 8, 4] = Conv(%1, const[4, 4, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %5: float32[1, 8, 8, 8] = Conv(%1, const[8, 4, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %6: float32[1, 8, 8, 12] = Concat(%3, %5) {"axis":3}
      %8: float32[1, 8, 8, 1] = Conv(%6, const[1, 12, 3, 3]) {"strides":[],"dilations":[],"pads":[1,1,1,1],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %10: float32[1, 1, 8, 8] = Reshape(%8, const[4]) {"allowzero":true}
      outputs %10
      "
    `)
  })
  it('makes tokens of patches without a kernel', () => {
    const g = makeGraph([[1, 3, 8, 8]], (b, x) => {
      const patches = b.op('Conv', [x, b.weights(16, 3, 4, 4)], { ...conv, pads: [], strides: [4, 4] })
      const flat = b.op('Reshape', [patches, b.ints(1, 16, 4)], reshape)
      return b.op('Transpose', [flat], { perm: [0, 2, 1] })
    })
    expect(rewritten(g, passes)).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 8, 8]
      %1: float32[1, 8, 8, 3] = Transpose(%0) {"perm":[0,2,3,1]}
      %3: float32[1, 2, 2, 16] = Conv(%1, const[16, 3, 4, 4]) {"strides":[4,4],"dilations":[],"pads":[],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %5: float32[1, 4, 16] = Reshape(%3, const[3]) {"allowzero":true}
      outputs %5
      "
    `)
  })
})
