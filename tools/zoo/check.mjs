// `node tools/zoo/check.mjs [NAME …]`: builds, loads and runs networks of the zoo on the GPU, at small sizes unless a name
// gives one, and prints what came out. Ends with 1 where a network fails, or gives what is not finite or is constant.
// The first run of a network includes the driver's compilation; ISOBATH_CHECK=1 compares each node with its CPU twin.
import { build, upToDate } from '../build.mjs'
import { buildModel, drawInput, fullName, models, ZooError } from './index.mjs'

function statistics(data) {
  let [low, high, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const v of data) {
    if (!Number.isFinite(v)) continue
    finite++
    sum += v
    low = Math.min(low, v)
    high = Math.max(high, v)
  }
  return {
    low,
    high,
    mean: sum / finite,
    finite: finite === data.length,
    constant: high - low <= 1e-6 * Math.abs(high),
  }
}

async function runOne(engine, name) {
  const start = performance.now()
  const session = await engine.load(buildModel(name))
  const loaded = performance.now()
  try {
    const feeds = Object.fromEntries(session.inputs.map((i) => [i.name, drawInput(i)]))
    const outputs = await session.run(feeds)
    const ran = performance.now()
    await session.run(feeds)
    const warm = performance.now() - ran
    const results = Object.entries(outputs).map(([output, t]) => ({ output, shape: t.shape, ...statistics(t.data) }))
    return { load: loaded - start, first: ran - loaded, warm, results }
  } finally {
    session.destroy()
  }
}

async function main(names) {
  if (!upToDate()) build()
  const { openEngine } = await import('../../dist/node/index.js')
  const engine = await openEngine()
  let bad = 0
  console.log(
    `${'network'.padEnd(30)}${['load, ms', 'first, ms', 'warm, ms'].map((t) => t.padStart(10)).join('')}  output`,
  )
  for (const name of names) {
    try {
      const { load, first, warm, results } = await runOne(engine, name)
      for (const [i, r] of results.entries()) {
        const problem = !r.finite ? 'NOT FINITE' : r.constant ? 'CONSTANT' : ''
        if (problem) bad++
        const times = [load, first, warm].map((t) => (i ? '' : t.toFixed(0)).padStart(10)).join('')
        const range = `${r.low.toPrecision(4)} to ${r.high.toPrecision(4)}, mean ${r.mean.toPrecision(4)}`
        console.log(`${(i ? '' : name).padEnd(30)}${times}  ${r.output} [${r.shape.join(', ')}] ${range} ${problem}`)
      }
    } catch (error) {
      bad++
      console.log(`${name.padEnd(30)}${error instanceof ZooError ? '' : 'FAILED  '}${error.message}`)
    }
  }
  engine.destroy()
  process.exitCode = bad ? 1 : 0
}

await main(process.argv.length > 2 ? process.argv.slice(2) : models.map((m) => fullName(m, m.small)))
