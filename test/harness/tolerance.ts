// The one table of tolerances. Loosening a figure needs its reason here.
import type { DType } from '../../src/index.ts'

/** `exact`: moves; `close`: one rounding or a few; `reduce`: sums, as normalised mean squared error. */
export type Tolerance = 'exact' | 'close' | 'reduce'

const CLOSE: Partial<Record<DType, { relative: number; absolute: number }>> = {
  // WGSL allows some ulps in exp, log, tanh and the like, and erf is a polynomial of 1.5e-7.
  float32: { relative: 2e-5, absolute: 2e-6 },
  float16: { relative: 2e-3, absolute: 1e-3 },
}

const REDUCE: Partial<Record<DType, number>> = { float32: 1e-7, float16: 1e-6 }

/** The first disagreement of two lists of values, in words; null where they agree. */
export function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  dtype: DType,
  tolerance: Tolerance,
): string | null {
  if (actual.length !== expected.length) return `${actual.length} values instead of ${expected.length}`
  let error = 0
  let power = 0
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]
    const e = expected[i]
    if (Object.is(a, e) || a === e) continue
    const at = `index ${i}: ${a} instead of ${e}`
    if (!Number.isFinite(a) || !Number.isFinite(e)) return at
    if (tolerance === 'exact') return at
    const close = CLOSE[dtype]
    if (!close) return at
    if (tolerance === 'close' && Math.abs(a - e) > close.absolute + close.relative * Math.abs(e)) return at
    error += (a - e) ** 2
  }
  if (tolerance !== 'reduce') return null
  for (let i = 0; i < expected.length; i++) power += expected[i] ** 2
  const limit = REDUCE[dtype] ?? 0
  return error > limit * power ? `normalised mean squared error ${error / power} exceeds ${limit}` : null
}
