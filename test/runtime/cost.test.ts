// What a call is said to compute and to move, against the closed formulas.
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../../src/engine.ts'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import type { Caps, Graph, Node } from '../../src/runtime/op.ts'
import { optimise } from '../../src/runtime/passes/index.ts'
import { fromNumbers, sizeOf } from '../../src/runtime/tensor.ts'
import { buildModel } from '../../tools/zoo/index.mjs'
import { makeGraph } from '../harness/graph.ts'

const shape = (node: Node, i: number) => node.inputs[i]!.fact.shape
const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1)

/** Operations of a node without its tail. */
const FORMULAS: Record<string, (node: Node) => number> = {
  // 2 · M · N · K
  MatMul: (node) => 2 * sizeOf(node.outputs[0].fact.shape) * shape(node, 0).at(-1)!,
  // 2 · OH · OW · O · I/g · KH · KW
  Conv: (node) => 2 * sizeOf(node.outputs[0].fact.shape) * product(shape(node, 1).slice(1)),
  // 2 · H · W · I · O · KH · KW
  ConvTranspose: (node) => 2 * sizeOf(shape(node, 0)) * product(shape(node, 1).slice(1)),
  // 2 · 2 · heads · N · M · d, where keys and values are equally wide
  FusedAttention({ attrs, inputs }) {
    const [batch, queries] = inputs[0]!.fact.shape
    return 2 * 2 * batch * attrs.heads * queries * inputs[1]!.fact.shape[1] * attrs.headSize
  },
}

/** 2 · P · T · C · O and the additions of both transforms, for T tiles of `size` × `size` pixels, P = (size + 2)². */
function winograd(node: Node, size: number): number {
  const [batch, oh, ow, o] = node.outputs[0].fact.shape
  const tiles = batch * Math.ceil(oh / size) * Math.ceil(ow / size)
  const c = shape(node, 0)[3]
  return 2 * (size + 2) ** 2 * tiles * c * o + 4 * size * (size + 2) * tiles * (c + o)
}

const GPU: Caps = { ...DEFAULT_CAPS, software: false }
const LANES: Caps = { ...DEFAULT_CAPS, subgroups: { min: 8, max: 8 } }

/** Per node that has a formula: operator, what its calls count beside the tail, and the formula. */
function counts(graph: Graph, caps: Caps = DEFAULT_CAPS) {
  const { calls } = compile(graph, operators, { caps })
  return graph.nodes.flatMap((node, index) => {
    const formula = FORMULAS[node.op]
    if (!formula) return []
    const own = calls.filter((c) => c.index === index)
    const sum = (f: (cost: (typeof own)[0]['cost']) => number) => own.reduce((n, c) => n + f(c.cost), 0)
    expect(sum((c) => c.tail)).toBe((node.tail?.length ?? 0) * sizeOf(node.outputs[0].fact.shape))
    const tiles = own.find((c) => c.shader === 'winograd_input')
    const expected = tiles ? winograd(node, Number(tiles.consts.M)) : formula(node)
    return [{ name: node.name, op: node.op, flops: sum((c) => c.flops - c.tail), formula: expected }]
  })
}

function check(found: ReturnType<typeof counts>, least: Record<string, number>) {
  for (const { name, op, flops, formula } of found) expect(`${name} ${op}: ${flops}`).toBe(`${name} ${op}: ${formula}`)
  for (const [op, n] of Object.entries(least)) expect(found.filter((f) => f.op === op).length).toBeGreaterThanOrEqual(n)
}

describe('operations', () => {
  it.each([
    ['a software adapter', DEFAULT_CAPS],
    ['one with subgroups', LANES],
    ['a GPU', GPU],
  ])('of Depth Anything are those of the formulas, on %s', (_, caps) =>
    check(counts(buildGraph(buildModel('zoo:dav2-small@98')), caps), {
      MatMul: 40,
      Conv: 20,
      ConvTranspose: 2,
      FusedAttention: 12,
    }),
  )

  const conv = (w: number[], attrs: object, x = [1, 6, 9, 11]) => {
    const graph = makeGraph([x], (b, v) => {
      const window = { autoPad: 'NOTSET', strides: [], pads: [], dilations: [], group: 1, channelsLast: false }
      return b.op('Relu', [b.op('Conv', [v, b.weights(...w)], { ...window, ...attrs })])
    })
    optimise(graph, operators, { precision: 'f32' })
    return graph
  }
  const shapes: [string, number[], object, number[]?][] = [
    ['3 channels', [7, 3, 3, 3], { strides: [2, 2] }, [1, 3, 9, 11]],
    ['groups', [8, 2, 3, 3], { group: 3 }, [1, 6, 9, 11]],
    ['a depthwise one', [6, 1, 3, 3], { group: 6 }],
    ['1 × 1', [5, 6, 1, 1], {}],
    ['dilated', [5, 6, 3, 3], { dilations: [2, 2], pads: [1, 1, 1, 1] }],
    ['one axis', [5, 6, 3], {}, [2, 6, 9]],
    ['three axes', [5, 6, 2, 2, 2], {}, [1, 6, 3, 4, 5]],
  ]
  for (const [caps, adapter] of [
    [DEFAULT_CAPS, 'software'],
    [LANES, 'subgroups'],
    [GPU, 'GPU'],
  ] as const)
    it.each(shapes)(`of a convolution: %s (${adapter})`, (_, w, attrs, x) => {
      const [o, i] = w
      const group = (attrs as { group?: number }).group ?? 1
      const weights = [o - (o % group), i, ...w.slice(2)]
      check(counts(conv(weights, attrs, x), caps), { Conv: 1 })
    })

  it('of a product in ranges of columns, and of its tail, count once', () => {
    const limits = { ...DEFAULT_CAPS.limits, maxStorageBufferBindingSize: 4096 }
    const graph = makeGraph([[3, 32]], (b, x) => b.op('Relu', [b.op('MatMul', [x, b.weights(32, 100)])]))
    optimise(graph, operators, { precision: 'f32' })
    const { calls } = compile(graph, operators, { caps: { ...DEFAULT_CAPS, limits } })
    expect(calls.length).toBeGreaterThan(2)
    check(counts(graph, { ...DEFAULT_CAPS, limits }), { MatMul: 1 })
    expect(calls.reduce((n, c) => n + c.cost.written, 0)).toBe(3 * 100 * 4)
  })
})

describe('bytes', () => {
  const indices = fromNumbers('int64', [2, 1], [3, 5])
  const costs = (graph: Graph) => {
    optimise(graph, operators, { precision: 'f32' })
    return compile(graph, operators, { caps: DEFAULT_CAPS }).calls.map(({ cost }) => cost)
  }
  it('are the inputs and the outputs, once', () => {
    const [cost] = costs(makeGraph([[8, 16]], (b, x) => b.op('MatMul', [x, b.weights(16, 4)])))
    expect(cost).toEqual({
      flops: 2 * 8 * 16 * 4,
      tail: 0,
      read: (8 * 16 + 16 * 4) * 4,
      written: 8 * 4 * 4,
      bytes: 896,
    })
  })
  it('are what a slice, a broadcast and a gather touch', () => {
    const slice = makeGraph([[8, 16]], (b, x) => b.op('Slice', [x, b.ints(2), b.ints(4), b.ints(0)]))
    expect(costs(slice)[0]).toMatchObject({ read: 2 * 16 * 4, written: 2 * 16 * 4 })
    const expand = makeGraph([[1, 16]], (b, x) => b.op('Expand', [x, b.ints(8, 16)]))
    expect(costs(expand)[0]).toMatchObject({ read: 16 * 4, written: 8 * 16 * 4 })
    const gather = makeGraph([[100, 16]], (b, x) => b.op('GatherND', [x, b.constant(indices)], { batch: 0 }))
    expect(costs(gather)[0]).toMatchObject({ read: 2 * 16 * 4 + 16, written: 2 * 16 * 4 })
  })
  it('count a value once that a call binds twice', () => {
    const [cost] = costs(makeGraph([[8, 16]], (b, x) => b.op('Add', [b.op('Softmax', [x], { axis: 1 }), x])))
    expect(cost).toMatchObject({ tail: 128, read: 512, written: 512 })
  })
})
