// The order of the passes: make simple, move layouts, fuse.
import type { Graph, Ops } from '../op.ts'
import { fuseAttention, packProjections } from './attention.ts'
import { foldConstants } from './constants.ts'
import { checkGraph, type PassLog, runPasses } from './driver.ts'
import { foldScales, fuseHeads, fuseTails, hoistTransposes } from './fuse.ts'
import { toHalf, toSingle } from './half.ts'
import { convolveFirst, padWindows } from './images.ts'
import { channelsLast, sinkTransposes } from './layout.ts'
import { lower } from './lower.ts'
import { simplifyMoves } from './moves.ts'
import { recognise } from './patterns.ts'
import { cancelRows, collectRows } from './rows.ts'
import { shareNodes } from './share.ts'
import { dropExpands, sinkViews } from './views.ts'

export interface OptimiseOptions {
  precision: 'f32' | 'f16'
  /** False where shaders do not know float16: what the model holds in it is then stored as float32. */
  half?: boolean
  log?: PassLog
}

/** Rewrites an imported graph into the one that is compiled. */
export function optimise(graph: Graph, ops: Ops, options: OptimiseOptions): void {
  runPasses(graph, ops, [lower, foldConstants, simplifyMoves], options.log)
  runPasses(
    graph,
    ops,
    [recognise, fuseAttention, dropExpands, channelsLast, sinkTransposes, lower, foldConstants, simplifyMoves],
    options.log,
  )
  runPasses(graph, ops, [cancelRows, padWindows, convolveFirst, foldConstants, simplifyMoves, shareNodes], options.log)
  runPasses(graph, ops, [packProjections, sinkViews, foldScales, foldConstants, simplifyMoves, shareNodes], options.log)
  runPasses(graph, ops, [collectRows, simplifyMoves], options.log)
  runPasses(graph, ops, [hoistTransposes], options.log)
  runPasses(graph, ops, [fuseTails], options.log)
  runPasses(graph, ops, [fuseHeads], options.log)
  if (options.half === false) {
    toSingle(graph, ops)
    checkGraph(graph, ops, 'single precision')
  } else if (options.precision === 'f16') {
    toHalf(graph, ops)
    checkGraph(graph, ops, 'half precision')
  }
}
