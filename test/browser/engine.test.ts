// The engine in a browser gives what it gives in Node: small graphs over the kernel families, and the default network.
// The pages run under a Content-Security-Policy without eval, wasm and blobs.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/index.ts'
import { openEngine } from '../../src/node/index.ts'
import { fromNumbers, numbers, sizeOf, type Tensor } from '../../src/runtime/tensor.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { random } from '../harness/kernel.ts'
import { type OnnxModelSpec, type OnnxNodeSpec, writeOnnx } from '../harness/onnx-writer.ts'
import { type ModulePage, openBrowser, root } from './harness.ts'

type Page = typeof import('./pages/engine.ts')

const browser = openBrowser({ headers: { 'content-security-policy': "default-src 'self'; script-src 'self'" } })
let page: ModulePage<Page>
let node: Engine

browser.beforeAll(async () => {
  node = await openEngine()
  page = await browser.module<Page>('engine')
})
afterAll(() => node?.destroy())

const fill = (shape: readonly number[], seed: number): number[] => {
  const next = random(seed)
  return Array.from({ length: sizeOf(shape) }, () => next() * 2 - 1)
}

type Constants = NonNullable<OnnxModelSpec['constants']>

/** Constants of these shapes, drawn from seeds. */
const weights = (shapes: Record<string, number[]>): Constants =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, { shape, values: fill(shape, 7 + i).map((v) => v / 3) }]),
  )

/** A model of one input `x` and one output `y` of the same rank. */
const modelOf = (shape: number[], nodes: OnnxNodeSpec[], constants: Constants = {}): OnnxModelSpec => ({
  nodes,
  inputs: [{ name: 'x', shape }],
  outputs: [{ name: 'y', shape: shape.map((_, i) => `d${i}`) }],
  constants,
  opset: 20,
})

const op = (name: string, inputs: string[], output: string, attributes?: OnnxNodeSpec['attributes']): OnnxNodeSpec => ({
  op: name,
  inputs,
  outputs: [output],
  attributes,
})

const GRAPHS: Record<string, OnnxModelSpec> = {
  'convolutions: 3 × 3 with stride, depthwise, 1 × 1, and their tails': modelOf(
    [1, 3, 21, 18],
    [
      op('Conv', ['x', 'w1', 'b1'], 'a', { pads: [1, 1, 1, 1], strides: [2, 2] }),
      op('Relu', ['a'], 'b'),
      op('Conv', ['b', 'w2'], 'c', { pads: [1, 1, 1, 1], group: 20 }),
      op('HardSwish', ['c'], 'd'),
      op('Conv', ['d', 'w3'], 'y'),
    ],
    weights({ w1: [20, 3, 3, 3], b1: [20], w2: [20, 1, 3, 3], w3: [9, 20, 1, 1] }),
  ),
  'images: pooling, enlarging, transposed convolution, concatenation': modelOf(
    [1, 8, 12, 10],
    [
      op('MaxPool', ['x'], 'a', { kernel_shape: [2, 2], strides: [2, 2] }),
      op('ConvTranspose', ['a', 'w'], 'b', { strides: [2, 2], kernel_shape: [2, 2] }),
      op('Concat', ['x', 'b'], 'c', { axis: 1 }),
      op('Resize', ['c', '', 'scales'], 'y', { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }),
    ],
    { ...weights({ w: [8, 5, 2, 2] }), scales: { shape: [4], values: [1, 1, 2, 1.5] } },
  ),
  'tokens: product, layer normalisation, GELU, softmax': modelOf(
    [2, 17, 40],
    [
      op('MatMul', ['x', 'w1'], 'a'),
      op('LayerNormalization', ['a', 'scale', 'bias'], 'b', { axis: -1 }),
      op('Gelu', ['b'], 'c'),
      op('MatMul', ['c', 'w2'], 'd'),
      op('Softmax', ['d'], 'y', { axis: -1 }),
    ],
    weights({ w1: [40, 64], scale: [64], bias: [64], w2: [64, 33] }),
  ),
  'attention of two heads': modelOf(
    [2, 19, 32],
    [
      op('Transpose', ['x'], 't', { perm: [0, 2, 1] }),
      op('MatMul', ['x', 't'], 'a'),
      op('Softmax', ['a'], 'b', { axis: -1 }),
      op('MatMul', ['b', 'x'], 'y'),
    ],
  ),
  'reductions and moves': modelOf(
    [3, 7, 11],
    [
      op('ReduceMean', ['x', 'axes'], 'm', { keepdims: 1 }),
      op('Sub', ['x', 'm'], 's'),
      op('Transpose', ['s'], 't', { perm: [2, 0, 1] }),
      op('CumSum', ['t', 'axis'], 'y'),
    ],
    { axes: { shape: [1], values: [1], elem: 7 }, axis: { shape: [], values: [2], elem: 7 } },
  ),
}
async function inNode(model: Uint8Array, feeds: Record<string, Tensor>, axes?: Record<string, number>) {
  const session = await node.load(model, { axes })
  const result = await session.run(feeds)
  session.destroy()
  return result
}

describe('a graph in the browser equals Node', () => {
  it.each(Object.entries(GRAPHS))('%s', async (_, spec) => {
    const model = writeOnnx(spec)
    const shape = spec.inputs[0].shape as number[]
    const feeds = { x: fromNumbers('float32', shape, fill(shape, 1)) }
    const expected = await inNode(model, feeds)
    const actual = await page.call('run', { model, feeds })
    expect(actual.y.shape).toEqual(expected.y.shape)
    expect(compare(numbers(actual.y), numbers(expected.y), 'float32', 'reduce')).toBeNull()
    expect(Array.from(numbers(actual.y)).some((v) => v !== 0)).toBe(true)
  })

  it('the default network', async () => {
    const model = new Uint8Array(fs.readFileSync(path.join(root, 'assets/isobath-tiny.onnx')))
    const axes = { height: 96, width: 128 }
    const shape = [1, 3, axes.height, axes.width]
    const feeds = { rgb: fromNumbers('float32', shape, fill(shape, 3)) }
    const expected = await inNode(model, feeds, axes)
    const actual = await page.call('run', { model, feeds, axes })
    expect(Object.keys(expected)).toHaveLength(1)
    for (const [name, tensor] of Object.entries(expected))
      expect(compare(numbers(actual[name]), numbers(tensor), 'float32', 'reduce')).toBeNull()
  })
})

describe('the engine in the browser', () => {
  it('knows a software adapter and computes in float32 there', async () => {
    const { software, precision } = await page.call('open')
    if (software) expect(precision).toBe('f32')
  })

  it('gives errors that say what is wrong', async () => {
    const model = writeOnnx(modelOf([4], [op('Loop', ['x', 'x'], 'y')]))
    expect(await page.call('loadError', model)).toMatch(/^IsobathError unsupported: .*Loop/s)
  })
})
