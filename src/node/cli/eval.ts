// `isobath eval`: predictions, or a network's results on photographs, against measured depth.
import type { Command } from 'commander'
import type { Engine } from '../../api.ts'
import {
  type DepthEstimator,
  type DepthMap,
  destroyDepth,
  type MetricOptions,
  type MetricResult,
  meanErrors,
  measureDepth,
  metricAlignments,
  metricCrops,
  type Photo,
  resizeDepth,
  uploadDepth,
} from '../../depth/index.ts'
import type { DepthImage } from '../../formats/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { openEngine } from '../dawn.ts'
import { type Pair, pairFiles, readPairs } from '../eval/pairs.ts'
import { type Protocol, protocols } from '../eval/protocols.ts'
import { formatErrors, type TableRow, tableFormats } from '../eval/table.ts'
import { type DepthMeaning, depthExtensions, readDepthFile } from '../files/depth.ts'
import { readPhoto } from '../files/image.ts'
import { choose, parsePrecision, plural, print, UsageError } from './common.ts'
import { imageExtensions } from './inputs.ts'
import { addMeaningOptions, addStereoOptions, meaningOptions } from './meaning.ts'
import {
  addNetworkOptions,
  findNetwork,
  type Network,
  type NetworkOptions,
  openNetwork,
  parsePositive,
  tellGuesses,
} from './network.ts'
import { runPipeline } from './pipeline.ts'
import { createProgress, formatBatch, type Progress } from './progress.ts'

interface EvalOptions extends NetworkOptions {
  pred?: string
  model?: string
  images?: string
  gt?: string
  pairs?: string
  protocol: string
  crop?: string
  min?: string
  cap?: string
  align?: string
  partial?: boolean
  predKind?: string
  predUnit?: string
  predScale?: string
  gtKind?: string
  gtUnit?: string
  gtScale?: string
  stereo?: string
  calib?: string
  format: string
  summary?: boolean
  json?: boolean
}

interface Rules extends Required<Omit<MetricOptions, 'align'>>, Pick<Protocol, 'upsample'> {
  /** What was asked for; else the protocol's for relative maps, and none for metres. */
  align?: MetricOptions['align']
  relative: Protocol['align']
}

function rulesOf(o: EvalOptions): Rules & { scale?: number } {
  const base = protocols[choose(o.protocol, Object.keys(protocols), '--protocol')]
  return {
    crop: o.crop === undefined ? base.crop : choose(o.crop, metricCrops, '--crop'),
    min: parsePositive(o.min, '--min', 'metres') ?? base.min,
    max: parsePositive(o.cap, '--cap', 'metres') ?? base.max,
    align: o.align === undefined ? undefined : choose(o.align, metricAlignments, '--align'),
    relative: base.align,
    upsample: base.upsample,
    scale: base.scale,
  }
}

/** What the truth's numbers mean: as the options say, else by the protocol, else depth in metres. */
function truthMeaning(o: EvalOptions, scale: number | undefined): (file: string) => DepthMeaning {
  const { gtKind, gtUnit, gtScale, stereo, calib } = o
  const given = meaningOptions({ kind: gtKind, unit: gtUnit, scale: gtScale, stereo, calib }, 'gt')
  return (file) => {
    if (given.stereo || given.scale !== undefined) return given
    if (/\.png$/i.test(file)) return scale === undefined ? given : { scale, ...given }
    return { kind: 'depth', unit: 'metre', ...given }
  }
}

/** Truth as depth; disparity in inverse metres is inverted. */
function asDepth(truth: DepthImage): DepthImage {
  if (truth.kind === 'depth') return truth
  return { ...truth, kind: 'depth', values: truth.values.map((v) => (v > 0 ? 1 / v : Number.NaN)) }
}

interface Loaded {
  truth: DepthImage
  photo?: Photo
  prediction?: DepthImage
}

class Evaluation {
  private estimator?: DepthEstimator
  private readonly started = performance.now()
  readonly results: (Pair & { result: MetricResult })[] = []
  readonly failures: { name: string; error: string }[] = []

  constructor(
    private readonly engine: Engine,
    private readonly network: Network | undefined,
    private readonly rules: Rules,
    private readonly meanings: { truth(file: string): DepthMeaning; prediction: DepthMeaning },
    private readonly total: number,
    private readonly progress: Progress,
  ) {}

  async load({ file, truth }: Pair): Promise<Loaded> {
    const measured = asDepth(await readDepthFile(truth, this.meanings.truth(truth)))
    if (this.network) return { truth: measured, photo: await readPhoto(file) }
    return { truth: measured, prediction: await readDepthFile(file, this.meanings.prediction) }
  }

  private async predict({ photo, prediction }: Loaded): Promise<DepthMap> {
    if (!photo) return uploadDepth(this.engine, prediction!)
    this.estimator ??= await openNetwork(this.engine, this.network!, this.progress)
    return this.estimator.estimate(photo)
  }

  async work(pair: Pair, loaded: Loaded): Promise<void> {
    const { engine, rules } = this
    const maps: DepthMap[] = [await this.predict(loaded)]
    try {
      let [prediction] = maps
      const { width, height } = loaded.truth
      if (prediction.width !== width || prediction.height !== height) {
        prediction = await resizeDepth(engine, prediction, { width, height }, rules.upsample)
        maps.push(prediction)
      }
      const truth = uploadDepth(engine, loaded.truth)
      maps.push(truth)
      const align = rules.align ?? (prediction.unit === 'metre' ? 'none' : rules.relative)
      const { crop, min, max } = rules
      this.results.push({ ...pair, result: await measureDepth(engine, prediction, truth, { crop, min, max, align }) })
    } finally {
      for (const map of maps) destroyDepth(map)
    }
    this.tell()
  }

  failed({ name }: Pair, error: unknown): void {
    this.failures.push({ name, error: (error as Error).message })
    this.progress.end()
    process.stderr.write(`isobath: ${name}: ${(error as Error).message}\n`)
    this.tell()
  }

  private tell(): void {
    const done = this.results.length + this.failures.length
    if (done === this.total) return
    this.progress.say(formatBatch(done, this.total, (performance.now() - this.started) / 1000, 'image'))
  }

  destroy(): void {
    this.estimator?.destroy()
  }
}

/** What the figures are: a line of text. */
function describe(rules: Rules, evaluation: Evaluation, o: EvalOptions): string {
  const { results } = evaluation
  const aligned = results.map(({ result: r }) => (r.scale === 1 && r.shift === 0 ? 'metres as predicted' : 'aligned'))
  const how = rules.align ?? (aligned.includes('aligned') ? rules.relative : 'none')
  const words = {
    none: 'metres as predicted',
    median: 'each scaled by the medians',
    'scale-shift': 'each aligned in scale and shift by least squares',
  }
  const missing = results.reduce((n, { result: r }) => n + r.missing, 0)
  return [
    `protocol ${o.protocol}: ${rules.min} to ${rules.max} m`,
    rules.crop === 'none' ? 'no crop' : `crop ${rules.crop}`,
    words[how],
    ...(o.flip && o.flip !== 'none' ? [`flip ${o.flip}`] : []),
    `mean over ${plural(results.length, 'image')}`,
    ...(missing ? [`${missing} pixels without a prediction left out`] : []),
  ].join(', ')
}

function pairsOf(o: EvalOptions): Pair[] {
  const source = o.pred ?? o.images
  if (o.pairs !== undefined) return readPairs(o.pairs)
  if (source === undefined || o.gt === undefined)
    throw new UsageError('give --pred and --gt, or --model, --images and --gt; or --pairs in place of the folders')
  const files = o.pred === undefined ? imageExtensions : depthExtensions
  return pairFiles(source, o.gt, { files, truths: depthExtensions }, o.partial)
}

async function evaluate(o: EvalOptions): Promise<void> {
  if (o.pred !== undefined && o.model !== undefined) throw new UsageError('give --pred or --model, not both')
  if (o.images !== undefined && o.model === undefined) throw new UsageError('--images needs --model')
  const format = choose(o.format, tableFormats, '--format')
  const precision = parsePrecision(o.precision)
  const rules = rulesOf(o)
  const prediction = meaningOptions({ kind: o.predKind, unit: o.predUnit, scale: o.predScale }, 'pred')
  const meanings = { truth: truthMeaning(o, rules.scale), prediction }
  const network = o.model === undefined ? undefined : findNetwork(o.model, o)
  const pairs = pairsOf(o)
  if (network) tellGuesses(network)
  const progress = createProgress()
  const engine = await openEngine({ precision })
  const evaluation = new Evaluation(engine, network, rules, meanings, pairs.length, progress)
  try {
    await runPipeline(pairs, {
      load: (pair) => evaluation.load(pair),
      work: (pair, loaded) => evaluation.work(pair, loaded),
      store: async () => {},
      failed: (pair, error) => evaluation.failed(pair, error),
    })
  } finally {
    progress.end()
    evaluation.destroy()
    engine.destroy()
  }
  const { results, failures } = evaluation
  if (!results.length) throw new IsobathError('input', 'no image was measured')
  const overall = meanErrors(results.map((r) => r.result))
  const rows: TableRow[] = [
    ...(o.summary ? [] : results.map(({ name, result }) => ({ name, errors: result, pixels: result.pixels }))),
    { name: 'mean', errors: overall },
  ]
  const { crop, min, max } = rules
  const json = {
    protocol: {
      name: o.protocol,
      crop,
      min,
      max: Number.isFinite(max) ? max : null,
      align: rules.align ?? rules.relative,
    },
    ...(network && { model: o.model, card: network.card.name, precision: engine.precision }),
    images: results.map(({ name, file, truth, result }) => ({ name, file, truth, ...result })),
    overall,
    failures,
  }
  print(o.json, json, () =>
    format === 'markdown'
      ? [formatErrors(rows, format), '', describe(rules, evaluation, o)]
      : [formatErrors(rows, format)],
  )
  if (failures.length) throw new IsobathError('input', `${failures.length} of ${pairs.length} images were not measured`)
}

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('measure depth against the truth: a table for each image and overall')
    .option('--pred <path>', 'a folder of predictions, or one file')
    .option('--model <file>', 'a network to run on --images, in place of --pred')
    .option('--images <path>', 'a folder of photographs, or one file')
    .option('--gt <path>', 'a folder of measured depth, or one file')
    .option('--pairs <file>', 'a list of files and their truths, in place of the folders')
    .option('--protocol <name>', Object.keys(protocols).join(', '), 'plain')
    .option('--crop <name>', `in place of the protocol’s: ${metricCrops.join(', ')}`)
    .option('--min <metres>', 'least true depth that counts')
    .option('--cap <metres>', 'true depth from here on does not count, and predictions are clamped to it')
    .option('--align <how>', `in place of the protocol’s: ${metricAlignments.join(', ')}`)
    .option('--partial', 'measure the truths that have a prediction, though others have none')
  addMeaningOptions(command, 'gt')
  addStereoOptions(command)
  addMeaningOptions(command, 'pred')
  addNetworkOptions(command)
    .option('--format <name>', tableFormats.join(', '), 'markdown')
    .option('--summary', 'print the overall row alone')
    .option('--json', 'print one JSON object')
    .action(evaluate)
}
