// Tests of operators that the passes rewrite into others: the optimised graph by its twins and on the GPU, both against
// the operator's own twin.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { capsOf } from '../../src/runtime/gpu/device.ts'
import { GpuSession } from '../../src/runtime/gpu/session.ts'
import { WeightStore } from '../../src/runtime/gpu/weights.ts'
import { evaluate, factOf, makeNode, newValue } from '../../src/runtime/graph/build.ts'
import type { Graph } from '../../src/runtime/op.ts'
import { optimise } from '../../src/runtime/passes/index.ts'
import { type DType, fromNumbers, numbers, sizeOf, type Tensor } from '../../src/runtime/tensor.ts'
import { compare, type Tolerance } from '../../tools/conformance/tolerance.mjs'
import { openDevice } from './gpu.ts'
import { random } from './kernel.ts'
import { interpret } from './onnx-case.ts'

/** A shape to be filled with seeded floats, or the values themselves. `constant`: known when the graph is made. */
export interface Operand {
  shape: readonly number[]
  dtype?: DType
  values?: readonly number[]
  constant?: boolean
}

export interface LoweredCase {
  name: string
  x: (Operand | null)[]
  attrs?: object
  /** Which outputs of the node the graph gives; by default the first. */
  outputs?: number[]
  /** Operators of the optimised graph, in order. */
  becomes?: string
  /** False: by twins only, where the kernels that it becomes are those of other cases. */
  gpu?: boolean
  dtypes?: DType[]
  tolerance?: Tolerance
}

function tensorOf(spec: Operand, float: DType, seed: number): Tensor {
  const next = random(seed)
  const values = spec.values ?? Array.from({ length: sizeOf(spec.shape) }, () => 2 * (next() + next() - 1))
  return fromNumbers(spec.dtype ?? float, spec.shape, values)
}

async function runOnGpu(graph: Graph, feeds: Record<string, Tensor>): Promise<Tensor[]> {
  const { device, pipelines, errors } = await openDevice()
  errors.length = 0
  const program = compile(graph, operators, { caps: capsOf(device) })
  const timings = { import: 0, passes: 0, compile: 0, upload: 0, pipelines: 0 }
  const session = await GpuSession.create(device, pipelines, new WeightStore(device), program, {
    timings,
    about: { precision: 'f32', software: true },
    profile: () => Promise.reject(new Error('no profiler')),
  })
  const y = await session.run(feeds)
  session.destroy()
  expect(errors, 'GPU validation').toEqual([])
  return graph.outputNames.map((name) => y[name])
}

/** Runs one case; gives the operators that the node became. */
export async function checkLowered(op: string, c: LoweredCase, float: DType, tolerance: Tolerance): Promise<string> {
  const tensors = c.x.map((s, i) => s && tensorOf(s, float, 300 + i))
  const values = tensors.map(
    (t, i) => t && newValue(`x${i}`, c.x[i]!.constant ? factOf(t) : { dtype: t.dtype, shape: t.shape }),
  )
  const wanted = c.outputs ?? [0]
  const node = makeNode(operators, { name: 'case', op, attrs: c.attrs ?? {}, inputs: values }, Math.max(...wanted) + 1)
  const graph: Graph = {
    inputs: values.filter((v) => v !== null && !v.fact.value) as Graph['inputs'],
    outputs: wanted.map((i) => node.outputs[i]),
    outputNames: wanted.map((i) => `y${i}`),
    nodes: [node],
  }
  const expected = evaluate(node, tensors, operators)
  optimise(graph, operators, { precision: 'f32' })
  const feeds = Object.fromEntries(values.flatMap((v, i) => (v && !v.fact.value ? [[v.name, tensors[i]!]] : [])))
  const results: [where: string, y: Tensor[]][] = [['twins', interpret(graph, operators, feeds)]]
  if (c.gpu !== false) results.push(['GPU', await runOnGpu(graph, feeds)])
  wanted.forEach((i, k) => {
    const right = expected[i]
    for (const [where, y] of results) {
      const actual = y[k]
      expect([actual.dtype, ...actual.shape], where).toEqual([right.dtype, ...right.shape])
      const problem = compare(numbers(actual), numbers(right), right.dtype, c.tolerance ?? tolerance)
      expect(problem, `output ${i} by ${where}`).toBeNull()
    }
  })
  return graph.nodes.map((n) => [n.op, ...(n.tail ?? []).map((s) => s.op)].join('+')).join(' ')
}

/** Declares the tests of one operator. */
export function loweredCases(op: string, tolerance: Tolerance, cases: LoweredCase[]): void {
  describe(op, () => {
    for (const c of cases)
      for (const dtype of c.dtypes ?? (['float32', 'float16'] as DType[]))
        it(`${c.name} ${dtype}`, async (t) => {
          const { device } = await openDevice()
          if (dtype === 'float16' && !device.features.has('shader-f16')) t.skip('the adapter has no shader-f16')
          const became = await checkLowered(op, c, dtype, tolerance)
          if (c.becomes !== undefined) expect(became).toBe(c.becomes)
        })
  })
}
