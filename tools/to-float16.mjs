// `node tools/to-float16.mjs MODEL.onnx OUT.onnx`: the model as exporters write it in half precision. `--keep` names nodes
// or operators that stay in float32; `--limit` finds those that must, so that the error on the given inputs is no larger.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine, readModel, readNpy } from '../dist/node/index.js'
import { convert, decode, matching } from './float16/convert.mjs'
import { measurer } from './float16/measure.mjs'
import { search } from './float16/search.mjs'

const USAGE = `usage: node tools/to-float16.mjs MODEL.onnx OUT.onnx [--keep PATTERN …]
       [--limit ERROR -i NAME=FILE.npy … [-d AXIS=N …] [--trials N]]
PATTERN is a node's name or an operator, with * for any characters. ERROR is ‖y − y32‖ / ‖y32 − mean(y32)‖ of the worst
output, against the same model in float32.`

function write({ source, chunks }, target) {
  const data = path.join(path.dirname(target), `${path.basename(target)}.data`)
  const file = fs.openSync(data, 'w')
  for (const make of chunks) fs.writeSync(file, make())
  fs.closeSync(file)
  if (!chunks.length) fs.rmSync(data)
  fs.writeFileSync(target, source.bytes)
}

const pairs = (list) => list.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'string', multiple: true, default: [] },
      limit: { type: 'string' },
      trials: { type: 'string' },
      input: { type: 'string', short: 'i', multiple: true, default: [] },
      dim: { type: 'string', short: 'd', multiple: true, default: [] },
    },
  })
  const [from, to] = positionals
  if (!to || positionals.length > 2) throw new Error(USAGE)
  const source = readModel(from)
  let keep = matching(decode(source).graph, values.keep)
  if (values.limit) {
    const limit = Number(values.limit)
    if (!(limit > 0)) throw new Error(`--limit is a positive number, not ${values.limit}\n${USAGE}`)
    const axes = Object.fromEntries(pairs(values.dim).map(([k, v]) => [k, Number(v)]))
    const feeds = {}
    for (const [name, file] of pairs(values.input)) feeds[name] = await readNpy(file)
    const engine = await openEngine({ precision: 'f32' })
    const measure = await measurer(engine, source, feeds, axes)
    const found = await search({ source, measure, limit, keep, trials: Number(values.trials ?? 40), log: console.log })
    engine.destroy()
    if (found.error > limit) throw new Error(`no choice of nodes brings the error below ${limit}: ${found.error}`)
    keep = found.keep
    const { graph } = decode(source)
    for (const i of keep) console.log(`float32: ${graph.node[i].opType} "${graph.node[i].name}"`)
  }
  write(convert(source, keep, `${path.basename(to)}.data`), to)
}

try {
  await main()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
