// The one table of tolerances, for kernel tests and for ONNX's cases. Loosening a figure needs its reason here.

/** @typedef {import('../../src/runtime/tensor.ts').DType} DType */

/**
 * `exact`: moves; `close`: one rounding or a few; `reduce`: sums, as normalised mean squared error; `onnx`: what ONNX's
 * own runner allows.
 * @typedef {'exact' | 'close' | 'reduce' | 'onnx'} Tolerance
 */

/** @type {Record<'close' | 'onnx', Partial<Record<DType | 'bfloat16', { relative: number, absolute: number }>>>} */
const ELEMENT = {
  close: {
    // WGSL allows some ulps in exp, log, tanh and the like, and erf is a polynomial of 1.5e-7.
    float32: { relative: 2e-5, absolute: 2e-6 },
    float16: { relative: 2e-3, absolute: 1e-3 },
  },
  onnx: {
    float32: { relative: 1e-3, absolute: 1e-7 },
    // The expected values were rounded after every step, ours once: a rounding or two of difference.
    float16: { relative: 4e-3, absolute: 1e-3 },
    // Held in float32 here; the expected values were rounded to 8 bits after every step.
    bfloat16: { relative: 8e-3, absolute: 1e-3 },
  },
}

/** @type {Partial<Record<DType | 'bfloat16', number>>} */
const REDUCE = { float32: 1e-7, float16: 1e-6 }

/**
 * The first disagreement of two lists of values, in words; null where they agree.
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @param {DType | 'bfloat16'} dtype
 * @param {Tolerance} tolerance
 * @returns {string | null}
 */
export function compare(actual, expected, dtype, tolerance) {
  if (actual.length !== expected.length) return `${actual.length} values instead of ${expected.length}`
  const limits = tolerance === 'close' || tolerance === 'onnx' ? ELEMENT[tolerance][dtype] : undefined
  const sums = tolerance === 'reduce' && REDUCE[dtype] !== undefined
  let error = 0
  let power = 0
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]
    const e = expected[i]
    power += e ** 2
    if (Object.is(a, e) || a === e) continue
    const at = `index ${i}: ${a} instead of ${e}`
    if (!Number.isFinite(a) || !Number.isFinite(e) || (!limits && !sums)) return at
    if (limits && Math.abs(a - e) > limits.absolute + limits.relative * Math.abs(e)) return at
    error += (a - e) ** 2
  }
  const most = REDUCE[dtype] ?? 0
  return sums && error > most * power ? `normalised mean squared error ${error / power} exceeds ${most}` : null
}
