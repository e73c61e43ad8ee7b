// Relative maps in metres: by a scale and shift that are given, or fitted to points of known distance.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { dispatch, f32, lines } from './gpu.ts'
import { readDepth } from './map.ts'
import type { DepthMap } from './types.ts'
import { type WorkspaceOption, within } from './workspace.ts'

/** A point of known depth: its pixel, and metres along the camera's axis. */
export interface KnownPoint {
  /** Column and row in the map; whole numbers are pixels' left and upper edges, so 0.5 is the first pixel's centre. */
  x: number
  y: number
  metres: number
  weight?: number
}

/** 1 / metres = scale · disparity + shift, or metres = scale · depth + shift. */
export interface Alignment {
  scale: number
  shift: number
}

export interface AlignOptions {
  /** Fits the scale alone; always so with one point. */
  scaleOnly?: boolean
  /** Weighs points down that do not fit (Huber's weights): for measurements with outliers. */
  robust?: boolean
}

export interface MetresOptions extends WorkspaceOption {
  /** Metres of what is farther or has no positive disparity; 1000 by default. */
  far?: number
}

/** Weighted least squares of target ≈ scale · value + shift. */
function leastSquares(
  value: readonly number[],
  target: readonly number[],
  weight: readonly number[],
  scaleOnly: boolean,
) {
  let [w, x, y, xx, xy] = [0, 0, 0, 0, 0]
  value.forEach((v, i) => {
    w += weight[i]
    x += weight[i] * v
    y += weight[i] * target[i]
    xx += weight[i] * v * v
    xy += weight[i] * v * target[i]
  })
  if (scaleOnly) return { scale: xy / xx, shift: 0 }
  const scale = (w * xy - x * y) / (w * xx - x * x)
  return { scale, shift: (y - scale * x) / w }
}

/** Huber's weights: 1 within 1.345 deviations, which are taken from the median of |residual|. */
function huber(residuals: readonly number[], weight: readonly number[]): number[] {
  const sorted = residuals.map(Math.abs).sort((a, b) => a - b)
  const limit = 1.345 * 1.4826 * sorted[Math.floor((sorted.length - 1) / 2)]
  return residuals.map((r, i) => weight[i] * (Math.abs(r) <= limit || limit === 0 ? 1 : limit / Math.abs(r)))
}

/**
 * Scale and shift that bring a map's values at some points to their metres, by least squares, for disparity in inverse
 * metres (as MiDaS evaluates). `values` are the map's, at the points. Throws `input` where they do not determine it.
 */
export function fitAlignment(
  values: readonly number[],
  points: readonly KnownPoint[],
  kind: DepthMap['kind'],
  { scaleOnly, robust }: AlignOptions = {},
): Alignment {
  const used = points.map((p, i) => ({ ...p, v: values[i] })).filter((p) => Number.isFinite(p.v))
  const bad = points.find((p) => !(p.metres > 0 && Number.isFinite(p.metres)) || !((p.weight ?? 1) >= 0))
  ensure(
    !bad,
    'input',
    () => `a point of known depth has ${bad!.metres} metres, weight ${bad!.weight ?? 1}: both are positive`,
  )
  ensure(used.length > 0, 'input', 'none of the points of known depth has a value in the map')
  const value = used.map((p) => p.v)
  const target = used.map((p) => (kind === 'disparity' ? 1 / p.metres : p.metres))
  const given = used.map((p) => p.weight ?? 1)
  const alone = scaleOnly || used.length === 1
  let found = leastSquares(value, target, given, alone)
  if (robust)
    for (let i = 0; i < 20; i++) {
      const residuals = value.map((v, k) => target[k] - found.scale * v - found.shift)
      found = leastSquares(value, target, huber(residuals, given), alone)
    }
  ensure(
    found.scale > 0 && Number.isFinite(found.scale) && Number.isFinite(found.shift),
    'input',
    `the points of known depth do not fit this map: its ${kind} would have to be multiplied by ${found.scale}. ` +
      'Points at different distances are needed, and x to the right, y down',
  )
  return found
}

/** The map's values at the points, from the pixels they fall into; NaN outside the map. */
export function sampleMap(
  values: ArrayLike<number>,
  { width, height }: DepthMap,
  points: readonly KnownPoint[],
): number[] {
  return points.map(({ x, y }) => {
    const [column, row] = [Math.floor(x), Math.floor(y)]
    const inside = column >= 0 && row >= 0 && column < width && row < height
    return inside ? values[row * width + column] : Number.NaN
  })
}

/** A map of depth in metres from a relative one, by a scale and shift. The new map's buffer is the caller's to free. */
export async function toMetres(
  engine: Engine,
  map: DepthMap,
  { scale, shift }: Alignment,
  options: MetresOptions = {},
): Promise<DepthMap> {
  const { far = 1000 } = options
  ensure(
    scale > 0 && Number.isFinite(scale + shift),
    'input',
    `a map cannot be scaled by ${scale} and shifted by ${shift}`,
  )
  ensure(far > 0 && Number.isFinite(far), 'input', `far is ${far} metres; it must be positive`)
  const { width, height, camera } = map
  const count = width * height
  return within(engine, options, async (work) => {
    const buffer = work.result('metres', count * 4)
    const p = work.uniform('metres', [count, ...[scale, shift, far].map(f32)])
    const spec = { consts: { RECIPROCAL: map.kind === 'disparity' }, bind: { p, x: map.buffer, y: buffer } }
    const encoder = engine.device.createCommandEncoder({ label: 'metres' })
    await work.encode(encoder, [dispatch('depth/affine', spec, lines(engine, count))])
    engine.device.queue.submit([encoder.finish()])
    return { buffer, width, height, camera, kind: 'depth', unit: 'metre' }
  })
}

/**
 * A relative map aligned to points of known depth: {@link fitAlignment} on the map's values, then {@link toMetres}. Two
 * points at different distances determine scale and shift; more make them better.
 */
export async function alignDepth(
  engine: Engine,
  map: DepthMap,
  points: readonly KnownPoint[],
  options: AlignOptions & MetresOptions = {},
): Promise<{ map: DepthMap; alignment: Alignment }> {
  const values = sampleMap(await readDepth(engine, map), map, points)
  const alignment = fitAlignment(values, points, map.kind, options)
  return { map: await toMetres(engine, map, alignment, options), alignment }
}
