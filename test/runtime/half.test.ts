// Constants where a model is stored in float16: small ones do not vanish, large ones do not become infinite.
import { expect, it } from 'vitest'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { fromHalves, toStoredHalves } from '../../src/runtime/tensor.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

it('keeps finite numbers finite and others than 0 from becoming 0', () => {
  const values = [1e-12, -1e-12, 0, -0, 1e38, -1e38, 65519, 65520, Number.NEGATIVE_INFINITY, Number.NaN, 1]
  const tiny = 2 ** -24
  const stored = [tiny, -tiny, 0, -0, 65504, -65504, 65504, 65504, Number.NEGATIVE_INFINITY, Number.NaN, 1]
  expect([...fromHalves(toStoredHalves(values))]).toEqual(stored)
})

it('divides 0 by the root of an epsilon that float16 does not hold', async () => {
  const bytes = writeOnnx({
    nodes: [
      { op: 'Mul', name: 'square', inputs: ['x', 'x'], outputs: ['s'] },
      { op: 'Add', name: 'add', inputs: ['s', 'epsilon'], outputs: ['t'] },
      { op: 'Sqrt', name: 'root', inputs: ['t'], outputs: ['r'] },
      { op: 'Div', name: 'divide', inputs: ['x', 'r'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', shape: [4] }],
    outputs: [{ name: 'y', shape: [4] }],
    constants: { epsilon: { shape: [], values: [1e-12] } },
  })
  const engine = await createEngine({ device: (await openDevice()).device, precision: 'f16' })
  const { y } = await (await engine.load(bytes)).run({ x: fromNumbers('float32', [4], [0, 1, -2, 0]) })
  expect([...y.data]).toEqual([0, 1, -1, 0])
  engine.destroy()
})
