// The depth layer's formulas in float64, written from their definitions and not from the shaders.
import { createEngine, type Photo } from '../../src/index.ts'
import type { ResampleRule } from '../../src/models/index.ts'
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

/** Keys' cubic convolution kernel, R. Keys 1981. */
function keys(d: number, a: number): number {
  const x = Math.abs(d)
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1
  if (x < 2) return a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a
  return 0
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** The kernels at a distance in samples, and how far they reach. */
const kernels: Record<string, [reach: number, k: (d: number, a: number) => number]> = {
  bilinear: [1, (d) => Math.max(0, 1 - Math.abs(d))],
  bicubic: [2, keys],
  lanczos: [3, (d) => (Math.abs(d) < 3 ? sinc(d) * sinc(d / 3) : 0)],
}

export interface Axis {
  /** New samples, old ones, and the part of the old ones that the new ones fill. */
  n: number
  size: number
  start: number
  length: number
  /** Old samples beyond each end that mirror those within. */
  margin?: number
  /** Both axes shrink, which decides how OpenCV's INTER_AREA works. */
  shrinks?: boolean
}

/** The share of each old sample in new sample `i`, as a dense row, by the definitions of the filters. */
export function filterRow(rule: ResampleRule, i: number, axis: Axis): number[] {
  const { n, size, start, length, margin = 0, shrinks = length >= n } = axis
  const row = new Array<number>(size).fill(0)
  const step = length / n
  const center = rule.alignCorners ? start + 0.5 + (i * (length - 1)) / Math.max(n - 1, 1) : start + (i + 0.5) * step
  const put = (k: number, w: number) => {
    let at = Math.min(Math.max(k, -margin), size - 1 + margin)
    if (at < 0) at = -at
    if (at > size - 1) at = 2 * (size - 1) - at
    row[at] += w
  }
  const { interpolation, cubic: a = -0.75 } = rule
  if (interpolation === 'nearest') put(Math.floor(center), 1)
  else if (interpolation === 'area' && shrinks) {
    for (let k = 0; k < size; k++)
      row[k] = Math.max(0, Math.min(k + 1, center + step / 2) - Math.max(k, center - step / 2)) / step
  } else if (interpolation === 'area') {
    // OpenCV, resize.cpp: sx = floor(dx * scale), fx = dx + 1 - (sx + 1) / scale.
    const left = Math.floor(i * step + 1e-9)
    const f = i + 1 - (left + 1) / step
    const t = f <= 0 ? 0 : f - Math.floor(f)
    put(left + start, 1 - t)
    put(left + start + 1, t)
  } else {
    const [reach, k] = kernels[interpolation]
    if (rule.antialias || interpolation === 'lanczos') {
      const wide = rule.antialias ? Math.max(step, 1) : 1
      // Pillow: the window's ends are rounded, what is outside the picture is left out.
      const from = Math.max(Math.trunc(center - reach * wide + 0.5), 0)
      const to = Math.min(Math.trunc(center + reach * wide + 0.5), size)
      for (let j = from; j < to; j++) row[j] = k((j + 0.5 - center) / wide, a)
    } else {
      const base = Math.floor(center - 0.5)
      for (let j = 1 - reach; j <= reach; j++) put(base + j, k(base + j - (center - 0.5), a))
    }
  }
  const total = row.reduce((x, y) => x + y)
  return row.map((w) => w / total)
}

export const filterRows = (rule: ResampleRule, axis: Axis): number[][] =>
  Array.from({ length: axis.n }, (_, i) => filterRow(rule, i, axis))

/** Applies a row of weights an output column, then an output row, to a picture; `keep` may round after each pass. */
export function separable(
  x: ArrayLike<number>,
  width: number,
  across: number[][],
  down: number[][],
  keep = (v: number) => v,
): Float64Array {
  const height = x.length / width
  const columns = across.length
  const lines = new Float64Array(height * columns)
  const sparse = (rows: number[][]) => rows.map((row) => row.flatMap((w, k) => (w ? [[k, w] as const] : [])))
  sparse(across).forEach((taps, c) => {
    for (let r = 0; r < height; r++) {
      let sum = 0
      for (const [k, w] of taps) sum += w * x[r * width + k]
      lines[r * columns + c] = keep(sum)
    }
  })
  const y = new Float64Array(columns * down.length)
  sparse(down).forEach((taps, r) => {
    for (let c = 0; c < columns; c++) {
      let sum = 0
      for (const [k, w] of taps) sum += w * lines[k * columns + c]
      y[r * columns + c] = keep(sum)
    }
  })
  return y
}

/** As 8-bit code rounds. */
export const toByte = (v: number): number => Math.min(Math.max(Math.floor(255 * v + 0.5), 0), 255) / 255

/** The photo turned upright, by EXIF's own words for its eight orientations. */
export function upright(photo: Photo): Photo {
  const { width: w, height: h, data, orientation = 1 } = photo
  // Where the 0th row and the 0th column of the stored picture are, seen upright.
  const swap = orientation >= 5
  const [width, height] = swap ? [h, w] : [w, h]
  const place: Record<number, (x: number, y: number) => [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y) => [w - 1 - x, y],
    3: (x, y) => [w - 1 - x, h - 1 - y],
    4: (x, y) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y) => [h - 1 - y, x],
    7: (x, y) => [h - 1 - y, w - 1 - x],
    8: (x, y) => [y, w - 1 - x],
  }
  const result = new Uint8Array(data.length)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [column, row] = place[orientation](x, y)
      result.set(data.subarray((y * w + x) * 4, (y * w + x) * 4 + 4), (row * width + column) * 4)
    }
  return { width, height, data: result }
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
