import { describe, expect, it } from 'vitest'
import type { Value } from '../../src/runtime/op.ts'
import { convolveFirst, padWindows } from '../../src/runtime/passes/images.ts'
import { expectSameResults, type GraphTools, makeGraph, rewritten } from '../harness/graph.ts'

const conv = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], autoPad: 'NOTSET', group: 1, channelsLast: true }
const resize = {
  mode: 'linear',
  coordinates: 'align_corners',
  nearest: 'floor',
  cubicA: -0.75,
  excludeOutside: false,
  antialias: false,
  extrapolation: 0,
  policy: 'stretch',
  axes: [],
  old: false,
  channelsLast: true,
}
const enlarge = (b: GraphTools, x: Value, ...sizes: number[]) =>
  b.op('Resize', [x, null, null, b.ints(...sizes)], resize)

describe('images', () => {
  it('zeros around a convolution are its padding', () => {
    const make = (b: GraphTools, x: Value) => {
      const padded = b.op('Pad', [x, b.ints(0, 0, 1, 0, 0, 1, 2, 0), b.scalar(0)], { mode: 'constant' })
      return b.op('Conv', [padded, b.weights(4, 4, 3, 3)], { ...conv, strides: [2, 2], pads: [1, 0, 1, 0] })
    }
    expectSameResults(makeGraph([[1, 5, 6, 4]], make), [padWindows])
    expect(rewritten(makeGraph([[1, 5, 6, 4]], make), [padWindows])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 5, 6, 4]
      %2: float32[1, 3, 4, 4] = Conv(%0, const[4, 4, 3, 3]) {"strides":[2,2],"dilations":[1,1],"pads":[1,1,2,2],"autoPad":"NOTSET","group":1,"channelsLast":true}
      outputs %2
      "
    `)
  })
  it('minus infinity around a maximum, but not zeros', () => {
    const make = (fill: number) => (b: GraphTools, x: Value) => {
      const padded = b.op('Pad', [x, b.ints(0, 0, 0, 0, 0, 1, 1, 0), b.scalar(fill)], { mode: 'constant' })
      const { group, ...window } = conv
      return b.op('MaxPool', [padded], {
        ...window,
        kernel: [3, 3],
        strides: [2, 2],
        ceilMode: false,
        columnMajor: false,
      })
    }
    expectSameResults(makeGraph([[1, 6, 6, 4]], make(-Infinity)), [padWindows])
    expect(rewritten(makeGraph([[1, 6, 6, 4]], make(-Infinity)), [padWindows])).not.toContain('Pad(')
    expect(rewritten(makeGraph([[1, 6, 6, 4]], make(0)), [padWindows])).toContain('Pad(')
  })
  it('a pointwise convolution with its bias goes before an enlarging Resize', () => {
    const make = (b: GraphTools, x: Value) =>
      b.op('Add', [b.op('Conv', [enlarge(b, x, 1, 8, 6, 7), b.weights(4, 8, 1, 1)], conv), b.weights(4)])
    expectSameResults(makeGraph([[1, 3, 4, 8]], make), [convolveFirst])
    expect(rewritten(makeGraph([[1, 3, 4, 8]], make), [convolveFirst])).toMatchInlineSnapshot(`
      "
      inputs %0: float32[1, 3, 4, 8]
      %2: float32[1, 3, 4, 4] = Conv(%0, const[4, 8, 1, 1]) {"strides":[1,1],"dilations":[1,1],"pads":[0,0,0,0],"autoPad":"NOTSET","group":1,"channelsLast":true}
      %4: float32[1, 3, 4, 4] = Add(%2, const[4])
      %6: float32[1, 6, 7, 4] = Resize(%4, _, _, const[4]) {"mode":"linear","coordinates":"align_corners","nearest":"floor","cubicA":-0.75,"excludeOutside":false,"antialias":false,"extrapolation":0,"policy":"stretch","axes":[],"old":false,"channelsLast":true}
      outputs %6
      "
    `)
  })
  it('not where the image shrinks, the channels grow, or the large image is read elsewhere', () => {
    const make =
      (channels: number, ...sizes: number[]) =>
      (b: GraphTools, x: Value) =>
        b.op('Conv', [enlarge(b, x, ...sizes), b.weights(channels, 8, 1, 1)], conv)
    const kept = (f: ReturnType<typeof make>) => rewritten(makeGraph([[1, 3, 4, 8]], f), [convolveFirst])
    expect(kept(make(4, 1, 8, 2, 2))).toMatch(/Resize.*\n.*Conv/)
    expect(kept(make(12, 1, 8, 6, 7))).toMatch(/Resize.*\n.*Conv/)
    const twice = makeGraph([[1, 3, 4, 8]], (b, x) => {
      const large = enlarge(b, x, 1, 8, 6, 7)
      return [b.op('Conv', [large, b.weights(4, 8, 1, 1)], conv), b.op('Relu', [large])]
    })
    expect(rewritten(twice, [convolveFirst])).toMatch(/Resize.*\n.*Conv/)
  })
})
