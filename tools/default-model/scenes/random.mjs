// A seeded source of random numbers (mulberry32) with the draws that scenes need.

export function createRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const range = (low, high) => low + (high - low) * next()
  return {
    next,
    range,
    /** Uniform in the logarithm. */
    log: (low, high) => low * (high / low) ** next(),
    whole: (low, high) => Math.floor(range(low, high + 1)),
    chance: (p) => next() < p,
    pick: (list) => list[Math.floor(next() * list.length)],
    normal: (mean = 0, deviation = 1) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** One generator a scene, far from its neighbours' though their seeds are not. */
export const seedFor = (seed, index) => Math.imul((seed + 1) | 0, 0x9e3779b1) ^ Math.imul((index + 1) | 0, 0x85ebca6b)
