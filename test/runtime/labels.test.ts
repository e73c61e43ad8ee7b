// What graphics debuggers show: every GPU object has a label, and the calls of a layer lie in a debug group.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const model = writeOnnx({
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'], name: '/m/layer.0/fc/MatMul' },
    { op: 'Softmax', inputs: ['a'], outputs: ['b'], name: '/m/layer.0/Softmax' },
    { op: 'MatMul', inputs: ['b', 'w'], outputs: ['y'], name: '/m/layer.1/fc/MatMul' },
  ],
  inputs: [{ name: 'x', shape: [2, 4] }],
  outputs: [{ name: 'y', shape: [2, 4] }],
  constants: { w: { shape: [4, 4], values: Array.from({ length: 16 }, (_, i) => i / 16) } },
})
const feeds = { x: fromNumbers('float32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) }

const CREATORS = [
  ...['createBuffer', 'createShaderModule', 'createBindGroupLayout', 'createPipelineLayout', 'createBindGroup'],
  ...['createComputePipelineAsync', 'createCommandEncoder', 'createQuerySet'],
] as const

afterEach(() => vi.restoreAllMocks())

describe('names for debuggers', () => {
  it('are on every object and layer', async () => {
    const { device } = await openDevice()
    const made: string[] = []
    for (const name of CREATORS) {
      const create = (device as any)[name]
      vi.spyOn(device as any, name).mockImplementation((descriptor: any) => {
        made.push(`${name} ${descriptor?.label || 'WITHOUT A LABEL'}`)
        return create.call(device, descriptor)
      })
    }
    const roof = '{"bandwidth":1e10,"f32":1e10,"f16":1e10}'
    const cache = { get: async (key: string) => (key.startsWith('roof') ? roof : undefined), set: async () => {} }
    const engine = await createEngine({ device, cache })
    const session = await engine.load(model)
    await session.run(feeds)
    await session.profile(feeds, { runs: 1, warmup: 1 })
    expect(made.filter((m) => m.endsWith('LABEL'))).toEqual([])
    for (const name of CREATORS.slice(0, 7)) expect(made.some((m) => m.startsWith(name))).toBe(true)
    expect(made).toContain('createBindGroup /m/layer.0/fc/MatMul')

    const groups: string[] = []
    const encoder = device.createCommandEncoder({ label: 'test' })
    const begin = encoder.beginComputePass.bind(encoder)
    vi.spyOn(encoder, 'beginComputePass').mockImplementation((descriptor) => {
      const pass = begin(descriptor)
      const [push, pop] = [pass.pushDebugGroup.bind(pass), pass.popDebugGroup.bind(pass)]
      pass.pushDebugGroup = (name) => {
        groups.push(name)
        push(name)
      }
      pass.popDebugGroup = () => {
        groups.push('end')
        pop()
      }
      return pass
    })
    session.encode(encoder, {})
    encoder.finish()
    expect(groups).toEqual(['/m/layer.0', 'end', '/m/layer.1', 'end'])
    engine.destroy()
  })
})
