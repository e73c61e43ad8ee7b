// Statistics of a depth map.

export interface DepthStats {
  pixels: number
  /** Pixels with a finite value; the rest of this is about them, and null where there is none. */
  valid: number
  min: number | null
  max: number | null
  mean: number | null
  /** Standard deviation of the population. */
  std: number | null
  /** Linear between the two nearest values, as numpy's percentile. */
  percentiles: Record<'1' | '5' | '25' | '50' | '75' | '95' | '99', number | null>
}

/** numpy's percentile of sorted values: linear between the two nearest. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const at = (percent / 100) * (sorted.length - 1)
  const k = Math.floor(at)
  const next = sorted[Math.min(k + 1, sorted.length - 1)]
  return sorted[k] + (next - sorted[k]) * (at - k)
}

/** Counts, range, mean, deviation and percentiles of the finite values. */
export function depthStats(values: Float32Array): DepthStats {
  const sorted = values.filter(Number.isFinite).sort()
  const valid = sorted.length
  let mean = 0
  for (const v of sorted) mean += v / valid
  let variance = 0
  for (const v of sorted) variance += (v - mean) ** 2 / valid
  const or = (v: number) => (valid ? v : null)
  const at = (p: number) => or(percentile(sorted, p))
  return {
    pixels: values.length,
    valid,
    min: or(sorted[0]),
    max: or(sorted[valid - 1]),
    mean: or(mean),
    std: or(Math.sqrt(variance)),
    percentiles: { 1: at(1), 5: at(5), 25: at(25), 50: at(50), 75: at(75), 95: at(95), 99: at(99) },
  }
}
