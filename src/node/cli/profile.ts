// `isobath profile`: every kernel of a model with its time, its place under the adapter's roof, and its code.
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { compareProfiles } from '../../profile/compare.ts'
import { GROUPINGS, SORTINGS } from '../../profile/group.ts'
import { profileHtml } from '../../profile/html.ts'
import { parseProfile } from '../../profile/read.ts'
import { profileTrace } from '../../profile/trace.ts'
import { IsobathError } from '../../runtime/error.ts'
import type { Profile } from '../../runtime/profile.ts'
import { openEngine } from '../dawn.ts'
import { writeWhole } from '../files/write.ts'
import { drawFeed, parseCount } from './bench.ts'
import {
  addPrecision,
  choose,
  modelInputs,
  type PortShape,
  parseAxes,
  parseFiles,
  parsePrecision,
  plural,
  readTensors,
  UsageError,
} from './common.ts'
import { formatComparison, formatProfile } from './profileText.ts'
import { createProgress } from './progress.ts'
import { axesFromFeeds, castFeed, matchFiles } from './run.ts'
import { openModel } from './source.ts'

interface ProfileOptions {
  input?: string[]
  constant?: string[]
  dim?: string[]
  runs: string
  warmup: string
  precision: string
  sort: string
  by: string
  top: string
  trace?: string
  html?: string
  json?: string
  compare?: string
  newRoof?: boolean
}

/** Columns of the terminal; text that goes into a file or a pipe is not cut. */
const widthOf = (stream: NodeJS.WriteStream) => (stream.isTTY ? Math.max(60, stream.columns) : 1000)

function readProfile(path: string): Profile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new IsobathError('input', `the profile "${path}" cannot be read: ${code ?? message}`, { cause })
  }
  return parseProfile(text, `"${path}"`)
}

/** Files are written after minutes of work: what can fail is tried before. */
function checkTargets(options: ProfileOptions): void {
  for (const path of [options.trace, options.html, options.json])
    if (path !== undefined && path !== '-' && !existsSync(dirname(resolve(path))))
      throw new IsobathError('input', `"${path}" cannot be written: there is no folder "${dirname(path)}"`)
  if ([options.trace, options.html, options.json].filter((path) => path === '-').length > 1)
    throw new UsageError('only one of --trace, --html and --json can go to the standard output')
}

async function measure(name: string, options: ProfileOptions): Promise<Profile> {
  const axes = parseAxes(options.dim)
  const files = parseFiles(options.input, '-i', true)
  const constantFiles = parseFiles(options.constant, '-c')
  const runs = parseCount(options.runs, '--runs', 1)
  const warmup = parseCount(options.warmup, '--warmup', 1)
  const precision = parsePrecision(options.precision)
  const progress = createProgress()
  const model = await openModel(name)
  const ports = modelInputs(model)
  const constants = await readTensors(constantFiles)
  const given = await readTensors(matchGiven(files, ports, Object.keys(constants)))
  for (const port of ports) {
    if (constants[port.name]) constants[port.name] = castFeed(constants[port.name], port)
    if (given[port.name]) given[port.name] = castFeed(given[port.name], port)
  }
  const engine = await openEngine({ precision })
  try {
    const bound = {
      ...axes,
      ...axesFromFeeds(
        ports.filter((p) => given[p.name]),
        given,
        axes,
      ),
    }
    const session = await engine.load(model, { axes: bound, constants, onProgress: progress.onLoad })
    const feeds = Object.fromEntries(session.inputs.map((port) => [port.name, given[port.name] ?? drawFeed(port)]))
    const profile = await session.profile(feeds, {
      runs,
      warmup,
      newRoof: options.newRoof,
      onProgress: (done, total) => progress.say(`profiling, run ${done + 1} of ${total}`),
    })
    return { ...profile, model: basename(name) }
  } finally {
    progress.end()
    engine.destroy()
  }
}

/** Inputs without a file are drawn, so that none need be given. */
function matchGiven(files: Record<string, string>, ports: PortShape[], constants: string[]): Record<string, string> {
  const named = Object.keys(files)
  if (!named.length) return {}
  const known = ports.filter((p) => named.includes(p.name))
  return matchFiles(files, known.length === named.length ? known : ports, constants)
}

async function profile(name: string, options: ProfileOptions): Promise<void> {
  const by = choose(options.by, GROUPINGS, '--by')
  const sort = choose(options.sort, SORTINGS, '--sort')
  const top = parseCount(options.top, '--top', 1)
  checkTargets(options)
  const before = options.compare === undefined ? undefined : readProfile(options.compare)
  const result = name.endsWith('.json') ? readProfile(name) : await measure(name, options)
  const outputs = [
    [options.trace, () => JSON.stringify(profileTrace(result))],
    [options.html, () => profileHtml(result, before)],
    [options.json, () => JSON.stringify(result)],
  ] as const
  const written: string[] = []
  for (const [path, make] of outputs) {
    if (path === undefined) continue
    if (path === '-') {
      process.stdout.write(`${make()}\n`)
      continue
    }
    await writeWhole(path, new TextEncoder().encode(make()))
    written.push(path)
  }
  if (outputs.some(([path]) => path === '-')) return
  const width = widthOf(process.stdout)
  const lines = [
    ...formatProfile(result, { by, sort, top, width }),
    ...(before
      ? ['', `against ${options.compare}:`, ...formatComparison(compareProfiles(before, result), top, width)]
      : []),
    ...(written.length ? ['', `wrote ${plural(written.length, 'file')}: ${written.join(', ')}`] : []),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('time every kernel of a model and hold it against what the adapter can do')
    .argument('<model>', 'the .onnx file, zoo:NAME[@SIZE], or a profile that --json wrote')
    .option('-i, --input <name=file...>', 'an input as an .npy file; others are drawn')
    .option('-c, --constant <name=file...>', 'an input whose value is fixed when the model is loaded')
    .option('-d, --dim <axis=n...>', 'the value of a named axis')
    .option('--runs <n>', 'timed runs, with as many plain ones between', '10')
    .option('--warmup <n>', 'runs before them', '2')
  addPrecision(command)
    .option('--by <what>', `rows by ${GROUPINGS.join(', ')}`, 'kernel')
    .option('--sort <what>', `rows sorted by ${SORTINGS.join(', ')}`, 'time')
    .option('--top <n>', 'rows that are listed', '25')
    .option('--new-roof', 'measure the adapter again, instead of taking what is remembered')
    .option('--compare <file>', 'an earlier profile: gains and losses by node')
    .option('--html <file>', 'write a report for a browser')
    .option('--trace <file>', 'write a trace for Perfetto or speedscope')
    .option('--json <file>', 'write the profile itself, for --compare; - is the standard output')
    .action(profile)
}
