// `npm run conformance -- DIR [DIR …] [--json FILE]`: runs ONNX's operator tests below the folders on the GPU.
import fs from 'node:fs'
import path from 'node:path'
import { operators } from '../dist/kernels/index.js'
import { openEngine } from '../dist/node/index.js'
import * as reading from '../dist/runtime/onnx/import.js'
import { TensorProto } from '../dist/runtime/onnx/schema.js'
import { readTensor } from '../dist/runtime/onnx/tensors.js'
import { isFloat, numbers } from '../dist/runtime/tensor.js'
import { disagreement, onnxCases } from './conformance/cases.mjs'

const USAGE = 'usage: npm run conformance -- DIR [DIR …] [--json FILE]'
const { readCases, readDataSets, whySkipped } = onnxCases({ ...reading, TensorProto, readTensor })

/** Float inputs up to which a list of numbers (scales, limits, a ratio) is taken for one that decides a shape. */
const FEW = 16

const isSmall = (t) => !isFloat(t.dtype) || t.data.length <= FEW

/** Which inputs are bound at load, first none, then ever more: the first way that loads is the one that counts. */
const BINDINGS = [
  () => false,
  (t, i) => i > 0 && !isFloat(t.dtype),
  (t) => !isFloat(t.dtype),
  (t, i) => i > 0 && isSmall(t),
  (_, i) => i > 0,
  () => true,
]

async function load(engine, c, inputs) {
  const entries = Object.entries(inputs)
  let refusal
  const tried = new Set()
  for (const isBound of BINDINGS) {
    const bound = entries.filter(([, t], i) => isBound(t, i))
    const key = bound.map(([name]) => name).join()
    if (tried.has(key)) continue
    tried.add(key)
    const fed = entries.filter(([name]) => !bound.some(([b]) => b === name))
    try {
      const session = await engine.load(
        { bytes: c.bytes, name: c.name },
        {
          constants: Object.fromEntries(bound),
          shapes: Object.fromEntries(fed.map(([name, t]) => [name, [...t.shape]])),
        },
      )
      return { session, feeds: Object.fromEntries(fed), refusal: refusal?.message }
    } catch (error) {
      if (error.code !== 'unsupported') throw error
      refusal ??= error
    }
  }
  throw refusal
}

/** Runs the case's data sets; gives the dispatches of a run and what is wrong, if anything is. */
async function check(engine, c, problems) {
  let dispatches = 0
  let folded
  for (const { inputs, outputs } of readDataSets(c)) {
    const { session, feeds, refusal } = await load(engine, c, inputs)
    try {
      problems.length = 0
      const results = await session.run(feeds)
      dispatches = Math.max(dispatches, session.stats.dispatches)
      folded = refusal
      if (problems.length) return { dispatches, problem: `GPU validation: ${problems[0]}` }
      for (const [name, expected] of Object.entries(outputs)) {
        const wrong = results[name] ? disagreement(results[name], expected, numbers) : 'is missing'
        if (wrong) return { dispatches, problem: `output "${name}": ${wrong}` }
      }
    } finally {
      session.destroy()
    }
  }
  return { dispatches, folded }
}

async function runCase(engine, c, problems) {
  const { name, operators: ops } = c
  const skipped = whySkipped(c, operators)
  if (skipped) return { name, operators: ops, outcome: 'skipped', reason: `${skipped} is not supported`, dispatches: 0 }
  try {
    const { dispatches, problem, folded } = await check(engine, c, problems)
    return { name, operators: ops, outcome: problem ? 'failed' : 'passed', reason: problem, dispatches, folded }
  } catch (error) {
    const outcome = error.code === 'unsupported' ? 'skipped' : 'failed'
    return { name, operators: ops, outcome, reason: error.code ? error.message : String(error.stack), dispatches: 0 }
  }
}

function parse(args) {
  const folders = []
  let json
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--json') json = args[++i]
    else if (args[i].startsWith('-')) throw new Error(`unknown option ${args[i]}\n${USAGE}`)
    else folders.push(args[i])
  }
  if (!folders.length || (args.includes('--json') && !json)) throw new Error(USAGE)
  for (const folder of folders) if (!fs.existsSync(folder)) throw new Error(`there is no folder "${folder}"`)
  return { folders, json }
}

/** Prints what did not pass, and which operators never ran on the GPU. */
function report(results) {
  const of = (outcome) => results.filter((r) => r.outcome === outcome)
  const [passed, failed, skipped] = [of('passed'), of('failed'), of('skipped')]
  for (const r of failed) console.log(`failed: ${r.name} (${r.operators.join(', ')}): ${r.reason}`)
  const reasons = new Map(skipped.map((r) => [r.reason, skipped.filter((o) => o.reason === r.reason)]))
  for (const [reason, list] of [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`skipped: ${reason}: ${list.map((r) => r.name).join(', ')}`)
  const all = new Set(passed.flatMap((r) => r.operators))
  const reached = new Set(passed.flatMap((r) => (r.dispatches ? r.operators : [])))
  const folded = [...all].filter((op) => !reached.has(op)).sort()
  console.log(
    `Operators none of whose cases reached the GPU (their results were known at load): ${folded.join(', ') || 'none'}`,
  )
  console.log(`Cases that ran on the GPU: ${passed.filter((r) => r.dispatches).length} of ${passed.length} passed`)
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`)
  return failed.length
}

async function main(args) {
  const { folders, json } = parse(args)
  const cases = folders.flatMap((folder) => readCases(path.resolve(folder)))
  if (!cases.length) throw new Error(`no case (a folder with model.onnx) below ${folders.join(', ')}`)
  const engine = await openEngine({ precision: 'f32' })
  const problems = []
  engine.device.addEventListener('uncapturederror', (e) => problems.push(e.error.message))
  const results = []
  for (const c of cases) {
    results.push(await runCase(engine, c, problems))
    const { length } = results
    if (process.stderr.isTTY || length % 50 === 0 || length === cases.length)
      process.stderr.write(
        `${process.stderr.isTTY ? '\r' : ''}${length}/${cases.length}${process.stderr.isTTY ? '' : '\n'}`,
      )
  }
  engine.destroy()
  if (json) fs.writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`)
  if (report(results)) process.exitCode = 1
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
