// `isobath bench`: how long a model takes to load, to run first, and to run warm.
import type { Command } from 'commander'
import type { PortInfo, Session } from '../../api.ts'
import { fromNumbers, isFloat, sizeOf, type Tensor } from '../../runtime/tensor.ts'
import { openEngine } from '../dawn.ts'
import {
  addPrecision,
  addTune,
  createClock,
  formatBytes,
  formatMilliseconds,
  formatTuning,
  parseAxes,
  parsePrecision,
  peakResidentBytes,
  plural,
  print,
  UsageError,
} from './common.ts'
import { createProgress } from './progress.ts'
import { openModel } from './source.ts'

interface BenchOptions {
  dim?: string[]
  runs: string
  warmup: string
  precision: string
  tune?: boolean
  json?: boolean
}

export function parseCount(text: string, option: string, least: number): number {
  const n = Number(text)
  if (!Number.isInteger(n) || n < least)
    throw new UsageError(`${option} wants a whole number from ${least}, not "${text}"`)
  return n
}

/** A feed of smooth values around zero: the time of a run does not depend on them. */
export function drawFeed({ dtype, shape }: PortInfo): Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (isFloat(dtype) ? Math.sin(i * 0.37) : 1))
  return fromNumbers(dtype, shape, values)
}

const median = (sorted: number[]): number => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2

async function timeRuns(session: Session, feeds: Record<string, Tensor>, runs: number, warmup: number) {
  const once = async () => {
    const start = performance.now()
    await session.run(feeds)
    return performance.now() - start
  }
  const first = await once()
  for (let i = 1; i < warmup; i++) await once()
  const warm: number[] = []
  for (let i = 0; i < runs; i++) warm.push(await once())
  return { first, warm: warm.sort((a, b) => a - b) }
}

async function bench(name: string, options: BenchOptions): Promise<void> {
  const axes = parseAxes(options.dim)
  const runs = parseCount(options.runs, '--runs', 1)
  const warmup = parseCount(options.warmup, '--warmup', 1)
  const precision = parsePrecision(options.precision)
  const progress = createProgress()
  const { time, milliseconds } = createClock()
  const model = await openModel(name)
  const engine = await openEngine({ precision })
  try {
    const session = await time('load', () =>
      engine.load(model, { axes, tune: options.tune, onProgress: progress.onLoad }),
    )
    const feeds = Object.fromEntries(session.inputs.map((port) => [port.name, drawFeed(port)]))
    progress.say('running')
    const { first, warm } = await timeRuns(session, feeds, runs, warmup)
    progress.end()
    const { dispatches, flops, memory, tuning } = session.stats
    const gflops = flops / median(warm) / 1e6
    const result = {
      model: name,
      precision: engine.precision,
      adapter: engine.device.adapterInfo.description || engine.device.adapterInfo.device,
      milliseconds: { ...milliseconds, first, median: median(warm), least: warm[0], most: warm.at(-1)! },
      loadMilliseconds: session.timings,
      runs: warm,
      dispatches,
      flops,
      gflopsPerSecond: gflops,
      gpuBytes: memory,
      tuning,
      peakResidentBytes: peakResidentBytes(),
    }
    print(options.json, result, () => [
      `${name}: ${plural(dispatches, 'dispatch', 'es')}, ${(flops / 1e9).toFixed(2)} GFLOP, ${engine.precision} on ${result.adapter}`,
      `ms: ${formatMilliseconds(milliseconds)}, first run ${first.toFixed(1)} (load: ${formatMilliseconds(session.timings)})`,
      `ms of ${plural(runs, 'warm run')}: median ${median(warm).toFixed(2)}, least ${warm[0].toFixed(2)}, most ${warm.at(-1)!.toFixed(2)}; ${gflops.toFixed(1)} GFLOP/s`,
      ...formatTuning(tuning),
      `GPU memory: values ${formatBytes(memory.peak)}, weights ${formatBytes(memory.weights)}; peak resident ${formatBytes(result.peakResidentBytes)}`,
    ])
  } finally {
    progress.end()
    engine.destroy()
  }
}

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .description('time a model: its load, its first run and warm ones, input and output copied each time')
    .argument('<model>', 'the .onnx file, or zoo:NAME[@SIZE]')
    .option('-d, --dim <axis=n...>', 'the value of a named axis')
    .option('--runs <n>', 'warm runs that are timed', '10')
    .option('--warmup <n>', 'runs before them, the first included', '2')
  addTune(addPrecision(command)).option('--json', 'print one JSON object').action(bench)
}
