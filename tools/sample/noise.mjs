// Seeded numbers and value noise for the textures of the sample scene.

/** A number in 0..1 from three integers. */
export function hash(x, y = 0, z = 0) {
  let h = (Math.imul(x | 0, 374761393) + Math.imul(y | 0, 668265263) + Math.imul(z | 0, 1103515245)) | 0
  h = Math.imul(h ^ (h >>> 13), 1274126177)
  h = Math.imul(h ^ (h >>> 16), 2246822519)
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296
}

const smooth = (t) => t * t * (3 - 2 * t)

/** Value noise in 0..1. */
export function noise(x, y, z) {
  const i = Math.floor(x)
  const j = Math.floor(y)
  const k = Math.floor(z)
  const u = smooth(x - i)
  const v = smooth(y - j)
  const w = smooth(z - k)
  const row = (b, c) => {
    const a = hash(i, b, c)
    return a + (hash(i + 1, b, c) - a) * u
  }
  const plane = (c) => {
    const a = row(j, c)
    return a + (row(j + 1, c) - a) * v
  }
  const a = plane(k)
  return a + (plane(k + 1) - a) * w
}

/** A sum of `octaves` of noise, in 0..1. */
export function fbm(x, y, z, octaves = 4) {
  let sum = 0
  let weight = 0.5
  let total = 0
  for (let i = 0; i < octaves; i++) {
    sum += weight * noise(x, y, z)
    total += weight
    weight /= 2
    x = x * 2.03 + 7.1
    y = y * 2.03 + 3.7
    z = z * 2.03 + 1.3
  }
  return sum / total
}

/** A generator of numbers in 0..1 that starts anew at each `seed`. */
export function createRandom() {
  let state = 1
  return {
    seed(value) {
      state = Math.imul(value + 1, 2654435761) | 0
    },
    next() {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
  }
}
