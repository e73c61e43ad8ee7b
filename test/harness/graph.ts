// Small graphs for tests of passes: built through the builder, printed by formatGraph.
import { expect } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { builder, formatGraph, newValue, tidy } from '../../src/runtime/graph/build.ts'
import type { Builder, Graph, Value } from '../../src/runtime/op.ts'
import { checkGraph, type Pass, runPasses } from '../../src/runtime/passes/driver.ts'
import { fromNumbers, numbers, sizeOf } from '../../src/runtime/tensor.ts'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { random } from './kernel.ts'
import { interpret } from './onnx-case.ts'

export interface GraphTools extends Builder {
  /** An operator with one output. */
  op(name: string, inputs: (Value | null)[], attrs?: object): Value
  /** A seeded float constant, or given int64 values. */
  weights(...shape: number[]): Value
  ints(...values: number[]): Value
  scalar(value: number): Value
}

/** Builds a graph from inputs of the given shapes. */
export function makeGraph(shapes: number[][], make: (g: GraphTools, ...inputs: Value[]) => Value | Value[]): Graph {
  const b = builder(operators, 'n')
  const next = random(7)
  const tools: GraphTools = {
    ...b,
    op: (name, inputs, attrs = {}) => b.emit(name, inputs, attrs)[0],
    weights: (...shape) =>
      b.constant(
        fromNumbers(
          'float32',
          shape,
          Float64Array.from({ length: sizeOf(shape) }, () => next() - 0.5),
        ),
      ),
    ints: (...values) => b.constant(fromNumbers('int64', [values.length], values)),
    scalar: (value) => b.constant(fromNumbers('float32', [], [value])),
  }
  const inputs = shapes.map((shape, i) => newValue(`x${i}`, { dtype: 'float32', shape }))
  const made = make(tools, ...inputs)
  const outputs = Array.isArray(made) ? made : [made]
  const graph: Graph = { inputs, outputs, outputNames: outputs.map((_, i) => `y${i}`), nodes: b.nodes }
  tidy(graph)
  checkGraph(graph, operators, 'building')
  return graph
}

/** The graph after some passes, printed. */
export function rewritten(graph: Graph, passes: Pass[]): string {
  runPasses(graph, operators, passes)
  return `\n${formatGraph(graph)}\n`
}

/** Checks by the twins, on seeded inputs, that passes keep what a graph computes. */
export function expectSameResults(graph: Graph, passes: Pass[]): void {
  const next = random(11)
  const feeds = Object.fromEntries(
    graph.inputs.map((v) => {
      const values = Float64Array.from({ length: sizeOf(v.fact.shape) }, () => 2 * next() - 1)
      return [v.name, fromNumbers(v.fact.dtype, v.fact.shape, values)]
    }),
  )
  const before = interpret(graph, operators, feeds)
  runPasses(graph, operators, passes)
  interpret(graph, operators, feeds).forEach((y, i) => {
    expect(y.shape).toEqual(before[i].shape)
    expect(compare(numbers(y), numbers(before[i]), y.dtype, 'reduce'), `output ${i}`).toBeNull()
  })
}
