// The order of the passes: make simple, move layouts, fuse.
import type { Graph, Ops } from '../op.ts'
import { runPasses } from './driver.ts'
import { channelsLast, sinkTransposes } from './layout.ts'
import { lower } from './lower.ts'
import { simplifyMoves } from './moves.ts'

export interface OptimiseOptions {
  precision: 'f32' | 'f16'
  log?: (line: string) => void
}

/** Rewrites an imported graph into the one that is compiled. */
export function optimise(graph: Graph, ops: Ops, options: OptimiseOptions): void {
  runPasses(graph, ops, [lower, simplifyMoves], options.log)
  runPasses(graph, ops, [lower, channelsLast, sinkTransposes, simplifyMoves], options.log)
}
