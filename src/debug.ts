// The debug ladder: what EngineOptions.debug prints, and the comparison with the CPU twins behind EngineOptions.check.
import type { EngineOptions } from './api.ts'
import { formatProgram } from './runtime/compile/print.ts'
import { IsobathError } from './runtime/error.ts'
import { evaluate } from './runtime/graph/build.ts'
import type { Graph, Node, Ops, Port, Program, Value } from './runtime/op.ts'
import type { PassLog } from './runtime/passes/driver.ts'
import { isFloat, numbers, type Tensor } from './runtime/tensor.ts'

export type Debug = Required<Pick<EngineOptions, 'debug' | 'check' | 'log'>>

/** Levels 1 and 3. */
export const passLog = (d: Debug): PassLog | undefined =>
  d.debug >= 1 ? { pass: d.log, rewrite: d.debug >= 3 ? d.log : undefined } : undefined

/** Levels 1 and 2. */
export function reportProgram(d: Debug, program: Program): void {
  if (d.debug < 1) return
  const { peak, lowerBound, weights } = program.memory
  d.log(
    `memory: values ${peak} bytes (lower bound ${lowerBound}), weights ${weights} bytes, ${program.calls.length} dispatches`,
  )
  if (d.debug >= 2) d.log(formatProgram(program))
}

type Read = (port: Port) => Promise<Tensor>

const portOf = (v: Value): Port => ({ name: v.name, dtype: v.fact.dtype, shape: v.fact.shape, value: v.id })

function statistics(t: Tensor): string {
  let [low, high, sum, odd] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  const data = numbers(t)
  for (const v of data) {
    if (!Number.isFinite(v)) odd++
    else {
      low = Math.min(low, v)
      high = Math.max(high, v)
      sum += v
    }
  }
  return `min ${low} max ${high} mean ${sum / (data.length - odd)}${odd ? ` NOT FINITE ${odd}` : ''}`
}

/** Largest error of a value relative to the spread of what is expected, up to which kernel and twin agree. */
const LIMIT = { float32: 1e-3, float16: 2e-2 } as const

/** ` ([1, 0, 3])`: the place of an element where the shape has more than one axis. */
function coordinates(index: number, size: number, shape: readonly number[]): string {
  if (shape.length < 2) return ''
  let below = size
  const at = shape.map((d) => {
    below /= d
    return Math.floor(index / below) % d
  })
  return ` ([${at.join(', ')}])`
}

function difference(node: Node, v: Value, actual: Tensor, expected: Tensor): IsobathError | null {
  const [a, e] = [numbers(actual), numbers(expected)]
  let scale = 0
  for (const x of e) if (Number.isFinite(x)) scale = Math.max(scale, Math.abs(x))
  const limit = isFloat(v.fact.dtype) ? LIMIT[v.fact.dtype as 'float32' | 'float16'] * scale : 0
  for (let i = 0; i < e.length; i++) {
    if (Object.is(a[i], e[i]) || Math.abs(a[i] - e[i]) <= limit) continue
    const op = [node.op, ...(node.tail ?? []).map((s) => s.op)].join('+')
    return new IsobathError(
      'device',
      `node "${node.name}" (${op}): element ${i}${coordinates(i, e.length, v.fact.shape)} of "${v.name}" is ${a[i]} on the GPU and ${e[i]} by its CPU twin`,
    )
  }
  return null
}

/** Called after every kernel: prints level 5, and compares each node with its twin. */
export function watcher(
  d: Debug,
  graph: Graph,
  program: Program,
  ops: Ops,
): ((call: number, read: Read) => Promise<void>) | undefined {
  if (!d.check && d.debug < 5) return undefined
  return async (i, read) => {
    const call = program.calls[i]
    if (program.calls[i + 1]?.index === call.index) return
    const node = graph.nodes[call.index]
    const outputs = node.outputs.filter((v) => program.places.has(v.id))
    const actual = await Promise.all(outputs.map((v) => read(portOf(v))))
    if (d.debug >= 5) for (const t of actual) d.log(`${call.op} "${node.name}" ${call.shader}: ${statistics(t)}`)
    if (!d.check) return
    const inputs = await Promise.all(node.inputs.map((v) => (v ? (v.fact.value ?? read(portOf(v))) : null)))
    const expected = evaluate(node, inputs, ops)
    outputs.forEach((v, k) => {
      const problem = difference(node, v, actual[k], expected[node.outputs.indexOf(v)])
      if (problem) throw problem
    })
  }
}
