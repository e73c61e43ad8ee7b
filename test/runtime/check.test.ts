// A kernel that computes wrongly, in the shaders of this process only: ISOBATH_CHECK=1 finds it and names its node.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fromNumbers } from '../../src/index.ts'
import { openEngine } from '../../src/node/index.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

vi.mock('../../src/shaders.gen.ts', async (load) => {
  const real = await load<typeof import('../../src/shaders.gen.ts')>()
  // Doubles every row of a softmax but the first.
  const right = 'exp(v - top) * scale'
  const softmax = real.shaders.softmax.replace(right, `${right} * select(1.0, 2.0, row > 0u)`)
  return { ...real, shaders: { ...real.shaders, softmax } }
})

const weights = { shape: [4, 4], values: Array.from({ length: 16 }, (_, i) => Math.sin(i)) }
const model = writeOnnx({
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'], name: '/block.0/MatMul' },
    { op: 'Softmax', inputs: ['a'], outputs: ['p'], name: '/block.1/Softmax' },
    { op: 'MatMul', inputs: ['p', 'w'], outputs: ['y'], name: '/block.2/MatMul' },
  ],
  inputs: [{ name: 'x', shape: [3, 4] }],
  outputs: [{ name: 'y', shape: [3, 4] }],
  constants: { w: weights },
})
const feeds = { x: fromNumbers('float32', [3, 4], new Array(12).fill(0)) }

afterEach(() => vi.unstubAllEnvs())

async function run(): Promise<unknown> {
  const engine = await openEngine()
  try {
    return await (await engine.load(model)).run(feeds)
  } finally {
    engine.destroy()
  }
}

describe('a broken kernel', () => {
  it('is found by ISOBATH_CHECK=1, with its node, the first element that differs, and both values', async () => {
    vi.stubEnv('ISOBATH_CHECK', '1')
    await expect(run()).rejects.toMatchObject({
      code: 'device',
      message:
        'node "/block.1/Softmax" (Softmax): element 4 ([1, 0]) of "p" is 0.5 on the GPU and 0.25 by its CPU twin',
    })
  })
  it('goes unnoticed without', async () => {
    await expect(run()).resolves.toHaveProperty('y')
  })
})
