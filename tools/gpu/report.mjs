// The results of tools/gpu/run.mjs as Markdown.

const ms = (v) => (v === undefined ? '' : v < 10 ? v.toFixed(2) : v.toFixed(1))
const times = (v) => (Number.isFinite(v) ? `${v.toFixed(2)} ×` : '')
const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

function adapterText({ doctor, gpu }) {
  const { adapter, versions } = doctor ?? {}
  return [gpu, adapter && JSON.stringify(adapter), versions && JSON.stringify(versions)]
    .filter(Boolean)
    .map((l) => `- ${l}`)
    .join('\n')
}

function kernelsText({ files }) {
  const all = Object.values(files)
  const count = (field) => all.reduce((n, f) => n + (Array.isArray(f[field]) ? f[field].length : f[field]), 0)
  const failures = Object.entries(files).flatMap(([file, f]) =>
    f.failed.map((t) => `- ${file}: ${t.name}: ${t.message.split('\n')[0]}`),
  )
  return [
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${count('late')} not reached.`,
    ...failures.slice(0, 30),
  ].join('\n')
}

function compareRow({ graph, precision }, { result }) {
  const engine = (name) => result.engines.find((e) => e.engine === name && !e.failure)
  const [tuned, untuned, webgpu] = ['isobath', 'isobath untuned', 'webgpu'].map(engine)
  const torch = Array.isArray(result.torch) ? result.torch : []
  const of = (mode) => torch.find((t) => t.mode === mode && t.dtype === precision && !t.failure)?.median
  const [eager, compiled] = ['eager', 'compiled'].map(of)
  return [
    graph,
    precision,
    ms(tuned?.median),
    ms(untuned?.median),
    ms(webgpu?.median),
    times(webgpu?.median / tuned?.median),
    ms(eager),
    ms(compiled),
    times(tuned?.median / compiled),
    tuned ? (tuned.flops / tuned.median / 1e9).toPrecision(3) : '',
    tuned?.error?.toExponential(1) ?? '',
    webgpu?.error?.toExponential(1) ?? '',
    ms(tuned?.first.total),
    ms(webgpu?.first.total),
  ]
}

const COMPARE = [
  'graph',
  'precision',
  'isobath, tuned (ms)',
  'by rules',
  'onnxruntime WebGPU',
  'faster than it',
  'PyTorch eager',
  'compiled',
  'of compiled',
  'TFLOP/s',
  'error',
  'its error',
  'first run',
  'its first run',
]

/** The ten heaviest shapes: rows with equal shaders and holes together, against the roof of their intensity. */
export function heaviest({ roof, rows }, precision, count = 10) {
  const groups = new Map()
  for (const r of rows) {
    const key = `${r.shader} ${r.holes} ${r.groups.join('x')}`
    const g = groups.get(key) ?? { ...r, calls: 0, total: 0 }
    g.calls++
    g.total += r.median
    groups.set(key, g)
  }
  const sum = rows.reduce((n, r) => n + r.median, 0)
  const peak = (precision === 'f16' && roof?.f16) || roof?.f32
  return [...groups.values()]
    .sort((a, b) => b.total - a.total)
    .slice(0, count)
    .map((g) => {
      const seconds = g.median / 1e6
      const limit = roof && Math.min(peak, roof.bandwidth * (g.flops / Math.max(1, g.bytes)))
      const least = roof && Math.max(g.flops / peak, g.bytes / roof.bandwidth)
      return {
        kernel: g.variant ? `${g.shader} ${g.variant}` : g.shader,
        node: g.node,
        holes: g.holes,
        calls: g.calls,
        total: g.total,
        microseconds: g.median,
        share: g.total / sum,
        gflops: g.flops / seconds / 1e9,
        gbytes: g.bytes / seconds / 1e9,
        limit: limit && limit / 1e9,
        ofRoof: least && least / seconds,
      }
    })
}

function profileText({ precision }, section) {
  const head = ['kernel', 'first node', 'calls', 'µs each', 'of all', 'GFLOP/s', 'GB/s', 'of its roof']
  const percent = (v) => (v === undefined ? '' : `${(100 * v).toFixed(0)} %`)
  const rows = heaviest(section, precision).map((h) => [
    h.kernel,
    h.node,
    h.calls,
    h.microseconds.toFixed(1),
    percent(h.share),
    h.gflops.toFixed(0),
    h.gbytes.toFixed(0),
    percent(h.ofRoof),
  ])
  const { roof } = section
  const flops = (v) => `${(v / 1e12).toPrecision(3)} TFLOP/s`
  const told =
    roof &&
    `Roof: ${(roof.bandwidth / 1e9).toFixed(0)} GB/s, f32 ${flops(roof.f32)}${roof.f16 ? `, f16 ${flops(roof.f16)}` : ''} (multiply-adds without matrix units).\n\n`
  return `${told ?? ''}${table(head, rows)}`
}

/** `state.sections` by name, in the order of the plan. */
export function report(state, plan) {
  const done = (kind) => plan.filter((s) => s.kind === kind && state.sections[s.name] && !state.sections[s.name].error)
  const parts = [`# GPU run of ${state.date}`]
  for (const s of done('adapter')) parts.push(adapterText(state.sections[s.name]))
  for (const s of done('kernels')) parts.push(`## Kernel tests\n\n${kernelsText(state.sections[s.name])}`)
  const compared = done('compare').map((s) => compareRow(s, state.sections[s.name]))
  if (compared.length) parts.push(`## Models\n\n${table(COMPARE, compared)}`)
  for (const s of done('profile'))
    parts.push(`## Heaviest shapes: ${s.graph} ${s.precision}\n\n${profileText(s, state.sections[s.name])}`)
  const missing = plan.flatMap((s) =>
    state.sections[s.name]?.error ? [`- ${s.name}: ${state.sections[s.name].error}`] : [],
  )
  if (missing.length) parts.push(`## Missing\n\n${missing.join('\n')}`)
  return `${parts.join('\n\n')}\n`
}
