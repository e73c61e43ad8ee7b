// Values larger than the adapter binds at once: every kernel runs on them in ranges, without knowing.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { makeNode, newValue } from '../../src/runtime/graph/build.ts'
import { type KernelCase, kernelCases } from '../harness/kernel.ts'

const limits = {
  ...DEFAULT_CAPS.limits,
  maxStorageBufferBindingSize: 1100,
  maxStorageBuffersPerShaderStage: 16,
}
const caps = { limits }
const wide = (cases: KernelCase[]) => cases.map((c) => ({ dtypes: ['float32' as const], ...c, caps }))

describe('in ranges', () => {
  kernelCases(
    'Mul',
    'close',
    wide([
      { x: [{ shape: [3, 5, 28] }, { shape: [3, 5, 28] }] },
      { x: [{ shape: [19, 21] }, { shape: [21] }], dtypes: ['float16'] },
    ]),
  )
  kernelCases('Transpose', 'exact', wide([{ x: [{ shape: [21, 30] }], attrs: { perm: [1, 0] } }]))
  kernelCases('MatMul', 'reduce', wide([{ x: [{ shape: [20, 16] }, { shape: [16, 16] }], variants: ['register'] }]))
})

describe('limits', () => {
  const relu = (elements: number) => {
    const x = newValue('x', { dtype: 'float32', shape: [elements] })
    const node = makeNode(operators, { name: 'relu', op: 'Relu', attrs: {}, inputs: [x] })
    const graph = { inputs: [x], outputs: node.outputs, outputNames: ['y'], nodes: [node] }
    return () => compile(graph, operators, { caps: { ...DEFAULT_CAPS, ...caps } })
  }
  it('makes equal ranges at aligned offsets', () => {
    expect(relu(1000)().calls[0].parts?.y).toEqual({ count: 4, bytes: 1024 })
    expect(relu(600)().calls[0].parts?.y).toEqual({ count: 3, bytes: 1024 })
    expect(relu(272)().calls[0].parts).toBeUndefined()
  })
  it('refuses more ranges than the adapter binds, and more bytes than a buffer holds', () => {
    expect(relu(5000)).toThrow(/node "relu" \(Relu\): the kernel pointwise binds 40 buffers/)
    expect(relu(70_000_000)).toThrow(/takes 280000000 bytes; the adapter's buffers hold at most 268435456/)
  })
})
