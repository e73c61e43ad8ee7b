// From rendered light to a photograph: an edge-aware smoothing, then exposure, tone, vignette and grain.
import { createRandom } from './noise.mjs'

const KERNEL = [1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16]

/** Takes down pixels that outshine all but two of their neighbours: rare paths that found much light. */
export function removeSpeckles(light, width, height) {
  const out = light.slice()
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++)
      for (let k = 0; k < 3; k++) {
        const around = []
        for (let j = -1; j <= 1; j++)
          for (let i = -1; i <= 1; i++) if (i || j) around.push(light[((y + j) * width + x + i) * 3 + k])
        around.sort((a, b) => b - a)
        const p = (y * width + x) * 3 + k
        out[p] = Math.max(around[6], Math.min(around[2], light[p]))
      }
  return out
}

/**
 * Smooths light (RGB a pixel, colour of the surface taken out) between pixels of like normal, distance and
 * brightness, with holes that grow from pass to pass (Dammertz et al. 2010).
 */
export function smoothLight(light, normals, distances, width, height) {
  let source = light
  for (let pass = 0; pass < 4; pass++) {
    const step = 2 ** pass
    const tolerance = 0.25 * 0.7 ** pass
    const target = new Float32Array(source.length)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const p = y * width + x
        const own = (source[p * 3] + source[p * 3 + 1] + source[p * 3 + 2]) / 3
        const sum = [0, 0, 0]
        let total = 0
        for (let j = -2; j <= 2; j++)
          for (let i = -2; i <= 2; i++) {
            const u = x + i * step
            const v = y + j * step
            if (u < 0 || v < 0 || u >= width || v >= height) continue
            const q = v * width + u
            let facing = 0
            for (let k = 0; k < 3; k++) facing += normals[p * 3 + k] * normals[q * 3 + k]
            const near = Math.abs(distances[p] - distances[q]) / distances[p]
            const like = Math.abs((source[q * 3] + source[q * 3 + 1] + source[q * 3 + 2]) / 3 - own) / (own + 0.02)
            const w =
              KERNEL[j + 2] * KERNEL[i + 2] * Math.max(0, facing) ** 48 * Math.exp(-near * 40 - (like / tolerance) ** 2)
            for (let k = 0; k < 3; k++) sum[k] += w * source[q * 3 + k]
            total += w
          }
        for (let k = 0; k < 3; k++) target[p * 3 + k] = total > 0 ? sum[k] / total : source[p * 3 + k]
      }
    source = target
  }
  return source
}

// Narkowicz's fit of the ACES film curve.
const film = (v) => (v * (2.51 * v + 0.03)) / (v * (2.43 * v + 0.59) + 0.14)

/** Linear light, RGB a pixel, to RGB bytes. */
export function develop(light, width, height, exposure) {
  const random = createRandom()
  random.seed(7)
  const bytes = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const p = (y * width + x) * 3
      const [u, v] = [(2 * x) / width - 1, (2 * y) / height - 1]
      const shade = exposure * (1 - 0.16 * (u * u + 0.7 * v * v))
      const grain = (random.next() + random.next() + random.next() - 1.5) * 0.016
      for (let k = 0; k < 3; k++) {
        const tone = Math.min(1, Math.max(0, film(light[p + k] * shade)))
        const coded = tone <= 0.0031308 ? 12.92 * tone : 1.055 * tone ** (1 / 2.4) - 0.055
        const own = (random.next() - 0.5) * 0.012
        bytes[p + k] = Math.round(255 * Math.min(1, Math.max(0, coded + (grain + own) * (1.1 - coded))))
      }
    }
  return bytes
}
