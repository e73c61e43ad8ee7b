import { describe, expect, it } from 'vitest'
import { channelsLast } from '../../src/runtime/passes/layout.ts'
import { makeGraph, rewritten } from '../harness/graph.ts'

const window = { strides: [], dilations: [], pads: [], autoPad: 'NOTSET', channelsLast: false }
const pool = { ...window, kernel: [2, 2], ceilMode: false, countIncludePad: false, columnMajor: false, p: 2 }
const attrs = (text: string) => text.replace(/ \{"strides".*?\}/g, '')

describe('channels last', () => {
  it('takes volumes along', () => {
    const g = makeGraph([[1, 3, 4, 5, 6]], (b, x) =>
      b.op('Conv', [x, b.weights(2, 3, 1, 1, 1)], { ...window, group: 1 }),
    )
    expect(attrs(rewritten(g, [channelsLast]))).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 4, 5, 6]
      %1: float32[1, 4, 5, 6, 3] = Transpose(%0) {"perm":[0,2,3,4,1]}
      %3: float32[1, 4, 5, 6, 2] = Conv(%1, const[2, 3, 1, 1, 1])
      %4: float32[1, 2, 4, 5, 6] = Transpose(%3) {"perm":[0,4,1,2,3]}
      outputs %4
      "
    `)
  })
  it('turns the indices of MaxPool back, too', () => {
    const g = makeGraph([[1, 3, 4, 4]], (b, x) => b.emit('MaxPool', [x], pool, 2))
    expect(attrs(rewritten(g, [channelsLast]))).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 4, 4]
      %1: float32[1, 4, 4, 3] = Transpose(%0) {"perm":[0,2,3,1]}
      %2: float32[1, 3, 3, 3], %3: int64[1, 3, 3, 3] = MaxPool(%1)
      %4: float32[1, 3, 3, 3] = Transpose(%2) {"perm":[0,3,1,2]}
      %5: int64[1, 3, 3, 3] = Transpose(%3) {"perm":[0,3,1,2]}
      outputs %4, %5
      "
    `)
  })
  it('drops indices that nothing reads', () => {
    const g = makeGraph([[1, 3, 4, 4]], (b, x) => b.emit('MaxPool', [x], pool, 2)[0])
    expect(attrs(rewritten(g, [channelsLast]))).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 4, 4]
      %1: float32[1, 4, 4, 3] = Transpose(%0) {"perm":[0,2,3,1]}
      %2: float32[1, 3, 3, 3] = MaxPool(%1)
      %3: float32[1, 3, 3, 3] = Transpose(%2) {"perm":[0,3,1,2]}
      outputs %3
      "
    `)
  })
})
