// `isobath info`: what a model holds and what it would run. Needs no GPU.
import type { Command } from 'commander'
import type { ModelInfo } from '../../api.ts'
import { inspect } from '../../engine.ts'
import { numberedLayer } from '../../runtime/path.ts'
import {
  formatBytes,
  formatCount,
  formatPort,
  formatTable,
  modelInputs,
  parseAxes,
  parseFiles,
  plural,
  print,
  readTensors,
} from './common.ts'
import { castFeed } from './run.ts'
import { openModel } from './source.ts'

interface InfoOptions {
  dim?: string[]
  constant?: string[]
  dispatches?: boolean
  json?: boolean
}

type Dispatch = NonNullable<ModelInfo['program']>['dispatches'][number]

/** Dispatches a repeated layer: the layers whose paths differ only in one number. */
export interface LayerGroup {
  /** The path with * for the number: `/encoder/layer.*`. */
  layer: string
  count: number
  /** The least and the most dispatches of one layer. */
  dispatches: [number, number]
}

/** Groups dispatches by the numbered layer that their node's name starts with. */
export function groupLayers(dispatches: { node: string }[]): LayerGroup[] {
  const groups = new Map<string, Map<string, number>>()
  for (const { node } of dispatches) {
    const found = numberedLayer(node)
    if (!found) continue
    const { path, index } = found
    const counts = groups.get(path) ?? new Map<string, number>()
    counts.set(index, (counts.get(index) ?? 0) + 1)
    groups.set(path, counts)
  }
  return [...groups]
    .filter(([, counts]) => counts.size > 1)
    .map(([path, counts]) => ({
      layer: `${path}*`,
      count: counts.size,
      dispatches: [Math.min(...counts.values()), Math.max(...counts.values())],
    }))
}

const listDispatches = (dispatches: Dispatch[]): string =>
  formatTable([
    ['#', 'operator', 'shader', 'groups', 'MFLOP', 'MB', 'node'],
    ...dispatches.map((d, i) => [
      String(i),
      d.op,
      d.shader,
      d.groups.join('×'),
      (d.flops / 1e6).toFixed(1),
      (d.bytes / 1e6).toFixed(2),
      d.node,
    ]),
  ])

const LISTED = 8

function listUnsupported(unsupported: ModelInfo['unsupported']): string[] {
  return unsupported.map(({ op, nodes }) => {
    const names = nodes.slice(0, LISTED).map((n) => `"${n}"`)
    return `  ${op}: ${names.join(', ')}${nodes.length > LISTED ? ` and ${nodes.length - LISTED} more (--json lists all)` : ''}`
  })
}

function describeProgram(info: ModelInfo, layers: LayerGroup[], all: boolean): string[] {
  const { program, reason, unsupported } = info
  if (!program) return ['', `no program: ${unsupported.length ? 'operators are not supported' : reason}`]
  const flops = program.dispatches.reduce((n, d) => n + d.flops, 0)
  const { peak, lowerBound, weights } = program.memory
  const shapes = (ports: typeof program.inputs) => ports.map((p) => `  ${formatPort(p)}`)
  return [
    '',
    'program',
    ...shapes(program.inputs),
    ...shapes(program.outputs).map((line) => `  → ${line.trim()}`),
    `  ${plural(program.dispatches.length, 'dispatch', 'es')}, ${(flops / 1e9).toFixed(2)} GFLOP`,
    ...layers.map(
      ({ layer, count, dispatches: [least, most] }) =>
        `  ${least === most ? most : `${least} to ${most}`} dispatches a layer in ${layer} (${count} layers)`,
    ),
    `  memory for values: peak ${formatBytes(peak)}, lower bound ${formatBytes(lowerBound)}`,
    `  weights: ${formatBytes(weights)}`,
    ...(all ? ['', 'dispatches', listDispatches(program.dispatches)] : []),
  ]
}

function describe(path: string, info: ModelInfo, layers: LayerGroup[], all: boolean): string[] {
  const unsupported = listUnsupported(info.unsupported)
  return [
    `${path}: opset ${info.opset}${info.producer ? `, by ${info.producer}` : ''}, ${formatCount(info.parameters)} parameters`,
    '',
    'inputs',
    ...info.inputs.map((p) => `  ${formatPort(p)}`),
    'outputs',
    ...info.outputs.map((p) => `  ${formatPort(p)}`),
    '',
    `operators (${plural(
      info.operators.reduce((n, o) => n + o.count, 0),
      'node',
    )})`,
    formatTable(info.operators.map(({ op, count }) => [count, op])),
    ...(unsupported.length ? ['', 'unsupported operators', ...unsupported] : []),
    ...describeProgram(info, layers, all),
  ]
}

async function info(path: string, options: InfoOptions): Promise<void> {
  const axes = parseAxes(options.dim)
  const files = parseFiles(options.constant, '-c')
  const model = await openModel(path)
  const constants = await readTensors(files)
  for (const port of modelInputs(model))
    if (constants[port.name]) constants[port.name] = castFeed(constants[port.name], port)
  const result = inspect(model, { axes, constants })
  const layers = groupLayers(result.program?.dispatches ?? [])
  const { program, ...rest } = result
  const json = {
    model: path,
    ...rest,
    ...(program && {
      program: {
        inputs: program.inputs,
        outputs: program.outputs,
        dispatchCount: program.dispatches.length,
        layers,
        flops: program.dispatches.reduce((n, d) => n + d.flops, 0),
        memory: program.memory,
        ...(options.dispatches && { dispatches: program.dispatches }),
      },
    }),
  }
  print(options.json, json, () => describe(path, result, layers, options.dispatches ?? false))
}

export function addInfo(program: Command): void {
  program
    .command('info')
    .description('show inputs, outputs, operators, dispatches and memory of a model; needs no GPU')
    .argument('<model>', 'the .onnx file, or zoo:NAME[@SIZE]')
    .option('-d, --dim <axis=n...>', 'the value of a named axis')
    .option('-c, --constant <name=file...>', 'an input whose value is fixed when the model is loaded')
    .option('--dispatches', 'list every dispatch')
    .option('--json', 'print one JSON object')
    .action(info)
}
