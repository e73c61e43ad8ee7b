// Results as text: one table a graph, then ratios.
import { formatOptions } from './peers.mjs'

const ms = (v) => (v === undefined ? '' : v < 10 ? v.toFixed(2) : v < 1000 ? v.toFixed(1) : v.toFixed(0))
const mib = (bytes) => (bytes === undefined ? '' : (bytes / 2 ** 20).toFixed(0))

/** Lines with aligned columns, the first to the left. */
export function table(rows) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((r) => r[c].length)))
  return rows.map((r) => r.map((v, c) => (c ? v.padStart(widths[c]) : v.padEnd(widths[c]))).join('  ')).join('\n')
}

function formatTorch(torch) {
  if (torch?.failure) return [`  torch FAILED: ${torch.failure}`]
  return (torch ?? []).map((t) =>
    t.failure
      ? `  torch ${t.mode} FAILED: ${t.failure}`
      : `  torch ${t.torch} ${t.mode} ${t.dtype} on ${t.device}: median ${ms(t.median)} ms, least ${ms(t.least)}, first ${ms(t.first)}`,
  )
}

export function formatGraph({ graph, engines, torch = undefined }) {
  const head = [
    ...[graph, 'median ms', 'least', 'CPU ms', 'first ms', 'load', 'run', 'first CPU'],
    ...['GFLOP/s', 'dispatches', 'peak MiB', 'error'],
  ]
  const flops = engines.find((e) => e.flops)?.flops
  const rows = engines
    .filter((e) => e.median)
    .map((e) => [
      `  ${e.engine}`,
      ms(e.median),
      ms(e.least),
      ms(e.cpu),
      ms(e.first.total),
      ms(e.first.device + e.first.load),
      ms(e.first.run),
      ms(e.first.cpu),
      flops ? (flops / e.median / 1e6).toFixed(1) : '',
      String(e.dispatches ?? ''),
      mib(e.peakResident),
      e.error.toExponential(1),
    ])
  const lines = rows.length ? [table([head, ...rows])] : [graph]
  for (const e of engines) {
    if (e.failure) lines.push(`  ${e.engine} FAILED: ${e.failure}`)
    if (e.options && Object.keys(e.options).length) lines.push(`  ${e.engine}: ${formatOptions(e.options)}`)
    if (e.first?.stages)
      lines.push(
        `  ${e.engine}: ${e.kernels ?? '?'} different kernels; load: device ${ms(e.first.device)}, ${Object.entries(
          e.first.stages,
        )
          .map(([stage, v]) => `${stage} ${ms(v)}`)
          .join(', ')}`,
      )
  }
  lines.push(...formatTorch(torch))
  return lines.join('\n')
}

export function formatRatios(r) {
  const rows = r.rows.map((row) => [`  ${row.graph}`, row.warm.toFixed(2), row.cpu.toFixed(2), row.first.toFixed(2)])
  const mean = ['  geometric mean', r.warm.toFixed(2), r.cpu.toFixed(2), r.first.toFixed(2)]
  const head = [`${r.of}: times faster than ${r.than}`, 'warm', 'in CPU time', 'first run']
  return `${table([head, ...rows, mean])}\n  least: ${r.least.warm.toFixed(2)} (${r.least.graph})`
}
