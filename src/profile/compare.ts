// Two profiles side by side, matched by node: what became faster, what slower, what came and went.
import { adapterName, type Profile, type ProfileRow } from '../runtime/profile.ts'
import { type Group, groupRows } from './group.ts'

/** One node in both profiles, or in one. Times are microseconds. */
export interface Difference {
  node: string
  op: string
  /** Shaders of its calls, where they differ those of both: `a → b`. */
  shaders: string
  before?: number
  after?: number
  /** `after` less `before`; what is missing counts 0. */
  delta: number
  /** `after` over `before`; absent where one is missing or the first took no time. */
  ratio?: number
}

export interface Comparison {
  before: Side
  after: Side
  /** The largest gain or loss first. */
  nodes: Difference[]
  /** What makes the two hard to compare: another adapter, precision or model. */
  warnings: string[]
}

export interface Side {
  model?: string
  adapter: string
  precision: string
  kernels: number
  /** Sum of the rows, and a run without the profiler. */
  microseconds: number
  run: number
}

const sideOf = (p: Profile): Side => ({
  ...(p.model !== undefined && { model: p.model }),
  adapter: adapterName(p),
  precision: p.precision,
  kernels: p.rows.length,
  microseconds: p.microseconds,
  run: p.plain.total.median,
})

function textOf(p: Profile, group: Group | undefined): { op: string; shaders: string } | undefined {
  if (!group) return undefined
  const rows = group.rows.map((i) => p.rows[i])
  const each = (f: (row: ProfileRow) => string) => [...new Set(rows.map(f))].join(', ')
  return { op: each((r) => r.op), shaders: each((r) => r.shader) }
}

/** Compares two profiles node by node. */
export function compareProfiles(before: Profile, after: Profile): Comparison {
  const [left, right] = [before, after].map((p) => new Map(groupRows(p, 'node', 'node').map((g) => [g.name, g])))
  const nodes = [...new Set([...left.keys(), ...right.keys()])].map((node): Difference => {
    const [a, b] = [left.get(node), right.get(node)]
    const [was, is] = [textOf(before, a), textOf(after, b)]
    const ratio = a?.median && b ? b.median / a.median : undefined
    return {
      node,
      op: (is ?? was)!.op,
      shaders: was && is && was.shaders !== is.shaders ? `${was.shaders} → ${is.shaders}` : (is ?? was)!.shaders,
      ...(a && { before: a.median }),
      ...(b && { after: b.median }),
      delta: (b?.median ?? 0) - (a?.median ?? 0),
      ...(ratio !== undefined && { ratio }),
    }
  })
  nodes.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta))
  const sides = { before: sideOf(before), after: sideOf(after) }
  const warnings = (['model', 'adapter', 'precision'] as const)
    .filter((key) => sides.before[key] !== sides.after[key])
    .map(
      (key) => `the ${key} differs: ${sides.before[key] ?? 'unnamed'} before, ${sides.after[key] ?? 'unnamed'} after`,
    )
  return { ...sides, nodes, warnings }
}
