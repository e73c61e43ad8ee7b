// `isobath run`: a model on .npy files, one .npy file an output.
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Session } from '../../api.ts'
import { IsobathError } from '../../runtime/error.ts'
import { formatShape, fromNumbers, isFloat, numbers, type Tensor } from '../../runtime/tensor.ts'
import { openEngine } from '../dawn.ts'
import { writeNpy } from '../files/npy.ts'
import { makeFolder } from '../files/write.ts'
import { readModel } from '../model.ts'
import {
  addPrecision,
  addTune,
  createClock,
  formatBytes,
  formatMilliseconds,
  formatPort,
  formatTable,
  formatTuning,
  modelInputs,
  type PortShape,
  parseAxes,
  parseFiles,
  parsePrecision,
  peakResidentBytes,
  plural,
  print,
  readTensors,
} from './common.ts'
import { createProgress } from './progress.ts'

interface RunOptions {
  input?: string[]
  dim?: string[]
  constant?: string[]
  output: string
  precision: string
  tune?: boolean
  json?: boolean
}

const fail = (message: string): never => {
  throw new IsobathError('input', message)
}

const list = (ports: PortShape[]) => ports.map((p) => `  ${formatPort(p)}`).join('\n')

/** Which file feeds which input: every fed input has one, and no name is unknown. */
export function matchFiles(files: Record<string, string>, ports: PortShape[], fixed: string[]): Record<string, string> {
  const fed = ports.filter((p) => !fixed.includes(p.name))
  const { '': bare, ...named } = files
  if (bare !== undefined) {
    if (fed.length !== 1 || Object.keys(named).length)
      fail(`the model has ${fed.length} inputs; say which one "${bare}" is, as -i NAME=${bare}:\n${list(fed)}`)
    return { [fed[0].name]: bare }
  }
  for (const name of Object.keys(named))
    if (!fed.some((p) => p.name === name)) fail(`the model has no input "${name}" to be fed; it has:\n${list(fed)}`)
  const missing = fed.filter((p) => !Object.hasOwn(named, p.name))
  if (missing.length) fail(`no file is given for these inputs (give each one as -i NAME=FILE.npy):\n${list(missing)}`)
  return named
}

/** The values of named axes: those given, and for the others what the files hold. Contradictions are errors. */
export function axesFromFeeds(
  ports: PortShape[],
  feeds: Record<string, Tensor>,
  given: Record<string, number>,
): Record<string, number> {
  const axes = { ...given }
  for (const port of ports) {
    const { shape } = feeds[port.name]
    const mismatch = () =>
      fail(`input "${port.name}" wants the shape ${formatShape(port.shape)}, and its file holds ${formatShape(shape)}`)
    if (port.shape.length === 0) continue
    if (shape.length !== port.shape.length) mismatch()
    for (const [i, d] of port.shape.entries()) {
      if (typeof d === 'number') {
        if (d !== shape[i]) mismatch()
      } else {
        axes[d] ??= shape[i]
        if (axes[d] !== shape[i])
          fail(
            `axis ${d} is ${axes[d]} ${Object.hasOwn(given, d) ? 'by -d' : 'in another input'}, and ${shape[i]} in the file for "${port.name}" ${formatShape(shape)}`,
          )
      }
    }
  }
  return axes
}

/** A feed in the dtype that the input wants: floats to floats, and int32 to int64; other differences are errors. */
export function castFeed(feed: Tensor, port: PortShape): Tensor {
  if (feed.dtype === port.dtype) return feed
  const safe = (isFloat(feed.dtype) && isFloat(port.dtype)) || (feed.dtype === 'int32' && port.dtype === 'int64')
  if (!safe) fail(`input "${port.name}" wants ${port.dtype}, and its file holds ${feed.dtype}`)
  return fromNumbers(port.dtype, feed.shape, numbers(feed))
}

const fileOf = (folder: string, output: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no file name may hold them
  join(folder, `${output.replace(/[\\/:*?"<>|\x00-\x1f]/g, '_')}.npy`)

async function writeOutputs(outputs: Record<string, Tensor>, folder: string) {
  makeFolder(folder)
  const written = []
  for (const [name, t] of Object.entries(outputs)) {
    const file = fileOf(folder, name)
    await writeNpy(file, t)
    written.push({ name, dtype: t.dtype, shape: t.shape, file })
  }
  return written
}

async function run(path: string, options: RunOptions): Promise<void> {
  const given = parseAxes(options.dim)
  const files = parseFiles(options.input, '-i', true)
  const constantFiles = parseFiles(options.constant, '-c')
  const precision = parsePrecision(options.precision)
  const progress = createProgress()
  const clock = createClock()
  const { time, milliseconds } = clock

  const model = readModel(path)
  const ports = modelInputs(model)
  const byName = new Map(ports.map((p) => [p.name, p]))
  const constants = await readTensors(constantFiles)
  for (const [name, t] of Object.entries(constants)) {
    const port = byName.get(name) ?? fail(`the model has no input "${name}" to be fixed by -c; it has:\n${list(ports)}`)
    constants[name] = castFeed(t, port)
  }
  const fed = ports.filter((p) => !Object.hasOwn(constants, p.name))
  const feeds = await time('read', () => readTensors(matchFiles(files, ports, Object.keys(constants))))
  for (const port of fed) feeds[port.name] = castFeed(feeds[port.name], port)
  const axes = axesFromFeeds(fed, feeds, given)
  const shapes = Object.fromEntries(fed.filter((p) => !p.shape.length).map((p) => [p.name, [...feeds[p.name].shape]]))

  const engine = await openEngine({ precision })
  try {
    const session: Session = await time('load', () =>
      engine.load(model, { axes, shapes, constants, tune: options.tune, onProgress: progress.onLoad }),
    )
    progress.say('running')
    const outputs = await time('run', () => session.run(feeds))
    const written = await time('write', () => writeOutputs(outputs, options.output))
    progress.end()
    const memory = session.stats.memory
    const result = {
      model: path,
      precision: engine.precision,
      adapter: engine.device.adapterInfo.description || engine.device.adapterInfo.device,
      outputs: written,
      milliseconds,
      loadMilliseconds: session.timings,
      dispatches: session.stats.dispatches,
      gpuBytes: memory,
      tuning: session.stats.tuning,
      peakResidentBytes: peakResidentBytes(),
    }
    print(options.json, result, () => [
      formatTable(
        written.map((o) => [o.file, o.dtype, formatShape(o.shape)]),
        '',
      ),
      `ms: ${formatMilliseconds(milliseconds)} (load: ${formatMilliseconds(session.timings)})`,
      `${plural(result.dispatches, 'dispatch', 'es')} in ${engine.precision} on ${result.adapter}`,
      ...formatTuning(session.stats.tuning),
      `GPU memory: values ${formatBytes(memory.peak)}, weights ${formatBytes(memory.weights)}`,
      `peak resident memory: ${formatBytes(result.peakResidentBytes)}`,
    ])
  } finally {
    progress.end()
    engine.destroy()
  }
}

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('run a model on .npy files and write DIR/OUTPUT.npy for each output')
    .argument('<model>', 'the .onnx file')
    .option('-i, --input <name=file...>', 'an input; NAME= may be left out where the model has only one')
    .option('-d, --dim <axis=n...>', 'the value of a named axis; else it is taken from the files')
    .option('-c, --constant <name=file...>', 'an input whose value is fixed when the model is loaded (sizes, axes)')
    .requiredOption('-o, --output <dir>', 'the folder for the results')
  addTune(addPrecision(command)).option('--json', 'print one JSON object').action(run)
}
