// How far a depth map is from measured depth: the error measures of the field, with the sums on the GPU.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { dispatch, f32, storage, submitAndRead, uniform } from './gpu.ts'
import { readDepth } from './map.ts'
import { cropOf, type MetricCrop } from './metricCrops.ts'
import type { DepthMap } from './types.ts'

/**
 * Of predicted depth d and true depth g, over the pixels that count (Eigen et al., 2014, as
 * https://github.com/nianticlabs/monodepth2, evaluate_depth.py, computes them): shares are 0 to 1, depths in metres.
 */
export interface DepthErrors {
  /** mean |d − g| / g */
  absRel: number
  /** mean (d − g)² / g */
  sqRel: number
  /** √ mean (d − g)² */
  rmse: number
  /** √ mean (ln d − ln g)² */
  rmseLog: number
  /** mean |log10 d − log10 g| */
  log10: number
  /** 100 √(mean e² − (mean e)²), e = ln d − ln g: KITTI's and ZoeDepth's form */
  silog: number
  /** Share of pixels with max(d / g, g / d) below 1.25, 1.25², 1.25³ */
  delta1: number
  delta2: number
  delta3: number
}

/**
 * How a prediction's unknown scale is found before it is measured:
 *
 * - `none`: it is taken as it is, as metres
 * - `median`: depth · median(g) / median(d), as Monodepth2 does for networks trained on video
 * - `scale-shift`: scale and shift by least squares, for disparity against 1 / g, as MiDaS does
 */
export const metricAlignments = ['none', 'median', 'scale-shift'] as const
export type MetricAlignment = (typeof metricAlignments)[number]

export interface MetricOptions {
  /** True depths between `min` and `max` metres count, both excluded; predictions are clamped to them. */
  min?: number
  max?: number
  crop?: MetricCrop
  /** `none` for maps in metres and `median` for relative ones by default. */
  align?: MetricAlignment
}

export interface MetricResult extends DepthErrors {
  /** Pixels that counted. */
  pixels: number
  /** Pixels with a true depth but no prediction; they do not count. */
  missing: number
  /** What was found: the value that was measured is scale · x + shift, for disparity its inverse. */
  scale: number
  shift: number
}

/** Invocations of a reduction at most, and pixels of each at least. */
const [LANES, PIXELS] = [8192, 64]
const WG = 64
/** Numbers that an invocation leaves. */
const [TERMS, FIT_TERMS] = [10, 5]

interface Job {
  engine: Engine
  prediction: DepthMap
  truth: DepthMap
  min: number
  max: number
  crop: MetricCrop
}

/** scale · (x − centre) + level: about one of the values, since x may be large in comparison with its spread. */
interface Line {
  scale: number
  centre: number
  level: number
}

/** Runs a reduction and returns the numbers that each invocation left. */
async function reduce(
  job: Job,
  shader: 'depth/metrics' | 'depth/metrics_fit',
  terms: number,
  { scale, centre, level }: Line = { scale: 1, centre: 0, level: 0 },
): Promise<Float32Array> {
  const { engine, prediction, truth, min, max, crop } = job
  const { width, height } = truth
  const count = width * height
  const groups = Math.ceil(Math.min(LANES, Math.ceil(count / PIXELS)) / WG)
  const bytes = groups * WG * terms * 4
  const { left, top, right, bottom } = cropOf(crop, width, height)
  const bounds = [min, Math.min(max, 3.4e38)].map(f32)
  const words = [count, width, ...bounds, left, top, right, bottom, f32(scale), f32(level), ...bounds, f32(centre)]
  const p = uniform(engine, words)
  const y = storage(engine, 'sums', bytes)
  try {
    const consts = { RECIPROCAL: prediction.kind === 'disparity', WG }
    const bind = { p, x: prediction.buffer, g: truth.buffer, y }
    const prepared = await engine.prepare([dispatch(shader, { consts, bind }, [groups, 1, 1])])
    const encoder = engine.device.createCommandEncoder({ label: shader })
    prepared.encode(encoder)
    return new Float32Array(await submitAndRead(engine, encoder, y, bytes))
  } finally {
    p.destroy()
    y.destroy()
  }
}

/** The line that brings predictions to the truth; joins means and sums of products (Chan, Golub and LeVeque, 1983). */
async function leastSquares(job: Job, centre: number): Promise<Line> {
  const parts = await reduce(job, 'depth/metrics_fit', FIT_TERMS, { scale: 1, centre, level: 0 })
  let [n, x, t, xx, xt] = [0, 0, 0, 0, 0]
  for (let at = 0; at < parts.length; at += FIT_TERMS) {
    const m = parts[at]
    if (!m) continue
    const [dx, dt] = [parts[at + 1] - x, parts[at + 2] - t]
    xx += parts[at + 3] + (dx * dx * n * m) / (n + m)
    xt += parts[at + 4] + (dx * dt * n * m) / (n + m)
    n += m
    x += (dx * m) / n
    t += (dt * m) / n
  }
  // A constant prediction says nothing: it becomes the mean.
  const scale = xx > 0 ? xt / xx : 0
  return { scale, centre, level: t - scale * x }
}

/** numpy's median: of an even count the mean of the middle two. Sorts its argument. */
function median(values: Float64Array): number {
  values.sort()
  const half = values.length >> 1
  return values.length % 2 ? values[half] : (values[half - 1] + values[half]) / 2
}

/** The pixels that count, read back: their true and predicted values. */
async function pairs(job: Job): Promise<{ truth: Float64Array; predicted: Float64Array; missing: number }> {
  const { engine, min, max, crop } = job
  const { width, height } = job.truth
  const [g, x] = [await readDepth(engine, job.truth), await readDepth(engine, job.prediction)]
  const { left, top, right, bottom } = cropOf(crop, width, height)
  const [low, high] = [Math.fround(min), Math.fround(max)]
  const truth = new Float64Array(g.length)
  const predicted = new Float64Array(g.length)
  let n = 0
  let missing = 0
  for (let row = top; row < bottom; row++)
    for (let i = row * width + left; i < row * width + right; i++) {
      if (!(g[i] > low && g[i] < high)) continue
      if (!Number.isFinite(x[i])) missing++
      else {
        truth[n] = g[i]
        predicted[n++] = x[i]
      }
    }
  return { truth: truth.subarray(0, n), predicted: predicted.subarray(0, n), missing }
}

function joinErrors(parts: Float32Array): DepthErrors & { pixels: number } {
  const sum = new Float64Array(TERMS)
  let [n, mean, squares] = [0, 0, 0]
  for (let at = 0; at < parts.length; at += TERMS) {
    const m = parts[at]
    if (!m) continue
    for (const k of [1, 2, 3, 6, 7, 8, 9]) sum[k] += parts[at + k]
    const difference = parts[at + 4] - mean
    squares += parts[at + 5] + (difference * difference * n * m) / (n + m)
    n += m
    mean += (difference * m) / n
  }
  return {
    absRel: sum[1] / n,
    sqRel: sum[2] / n,
    rmse: Math.sqrt(sum[3] / n),
    rmseLog: Math.sqrt(squares / n + mean * mean),
    log10: sum[6] / n / Math.LN10,
    silog: 100 * Math.sqrt(squares / n),
    delta1: sum[7] / n,
    delta2: sum[8] / n,
    delta3: sum[9] / n,
    pixels: n,
  }
}

/**
 * Measures a prediction against true depth in metres, of the same size; `truth` holds NaN or 0 where nothing was
 * measured. Throws `input` where the sizes differ, where a relative map is not to be aligned, or where no pixel counts.
 */
export async function measureDepth(
  engine: Engine,
  prediction: DepthMap,
  truth: DepthMap,
  options: MetricOptions = {},
): Promise<MetricResult> {
  const { min = 1e-3, max = Number.POSITIVE_INFINITY, crop = 'none' } = options
  const align = options.align ?? (prediction.unit === 'metre' ? 'none' : 'median')
  ensure(
    truth.kind === 'depth' && truth.unit === 'metre',
    'input',
    `the truth must be depth in metres, not ${truth.unit} ${truth.kind}`,
  )
  ensure(
    prediction.width === truth.width && prediction.height === truth.height,
    'input',
    `the prediction has ${prediction.width} × ${prediction.height} pixels, the truth ${truth.width} × ${truth.height}`,
  )
  ensure(
    align !== 'none' || prediction.unit === 'metre',
    'input',
    `a relative map has no metres to measure: align it by median or by scale-shift`,
  )
  ensure(min > 0 && min < max, 'input', `depths from ${min} to ${max} m cannot be measured: two positive ones can`)
  const job: Job = { engine, prediction, truth, min, max, crop }
  const values = await pairs(job)
  ensure(
    values.truth.length,
    'input',
    `no pixel counts: none has a prediction and a true depth between ${min} and ${max} m${crop === 'none' ? '' : ` in the crop ${crop}`}`,
  )
  let line: Line = { scale: 1, centre: 0, level: 0 }
  if (align === 'scale-shift') line = await leastSquares(job, values.predicted[0])
  if (align === 'median') {
    const disparity = prediction.kind === 'disparity'
    const depths = disparity ? values.predicted.map((v) => (v > 0 ? 1 / v : Infinity)) : values.predicted
    const ratio = median(values.truth) / median(depths)
    line.scale = disparity ? 1 / ratio : ratio
    ensure(
      ratio > 0 && Number.isFinite(ratio),
      'input',
      `the prediction's median is not a positive depth: it cannot be scaled. Is its sign right?`,
    )
  }
  const errors = joinErrors(await reduce(job, 'depth/metrics', TERMS, line))
  const { scale, centre, level } = line
  return { ...errors, missing: values.missing, scale, shift: level - scale * centre }
}

export const errorNames: readonly (keyof DepthErrors)[] = [
  'absRel',
  'sqRel',
  'rmse',
  'rmseLog',
  'log10',
  'silog',
  'delta1',
  'delta2',
  'delta3',
]

/** The mean of each measure over pictures, as published figures are: each picture counts the same. */
export function meanErrors(results: readonly DepthErrors[]): DepthErrors {
  const mean = (name: keyof DepthErrors) => results.reduce((sum, r) => sum + r[name], 0) / results.length
  return Object.fromEntries(errorNames.map((name) => [name, mean(name)])) as unknown as DepthErrors
}
