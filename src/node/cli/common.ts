// What the commands share: options of the form NAME=VALUE, timing, and how results are printed.
import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import type { EngineOptions, ModelInfo, ModelSource, Session } from '../../api.ts'
import { decodeModel, fedInputs, portOf } from '../../runtime/onnx/import.ts'
import { formatShape, type Tensor } from '../../runtime/tensor.ts'
import { readNpy } from '../files/npy.ts'

/** Bad usage: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** NAME=VALUE, split at the first '='; where `bare` is allowed a lone VALUE has the name ''. */
export function splitPair(text: string, option: string, form: string, bare = false): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 0 && bare && text) return ['', text]
  if (at < 1 || at === text.length - 1) throw new UsageError(`option ${option} takes ${form}, not "${text}"`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Pairs by name; a name given twice is bad usage. */
function toRecord<T>(pairs: [string, T][], option: string): Record<string, T> {
  const out: Record<string, T> = {}
  for (const [name, value] of pairs) {
    if (Object.hasOwn(out, name)) throw new UsageError(`option ${option} names ${name ? `"${name}"` : 'a file'} twice`)
    out[name] = value
  }
  return out
}

/** Reads -d AXIS=N options. */
export function parseAxes(options: string[] | undefined): Record<string, number> {
  const pairs = (options ?? []).map((text): [string, number] => {
    const [name, value] = splitPair(text, '-d', 'AXIS=N')
    if (!/^\d+$/.test(value)) throw new UsageError(`option -d takes AXIS=N with a whole number N, not "${text}"`)
    return [name, Number(value)]
  })
  return toRecord(pairs, '-d')
}

/** Reads -c NAME=FILE.npy options. */
export const parseFiles = (options: string[] | undefined, option: string, bare = false): Record<string, string> =>
  toRecord(
    (options ?? []).map((text) => splitPair(text, option, 'NAME=FILE.npy', bare)),
    option,
  )

/** Reads the tensors of NAME=FILE pairs. */
export async function readTensors(files: Record<string, string>): Promise<Record<string, Tensor>> {
  const out: Record<string, Tensor> = {}
  for (const [name, file] of Object.entries(files)) out[name] = await readNpy(file)
  return out
}

export type PortShape = ModelInfo['inputs'][number]

/** The inputs that a model wants, with named axes as names. */
export const modelInputs = (model: ModelSource): PortShape[] => fedInputs(decodeModel(model).graph).map(portOf)

/** `"x" float32 [1, 3, height, width]` */
export const formatPort = (p: { name: string; dtype: string; shape: readonly (number | string)[] }): string =>
  `"${p.name}" ${p.dtype} ${formatShape(p.shape)}`

/** Takes a choice from a list of allowed ones; anything else is bad usage. */
export function choose<T extends string>(text: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((a) => a === text)
  if (found === undefined) throw new UsageError(`option ${option} takes ${allowed.join(', ')}, not "${text}"`)
  return found
}

export const addPrecision = (command: Command): Command =>
  command.option('--precision <which>', 'arithmetic: auto, f32 or f16', 'auto')

export const addTune = (command: Command): Command =>
  command.option('--tune', 'measure variants of kernels on this model first, and remember the fastest on this adapter')

/** What a tuner decided, for people; nothing where it decided nothing. */
export const formatTuning = ({ decided, measured, milliseconds }: Session['stats']['tuning']): string[] => {
  const now = measured ? `; ${measured} measured now, in ${(milliseconds / 1000).toFixed(1)} s` : ''
  return decided ? [`tuned: ${plural(decided, 'choice')} of kernels by measurement${now}`] : []
}

export const parsePrecision = (text: string): EngineOptions['precision'] =>
  choose(text, ['auto', 'f32', 'f16'] as const, '--precision')

/** The wall clock of named stages, in milliseconds. */
export function createClock() {
  const milliseconds: Record<string, number> = {}
  return {
    milliseconds,
    async time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
      const start = performance.now()
      const result = await work()
      milliseconds[stage] = Math.round((performance.now() - start) * 100) / 100
      return result
    },
  }
}

export const formatMilliseconds = (stages: Record<string, number>): string =>
  Object.entries(stages)
    .map(([stage, ms]) => `${stage} ${ms < 100 ? ms.toFixed(1) : ms.toFixed(0)}`)
    .join(', ')

const UNITS = ['B', 'KiB', 'MiB', 'GiB']

export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(unit && value < 100 ? 1 : 0)} ${UNITS[unit]}`
}

export function formatCount(n: number): string {
  if (n < 1e4) return String(n)
  return n < 1e6 ? `${(n / 1e3).toFixed(1)} k` : `${(n / 1e6).toFixed(2)} M`
}

/** `1 node`, `2 nodes`; `es` where the plural takes that. */
export const plural = (n: number, word: string, ending = 's'): string => `${n} ${word}${n === 1 ? '' : ending}`

/** A table with aligned columns; those whose first row is a number are aligned right. */
export function formatTable(rows: (string | number)[][], indent = '  '): string {
  if (!rows.length) return ''
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => String(row[c]).length)))
  const cell = (v: string | number, c: number, last: boolean) => {
    if (typeof v === 'number') return String(v).padStart(widths[c])
    return last ? v : v.padEnd(widths[c])
  }
  return rows.map((row) => indent + row.map((v, c) => cell(v, c, c === row.length - 1)).join('  ')).join('\n')
}

/** The highest resident memory of this process so far, in bytes. */
export const peakResidentBytes = (): number => process.resourceUsage().maxRSS * 1024

/** A file name without folder and extension. */
export const stemOf = (path: string): string => basename(path, extname(path))

/** Prints a result: one JSON object, or the lines. */
export function print(json: boolean | undefined, value: object, lines: () => string[]): void {
  process.stdout.write(`${json ? JSON.stringify(value) : lines().join('\n')}\n`)
}
