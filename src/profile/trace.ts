// A profile as a trace in Chrome's Trace Event format, which Perfetto and speedscope open.
import { adapterName, type Profile, type ProfileRow, type Span, type Track } from '../runtime/profile.ts'

/** An event of the format: X a span, C a counter, M a name. Times are microseconds. */
export interface TraceEvent {
  ph: 'X' | 'C' | 'M'
  name: string
  pid: number
  tid: number
  ts: number
  dur?: number
  cat?: string
  args?: Record<string, unknown>
}

export interface Trace {
  traceEvents: TraceEvent[]
  displayTimeUnit: 'ms'
  otherData: Record<string, unknown>
}

const PID = 1
const TRACKS: Record<Track, { tid: number; name: string }> = {
  CPU: { tid: 1, name: 'CPU: encode, submit, wait' },
  GPU: { tid: 2, name: 'GPU passes' },
  transfer: { tid: 3, name: 'upload and read-back' },
}

function kernelArgs(r: ProfileRow): Record<string, unknown> {
  return {
    node: r.node,
    shader: r.shader,
    ...(r.variant !== undefined && { variant: r.variant }),
    holes: r.holes,
    workgroups: r.groups.join(' × '),
    threads: r.workgroup.join(' × '),
    'median µs': r.median,
    flops: r.flops,
    bytes: r.bytes,
    'GFLOP/s': r.gflops,
    'GB/s': r.gbps,
    'of the roof': r.ofRoof,
    limit: r.limit,
  }
}

const event = (span: Omit<Span, 'track'>, track: Track, cat: string, args?: Record<string, unknown>): TraceEvent => ({
  ph: 'X',
  name: span.name,
  cat,
  pid: PID,
  tid: TRACKS[track].tid,
  ts: span.start,
  dur: span.duration,
  ...(args && { args }),
})

/** Kernels with a span around each run of them that belongs to one layer. */
function kernelEvents(profile: Profile, kernels: readonly Span[]): TraceEvent[] {
  const events: TraceEvent[] = []
  let at = 0
  while (at < kernels.length) {
    const { layer } = profile.rows[kernels[at].row!]
    let end = at
    while (end < kernels.length && profile.rows[kernels[end].row!].layer === layer) end++
    const inside = kernels.slice(at, end)
    const last = inside[inside.length - 1]
    const start = inside[0].start
    const whole = { name: layer, start, duration: last.start + last.duration - start }
    if (layer) events.push(event(whole, 'GPU', 'layer'))
    for (const span of inside) {
      const row = profile.rows[span.row!]
      events.push(event({ ...span, name: `${row.op} ${row.shader}` }, 'GPU', 'kernel', kernelArgs(row)))
    }
    at = end
  }
  return events
}

/** Bytes of the values alive at each kernel. */
function memoryEvents(profile: Profile, kernels: readonly Span[]): TraceEvent[] {
  const { values } = profile.memory
  return kernels.map(({ start, row }) => ({
    ph: 'C',
    name: 'GPU memory of values',
    pid: PID,
    tid: TRACKS.GPU.tid,
    ts: start,
    args: { bytes: values.reduce((n, v) => (v.first <= row! && row! <= v.last ? n + v.bytes : n), 0) },
  }))
}

/** One profiled run as a trace. */
export function profileTrace(profile: Profile): Trace {
  const { spans } = profile.timeline
  const kernels = spans.filter((s) => s.row !== undefined)
  const start = Math.min(0, ...spans.map((s) => s.start))
  const names: TraceEvent[] = Object.values(TRACKS).flatMap(({ tid, name }): TraceEvent[] => [
    { ph: 'M', name: 'thread_name', pid: PID, tid, ts: 0, args: { name } },
    { ph: 'M', name: 'thread_sort_index', pid: PID, tid, ts: 0, args: { sort_index: tid } },
  ])
  const process = `isobath ${profile.model ?? ''}`.trim()
  const events = [
    ...spans.filter((s) => s.row === undefined).map((s) => event(s, s.track, 'stage')),
    ...kernelEvents(profile, kernels),
    ...memoryEvents(profile, kernels),
  ]
  return {
    displayTimeUnit: 'ms',
    otherData: {
      adapter: adapterName(profile),
      precision: profile.precision,
      method: profile.method,
      'step of the timestamps, ns': profile.quantum,
      'bandwidth of the roof, GB/s': profile.roof.bandwidth / 1e9,
      'arithmetic of the roof, GFLOP/s': profile.roof.f32 / 1e9,
      notes: profile.notes.join(' '),
    },
    traceEvents: [
      { ph: 'M', name: 'process_name', pid: PID, tid: 0, ts: 0, args: { name: process } },
      ...names,
      // Times count from the start of the run, and are not negative.
      ...events.map((e) => ({ ...e, ts: e.ts - start })).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0)),
    ],
  }
}
