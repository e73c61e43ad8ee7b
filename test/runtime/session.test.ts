import { describe, expect, it } from 'vitest'
import { createEngine, fromNumbers, type IsobathError } from '../../src/index.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const model = writeOnnx({
  nodes: [
    { op: 'Mul', inputs: ['x', 'two'], outputs: ['d'], name: '/double' },
    { op: 'Relu', inputs: ['d'], outputs: ['y'], name: '/relu' },
    { op: 'Add', inputs: ['two', 'two'], outputs: ['four'], name: '/four' },
  ],
  inputs: [{ name: 'x', shape: ['n', 3] }],
  outputs: [
    { name: 'y', shape: ['n', 3] },
    { name: 'four', shape: [1] },
  ],
  constants: { two: { shape: [1], values: [2] } },
})

const x = (...values: number[]) => fromNumbers('float32', [values.length / 3, 3], values)
const open = async () => createEngine({ device: (await openDevice()).device })

describe('session', () => {
  it('runs, again and again and at once, and gives constants, too', async () => {
    const engine = await open()
    const session = await engine.load(model, { axes: { n: 2 } })
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [2, 3] }])
    expect(session.stats.dispatches).toBe(1)
    const first = session.run({ x: x(1, -1, 2, -2, 3, -3) })
    const second = session.run({ x: x(5, 6, 7, 8, 9, -9) })
    expect([...(await first).y.data]).toEqual([2, 0, 4, 0, 6, 0])
    expect([...(await second).y.data]).toEqual([10, 12, 14, 16, 18, 0])
    expect([...(await second).four.data]).toEqual([4])
    engine.destroy()
  })

  it('encodes into a caller’s encoder, with buffers in and out', async () => {
    const engine = await open()
    const { device } = engine
    const session = await engine.load(model, { shapes: { x: [1, 3] } })
    const feed = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })
    device.queue.writeBuffer(feed, 0, Float32Array.of(1, -2, 3, 0))
    const back = device.createBuffer({ size: 12, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = device.createCommandEncoder()
    const { y } = session.encode(encoder, { x: feed })
    encoder.copyBufferToBuffer(y, 0, back, 0, 12)
    device.queue.submit([encoder.finish()])
    await back.mapAsync(GPUMapMode.READ)
    expect([...new Float32Array(back.getMappedRange())]).toEqual([2, 0, 6])
    engine.destroy()
  })

  it('never destroys the caller’s device', async () => {
    const engine = await open()
    await engine.load(model, { axes: { n: 1 } })
    engine.destroy()
    const again = await open()
    const session = await again.load(model, { axes: { n: 1 } })
    expect([...(await session.run({ x: x(1, 2, 3) })).y.data]).toEqual([2, 4, 6])
    again.destroy()
  })

  it('shares weights with other programs of the model, until the last is gone', async () => {
    const engine = await open()
    const weights = Array.from({ length: 300 }, (_, i) => Math.sin(i))
    const product = writeOnnx({
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w'], outputs: ['d'], name: '/product' },
        { op: 'Add', inputs: ['d', 'b'], outputs: ['y'], name: '/bias' },
      ],
      inputs: [{ name: 'x', shape: ['n', 3] }],
      outputs: [{ name: 'y', shape: ['n', 100] }],
      constants: { w: { shape: [3, 100], values: weights }, b: { shape: [100], values: weights.slice(0, 100) } },
    })
    const one = await engine.load(product, { axes: { n: 1 } })
    const two = await engine.load(product, { axes: { n: 2 } })
    expect(one.stats.memory.shared).toBe(0)
    expect(two.stats.memory.shared).toBe(two.stats.memory.weights)
    expect(two.stats.memory.weights).toBeGreaterThan(0)
    const before = (await one.run({ x: x(1, 2, 3) })).y.data
    one.destroy()
    const after = (await two.run({ x: x(1, 2, 3, 4, 5, 6) })).y.data
    expect([...after.subarray(0, 100)]).toEqual([...before])
    two.destroy()
    const three = await engine.load(product, { axes: { n: 1 } })
    expect(three.stats.memory.shared).toBe(0)
    expect([...(await three.run({ x: x(1, 2, 3) })).y.data]).toEqual([...before])
    const copy = await engine.load(product.slice(), { axes: { n: 1 } })
    expect(copy.stats.memory.shared).toBe(0)
    engine.destroy()
  })

  it.each([
    [{}, 'input "x" (float32 [1, 3]) is not fed'],
    [{ z: x(1, 2, 3) }, 'there is no input "z"; the model has "x"'],
    [{ x: x(1, 2, 3, 4, 5, 6) }, 'input "x" has the shape [1, 3]; it was fed [2, 3]'],
    [{ x: fromNumbers('int32', [1, 3], [1, 2, 3]) }, 'input "x" is float32; it was fed int32'],
  ])('refuses the feeds %#', async (feeds, message) => {
    const engine = await open()
    const session = await engine.load(model, { axes: { n: 1 } })
    await expect(session.run(feeds)).rejects.toMatchObject({ code: 'input', message } satisfies Partial<IsobathError>)
    engine.destroy()
  })

  it('refuses to run after destroy, and to load after the engine’s', async () => {
    const engine = await open()
    const session = await engine.load(model, { axes: { n: 1 } })
    session.destroy()
    await expect(session.run({ x: x(1, 2, 3) })).rejects.toMatchObject({ code: 'device' })
    engine.destroy()
    await expect(engine.load(model, { axes: { n: 1 } })).rejects.toMatchObject({ code: 'device' })
  })

  it('stops a load that is aborted', async () => {
    const engine = await open()
    await expect(engine.load(model, { axes: { n: 1 }, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    engine.destroy()
  })
})

describe('load', () => {
  it.each([
    [{}, 'shape', 'input "x" [n, 3] has axes without a value: n.'],
    [{ axes: { m: 3 } }, 'input', 'there is no axis "m"; the model has "n"'],
    [{ shapes: { x: [1, 4] } }, 'shape', 'input "x" has the shape [n, 3]; [1, 4] does not fit it'],
    [{ axes: { n: 1e9 } }, 'limit', 'buffers hold at most'],
  ])('refuses the options %j', async (options, code, message) => {
    const engine = await open()
    await expect(engine.load(model, options)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    engine.destroy()
  })

  it('lists every unsupported operator at once', async () => {
    const engine = await open()
    const foreign = writeOnnx({
      nodes: [
        { op: 'Frobnicate', inputs: ['x'], outputs: ['a'], name: '/a' },
        { op: 'Relu', inputs: ['a'], outputs: ['b'], name: '/b' },
        { op: 'Frobnicate', inputs: ['b'], outputs: ['c'], name: '/c' },
        { op: 'Mangle', inputs: ['c'], outputs: ['y'], name: '/d' },
      ],
      inputs: [{ name: 'x', shape: [3] }],
      outputs: [{ name: 'y', shape: [3] }],
    })
    await expect(engine.load(foreign)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/Frobnicate: "\/a", "\/c"\n {2}Mangle: "\/d"$/),
    })
    engine.destroy()
  })

  it('calls a node that lacks an input malformed', async () => {
    const engine = await open()
    const lacking = writeOnnx({
      nodes: [{ op: 'MatMul', inputs: ['x'], outputs: ['y'], name: '/fc' }],
      inputs: [{ name: 'x', shape: [2, 3] }],
      outputs: [{ name: 'y', shape: [2, 4] }],
      opset: 17,
    })
    await expect(engine.load(lacking)).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(/^node "\/fc" \(MatMul, opset 17\): its inputs or attributes are malformed/),
    })
    engine.destroy()
  })

  it('names node, operator and opset where shapes contradict each other', async () => {
    const engine = await open()
    const wrong = writeOnnx({
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], name: '/fc' }],
      inputs: [{ name: 'x', shape: [2, 3] }],
      outputs: [{ name: 'y', shape: [2, 4] }],
      constants: { w: { shape: [5, 4], values: new Array(20).fill(0) } },
      opset: 17,
    })
    await expect(engine.load(wrong)).rejects.toMatchObject({
      code: 'shape',
      message: 'node "/fc" (MatMul, opset 17): [2, 3] and [5, 4] do not multiply: 3 columns against 5 rows',
    })
    engine.destroy()
  })
})
