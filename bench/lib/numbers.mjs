// Medians, ratios and errors.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

export const geometricMean = (values) => Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length)

/** ‖y − reference‖ / ‖reference − mean‖; infinite where a value is not finite or the shapes differ. */
export function relativeError(y, reference) {
  if (y.data.length !== reference.data.length) return Infinity
  const mean = reference.data.reduce((sum, v) => sum + v, 0) / reference.data.length
  let [distance, spread] = [0, 0]
  for (let i = 0; i < y.data.length; i++) {
    distance += (y.data[i] - reference.data[i]) ** 2
    spread += (reference.data[i] - mean) ** 2
  }
  const error = Math.sqrt(distance / spread)
  return Number.isFinite(error) ? error : Infinity
}

/** The worst error over all outputs by name. */
export function worstError(outputs, references) {
  return Math.max(
    ...Object.entries(references).map(([name, r]) => (outputs[name] ? relativeError(outputs[name], r) : Infinity)),
  )
}
