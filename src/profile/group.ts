// Rows of a profile put together: by kernel call, node, operator or layer.
import type { Profile, ProfileRow } from '../runtime/profile.ts'

export const GROUPINGS = ['kernel', 'node', 'operator', 'layer'] as const
export type Grouping = (typeof GROUPINGS)[number]

export const SORTINGS = ['time', 'node', 'gflops'] as const
export type Sorting = (typeof SORTINGS)[number]

/** Some rows of a profile, added up. Times are microseconds. */
export interface Group {
  name: string
  /** Positions of its rows. */
  rows: number[]
  median: number
  min: number
  flops: number
  bytes: number
  share: number
  gflops: number
  gbps: number
  intensity: number
  /** What the roof demands of all rows, over what they take. */
  ofRoof: number
  limit: ProfileRow['limit']
}

const keyOf: Record<Grouping, (row: ProfileRow) => string> = {
  kernel: (row) => String(row.index),
  node: (row) => row.node,
  operator: (row) => row.op,
  layer: (row) => row.layer || row.node,
}

function addUp(name: string, rows: ProfileRow[], total: number): Group {
  const sum = (f: (row: ProfileRow) => number) => rows.reduce((n, row) => n + f(row), 0)
  const [median, flops, bytes] = [sum((r) => r.median), sum((r) => r.flops), sum((r) => r.bytes)]
  const least = (limit: ProfileRow['limit']) => sum((r) => (r.limit === limit ? r.ofRoof * r.median : 0))
  const [memory, arithmetic] = [least('memory'), least('arithmetic')]
  const per = (amount: number) => (median > 0 ? amount / median : 0)
  return {
    name,
    rows: rows.map((r) => r.index),
    ...{ median, min: sum((r) => r.min), flops, bytes },
    share: total ? median / total : 0,
    gflops: per(flops) / 1e3,
    gbps: per(bytes) / 1e3,
    intensity: bytes ? flops / bytes : 0,
    ofRoof: per(memory + arithmetic),
    limit: memory >= arithmetic ? 'memory' : 'arithmetic',
  }
}

const compare: Record<Sorting, (a: Group, b: Group) => number> = {
  time: (a, b) => b.median - a.median,
  node: (a, b) => a.rows[0] - b.rows[0],
  gflops: (a, b) => b.gflops - a.gflops,
}

/** The groups of a profile; `node` keeps the order of the program. */
export function groupRows(profile: Profile, by: Grouping, sort: Sorting = 'time'): Group[] {
  const groups = new Map<string, ProfileRow[]>()
  for (const row of profile.rows) {
    const key = keyOf[by](row)
    const rows = groups.get(key)
    if (rows) rows.push(row)
    else groups.set(key, [row])
  }
  return [...groups]
    .map(([key, rows]) => addUp(by === 'kernel' ? rows[0].node : key, rows, profile.microseconds))
    .sort(compare[sort])
}
