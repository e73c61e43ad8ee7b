// Which nodes a model keeps in float32 so that its float16 version stays within an error: measured with the engine
// itself, on the model's own inputs. First the beginning of the network, whose rounding later layers amplify and whose
// weights are few; where that takes too many bytes, any parts, narrowed down where keeping them costs bytes.

import { convert, decode } from './convert.mjs'
import { FLOAT } from './types.mjs'

/** Shares of the weights that the beginning of the network may keep, tried one after the other. */
const SHARES = [0.02, 0.08, 0.25]

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

const nodesOf = (units) => new Set(units.flatMap((u) => Array.from({ length: u.end - u.first }, (_, i) => u.first + i)))
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

/** How many leading units hold at most this share of the weights. */
function leading(units, share) {
  const most = share * bytesOf(units)
  let [count, bytes] = [0, 0]
  while (count < units.length && bytes + units[count].bytes <= most) bytes += units[count++].bytes
  return count
}

/**
 * The shortest beginning of the network that brings the error within the limit, to a fifth of its bytes or a unit;
 * undefined where the largest of SHARES does not.
 */
async function beginning(units, trial, limit) {
  let [low, high, error] = [0, 0, Number.POSITIVE_INFINITY]
  for (const share of SHARES) {
    const count = leading(units, share)
    if (count <= high) continue
    ;[low, high] = [high, count]
    error = await trial(units.slice(0, high))
    if (error <= limit) break
  }
  if (error > limit) return undefined
  while (high - low > 1 && bytesOf(units.slice(low, high)) > bytesOf(units.slice(0, high)) / 5) {
    const middle = Math.ceil((low + high) / 2)
    const found = await trial(units.slice(0, middle))
    if (found <= limit) [high, error] = [middle, found]
    else low = middle
  }
  return { kept: units.slice(0, high), error }
}

/** Parts of the network to keep, for as few bytes as can be: groups are split where keeping them costs many. */
async function parts(units, trial, limit, more) {
  const total = bytesOf(units)
  /** The share of the squared error that a group makes in float16, where all others are in float32. */
  const sound = async (groups) => {
    for (const g of groups) {
      if (!more() && g.noise !== undefined) continue
      g.noise = (await trial(units.filter((u) => !g.units.includes(u)))) ** 2
    }
  }
  let groups = [group(units)]
  for (let i = 0; i < 3; i++) groups = groups.flatMap((g) => halves(g.units))
  await sound(groups)
  // What is kept may be large only because its group is: split that, and look again.
  while (more()) {
    const [largest] = [...choose(groups, limit ** 2)]
      .filter((g) => g.units.length > 1 && g.bytes > total / 200)
      .sort((a, b) => b.bytes - a.bytes)
    if (!largest) break
    const split = halves(largest.units)
    await sound(split)
    groups = groups.flatMap((g) => (g === largest ? split : [g]))
  }
  // The prediction may be off: ask for less noise until the measured error fits.
  for (let noise = limit ** 2; ; noise *= 0.7) {
    const chosen = [...choose(groups, noise)]
    const kept = chosen.flatMap((g) => g.units)
    const error = await trial(kept)
    if (error <= limit || chosen.length === groups.length) return { kept, error }
  }
}

/**
 * Nodes to keep in float32, by position in the graph of `decode`.
 * @param {object} options
 * @param {import('../../dist/runtime/model.js').ModelSource} options.source the float32 model
 * @param {(source: import('../../dist/runtime/model.js').ModelSource) => Promise<number>} options.measure error of a
 *   converted model against the float32 one
 * @param {number} options.limit
 * @param {number} [options.plain] the error with no node kept, where it is known
 * @param {number} [options.trials] conversions that may be measured before the search settles
 * @param {Set<number>} [options.keep] nodes kept in any case
 * @param {(line: string) => void} [options.log]
 */
export async function search({ source, measure, limit, plain, trials = 40, keep = new Set(), log = () => {} }) {
  const { graph } = decode(source)
  const units = unitsOf(graph)
  const total = bytesOf(units)
  let count = 0
  const trial = async (kept) => {
    count++
    const error = await measure(convert(source, new Set([...nodesOf(kept), ...keep])).source)
    log(`${bytesOf(kept)} of ${total} bytes in float32: error ${error.toExponential(1)}`)
    return error
  }
  const none = plain ?? (await trial([]))
  const { kept, error } =
    none <= limit
      ? { kept: [], error: none }
      : ((await beginning(units, trial, limit)) ?? (await parts(units, trial, limit, () => count + 2 < trials)))
  return { keep: new Set([...nodesOf(kept), ...keep]), error, bytes: bytesOf(kept), total, trials: count }
}
