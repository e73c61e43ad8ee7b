// Which nodes a model keeps in float32 so that its float16 version stays within an error: measured with the engine
// itself, on the model's own inputs. Parts of the network are narrowed down where keeping them costs bytes.

import { convert, decode } from './convert.mjs'
import { FLOAT } from './types.mjs'

/**
 * Runs of consecutive nodes, each with at most one that has large weights.
 * @returns {{ first: number, end: number, bytes: number }[]}
 */
export function unitsOf(graph) {
  const bytes = new Map(
    graph.initializer.flatMap((t) =>
      t.dataType === FLOAT ? [[t.name, 4 * (t.dims ?? []).reduce((n, d) => n * Number(d), 1)]] : [],
    ),
  )
  const units = []
  graph.node.forEach((node, i) => {
    const own = node.input.reduce((sum, x) => sum + (bytes.get(x) ?? 0), 0)
    const unit = units.at(-1)
    if (!unit || (own > 4096 && unit.bytes > 4096)) units.push({ first: i, end: i + 1, bytes: own })
    else Object.assign(unit, { end: i + 1, bytes: unit.bytes + own })
  })
  return units
}

const nodesOf = (groups) =>
  new Set(groups.flatMap((g) => g.units.flatMap((u) => Array.from({ length: u.end - u.first }, (_, i) => u.first + i))))
const bytesOf = (units) => units.reduce((sum, u) => sum + u.bytes, 0)
const group = (units) => ({ units, bytes: bytesOf(units), noise: undefined })

function halves(units) {
  const middle = Math.ceil(units.length / 2)
  return [units.slice(0, middle), units.slice(middle)].filter((u) => u.length).map(group)
}

/** Groups to keep: those that remove most noise a byte, until what the others make is predicted to fit. */
function choose(groups, noise) {
  const kept = new Set()
  let left = groups.reduce((sum, g) => sum + g.noise, 0)
  for (const g of [...groups].sort((a, b) => b.noise / (b.bytes + 1) - a.noise / (a.bytes + 1))) {
    if (left <= noise) break
    kept.add(g)
    left -= g.noise
  }
  return kept
}

/**
 * Nodes to keep in float32, by position in the graph of `decode`.
 * @param {object} options
 * @param {import('../../dist/runtime/model.js').ModelSource} options.source the float32 model
 * @param {(source: import('../../dist/runtime/model.js').ModelSource) => Promise<number>} options.measure error of a
 *   converted model against the float32 one
 * @param {number} options.limit
 * @param {number} [options.trials] conversions that may be measured
 * @param {Set<number>} [options.keep] nodes kept in any case
 * @param {(line: string) => void} [options.log]
 */
export async function search({ source, measure, limit, trials = 40, keep = new Set(), log = () => {} }) {
  const { graph } = decode(source)
  const units = unitsOf(graph)
  const total = bytesOf(units)
  let count = 0
  const trial = async (kept) => {
    count++
    return measure(convert(source, new Set([...kept, ...keep])).source)
  }
  const done = (kept, error) => ({ keep: new Set([...kept, ...keep]), error, bytes: 0, total, trials: count })
  const plain = await trial(new Set())
  log(`all in float16: error ${plain.toExponential(1)}`)
  if (plain <= limit) return done(new Set(), plain)

  /** The share of the squared error that a group makes in float16, where all others are in float32. */
  const all = units.map((u) => group([u]))
  const sound = async (groups) => {
    for (const g of groups) {
      if (count >= trials && g.noise !== undefined) continue
      const others = all.filter((one) => !g.units.includes(one.units[0]))
      g.noise = (await trial(nodesOf(others))) ** 2
      log(
        `nodes ${g.units[0].first} to ${g.units.at(-1).end - 1} (${g.bytes} bytes): error ${Math.sqrt(g.noise).toExponential(1)}`,
      )
    }
  }
  let groups = [group(units)]
  for (let i = 0; i < 3; i++) groups = groups.flatMap((g) => halves(g.units))
  await sound(groups)
  // What is kept may be large only because its group is: split that, and look again.
  while (count + 2 < trials) {
    const [largest] = [...choose(groups, limit ** 2)]
      .filter((g) => g.units.length > 1 && g.bytes > total / 200)
      .sort((a, b) => b.bytes - a.bytes)
    if (!largest) break
    const parts = halves(largest.units)
    await sound(parts)
    groups = groups.flatMap((g) => (g === largest ? parts : [g]))
  }
  // The prediction may be off: ask for less noise until the measured error fits.
  for (let noise = limit ** 2; ; noise *= 0.7) {
    const chosen = [...choose(groups, noise)]
    const error = await trial(nodesOf(chosen))
    const bytes = chosen.reduce((sum, g) => sum + g.bytes, 0)
    log(`${bytes} of ${total} bytes in float32: error ${error.toExponential(1)}`)
    if (error <= limit || chosen.length === groups.length) return { ...done(nodesOf(chosen), error), bytes }
  }
}
