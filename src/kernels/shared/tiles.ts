// The rule that chooses among the tiles of a product on GPUs: an estimate of the time that each would take.
import type { ProductShape } from './product.ts'
import type { Variant } from './variants.ts'

/** Cores that workgroups spread over. WebGPU does not tell; this is a large GPU's. */
const CORES = 132
/** Subgroups that keep a core busy. */
const BUSY = 8
/** Of a dispatch of its own, in µs. */
const DISPATCH = 3
/** Bytes a µs to and from memory. */
const BANDWIDTH = 2e6

/** What an arithmetic unit does: multiplications and additions a µs and core, and the tile at which half of it is reached. */
export interface Unit {
  rate: number
  half: number
}

/** Turns of the cores for so many workgroups; the last one's idle cores count half, since turns overlap. */
export function turns(groups: number): number {
  const waves = groups / CORES
  return Math.max(1, (Math.ceil(waves) + waves) / 2)
}

/** How busy a core is with workgroups of `subgroups`, of which it holds two at a time: a share of its rate. */
export const busy = (groups: number, subgroups: number): number =>
  Math.min(1, Math.sqrt((subgroups * Math.min(2, Math.max(1, groups / CORES))) / BUSY))

/**
 * Estimated µs of a product by tiles of `tile` by workgroups of `subgroups`. A tile of a × b results reads a + b values
 * for a · b sums at each k, so large ones compute faster; but they leave cores without work where they are few.
 */
export function tileTime(
  s: ProductShape,
  tile: readonly number[],
  subgroups: number,
  split: number,
  unit: Unit,
): number {
  const { m, n, k, batch = 1 } = s
  const [rows, columns, depth] = tile
  const groups = Math.ceil(m / rows) * Math.ceil(n / columns) * batch * split
  const intensity = (rows * columns) / (rows + columns)
  const part = Math.ceil(k / split / depth) * depth
  const work = (rows * columns * part) / (unit.rate * busy(groups, subgroups) * (intensity / (intensity + unit.half)))
  const again = split > 1 ? DISPATCH + (split + 1) * batch * m * n * (4 / BANDWIDTH) : 0
  return turns(groups) * work + again
}

/** Parts into which the sum over k may be split, where the results alone do not fill the cores. */
export function splits({ m, n, k, batch = 1 }: ProductShape, tile: readonly number[]): number[] {
  const groups = Math.ceil(m / tile[0]) * Math.ceil(n / tile[1]) * batch
  return [1, 2, 4, 8].filter((split) => split === 1 || (groups * split <= 2 * CORES && k / split >= 256))
}

/** The variants in the order of their times, the best `count` of them. */
export function fastest(variants: Variant[], time: (v: Variant) => number, count: number): Variant[] {
  const timed = variants.map((v) => ({ v, t: time(v) }))
  timed.sort((a, b) => a.t - b.t)
  return timed.slice(0, count).map(({ v }) => v)
}
