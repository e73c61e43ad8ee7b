// Conversion of models to float16: what is stored in which type, where Casts stand, and the search for what must stay
// in float32.
import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createEngine, fromNumbers, type ModelSource } from '../../src/index.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const built = fs.existsSync(new URL('../../dist/node/index.js', import.meta.url))
const load = async () => ({
  ...(await import('../../tools/float16/convert.mjs')),
  ...(await import('../../tools/float16/search.mjs')),
})

const square = (size: number, seed: number) => ({
  shape: [size, size],
  values: Array.from({ length: size * size }, (_, i) => Math.fround(Math.sin(i * 0.7 + seed) / 3)),
})
const SIZE = 40
/** Three products with a Relu behind each, and shape arithmetic beside them. */
const source: ModelSource = {
  name: 'three',
  bytes: writeOnnx({
    nodes: [
      { op: 'MatMul', name: 'first', inputs: ['x', 'a'], outputs: ['p'] },
      { op: 'Relu', name: 'relu', inputs: ['p'], outputs: ['q'] },
      { op: 'MatMul', name: 'second', inputs: ['q', 'b'], outputs: ['r'] },
      { op: 'Shape', name: 'shape', inputs: ['r'], outputs: ['s'] },
      { op: 'Reshape', name: 'reshape', inputs: ['r', 's'], outputs: ['t'] },
      { op: 'MatMul', name: 'third', inputs: ['t', 'c'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', shape: [3, SIZE] }],
    outputs: [{ name: 'y', shape: [3, SIZE] }],
    constants: { a: square(SIZE, 1), b: square(SIZE, 2), c: square(SIZE, 3) },
  }),
}

describe.skipIf(!built)('conversion to float16', () => {
  it('stores weights in halves, with a Cast at each edge', async () => {
    const { convert, decode } = await load()
    const { graph } = decode(convert(source, new Set()).source)
    expect(graph.node.map((n: { opType: string }) => n.opType).join(' ')).toBe(
      'Cast MatMul Relu MatMul Shape Reshape MatMul Cast',
    )
    expect(graph.initializer.map((t: { dataType: number }) => t.dataType)).toEqual([10, 10, 10])
    expect(graph.output[0].name).toBe('y')
  })

  it('keeps the nodes that are named, and casts around them', async () => {
    const { convert, decode, matching } = await load()
    const keep = matching(decode(source).graph, ['sec*', 'Shape'])
    expect([...keep]).toEqual([2, 3])
    const { graph } = decode(convert(source, keep).source)
    const nodes = graph.node.map((n: { opType: string; input: string[] }) => `${n.opType}(${n.input.join(' ')})`)
    expect(nodes.slice(2, 7)).toEqual(['Relu(p)', 'Cast(q)', 'MatMul(q/single b/single)', 'Shape(r)', 'Cast(r)'])
    const types = graph.initializer.map((t: { name: string; dataType: number }) => `${t.name} ${t.dataType}`)
    expect(types).toEqual(['a/half 10', 'b/single 1', 'c/half 10'])
  })

  it('runs, and is as far off as halves are', async () => {
    const { convert } = await load()
    const engine = await createEngine({ device: (await openDevice()).device, precision: 'f32' })
    const x = fromNumbers(
      'float32',
      [3, SIZE],
      Array.from({ length: 3 * SIZE }, (_, i) => Math.cos(i)),
    )
    const run = async (s: ModelSource) => (await (await engine.load(s)).run({ x })).y.data as Float32Array
    const [exact, half, mixed] = [
      await run(source),
      await run(convert(source, new Set()).source),
      await run(convert(source, new Set([0, 1, 2, 3, 4, 5])).source),
    ]
    const error = (y: Float32Array) => Math.max(...y.map((v, i) => Math.abs(v - exact[i])))
    expect(error(half)).toBeGreaterThan(1e-5)
    expect(error(half)).toBeLessThan(1e-2)
    expect(error(mixed)).toBeLessThan(1e-6)
    engine.destroy()
  })

  it('finds the node that must stay in float32, and no other', async () => {
    const { convert: _, decode, search } = await load()
    const noise: Record<string, number> = { 'a/half': 1e-3, 'b/half': 5e-2, 'c/half': 4e-3 }
    const measure = async (converted: ModelSource) =>
      Math.hypot(...decode(converted).graph.initializer.map((t: { name: string }) => noise[t.name] ?? 0))
    const found = await search({ source, measure, limit: 1e-2 })
    expect(found.error).toBeCloseTo(Math.hypot(1e-3, 4e-3))
    const names = [...found.keep].map((i) => decode(source).graph.node[i].name)
    expect(names).toContain('second')
    expect(names).not.toContain('first')
    expect(found.bytes).toBe(4 * SIZE * SIZE)
  })

  it('finds the beginning of a network whose rounding is amplified', async () => {
    const { convert: _, decode, search } = await load()
    const small = Array.from({ length: 12 }, (_, i) => `w${i}`)
    const deep: ModelSource = {
      name: 'deep',
      bytes: writeOnnx({
        nodes: [...small, 'large'].map((w, i) => ({
          op: 'MatMul',
          name: w,
          inputs: [i ? `y${i - 1}` : 'x', w],
          outputs: [w === 'large' ? 'y' : `y${i}`],
        })),
        inputs: [{ name: 'x', shape: [3, SIZE] }],
        outputs: [{ name: 'y', shape: [3, 50 * SIZE] }],
        constants: {
          ...Object.fromEntries(small.map((w, i) => [w, square(SIZE, i)])),
          large: { shape: [SIZE, 50 * SIZE], values: new Array(50 * SIZE * SIZE).fill(0.5) },
        },
      }),
    }
    const measure = async (converted: ModelSource) => {
      const stored = decode(converted).graph.initializer.map((t: { name: string }) => t.name)
      return Math.hypot(...small.map((w, i) => (stored.includes(`${w}/half`) ? 0.1 / 2 ** i : 0)))
    }
    const found = await search({ source: deep, measure, limit: 1e-2, plain: 0.12 })
    expect([...found.keep]).toEqual([0, 1, 2, 3])
    expect(found.bytes).toBe(4 * 4 * SIZE * SIZE)
    expect(found.trials).toBeLessThan(6)
  })

  it('converts the branches of an If', async () => {
    const { convert, decode } = await load()
    const branch = (op: string) => ({
      graph: {
        nodes: [{ op, name: op, inputs: ['x', 'a'], outputs: ['inner'] }],
        inputs: [],
        outputs: [{ name: 'inner', shape: [2] }],
      },
    })
    const bytes = writeOnnx({
      nodes: [
        {
          op: 'If',
          name: 'choice',
          inputs: ['on'],
          outputs: ['y'],
          attributes: { then_branch: branch('Add'), else_branch: branch('Mul') },
        },
      ],
      inputs: [{ name: 'x', shape: [2] }],
      outputs: [{ name: 'y', shape: [2] }],
      constants: { a: { shape: [2], values: [3, 4] }, on: { shape: [], values: [1], elem: 9 } },
    })
    const engine = await createEngine({ device: (await openDevice()).device, precision: 'f32' })
    const converted = convert({ bytes }, new Set()).source
    expect(decode(converted).graph.node.map((n: { opType: string }) => n.opType)).toEqual(['Cast', 'If', 'Cast'])
    const x = fromNumbers('float32', [2], [1, 2])
    expect([...(await (await engine.load(converted)).run({ x })).y.data]).toEqual([4, 6])
    engine.destroy()
  })

  it('keeps nothing where all fits', async () => {
    const { search } = await load()
    const found = await search({ source, measure: async () => 1e-4, limit: 1e-2 })
    expect(found).toMatchObject({ error: 1e-4, bytes: 0, trials: 1 })
    expect(found.keep.size).toBe(0)
  })
})
