// The error of a converted model against the float32 one, on the same inputs and the same adapter.
/** ‖actual − expected‖ / ‖expected − mean(expected)‖. */
export function relativeError(actual, expected) {
  const mean = expected.reduce((sum, v) => sum + v, 0) / expected.length
  let [distance, spread] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    distance += (actual[i] - expected[i]) ** 2
    spread += (expected[i] - mean) ** 2
  }
  const error = Math.sqrt(distance / spread)
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY
}

/** Runs a model once; gives outputs by name. */
export async function runModel(engine, source, feeds, axes) {
  const shapes = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, [...t.shape]]))
  const session = await engine.load(source, { axes, shapes })
  try {
    return { outputs: await session.run(feeds), stats: session.stats }
  } finally {
    session.destroy()
  }
}

/** The worst output's error of a model, as a function of its source. */
export async function measurer(engine, source, feeds, axes) {
  const { outputs: expected } = await runModel(engine, source, feeds, axes)
  return async (converted) => {
    const { outputs } = await runModel(engine, converted, feeds, axes)
    return Math.max(...Object.keys(expected).map((name) => relativeError(outputs[name].data, expected[name].data)))
  }
}
