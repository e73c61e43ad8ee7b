// A profile, and a comparison of two, as text that fits a terminal.
import type { Comparison } from '../../profile/compare.ts'
import { type Group, type Grouping, groupRows, type Sorting } from '../../profile/group.ts'
import { adapterName, type Profile, type RunTimes, type Spread } from '../../runtime/profile.ts'
import { formatBytes, plural } from './common.ts'

export interface TextOptions {
  by: Grouping
  sort: Sorting
  /** Rows that are listed; the others become one line. */
  top: number
  /** Columns of the terminal. */
  width: number
}

const digits = (v: number) => (v >= 100 ? 0 : v >= 10 ? 1 : 2)
const fixed = (v: number) => (v === 0 ? '0' : v.toFixed(digits(Math.abs(v))))

/** Microseconds with their unit. */
export function formatTime(us: number): string {
  const v = Math.abs(us)
  const sign = us < 0 ? '-' : ''
  if (v < 1e3) return `${sign}${fixed(v)} µs`
  return v < 1e6 ? `${sign}${fixed(v / 1e3)} ms` : `${sign}${(v / 1e6).toFixed(2)} s`
}

const percent = (v: number) => `${(v * 100).toFixed(v < 0.0995 ? 1 : 0)} %`
const spread = (s: Spread) =>
  `${formatTime(s.median)} (least ${formatTime(s.min)}, quartiles ${formatTime(s.spread)} apart)`

interface Column {
  title: string
  text(group: Group): string
  left?: boolean
  /** Columns with higher numbers go first where the terminal is narrow. */
  spare?: number
}

function columnsOf(profile: Profile, by: Grouping): Column[] {
  const { rows } = profile
  const first = (g: Group) => rows[g.rows[0]]
  const single = by === 'kernel'
  return [
    { title: '#', text: (g) => (single ? String(g.rows[0]) : `${g.rows.length}×`), spare: 6 },
    { title: 'µs', text: (g) => fixed(g.median) },
    { title: 'least', text: (g) => fixed(g.min), spare: 4 },
    ...(single ? [{ title: '±', text: (g: Group) => fixed(first(g).spread), spare: 5 }] : []),
    { title: 'share', text: (g) => percent(g.share) },
    { title: 'MFLOP', text: (g) => fixed(g.flops / 1e6), spare: 8 },
    { title: 'MB', text: (g) => fixed(g.bytes / 1e6), spare: 9 },
    { title: 'GFLOP/s', text: (g) => fixed(g.gflops) },
    { title: 'GB/s', text: (g) => fixed(g.gbps), spare: 3 },
    { title: 'FLOP/B', text: (g) => fixed(g.intensity), spare: 7 },
    { title: 'of roof', text: (g) => `${percent(g.ofRoof)} ${g.limit === 'memory' ? 'M' : 'A'}` },
    ...(single
      ? [
          {
            title: 'groups × threads',
            text: (g: Group) =>
              `${first(g).groups.join('·')} × ${first(g)
                .workgroup.join('·')
                .replace(/(·1)+$/, '')}`,
            left: true,
            spare: 10,
          },
        ]
      : []),
    ...(by === 'operator' || by === 'layer'
      ? []
      : [
          { title: 'shader', text: (g: Group) => first(g).shader, left: true, spare: 1 },
          { title: 'operator', text: (g: Group) => first(g).op, left: true, spare: 2 },
        ]),
  ]
}

/** The end of a path says more than its start. */
const shorten = (text: string, width: number) =>
  text.length <= width ? text : `…${text.slice(text.length - Math.max(1, width - 1))}`

const NAME = 28

/** Rows under a head, the name last and cut to what is left of the width; spare columns go until it has room. */
function table(groups: Group[], columns: Column[], name: string, width: number): string[] {
  let shown = columns
  const cells = new Map(columns.map((c) => [c, groups.map((g) => c.text(g))]))
  const sizeOf = (c: Column) => Math.max(c.title.length, ...cells.get(c)!.map((t) => t.length))
  const used = () => shown.reduce((n, c) => n + sizeOf(c) + 2, 0)
  const wanted = Math.min(NAME, Math.max(...groups.map((g) => g.name.length), name.length))
  while (used() + wanted > width) {
    const spare = shown.filter((c) => c.spare).sort((a, b) => b.spare! - a.spare!)[0]
    if (!spare) break
    shown = shown.filter((c) => c !== spare)
  }
  const room = Math.max(8, width - used())
  const pad = (c: Column, text: string) => (c.left ? text.padEnd(sizeOf(c)) : text.padStart(sizeOf(c)))
  return [
    [...shown.map((c) => pad(c, c.title)), name].join('  '),
    ...groups.map((g, i) => [...shown.map((c) => pad(c, cells.get(c)![i])), shorten(g.name, room)].join('  ')),
  ]
}

function runLine(name: string, run: RunTimes): string {
  const parts = (['upload', 'encode', 'submit', 'wait', 'read'] as const).map(
    (k) => `${k} ${formatTime(run[k].median)}`,
  )
  return `${name}: ${spread(run.total)}: ${parts.join(', ')}${run.gpu ? `; on the GPU ${formatTime(run.gpu.median)}` : ''}`
}

/** The table and what stands around it. */
export function formatProfile(profile: Profile, { by, sort, top, width }: TextOptions): string[] {
  const { roof, rows, memory, pipelines, plain, profiled, gaps } = profile
  const groups = groupRows(profile, by, sort)
  const listed = groups.slice(0, top)
  const rest = groups.slice(top)
  const restTime = rest.reduce((n, g) => n + g.median, 0)
  const flops = rows.reduce((n, r) => n + r.flops, 0)
  const slowest = pipelines[0]
  const gpu = plain.gpu ?? plain.total
  return [
    `${profile.model ?? 'model'}: ${plural(rows.length, 'kernel')}, ${(flops / 1e9).toFixed(2)} GFLOP, ${profile.precision} on ${adapterName(profile)}; ${plural(profile.runs, 'run')}`,
    `roof: ${fixed(roof.bandwidth / 1e9)} GB/s (M), ${fixed(roof.f32 / 1e9)} GFLOP/s in f32 (A)${roof.f16 ? `, ${fixed(roof.f16 / 1e9)} in f16` : ''}; they meet at ${fixed(roof.f32 / roof.bandwidth)} FLOP/B`,
    '',
    ...table(listed, columnsOf(profile, by), by === 'kernel' ? 'node' : by, width),
    ...(rest.length
      ? [`… ${rest.length} more, ${formatTime(restTime)}, ${percent(restTime / profile.microseconds)}`]
      : []),
    '',
    `kernels, summed: ${spread(profile.sum)}, ${percent(profile.sum.median / gpu.median)} of a run without the profiler`,
    runLine('without', plain),
    ...(profiled ? [runLine('with', profiled)] : []),
    ...(gaps ? [`gaps between kernels, with a pass a call: ${formatTime(gaps.median)}`] : []),
    `first run: kernels ${formatTime(rows.reduce((n, r) => n + r.first, 0))}`,
    ...(slowest
      ? [
          `${plural(pipelines.length, 'pipeline')} for ${plural(rows.length, 'call')}, the slowest ${slowest.shader} after ${formatTime(slowest.milliseconds * 1000)}; load: ${Object.entries(
            profile.load,
          )
            .map(([stage, ms]) => `${stage} ${formatTime(ms * 1000)}`)
            .join(', ')}`,
        ]
      : []),
    `memory: values ${formatBytes(memory.peak)} in ${plural(memory.buffers.length, 'buffer')} (lower bound ${formatBytes(memory.lowerBound)}), weights ${formatBytes(memory.weights)}`,
    ...profile.notes.map((note) => `note: ${note}`),
  ]
}

/** Gains and losses, the largest first. */
export function formatComparison(c: Comparison, top: number, width: number): string[] {
  const listed = c.nodes.slice(0, top)
  const rows = listed.map((d) => [
    d.before === undefined ? 'new' : fixed(d.before),
    d.after === undefined ? 'gone' : fixed(d.after),
    `${d.delta > 0 ? '+' : ''}${fixed(d.delta)}`.replace('+-', '-'),
    d.ratio === undefined ? '' : `× ${fixed(d.ratio)}`,
  ])
  const head = ['before, µs', 'after, µs', 'change', 'ratio']
  const sizes = head.map((t, i) => Math.max(t.length, ...rows.map((r) => r[i].length)))
  const line = (cells: string[], rest: string) => `${cells.map((t, i) => t.padStart(sizes[i])).join('  ')}  ${rest}`
  const room = Math.max(20, width - sizes.reduce((n, s) => n + s + 2, 0))
  const left = c.nodes.length - listed.length
  const ratio = (a: number, b: number) => `${formatTime(a)} → ${formatTime(b)} (× ${fixed(b / a)})`
  return [
    ...c.warnings.map((w) => `note: ${w}`),
    line(head, 'shader, node'),
    ...listed.map((d, i) => line(rows[i], shorten(`${d.shaders}  ${d.node}`, room))),
    ...(left > 0 ? [`… ${left} more with smaller changes`] : []),
    '',
    `kernels, summed: ${ratio(c.before.microseconds, c.after.microseconds)}; a run without the profiler: ${ratio(c.before.run, c.after.run)}`,
  ]
}
