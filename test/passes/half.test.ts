// Models that hold float16: at both precisions, and on adapters whose shaders do not know it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram, createEngine, type Engine, fromNumbers, numbers } from '../../src/index.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { gpu } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const weights = Array.from({ length: 42 }, (_, i) => ((i * 17) % 23) / 16 - 0.7)

/** A product in float16, a softmax in float32, and a result in each. */
const model = writeOnnx({
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['p'] },
    { op: 'Cast', inputs: ['p'], outputs: ['f'], attributes: { to: 1 } },
    { op: 'Softmax', inputs: ['f'], outputs: ['s'], attributes: { axis: 1 } },
    { op: 'Cast', inputs: ['s'], outputs: ['h'], attributes: { to: 10 } },
    { op: 'Add', inputs: ['h', 'p'], outputs: ['y'] },
  ],
  inputs: [{ name: 'x', shape: [3, 6], elem: 10 }],
  outputs: [
    { name: 'y', shape: [3, 7], elem: 10 },
    { name: 's', shape: [3, 7] },
  ],
  constants: { w: { shape: [6, 7], values: weights, elem: 10 } },
})

const feed = fromNumbers(
  'float16',
  [3, 6],
  Array.from({ length: 18 }, (_, i) => Math.sin(i)),
)

/** The model in float64. */
function expected(): { y: number[]; s: number[] } {
  const [x, w] = [numbers(feed), numbers(fromNumbers('float16', [6, 7], weights))]
  const y: number[] = []
  const s: number[] = []
  for (let r = 0; r < 3; r++) {
    const p = Array.from({ length: 7 }, (_, c) => {
      let sum = 0
      for (let k = 0; k < 6; k++) sum += x[r * 6 + k] * w[k * 7 + c]
      return sum
    })
    const total = p.reduce((sum, v) => sum + Math.exp(v), 0)
    for (const v of p) {
      s.push(Math.exp(v) / total)
      y.push(Math.exp(v) / total + v)
    }
  }
  return { y, s }
}

async function check(engine: Engine): Promise<void> {
  const session = await engine.load(model)
  expect(session.inputs[0].dtype).toBe('float16')
  const { y, s } = await session.run({ x: feed })
  expect([y.dtype, s.dtype]).toEqual(['float16', 'float32'])
  expect(compare(numbers(y), expected().y, 'float16', 'close')).toBeNull()
  expect(compare(numbers(s), expected().s, 'float16', 'close')).toBeNull()
}

describe('models in float16', () => {
  it('compile without it where shaders do not know it', () => {
    const { calls, inputs, outputs } = buildProgram(model, { caps: DEFAULT_CAPS })
    const text = JSON.stringify(calls.map((c) => [c.types, c.functions, c.extra]))
    expect(text).not.toContain('f16')
    expect([calls[0].shader, calls.at(-1)!.shader]).toEqual(['unpack_half', 'pack_half'])
    expect([inputs[0].dtype, outputs[0].dtype, outputs[1].dtype]).toEqual(['float16', 'float16', 'float32'])
  })

  describe('on a device without shader-f16', () => {
    let engine: Engine
    beforeAll(async () => {
      const adapter = await gpu.requestAdapter()
      engine = await createEngine({ device: await adapter!.requestDevice() })
    })
    afterAll(() => {
      engine.destroy()
      engine.device.destroy()
    })
    it('give the same results', () => check(engine))
    it('and infinities beyond the range', async () => {
      const edges = writeOnnx({
        nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
        inputs: [{ name: 'x', shape: [5], elem: 10 }],
        outputs: [{ name: 'y', shape: [5], elem: 10 }],
      })
      const session = await engine.load(edges)
      const { y } = await session.run({ x: fromNumbers('float16', [5], [40000, -40000, 2 ** -24, 32752, 0.1]) })
      expect(Array.from(numbers(y)).slice(0, 4)).toEqual([Infinity, -Infinity, 2 ** -23, 65504])
    })
  })

  for (const precision of ['f32', 'f16'] as const)
    it(`run at precision ${precision}`, async (t) => {
      const adapter = await gpu.requestAdapter()
      if (!adapter!.features.has('shader-f16')) t.skip('the adapter has no shader-f16')
      const engine = await createEngine({ gpu, precision })
      await check(engine)
      engine.destroy()
    })
})
