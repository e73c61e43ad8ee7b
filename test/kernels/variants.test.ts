// Names of variants, and how a choice reaches the compiled calls.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { formatVariant, parseVariant } from '../../src/kernels/shared/variants.ts'
import { type CompileOptions, compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import { makeNode, newValue } from '../../src/runtime/graph/build.ts'
import { fromNumbers } from '../../src/runtime/tensor.ts'

const gpu = { ...DEFAULT_CAPS, software: false, subgroups: { min: 32, max: 32 } }

function calls(options: Partial<CompileOptions> = {}) {
  const x = newValue('x', { dtype: 'float32', shape: [200, 16] })
  const w = fromNumbers('float32', [16, 96], new Float64Array(16 * 96))
  const constant = newValue('w', { dtype: w.dtype, shape: w.shape, value: w })
  const node = makeNode(operators, { name: 'case', op: 'MatMul', attrs: {}, inputs: [x, constant] }, 1)
  const graph = { inputs: [x], outputs: node.outputs, outputNames: ['y'], nodes: [node] }
  return compile(graph, operators, { caps: gpu, ...options }).calls
}

describe('variants', () => {
  it.each(['naive', 'tiled:64x64x16/256', 'matrix:128x64x32/4*2', 'winograd2>tiled:32x32x16/64', 'tiled:64'])(
    '%s is read and written',
    (name) => expect(formatVariant(parseVariant(name))).toBe(name),
  )

  it('what is no name is refused', () => {
    for (const name of ['', 'tiled:', 'Tiled', 'tiled:64x', 'tiled/'])
      expect(() => parseVariant(name)).toThrow('is no variant')
  })

  it('a choice is noted in its call, and every candidate can be chosen', () => {
    const [{ choice }] = calls()
    expect(choice!.key).toBe('product 1x200x96x16 float32 float32')
    expect(choice!.chosen).toBe(choice!.candidates[0])
    expect(choice!.candidates.length).toBeGreaterThan(2)
    for (const name of choice!.candidates) {
      const [call] = calls({ choose: (key) => (key === choice!.key ? name : undefined) })
      expect(call.choice).toEqual({ ...choice!, chosen: name })
    }
  })

  it('a choice that is no candidate leaves it to the rule; a forced variant is no choice', () => {
    expect(calls({ choose: () => 'tiled:1x1x1/1' })).toEqual(calls().map((c) => ({ ...c, bind: expect.anything() })))
    const [forced] = calls({ variant: 'tiled:32x32x16/64' })
    expect([forced.shader, forced.choice, forced.groups]).toEqual(['matmul_tiled', undefined, [3, 7, 1]])
  })
})

describe('the rule for 3 × 3 convolutions', () => {
  const lanes = { min: 8, max: 8 }
  const attrs = { strides: [], dilations: [], pads: [1, 1, 1, 1], autoPad: 'NOTSET', group: 1, channelsLast: true }
  function chosen(shape: number[], cols: number, caps: typeof gpu, dtype: 'float32' | 'float16' = 'float32') {
    const x = newValue('x', { dtype, shape })
    const w = fromNumbers(dtype, [cols, shape[3], 3, 3], new Float64Array(cols * shape[3] * 9))
    const inputs = [x, newValue('w', { dtype, shape: w.shape, value: w })]
    const node = makeNode(operators, { name: 'case', op: 'Conv', attrs, inputs }, 1)
    const graph = { inputs: [x], outputs: node.outputs, outputNames: ['y'], nodes: [node] }
    return compile(graph, operators, { caps }).calls[0].choice!.chosen
  }
  const lavapipe = { ...gpu, software: true, subgroups: lanes }
  it.each([
    [[1, 48, 160, 64], 64, 'winograd4>subgroup'],
    [[1, 6, 20, 512], 512, 'winograd2>subgroup'],
    [[1, 24, 24, 16], 16, 'subgroup'],
  ] as const)('%j to %i channels on lavapipe: %s', (shape, cols, name) =>
    expect(chosen([...shape], cols, lavapipe)).toBe(name),
  )
  it('no tiles of 4 × 4 in float16, none where the adapter binds too little', () => {
    expect(chosen([1, 48, 160, 64], 64, { ...lavapipe, f16: true }, 'float16')).not.toContain('winograd4')
    const limits = { ...gpu.limits, maxStorageBufferBindingSize: 1 << 21 }
    expect(chosen([1, 48, 160, 64], 64, { ...lavapipe, limits })).toBe('subgroup')
  })
  it('small ones stay direct on GPUs, large ones do not', () => {
    expect(chosen([1, 32, 32, 32], 32, gpu)).toMatch(/^tiled/)
    expect(chosen([1, 128, 128, 128], 128, gpu)).toMatch(/^winograd4>tiled/)
  })
})
