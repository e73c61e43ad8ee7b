// Measures a program's choices and keeps the winners; the tuner itself is runtime/gpu/tuner.ts.
import type { LoadOptions } from './api.ts'
import type { Cache } from './runtime/cache.ts'
import type { CompileOptions } from './runtime/compile/compile.ts'
import type { Pipelines } from './runtime/gpu/pipelines.ts'
import { decide, deviceStopwatch } from './runtime/gpu/tuner.ts'
import { chooser, openChoices, type Winners, writeWinners } from './runtime/gpu/winners.ts'
import type { Caps, Choice, Graph, Node, Program } from './runtime/op.ts'

/** A node by itself, its computed inputs fed: what the tuner measures. */
function nodeAlone(node: Node): Graph {
  const inputs = [...new Set(node.inputs.filter((v) => v && !v.fact.value))].map((v) => v!)
  return { inputs, outputs: node.outputs, outputNames: node.outputs.map((v) => v.name), nodes: [node] }
}

export interface Tuning {
  device: GPUDevice
  pipelines: Pipelines
  caps: Caps
  /** Where the winners are kept, under `tableAt`. */
  cache: Cache
  tableAt: string
  graph: Graph
  program: Program
  winners: Winners
  /** A node by itself, with these choices. */
  compile(alone: Graph, choose: CompileOptions['choose']): Program
}

/** Measures the choices of a program that are not in the table yet, adds and stores them; returns how many. */
export async function tune(tuning: Tuning, options: LoadOptions): Promise<number> {
  const { device, pipelines, caps, cache, tableAt, graph, program, winners } = tuning
  const nodeOf = new Map<Choice, Node>()
  for (const call of program.calls) if (call.choice) nodeOf.set(call.choice, graph.nodes[call.index])
  const open = openChoices(nodeOf.keys(), winners)
  const time = deviceStopwatch(device, pipelines, caps.software)
  for (const [done, choice] of open.entries()) {
    options.signal?.throwIfAborted()
    options.onProgress?.({ stage: 'tune', done, total: open.length })
    const { key, candidates } = choice
    const alone = nodeAlone(nodeOf.get(choice)!)
    const winner = await decide(
      {
        key,
        candidates,
        compile: (variant) => tuning.compile(alone, (k, c) => (k === key ? variant : chooser(winners)(k, c))),
      },
      time,
    )
    if (winner) winners.set(key, winner)
  }
  if (open.length) await writeWinners(cache, tableAt, winners)
  return open.length
}
