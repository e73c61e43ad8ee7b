// `node bench/heaviest.mjs [--count 10] PROFILE.json …`: the heaviest shapes over several models against the adapter's
// measured roof, as Markdown. The profiles are those of `isobath profile MODEL --json PROFILE.json`.
import fs from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { heaviest } from '../tools/gpu/report.mjs'

const row = (cells) => `| ${cells.join(' | ')} |`

/** `166 × 1536 × 384` of the holes of a product (M, N, K), of anything else all sizes that are there. */
export function sizesOf(holes) {
  const sizes = new Map([...holes.matchAll(/\b([A-Z_]+)=(\d+)/g)].map(([, name, value]) => [name, value]))
  if (['M', 'N', 'K'].every((name) => sizes.has(name)))
    return ['M', 'N', 'K'].map((name) => sizes.get(name)).join(' × ')
  return [...sizes].map(([name, value]) => `${name} ${value}`).join(', ')
}

/** The heaviest shapes of all profiles together: what `heaviest` tells of each, and its model. */
export function heaviestOf(profiles, count = 10) {
  return profiles
    .flatMap((p) =>
      heaviest(p, p.precision, Number.POSITIVE_INFINITY).map((shape) => ({ ...shape, model: p.model ?? '' })),
    )
    .sort((a, b) => b.total - a.total)
    .slice(0, count)
}

/** A table of the heaviest shapes; times in milliseconds, all calls of a shape together. */
export function heaviestTable(profiles, count = 10) {
  const all = profiles.flatMap((p) => p.rows).reduce((sum, r) => sum + r.median, 0)
  const [{ adapter, roof }] = profiles
  const head = ['model', 'kernel', 'sizes', 'calls', 'ms in all', 'share', 'GFLOP/s', 'roof', 'of it']
  const lines = heaviestOf(profiles, count).map((s) =>
    row([
      s.model.replace(/\.onnx$/, ''),
      s.kernel,
      sizesOf(s.holes),
      s.calls,
      (s.total / 1000).toFixed(1),
      `${((100 * s.total) / all).toFixed(1)} %`,
      s.gflops.toFixed(1),
      s.limit === undefined ? '' : s.limit.toFixed(1),
      s.ofRoof === undefined ? '' : `${(100 * s.ofRoof).toFixed(0)} %`,
    ]),
  )
  const told =
    roof && `, ${(roof.bandwidth / 1e9).toFixed(1)} GB/s and ${(roof.f32 / 1e9).toFixed(1)} GFLOP/s in float32`
  return [`${adapter.description}${told ?? ''}:`, '', row(head), row(head.map(() => '---')), ...lines].join('\n')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { count: { type: 'string' } } })
  if (!positionals.length) throw new Error('name profiles that `isobath profile MODEL --json FILE` wrote')
  const profiles = positionals.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')))
  console.log(heaviestTable(profiles, Number(values.count ?? 10)))
}
