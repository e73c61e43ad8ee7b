// The error function in float64.

/** erf(x), to about 1e-15: the Maclaurin series for small |x|, a continued fraction of erfc beyond. */
export function erf(x: number): number {
  const z = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (z > 6) return Math.sign(x)
  if (z < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = z
  for (let k = 60; k > 0; k--) fraction = z + k / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI)))
}
