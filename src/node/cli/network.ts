// Which network a command runs, and what is known of it: the card that is named, or that the file's name tells, or one
// made of options and of the file's shapes.
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { Engine, ModelSource } from '../../api.ts'
import { createDepthEstimator, type DepthEstimator, type Flip, guessCard } from '../../depth/index.ts'
import {
  type CardOptions,
  cardOfFile,
  customCard,
  findCard,
  type ModelCard,
  modelCards,
  publishedFiles,
  resamplers,
  transformersCard,
} from '../../models/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { decodeModel, fedInputs, portOf } from '../../runtime/onnx/import.ts'
import { readModel } from '../model.ts'
import { addPrecision, choose, UsageError } from './common.ts'
import type { Progress } from './progress.ts'

export interface NetworkOptions {
  card?: string
  size?: string
  resize?: string
  multipleOf?: string
  interpolation?: string
  mean?: string
  std?: string
  channels?: string
  kind?: string
  unit?: string
  outputName?: string
  transformers?: boolean
  flip?: string
  precision: string
}

/** Adds the options that say what a network is. */
export function addNetworkOptions(command: Command): Command {
  command
    .option('--card <name>', 'the network’s card, where its file name does not tell it (isobath models lists them)')
    .option('--size <pixels>', 'the network’s input, as 518 or 640x192')
    .option('--resize <rule>', 'stretch, crop, letterbox, lower_bound, upper_bound, minimal or longest')
    .option('--multiple-of <n>', 'both sides of the input are multiples of it')
    .option('--interpolation <name>', Object.keys(resamplers).join(', '))
    .option('--mean <numbers>', 'what is subtracted from each channel: one number, or r,g,b')
    .option('--std <numbers>', 'what each channel is divided by then')
    .option('--channels <order>', 'rgb or bgr')
    .option('--kind <kind>', 'what the network gives: depth or disparity')
    .option('--unit <unit>', 'metre or relative')
    .option('--output-name <name>', 'the graph’s output that is the depth')
    .option('--transformers', 'prepare pictures as the transformers library does')
    .option('--flip <how>', 'join with the result of the mirror image: mean, or ramps (Monodepth)', 'none')
  return addPrecision(command)
}

/** One number or several with commas. */
export function parseNumbers(text: string, option: string, what: string, counts: readonly number[]): number[] {
  const list = text.split(',').map((t) => (t.trim() ? Number(t) : Number.NaN))
  if (!counts.includes(list.length) || !list.every(Number.isFinite))
    throw new UsageError(`option ${option} takes ${what}, not "${text}"`)
  return list
}

/** A positive number, below a limit where one is given. */
export function parsePositive(
  text: string | undefined,
  option: string,
  what: string,
  below = Infinity,
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0 && value < below)) throw new UsageError(`option ${option} takes ${what}, not "${text}"`)
  return value
}

function parseSize(text: string): [number, number] {
  const m = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (!m) throw new UsageError(`option --size takes 518 or 640x192, not "${text}"`)
  return [Number(m[1]), Number(m[2] ?? m[1])]
}

/** What the options say of the network, only what was given. */
function cardOptions(o: NetworkOptions): CardOptions {
  const given: CardOptions = {
    size: o.size === undefined ? undefined : parseSize(o.size),
    resize: o.resize as CardOptions['resize'],
    multipleOf: parsePositive(o.multipleOf, '--multiple-of', 'a whole number'),
    interpolation: o.interpolation,
    mean: o.mean === undefined ? undefined : parseNumbers(o.mean, '--mean', 'one number, or r,g,b', [1, 3]),
    std: o.std === undefined ? undefined : parseNumbers(o.std, '--std', 'one number, or r,g,b', [1, 3]),
    channels: o.channels as CardOptions['channels'],
    kind: o.kind as CardOptions['kind'],
    unit: o.unit as CardOptions['unit'],
    output: o.outputName,
  }
  for (const key of ['mean', 'std'] as const) {
    const list = given[key] as number[] | undefined
    if (list?.length === 1) given[key] = list[0]
  }
  return Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined))
}

export interface Network {
  model: ModelSource
  path: string
  card: ModelCard
  /** What was assumed of a network without a card, a sentence each. */
  guesses: string[]
  flip: Flip
}

const flips = ['none', 'mean', 'ramps'] as const

/** Reads a model and finds its card. Errors: `input` where the card is unknown, or cannot be guessed without options. */
export function findNetwork(path: string, options: NetworkOptions): Network {
  const flip = choose(options.flip ?? 'none', flips, '--flip')
  const given = cardOptions(options)
  if (options.card !== undefined && !findCard(options.card))
    throw new IsobathError(
      'input',
      `there is no card "${options.card}"; known are ${modelCards.map((c) => c.name).join(', ')}`,
    )
  const named = existsSync(path) ? undefined : findCard(path)
  if (named && publishedFiles(named).length)
    throw new IsobathError('input', `there is no file "${path}"; isobath fetch ${named.name} gets that network`)
  const model = readModel(path)
  const known = options.card === undefined ? cardOfFile(path) : findCard(options.card)
  if (known) {
    const card = customCard(options.transformers ? transformersCard(known) : known, given)
    return { model, path, card, guesses: [], flip }
  }
  const { graph } = decodeModel(model)
  const ports = { inputs: fedInputs(graph).map(portOf), outputs: (graph.output ?? []).map(portOf) }
  return { model, path, flip, ...guessCard(ports, given) }
}

/** Says on stderr what was assumed. */
export function tellGuesses({ guesses, path }: Network): void {
  if (!guesses.length) return
  const lines = guesses.map((g) => `  ${g}\n`).join('')
  process.stderr.write(`isobath: "${path}" has no card, and its name tells none:\n${lines}`)
}

/** Opens the network on an engine. */
export const openNetwork = (engine: Engine, network: Network, progress: Progress): Promise<DepthEstimator> =>
  createDepthEstimator(engine, network.model, {
    card: network.card,
    flip: network.flip,
    onProgress: progress.onLoad,
  })
