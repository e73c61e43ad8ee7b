// The depth layer's formulas in float64, written from their definitions and not from the shaders.
import { createEngine, type Photo } from '../../src/index.ts'
import type { Interpolation } from '../../src/models/index.ts'
import { gpu, openDevice } from '../harness/gpu.ts'
import { random } from '../harness/kernel.ts'

let engine: ReturnType<typeof createEngine> | undefined
/** One engine a test file, on the process's device. */
export const openEngine = () => {
  engine ??= openDevice().then(({ device }) => createEngine({ device, gpu, precision: 'f32' }))
  return engine
}

/** Throws what the GPU complained of since the last call. */
export async function noGpuErrors(): Promise<void> {
  const { device, errors } = await openDevice()
  await device.queue.onSubmittedWorkDone()
  const found = errors.splice(0)
  if (found.length) throw new Error(found.join('; '))
}

/** Noise over a ramp, so that shifts by a fraction of a pixel show. */
export function testPhoto(width: number, height: number, seed = 1): Photo {
  const next = random(seed)
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++)
      data[i * 4 + c] = Math.min(
        255,
        Math.floor(next() * 128 + (127 * (c % 2 ? i % width : Math.floor(i / width))) / width),
      )
  return { width, height, data }
}

/** Keys' cubic convolution kernel, R. Keys 1981, with a = -0.75. */
function keys(d: number): number {
  const a = -0.75
  const x = Math.abs(d)
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1
  if (x < 2) return a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a
  return 0
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** The share of each old sample in new sample `i`, as a dense row; the new samples fill [start, start + length). */
export function filterRow(
  f: Interpolation,
  i: number,
  n: number,
  size: number,
  start: number,
  length: number,
): number[] {
  const row = new Array<number>(size).fill(0)
  const step = length / n
  const center = start + (i + 0.5) * step
  const put = (k: number, w: number) => {
    row[Math.min(Math.max(k, 0), size - 1)] += w
  }
  const mode = f === 'area' && step <= 1 ? 'bilinear' : f
  if (mode === 'nearest') put(Math.floor(center), 1)
  else if (mode === 'bilinear') {
    const k = Math.floor(center - 0.5)
    const t = center - 0.5 - k
    put(k, 1 - t)
    put(k + 1, t)
  } else if (mode === 'bicubic') {
    const k = Math.floor(center - 0.5)
    for (let j = -1; j <= 2; j++) put(k + j, keys(k + j - (center - 0.5)))
  } else if (mode === 'area') {
    for (let k = 0; k < size; k++)
      row[k] = Math.max(0, Math.min(k + 1, center + step / 2) - Math.max(k, center - step / 2)) / step
  } else {
    const wide = Math.max(step, 1)
    for (let k = 0; k < size; k++) {
      const d = Math.abs((k + 0.5 - center) / wide)
      if (mode === 'triangle') row[k] = Math.max(0, 1 - d)
      else row[k] = d < 3 ? sinc(d) * sinc(d / 3) : 0
    }
    const total = row.reduce((a, b) => a + b)
    for (let k = 0; k < size; k++) row[k] /= total
  }
  return row
}

/** Applies a row of weights an output column, and an output row, to a picture. */
export function separable(x: ArrayLike<number>, width: number, across: number[][], down: number[][]): Float64Array {
  const y = new Float64Array(across.length * down.length)
  down.forEach((v, r) => {
    const line = new Float64Array(width)
    v.forEach((w, k) => {
      if (w) for (let c = 0; c < width; c++) line[c] += w * x[k * width + c]
    })
    across.forEach((u, c) => {
      y[r * across.length + c] = u.reduce((sum, w, k) => sum + (w ? w * line[k] : 0), 0)
    })
  })
  return y
}

/** One channel of a photo, 0 to 1. */
export const channel = (photo: Photo, c: number): Float64Array =>
  Float64Array.from({ length: photo.width * photo.height }, (_, i) => photo.data[i * 4 + c] / 255)

export const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let max = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < b.length; i++)
    max = Math.max(max, Number.isNaN(a[i]) !== Number.isNaN(b[i]) ? 1e9 : Math.abs(a[i] - b[i]) || 0)
  return max
}
