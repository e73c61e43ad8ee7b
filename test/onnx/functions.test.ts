// If with a known condition and the model's own functions become plain nodes.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { formatGraph } from '../../src/runtime/graph/build.ts'
import { decodeModel, importGraph, unsupportedOperators } from '../../src/runtime/onnx/import.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { interpret } from '../harness/onnx-case.ts'
import { type OnnxFunctionSpec, type OnnxGraphSpec, type OnnxModelSpec, writeOnnx } from '../harness/onnx-writer.ts'

const x = { name: 'x', shape: [3] }
const y = { name: 'y', shape: [3] }
const three = (...values: number[]) => fromNumbers('float32', [3], values)
const load = (model: OnnxModelSpec) => importGraph({ bytes: writeOnnx(model) }, operators)

/** The outputs of a model on x = [-1, 0.5, 2]. */
const run = (model: OnnxModelSpec) =>
  interpret(load(model), operators, { x: three(-1, 0.5, 2) }).map((t) => Array.from(numbers(t)))

const branch = (op: string, inputs: string[], constants?: OnnxGraphSpec['constants']): { graph: OnnxGraphSpec } => ({
  graph: {
    nodes: [{ op, inputs, outputs: ['inner'] }],
    inputs: [],
    outputs: [{ name: 'inner', shape: [3] }],
    constants,
  },
})

const choose = (condition: number): OnnxModelSpec => ({
  nodes: [
    { op: 'Neg', inputs: ['x'], outputs: ['n'] },
    {
      op: 'If',
      inputs: ['c'],
      outputs: ['y'],
      attributes: {
        then_branch: branch('Add', ['n', 'k'], { k: { shape: [], values: [10] } }),
        else_branch: branch('Relu', ['n']),
      },
    },
  ],
  inputs: [x],
  outputs: [y],
  constants: { c: { shape: [], values: [condition], elem: 9 } },
})

describe('If', () => {
  it('takes the branch of a known condition, which sees the values around it', () => {
    expect(run(choose(1))).toEqual([[11, 9.5, 8]])
    expect(run(choose(0))).toEqual([[1, 0, 0]])
    expect(load(choose(1)).nodes.map((n) => n.name)).toEqual(['n', 'y/inner'])
  })
  it('is refused where its condition is computed', () => {
    const model: OnnxModelSpec = {
      ...choose(1),
      constants: undefined,
      inputs: [x, { name: 'c', shape: [], elem: 9 }],
    }
    expect(() => load(model)).toThrow(/node "y" \(If, opset 17\): its condition "c" is computed by the network/)
  })
  it('has operators of its own that must be supported', () => {
    const model = choose(1)
    const other = {
      ...model.nodes[1],
      attributes: { ...model.nodes[1].attributes, else_branch: branch('Nope', ['n']) },
    }
    const bytes = writeOnnx({ ...model, nodes: [model.nodes[0], other] })
    expect(unsupportedOperators(decodeModel({ bytes }), operators)).toEqual([{ op: 'Nope', nodes: ['y/inner'] }])
  })
})

const leaky: OnnxFunctionSpec = {
  name: 'Leaky',
  domain: 'custom',
  inputs: ['a', 'shift'],
  outputs: ['b'],
  attributes: ['slope'],
  nodes: [
    { op: 'LeakyRelu', inputs: ['a'], outputs: ['r'], attributes: { alpha: { ref: 'slope' } } },
    { op: 'Clip', inputs: ['r', '', 'shift'], outputs: ['b'] },
  ],
}

const call = (functions: OnnxFunctionSpec[], nodes: OnnxModelSpec['nodes']): OnnxModelSpec => ({
  nodes,
  inputs: [x],
  outputs: [y],
  functions,
})

describe('functions', () => {
  it('give their bodies the attributes and the inputs of the call', () => {
    const model = call(
      [leaky],
      [{ op: 'Leaky', domain: 'custom', inputs: ['x'], outputs: ['y'], attributes: { slope: { float: 0.5 } } }],
    )
    expect(run(model)).toEqual([[-0.5, 0.5, 2]])
    expect(`\n${formatGraph(load(model))}\n`).toMatchInlineSnapshot(`
      "
      inputs %0: float32[3]
      %1: float32[3] = LeakyRelu(%0) {"alpha":0.5}
      %2: float32[3] = Clip(%1)
      outputs %2
      "
    `)
  })
  it('leave an attribute without a value to the operator, and use their own defaults', () => {
    const node = { op: 'Leaky', domain: 'custom', inputs: ['x'], outputs: ['y'] }
    expect(run(call([leaky], [node]))[0][0]).toBeCloseTo(-0.01)
    expect(run(call([{ ...leaky, defaults: { slope: { float: 0.25 } } }], [node]))[0][0]).toBe(-0.25)
  })
  it('call each other, and name their nodes by the way', () => {
    const twice: OnnxFunctionSpec = {
      name: 'Twice',
      domain: 'custom',
      inputs: ['a'],
      outputs: ['c'],
      defaults: { s: { float: 0.5 } },
      nodes: [
        { op: 'Leaky', domain: 'custom', inputs: ['a'], outputs: ['b'], attributes: { slope: { ref: 's' } } },
        { op: 'Leaky', domain: 'custom', inputs: ['b'], outputs: ['c'], attributes: { slope: { ref: 's' } } },
      ],
    }
    const model = call([twice, leaky], [{ op: 'Twice', domain: 'custom', inputs: ['x'], outputs: ['y'] }])
    expect(run(model)).toEqual([[-0.25, 0.5, 2]])
    expect(load(model).nodes.map((n) => n.name)).toEqual(['y/b/r', 'y/b/b', 'y/c/r', 'y/c/b'])
  })
  it('take the place of an operator of their name, and may use it themselves', () => {
    const relu: OnnxFunctionSpec = {
      name: 'Relu',
      inputs: ['a'],
      outputs: ['c'],
      nodes: [
        { op: 'Relu', inputs: ['a'], outputs: ['b'] },
        { op: 'Neg', inputs: ['b'], outputs: ['c'] },
      ],
    }
    expect(run(call([relu], [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]))).toEqual([[-0, -0.5, -2]])
  })
  it('are searched for operators that are not supported', () => {
    const f: OnnxFunctionSpec = { ...leaky, nodes: [{ op: 'Nope', inputs: ['a'], outputs: ['b'] }] }
    const model = call([f], [{ op: 'Leaky', domain: 'custom', inputs: ['x'], outputs: ['y'] }])
    expect(() => load(model)).toThrow(/not supported:\n {2}Nope: "y\/b"/)
  })
})
