// Smoothing filters with the photo as their guide: values spread within what has one colour, not across its edges.
import type { GpuCall } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { dispatch, f32, tiles } from './gpu.ts'
import type { PixelSource } from './preprocess.ts'
import type { DepthMap } from './types.ts'
import type { WorkspaceImpl } from './workspace.ts'

export interface BilateralOptions {
  kind: 'bilateral'
  /** Pixels that the window reaches to each side; 1 % of the photo's longer side by default, at least 4. */
  radius?: number
  /** Deviations of the weights: in pixels (half the radius by default), and in colour from 0 to 1 (0.1 by default). */
  sigmaSpace?: number
  sigmaColor?: number
  /** Gives pixels without a value one. */
  fill?: boolean
}

export interface GuidedOptions {
  kind: 'guided'
  /** Pixels that the window reaches to each side; 2 % of the photo's longer side by default, at least 4. */
  radius?: number
  /** Variance of colour, 0 to 1 squared, below which a window counts as flat; 1e-3 by default. */
  epsilon?: number
  /** Side of the cells in which the filter works, in pixels; a quarter of the radius by default. */
  step?: number
  fill?: boolean
}

export type FilterOptions = BilateralOptions | GuidedOptions

function positive(value: number, name: string): number {
  ensure(value > 0 && Number.isFinite(value), 'input', `${name} is ${value}; it must be positive`)
  return value
}

function radiusOf(given: number | undefined, map: DepthMap, share: number): number {
  const radius = given ?? Math.max(4, Math.round(share * Math.max(map.width, map.height)))
  ensure(
    Number.isInteger(radius) && radius >= 1 && radius <= 512,
    'input',
    `a filter’s radius is ${radius}; it is a whole number of 1 to 512 pixels`,
  )
  return radius
}

/** Taps at each side of the bilateral filter; wider windows take every second pixel, or every third … */
const MOST_TAPS = 8

function bilateral(
  work: WorkspaceImpl,
  map: DepthMap,
  photo: PixelSource,
  y: GPUBuffer,
  o: BilateralOptions,
): GpuCall[] {
  const radius = radiusOf(o.radius, map, 0.01)
  const step = Math.ceil(radius / MOST_TAPS)
  const weight = (sigma: number) => f32(1 / (2 * sigma * sigma))
  const p = work.uniform('bilateral', [
    ...[map.width, map.height, Math.floor(radius / step), step],
    weight(positive(o.sigmaSpace ?? radius / 2, 'sigmaSpace')),
    weight(positive(o.sigmaColor ?? 0.1, 'sigmaColor')),
    ...[photo.turn, o.fill ? 1 : 0],
  ])
  const bind = { p, x: map.buffer, photo: photo.pixels as GPUBuffer, y }
  return [dispatch('depth/bilateral', { consts: {}, bind }, tiles(map.width, map.height))]
}

function guided(work: WorkspaceImpl, map: DepthMap, photo: PixelSource, y: GPUBuffer, o: GuidedOptions): GpuCall[] {
  const radius = radiusOf(o.radius, map, 0.02)
  const step = o.step ?? Math.max(1, Math.floor(radius / 4))
  ensure(
    Number.isInteger(step) && step >= 1 && step <= radius,
    'input',
    `step is ${step}; it is 1 to the radius, ${radius}`,
  )
  const cells = [Math.ceil(map.width / step), Math.ceil(map.height / step)] as const
  const count = cells[0] * cells[1]
  const list = (name: string) => work.buffer(`guided filter: ${name}`, count * 16)
  const single = (name: string) => work.buffer(`guided filter: ${name}`, count * 4)
  const [means, lines, smooth] = [list('means'), list('lines'), list('smooth lines')]
  const [share, known, weight] = [single('share'), single('known'), single('weight')]
  const size = [map.width, map.height, ...cells, step, photo.turn]
  const epsilon = f32(positive(o.epsilon ?? 1e-3, 'epsilon'))
  const outer = work.uniform('guided filter', [...size, o.fill ? 1 : 0])
  const inner = work.uniform('guided filter: window', [...cells, Math.max(1, Math.round(radius / step)), epsilon])
  const pixels = photo.pixels as GPUBuffer
  const grid = tiles(...cells)
  return [
    dispatch(
      'depth/guided_shrink',
      { consts: {}, bind: { p: outer, x: map.buffer, photo: pixels, y: means, share } },
      grid,
    ),
    dispatch('depth/guided_fit', { consts: {}, bind: { p: inner, x: means, share, y: lines, known } }, grid),
    dispatch('depth/guided_mean', { consts: {}, bind: { p: inner, x: lines, known, y: smooth, weight } }, grid),
    dispatch(
      'depth/guided_apply',
      { consts: {}, bind: { p: outer, x: map.buffer, photo: pixels, line: smooth, weight, y } },
      tiles(map.width, map.height),
    ),
  ]
}

/** The dispatches that leave the filtered map in `y`. */
export const filterCalls = (
  work: WorkspaceImpl,
  map: DepthMap,
  photo: PixelSource,
  y: GPUBuffer,
  options: FilterOptions,
): GpuCall[] =>
  options.kind === 'guided' ? guided(work, map, photo, y, options) : bilateral(work, map, photo, y, options)
