// Small graphs for tests of passes: built through the builder, printed by formatGraph.
import { operators } from '../../src/kernels/index.ts'
import { builder, formatGraph, newValue, tidy } from '../../src/runtime/graph/build.ts'
import type { Builder, Graph, Value } from '../../src/runtime/op.ts'
import { checkGraph, type Pass, runPasses } from '../../src/runtime/passes/driver.ts'
import { fromNumbers, sizeOf } from '../../src/runtime/tensor.ts'
import { random } from './kernel.ts'

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
