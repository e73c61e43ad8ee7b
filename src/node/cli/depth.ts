// `isobath depth`: the depth of a photograph as images, numbers and a point cloud.
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import type { Engine } from '../../api.ts'
import {
  type ColorizeOptions,
  colorize,
  colormaps,
  createDepthEstimator,
  type DepthMap,
  depthRange,
  destroyDepth,
  type Photo,
  readDepth,
  type UnprojectOptions,
  unproject,
} from '../../depth/index.ts'
import { encodePly } from '../../formats/index.ts'
import { findCard, type ModelCard, modelCards } from '../../models/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { openEngine } from '../dawn.ts'
import { depthEndings, writeDepthFile } from '../files/depth.ts'
import { readPhoto, writePng } from '../files/image.ts'
import { makeFolder, writeWhole } from '../files/write.ts'
import { readModel } from '../model.ts'
import {
  addPrecision,
  choose,
  createClock,
  formatBytes,
  formatMilliseconds,
  formatTable,
  parsePrecision,
  peakResidentBytes,
  print,
  stemOf,
  UsageError,
} from './common.ts'
import { createProgress, type Progress } from './progress.ts'

const OUTPUTS = ['color', 'png16', 'ply', 'npy'] as const

interface DepthOptions {
  model: string
  card?: string
  output: string
  outputs: string
  colormap: string
  invert?: boolean
  fov?: string
  scale?: string
  precision: string
  json?: boolean
}

/** The card of a model: the one named, or the one whose name stands in the model's file name. */
export function chooseCard(name: string | undefined, model: string): ModelCard {
  const names = modelCards.map((c) => c.name).join(', ')
  if (name !== undefined) {
    const card = findCard(name)
    if (!card) throw new IsobathError('input', `there is no card "${name}"; known are ${names}`)
    return card
  }
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const fits = modelCards
    .filter((c) => plain(basename(model)).includes(plain(c.name)))
    .sort((a, b) => b.name.length - a.name.length)
  if (fits.length) return fits[0]
  throw new IsobathError('input', `the name of "${model}" does not tell its family; say it with --card: ${names}`)
}

function parseNumber(text: string | undefined, option: string, what: string, below = Infinity): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0 && value < below)) throw new UsageError(`option ${option} takes ${what}, not "${text}"`)
  return value
}

/** The options checked; nothing here needs the photo, the model or a GPU. */
function parseOptions(options: DepthOptions) {
  const names = colormaps.flatMap((name) => [name, `${name}_r`])
  return {
    outputs: [...new Set(options.outputs.split(',').map((o) => choose(o.trim(), OUTPUTS, '--outputs')))],
    colormap: choose(options.colormap, names, '--colormap'),
    points: {
      fovDegrees: parseNumber(options.fov, '--fov', 'degrees between 0 and 180', 180),
      scale: parseNumber(options.scale, '--scale', 'a positive number'),
    },
    precision: parsePrecision(options.precision),
  }
}

function checkPoints(card: ModelCard, scale: number | undefined): void {
  const { unit, kind } = card.output
  if (unit === 'metre' || scale !== undefined) return
  throw new IsobathError(
    'input',
    `points need metres, and "${card.name}" gives relative ${kind}. Use a metric network, leave ply out, or give --scale: ` +
      (kind === 'disparity' ? 'the disparity of a point times its distance in metres' : 'the metres of one unit'),
  )
}

interface Job {
  engine: Engine
  map: DepthMap
  photo: Photo
  /** Folder and name of the results, without an ending. */
  stem: string
  colors: ColorizeOptions
  points: UnprojectOptions
}

/** Writes one kind of output and returns its file. */
async function writeOutput(kind: (typeof OUTPUTS)[number], job: Job): Promise<string> {
  const { engine, map, photo, stem } = job
  if (kind === 'color') {
    await writePng(`${stem}.depth.png`, await colorize(engine, map, job.colors))
    return `${stem}.depth.png`
  }
  if (kind === 'ply') {
    await writeWhole(`${stem}.ply`, encodePly(await unproject(engine, map, photo, job.points)))
    return `${stem}.ply`
  }
  const { width, height, kind: meaning, unit } = map
  const image = { width, height, kind: meaning, unit, values: await readDepth(engine, map) }
  const file = stem + depthEndings[kind]
  await writeDepthFile(file, image, kind)
  return file
}

/** Loads the network and runs it once; adds to the stage load and fills preprocess, network and postprocess. */
async function estimate(
  engine: Engine,
  path: string,
  card: ModelCard,
  photo: Photo,
  progress: Progress,
  milliseconds: Record<string, number>,
): Promise<DepthMap> {
  const start = performance.now()
  const model = readModel(path)
  const estimator = await createDepthEstimator(engine, model, { card, onProgress: progress.onLoad })
  // A network whose size follows the photo's is loaded within the first estimate.
  const loaded = estimator.session !== undefined
  const opened = performance.now()
  milliseconds.load += opened - start
  if (loaded) progress.say('estimating depth')
  const map = await estimator.estimate(photo)
  const { timings } = estimator
  const rest = performance.now() - opened - Object.values(timings).reduce((a, b) => a + b, 0)
  if (!loaded) milliseconds.load += Math.max(0, rest)
  Object.assign(milliseconds, timings)
  estimator.destroy()
  return map
}

async function depth(path: string, options: DepthOptions): Promise<void> {
  const { outputs, colormap, points, precision } = parseOptions(options)
  const { time, milliseconds } = createClock()
  const progress = createProgress()
  const card = chooseCard(options.card, options.model)
  if (outputs.includes('ply')) checkPoints(card, points.scale)
  const photo = await time('decode', () => readPhoto(path))
  const engine = await time('load', () => openEngine({ precision }))
  try {
    const map = await estimate(engine, options.model, card, photo, progress, milliseconds)
    progress.say('writing')
    const range = await depthRange(engine, map)
    const files = await time('write', async () => {
      makeFolder(options.output)
      const stem = join(options.output, stemOf(path))
      // Near is bright, whichever way the values run.
      const colors = { colormap, invert: (map.kind === 'depth') !== Boolean(options.invert) }
      const written: string[] = []
      for (const kind of outputs) written.push(await writeOutput(kind, { engine, map, photo, stem, colors, points }))
      return written
    })
    destroyDepth(map)
    progress.end()
    const { width, height, kind, unit } = map
    const result = {
      photo: path,
      model: options.model,
      card: card.name,
      precision: engine.precision,
      width,
      height,
      kind,
      unit,
      range,
      files,
      milliseconds,
      peakResidentBytes: peakResidentBytes(),
    }
    const metric = unit === 'metre'
    const extent = range ? `${range.map((v) => v.toPrecision(4)).join(' to ')}${metric ? ' m' : ''}` : 'no finite value'
    print(options.json, result, () => [
      formatTable(
        files.map((file) => [file, formatBytes(statSync(file).size)]),
        '',
      ),
      `${width} × ${height}, ${metric ? 'metric' : 'relative'} ${kind}: ${extent}`,
      `ms: ${formatMilliseconds(milliseconds)}`,
    ])
  } finally {
    progress.end()
    engine.destroy()
  }
}

export function addDepth(program: Command): void {
  const command = program
    .command('depth')
    .description('estimate the depth of a photograph')
    .argument('<photo>', 'an image file')
    .requiredOption('--model <file>', 'the .onnx file of a depth network')
    .option('--card <name>', 'the family of the network, where its file name does not tell it')
    .requiredOption('-o, --output <dir>', 'the folder for the results')
    .option('--outputs <list>', `any of ${OUTPUTS.join(', ')}, with commas`, 'color,png16')
    .option(
      '--colormap <name>',
      `the colours, near is last: ${colormaps.join(', ')}; NAME_r turns one round`,
      'inferno',
    )
    .option('--invert', 'let far be the last colour')
    .option('--fov <degrees>', 'the horizontal field of view, for the point cloud (default: 60)')
    .option('--scale <number>', 'metres of one unit of depth, for the point cloud of a relative map')
  addPrecision(command).option('--json', 'print one JSON object').action(depth)
}
