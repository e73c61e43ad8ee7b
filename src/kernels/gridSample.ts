// GridSample: https://onnx.ai/onnx/operators/onnx__GridSample.html (opset 16; since 20 volumes, and the modes are called
// linear and cubic instead of bilinear and bicubic). The grid keeps ONNX's order of axes whatever the image's layout.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { cover, written } from './shared/call.ts'
import { reader } from './shared/reader.ts'
import { three } from './shared/volume.ts'
import { eachIndex, imageOf, shapeOf } from './shared/window.ts'

type Mode = 'nearest' | 'linear' | 'cubic'
type Padding = 'zeros' | 'border' | 'reflection'

export interface GridSampleAttrs {
  mode: Mode
  padding: Padding
  /** −1 and 1 are the centres of the outermost pixels, not their edges. */
  alignCorners: boolean
  channelsLast: boolean
}

const TAPS: Record<Mode, number> = { nearest: 1, linear: 2, cubic: 4 }
const PADDINGS: Padding[] = ['zeros', 'border', 'reflection']
const MODES: Record<string, Mode> = {
  nearest: 'nearest',
  linear: 'linear',
  bilinear: 'linear',
  cubic: 'cubic',
  bicubic: 'cubic',
}

function outputShape(x: readonly number[], grid: readonly number[], a: GridSampleAttrs): number[] {
  const { batch, channels, spatial } = imageOf(x, a.channelsLast)
  ensure(
    grid.length === x.length && grid[0] === batch && grid.at(-1) === spatial.length,
    'shape',
    () => `the grid ${formatShape(grid)} does not fit the image ${formatShape(x)}`,
  )
  return shapeOf({ batch, channels, spatial: grid.slice(1, -1) }, a.channelsLast)
}

const roundEven = (v: number) => {
  const r = Math.round(v)
  return r - v === 0.5 && r % 2 !== 0 ? r - 1 : r
}

/** `v` mirrored at the ends until it lies between them. */
function mirrored(v: number, low: number, high: number): number {
  const away = Math.max(low - v, v - high)
  const range = high - low
  if (!(away > 0)) return v
  if (range === 0) return low
  const times = Math.trunc(away / range)
  const rest = away - times * range
  return v < low === (times % 2 === 0) ? low + rest : high - rest
}

/** Weights of the taps around a position with fraction t. */
function weights(mode: Mode, t: number): number[] {
  if (mode === 'nearest') return [1]
  if (mode === 'linear') return [1 - t, t]
  const inner = (s: number) => (1.25 * s - 2.25) * s * s + 1
  const outer = (s: number) => ((-0.75 * s + 3.75) * s - 6) * s + 3
  return [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)]
}

/** The pixels along one axis that a coordinate of the grid reads; -1 for those that count as 0. */
function alongAxis(n: number, size: number, a: GridSampleAttrs): { index: number; weight: number }[] {
  const [low, high] = a.alignCorners ? [0, size - 1] : [-0.5, size - 0.5]
  let p = a.alignCorners ? ((n + 1) / 2) * (size - 1) : ((n + 1) * size - 1) / 2
  if (a.mode === 'nearest') p = roundEven(p)
  if (p < low || p > high) {
    if (a.padding === 'border') p = Math.max(0, Math.min(size - 1, p))
    else if (a.padding === 'reflection') p = mirrored(p, low, high)
  }
  const base = Math.floor(p)
  const first = a.mode === 'cubic' ? base - 1 : base
  return weights(a.mode, p - base).map((weight, k) => {
    const i = first + k
    if (i >= 0 && i < size) return { index: i, weight }
    if (a.padding === 'zeros') return { index: -1, weight }
    const at = a.padding === 'reflection' ? Math.trunc(mirrored(i, low, high)) : i
    return { index: Math.max(0, Math.min(size - 1, at)), weight }
  })
}

function evaluate(x: Tensor, grid: Tensor, a: GridSampleAttrs): Tensor {
  const shape = outputShape(x.shape, grid.shape, a)
  const { batch, channels, spatial } = imageOf(x.shape, a.channelsLast)
  const rank = spatial.length
  const [pixelsX, pixelsY] = [sizeOf(spatial), sizeOf(grid.shape.slice(1, -1))]
  const [data, at] = [numbers(x), numbers(grid)]
  const y = new Float64Array(sizeOf(shape))
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < pixelsY; p++) {
      const start = (n * pixelsY + p) * rank
      // The grid names the last axis first.
      const axes = spatial.map((size, i) => alongAxis(at[start + rank - 1 - i], size, a))
      eachIndex(
        axes.map((taps) => taps.length),
        (k) => {
          const taps = axes.map((list, i) => list[k[i]])
          if (taps.some((t) => t.index < 0)) return
          const pixel = taps.reduce((sum, t, i) => sum * spatial[i] + t.index, 0)
          const weight = taps.reduce((product, t) => product * t.weight, 1)
          for (let c = 0; c < channels; c++) {
            const from = a.channelsLast ? (n * pixelsX + pixel) * channels + c : (n * channels + c) * pixelsX + pixel
            const to = a.channelsLast ? (n * pixelsY + p) * channels + c : (n * channels + c) * pixelsY + p
            y[to] += weight * data[from]
          }
        },
      )
    }
  return fromNumbers(x.dtype, shape, y)
}

export const GridSample: Op<GridSampleAttrs> = {
  name: 'GridSample',
  attrs(node) {
    const mode = node.string('mode', 'linear')
    const padding = node.string('padding_mode', 'zeros') as Padding
    ensure(mode in MODES, 'unsupported', `its mode is "${mode}"`)
    ensure(PADDINGS.includes(padding), 'unsupported', `its padding_mode is "${padding}"`)
    return { mode: MODES[mode], padding, alignCorners: node.int('align_corners', 0) !== 0, channelsLast: false }
  },
  infer: ([x, grid], a) => [{ dtype: x!.dtype, shape: outputShape(x!.shape, grid!.shape, a) }],
  cpu: ([x, grid], a) => [evaluate(x!, grid!, a)],
  gpu([x, grid], [y], a, ctx) {
    const n = sizeOf(y.fact.shape)
    if (n === 0) return []
    ensure(a.channelsLast, 'unsupported', () => `images of shape ${formatShape(x!.fact.shape)} have no GPU kernel`)
    const { batch, channels, spatial } = imageOf(x!.fact.shape, true)
    const [d, h, w] = three(spatial, 1)
    const pixels = sizeOf(grid!.fact.shape.slice(1, -1))
    const from = reader(ctx, x!, 'x', channels)
    return [
      written(ctx, 'grid_sample', {
        consts: {
          BATCH: batch,
          D: d,
          H: h,
          W: w,
          COLS: channels,
          PIXELS: pixels,
          AXES: spatial.length,
          TAPS: TAPS[a.mode],
          PADDING: PADDINGS.indexOf(a.padding),
          ALIGN: a.alignCorners,
        },
        types: { x_elem: from.elem, grid_elem: ctx.storage(grid!) },
        functions: { read_x: from.read },
        bind: { x: x!, grid: grid!, y },
        groups: [cover(batch * pixels * Math.ceil(channels / 4), 64)],
        flops: 2 * n * TAPS[a.mode] ** spatial.length,
      }),
    ]
  },
  image: true,
  tail: true,
}
