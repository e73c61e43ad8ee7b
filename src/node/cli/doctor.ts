// `isobath doctor`: what WebGPU finds here, and what to install where something is missing.
import type { Command } from 'commander'
import { type DoctorReport, doctor } from '../doctor.ts'
import { formatBytes, formatTable, print } from './common.ts'

function describe({ adapter, versions, system, advice }: DoctorReport): string[] {
  const rows: [string, string][] = [
    ['isobath', versions.isobath],
    ['node', versions.node],
    ...(['webgpu', 'sharp', 'commander'] as const).map((p): [string, string] => [p, versions[p] ?? 'not installed']),
    ['system', `${system.name}, ${system.arch}${system.glibc ? `, glibc ${system.glibc}` : ''}`],
  ]
  if (!adapter) return [formatTable([...rows, ['adapter', 'none']], ''), '', ...advice]
  const subgroups = adapter.subgroupSizes
  const limits = Object.entries(adapter.limits).map(([name, v]): [string, string] => [
    name,
    /Size$/.test(name) && v >= 16384 ? formatBytes(v) : String(v),
  ])
  rows.push(
    ['adapter', adapter.device || adapter.description],
    ['vendor', adapter.vendor],
    ['architecture', adapter.architecture + (adapter.software ? ' (runs on the CPU)' : '')],
    ['driver', adapter.description],
    ['subgroups', subgroups ? `${subgroups.min} to ${subgroups.max}` : 'no'],
  )
  return [
    formatTable(rows, ''),
    '',
    'limits',
    formatTable(limits),
    '',
    'features',
    ...adapter.features.map((f) => `  ${f}`),
    ...(advice.length ? ['', ...advice] : []),
  ]
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show the adapter, its features and limits, and what is missing; exits with 1 where there is none')
    .option('--json', 'print one JSON object')
    .action(async (options: { json?: boolean }) => {
      const report = await doctor()
      print(options.json, report, () => describe(report))
      if (!report.adapter) process.exitCode = 1
    })
}
