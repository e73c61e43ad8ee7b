// `isobath depth`: the depth of photographs as images, numbers, point clouds and meshes.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Engine } from '../../api.ts'
import {
  type CameraOptions,
  colormaps,
  type DepthEstimator,
  type DepthMap,
  depthRange,
  destroyDepth,
  type Photo,
  requireMetres,
} from '../../depth/index.ts'
import { encodings } from '../../formats/index.ts'
import { axesNames } from '../../formats/ply.ts'
import { defaultModelUrl, type ModelCard } from '../../models/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { openEngine } from '../dawn.ts'
import { imageTypes, readPhoto } from '../files/image.ts'
import {
  choose,
  createClock,
  formatBytes,
  formatMilliseconds,
  formatTable,
  parsePrecision,
  peakResidentBytes,
  plural,
  print,
} from './common.ts'
import { findInputs, type Input, type InputOptions } from './inputs.ts'
import {
  addNetworkOptions,
  findNetwork,
  type Network,
  type NetworkOptions,
  openNetwork,
  parseNumbers,
  parsePositive,
  tellGuesses,
} from './network.ts'
import {
  filesOf,
  type Made,
  makeOutputs,
  needsPoints,
  type OutputOptions,
  outputKinds,
  storeOutputs,
} from './outputs.ts'
import { runPipeline } from './pipeline.ts'
import { createProgress, formatBatch, formatDuration, type Progress } from './progress.ts'
import { addRefineOptions, parseRefine, type RefineFlags, type Refinement, refine } from './refine.ts'

export interface PointFlags {
  fov?: string
  focal?: string
  intrinsics?: string
  scale?: string
  normals?: boolean
  axes: string
  glb: string
  edge: string
}

interface DepthOptions extends NetworkOptions, InputOptions, PointFlags, RefineFlags {
  model: string
  output: string
  outputs: string
  colormap: string
  colorType: string
  invert?: boolean
  range?: string
  percentiles?: string
  png16?: string
  clamp?: boolean
  resume?: boolean
  overwrite?: boolean
  skipError?: boolean
  json?: boolean
}

/** The options of points and meshes. */
export function addPointOptions(command: Command): Command {
  return command
    .option('--fov <degrees>', 'the camera’s horizontal field of view (default: from EXIF or the network, else 60)')
    .option('--focal <pixels>', 'its focal length, in pixels of the photo')
    .option('--intrinsics <fx,fy,cx,cy>', 'its focal lengths and principal point, in pixels')
    .option('--scale <number>', 'makes metres of a relative map: metres of one unit, or disparity times distance')
    .option('--normals', 'a point cloud with normals')
    .option('--axes <name>', `axes of ply: ${axesNames.join(' (y down, z forward) or ')} (y up, z backward)`, 'opencv')
    .option('--glb <what>', 'glb holds a mesh or points', 'mesh')
    .option('--edge <share>', 'triangles of a mesh are cut where depth jumps by more than this share', '0.05')
}

/** What is said of the camera. */
export function cameraOptions(o: PointFlags): CameraOptions {
  return {
    fovDegrees: parsePositive(o.fov, '--fov', 'degrees between 0 and 180', 180),
    focal: parsePositive(o.focal, '--focal', 'a positive number of pixels'),
    ...(o.intrinsics && { intrinsics: parseNumbers(o.intrinsics, '--intrinsics', 'fx,fy,cx,cy', [4]) }),
  }
}

export const pointOptions = (o: PointFlags): Pick<OutputOptions, 'points' | 'axes' | 'glb' | 'edge'> => ({
  points: {
    ...cameraOptions(o),
    scale: parsePositive(o.scale, '--scale', 'a positive number'),
    normals: o.normals,
  },
  axes: choose(o.axes, axesNames, '--axes'),
  glb: choose(o.glb, ['mesh', 'points'] as const, '--glb'),
  edge: parsePositive(o.edge, '--edge', 'a positive share, as 0.05') ?? 0,
})

const pair = (text: string, option: string, what: string) => parseNumbers(text, option, what, [2]) as [number, number]

/** The options checked; nothing here needs a photo, the model or a GPU. */
function parseOptions(o: DepthOptions): OutputOptions {
  const names = colormaps.flatMap((name) => [name, `${name}_r`])
  return {
    kinds: [...new Set(o.outputs.split(',').map((k) => choose(k.trim(), outputKinds, '--outputs')))],
    colors: {
      colormap: choose(o.colormap, names, '--colormap'),
      invert: o.invert,
      ...(o.range && { range: pair(o.range, '--range', 'two values with a comma') }),
      ...(o.percentiles && { percentiles: pair(o.percentiles, '--percentiles', 'two percentages, as 2,98') }),
    },
    colorType: choose(o.colorType, imageTypes, '--color-type'),
    encoding: o.png16 === undefined ? undefined : choose(o.png16, encodings, '--png16'),
    clamp: Boolean(o.clamp),
    ...pointOptions(o),
  }
}

/** Fails before any work where a network's results cannot be what was asked for. */
function checkCard({ output, name }: ModelCard, o: OutputOptions, { known }: Refinement): void {
  if (known !== undefined) return
  if (needsPoints(o.kinds)) requireMetres(output, `"${name}" is relative, and points`, o.points.scale)
  if ((o.encoding === 'mm' || o.encoding === 'kitti') && output.unit !== 'metre')
    throw new IsobathError('input', `--png16 ${o.encoding} needs metres, and "${name}" gives relative ${output.kind}`)
}

interface Done {
  made: Made
  map: Pick<DepthMap, 'width' | 'height' | 'kind' | 'unit'>
  range: [number, number] | null
  milliseconds: Record<string, number>
}

/** A command's run over its inputs. */
class Batch {
  private estimator?: DepthEstimator
  private readonly started = performance.now()
  private finished = 0
  private failures = 0

  constructor(
    private readonly engine: Engine,
    private readonly network: Network,
    private readonly options: DepthOptions,
    private readonly outputs: OutputOptions,
    private readonly refinement: Refinement,
    private readonly inputs: readonly Input[],
    private readonly progress: Progress,
  ) {}

  private get single(): boolean {
    return this.inputs.length === 1
  }

  async load({ path, bytes }: Input): Promise<{ photo: Photo; decode: number }> {
    const clock = createClock()
    const photo = await clock.time('decode', () => readPhoto(path, bytes))
    return { photo, decode: clock.milliseconds.decode }
  }

  /** Runs the network and reads what the outputs need; opens the network at the first photo. */
  async work({ path }: Input, { photo, decode }: { photo: Photo; decode: number }): Promise<Done> {
    const { engine, progress } = this
    const start = performance.now()
    this.estimator ??= await openNetwork(engine, this.network, progress)
    // A network whose size follows the photo's is loaded within the estimate.
    const loaded = this.estimator.session
    const opened = performance.now()
    if (this.single && loaded) progress.say('estimating depth')
    const estimate = await this.estimator.estimate(photo, { camera: this.outputs.points })
    const { timings } = this.estimator
    const rest = performance.now() - opened - Object.values(timings).reduce((a, b) => a + b, 0)
    const load = opened - start + (this.estimator.session === loaded ? 0 : Math.max(0, rest))
    const map = await refine(engine, estimate, photo, path, this.refinement)
    try {
      if (this.single) progress.say('writing')
      const reading = performance.now()
      const range = await depthRange(engine, map)
      const made = await makeOutputs(engine, map, photo, this.outputs)
      return { made, map, range, milliseconds: { decode, load, ...timings, read: performance.now() - reading } }
    } finally {
      destroyDepth(map)
    }
  }

  async store(input: Input, { made, map, range, milliseconds }: Done): Promise<void> {
    const { network, engine, options } = this
    const facts = { photo: input.path, model: network.path, card: network.card.name }
    const clock = createClock()
    const stem = join(options.output, input.name)
    const files = await clock.time('write', () => storeOutputs(stem, made, this.outputs, facts))
    const { width, height, kind, unit } = map
    const rounded = Object.fromEntries(
      Object.entries({ ...milliseconds, ...clock.milliseconds }).map(([k, v]) => [k, Math.round(v * 100) / 100]),
    )
    const result = {
      ...facts,
      precision: engine.precision,
      width,
      height,
      kind,
      unit,
      range,
      files,
      milliseconds: rounded,
      ...(this.single && { peakResidentBytes: peakResidentBytes() }),
    }
    const metric = unit === 'metre'
    const extent = range ? `${range.map((v) => v.toPrecision(4)).join(' to ')}${metric ? ' m' : ''}` : 'no finite value'
    this.progress.end()
    print(options.json, result, () =>
      this.single
        ? [
            formatTable(
              files.map((file) => [file, formatBytes(statSync(file).size)]),
              '',
            ),
            `${width} × ${height}, ${metric ? 'metric' : 'relative'} ${kind}: ${extent}`,
            `ms: ${formatMilliseconds(rounded)}`,
          ]
        : [`${input.path}: ${width} × ${height}, ${extent}, ${plural(files.length, 'file')}`],
    )
    this.tell()
  }

  failed(input: Input, error: unknown): void {
    if (this.single) throw error
    const { message } = error as Error
    this.failures++
    this.progress.end()
    if (this.options.json) print(true, { photo: input.path, error: message }, () => [])
    else process.stderr.write(`isobath: ${message}\n`)
    this.tell()
  }

  private tell(): void {
    this.finished++
    if (this.single || this.finished === this.inputs.length) return
    const seconds = (performance.now() - this.started) / 1000
    this.progress.say(formatBatch(this.finished, this.inputs.length, seconds, 'photo'))
  }

  /** What is said at the end of more than one photo. */
  summarise(skipped: number): void {
    const seconds = (performance.now() - this.started) / 1000
    const [failed, total] = [this.failures, this.inputs.length]
    const result = { photos: total + skipped, done: total - failed, skipped, failed, seconds }
    print(this.options.json, { ...result, peakResidentBytes: peakResidentBytes() }, () => [
      `${plural(result.done, 'photo')} done, ${skipped} skipped, ${failed} failed in ${formatDuration(seconds)}` +
        ` (${(seconds / Math.max(1, total)).toFixed(2)} s a photo, loading included)`,
    ])
    if (failed && !this.options.skipError)
      throw new IsobathError('input', `${failed} of ${total} photos failed; --skip-error makes that no error`)
  }

  destroy(): void {
    this.estimator?.destroy()
  }
}

/** The inputs whose results are not there yet; without --resume and --overwrite none may be there. */
function stillToDo(inputs: readonly Input[], o: DepthOptions, outputs: OutputOptions): Input[] {
  if (o.overwrite) return [...inputs]
  const filesFor = (i: Input) => filesOf(join(o.output, i.name), outputs)
  if (o.resume) return inputs.filter((i) => !filesFor(i).every(existsSync))
  for (const input of inputs) {
    const there = filesFor(input).find(existsSync)
    if (there)
      throw new IsobathError(
        'input',
        `"${there}" is there already: --overwrite replaces results, --resume keeps them and makes what is missing`,
      )
  }
  return [...inputs]
}

async function depth(args: string[], options: DepthOptions): Promise<void> {
  const outputs = parseOptions(options)
  const precision = parsePrecision(options.precision)
  const refinement = parseRefine(options)
  const network = findNetwork(options.model, options)
  checkCard(network.card, outputs, refinement)
  const all = findInputs(args, options)
  const inputs = stillToDo(all, options, outputs)
  tellGuesses(network)
  const skipped = all.length - inputs.length
  const progress = createProgress()
  if (!inputs.length) {
    print(options.json, { photos: all.length, done: 0, skipped, failed: 0 }, () => [
      all.length ? `all ${plural(all.length, 'photo')} are done already` : 'this share of the inputs is empty',
    ])
    return
  }
  const engine = await openEngine({ precision })
  const batch = new Batch(engine, network, options, outputs, refinement, inputs, progress)
  try {
    await runPipeline(inputs, {
      load: (input) => batch.load(input),
      work: (input, loaded) => batch.work(input, loaded),
      store: (input, done) => batch.store(input, done),
      failed: (input, error) => batch.failed(input, error),
    })
    progress.end()
    if (inputs.length > 1 || skipped) batch.summarise(skipped)
  } finally {
    progress.end()
    batch.destroy()
    engine.destroy()
  }
}

export function addDepth(program: Command): void {
  const command = program
    .command('depth')
    .description('estimate the depth of photographs')
    .argument('[photos...]', 'image files, folders, globs in quotes, or - for an image on stdin')
    .addOption(
      program
        .createOption('--model <file>', 'the .onnx file of a depth network')
        .default(fileURLToPath(defaultModelUrl()), 'the small one that comes with isobath'),
    )
    .requiredOption('-o, --output <dir>', 'the folder for the results; sub-folders of the input are kept')
    .option('--outputs <list>', `any of ${outputKinds.join(', ')}, with commas`, 'color,png16')
    .option('--list <file>', 'a file with the paths of photos, one a line; - is stdin')
    .option('--shard <i/n>', 'take every n-th photo, from number i of 0 to n - 1')
    .option('--resume', 'leave out photos whose results are there')
    .option('--overwrite', 'replace results that are there')
    .option('--skip-error', 'exit with 0 although photos failed')
    .option(
      '--colormap <name>',
      `the colours, near is last: ${colormaps.join(', ')}; NAME_r turns one round`,
      'inferno',
    )
    .option('--color-type <type>', `kind of the colour images: ${imageTypes.join(', ')}`, 'png')
    .option('--invert', 'let far be the last colour')
    .option('--range <low,high>', 'values of the first and the last colour (default: the least and the greatest)')
    .option('--percentiles <low,high>', 'percentiles for them, as 2,98')
    .option(
      '--png16 <encoding>',
      `how 16-bit PNGs hold values: ${encodings.join(', ')} (default: mm for metres, else relative)`,
    )
    .option('--clamp', 'let 16-bit PNGs hold their greatest value where depth lies beyond it')
  addPointOptions(command)
  addRefineOptions(command)
  addNetworkOptions(command).option('--json', 'print one JSON object a photo').action(depth)
}
