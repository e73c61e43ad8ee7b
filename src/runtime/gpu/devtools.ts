// A profiled run on tracks of the browser's developer tools (performance panel), beside the page's own work.
import type { Profile, ProfileRow, Track } from '../profile.ts'

const GROUP = 'Isobath'
const TRACKS: Record<Track, { name: string; color: string }> = {
  CPU: { name: 'CPU: encode and submit', color: 'secondary' },
  GPU: { name: 'GPU: kernels', color: 'primary' },
  transfer: { name: 'upload and read-back', color: 'tertiary' },
}

const inBrowser = (): boolean =>
  'document' in globalThis || typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === 'function'

const properties = (r: ProfileRow): [string, string][] => [
  ['node', r.node],
  ['shader', r.shader],
  ['workgroups', `${r.groups.join(' × ')} of ${r.workgroup.join(' × ')}`],
  ['median', `${r.median.toFixed(1)} µs`],
  ['GFLOP/s', r.gflops.toFixed(1)],
  ['GB/s', r.gbps.toFixed(1)],
  ['of the roof', `${(r.ofRoof * 100).toFixed(0)} % (${r.limit})`],
]

/** Emits a `performance.measure` a span. Nothing where there is no browser. */
export function showInDevtools(profile: Profile): void {
  if (!inBrowser()) return
  const { origin, spans } = profile.timeline
  for (const span of spans) {
    const { name: track, color } = TRACKS[span.track]
    const row = span.row === undefined ? undefined : profile.rows[span.row]
    const start = origin + span.start / 1000
    const devtools = {
      dataType: 'track-entry',
      trackGroup: GROUP,
      track,
      color,
      ...(row && { tooltipText: `${row.op} ${row.node}`, properties: properties(row) }),
    }
    try {
      performance.measure(span.name, { start, end: start + span.duration / 1000, detail: { devtools } })
    } catch {
      // An old browser that takes no options: the profile is there without the tracks.
      return
    }
  }
}
