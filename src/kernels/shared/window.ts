// Sliding windows over images: padding rules and output sizes that convolutions and pools share, for one spatial axis
// or several. https://onnx.ai/onnx/operators/onnx__Conv.html
import { ensure } from '../../runtime/error.ts'
import type { OnnxNode } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'

export interface WindowAttrs {
  strides: number[]
  dilations: number[]
  /** Begin of each axis, then end of each axis. */
  pads: number[]
  autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER'
}

/** Reads the attributes; an empty list stands for the operator's default. */
export const windowAttrs = (node: OnnxNode): WindowAttrs => ({
  strides: node.ints('strides'),
  dilations: node.ints('dilations'),
  pads: node.ints('pads'),
  autoPad: node.string('auto_pad', 'NOTSET') as WindowAttrs['autoPad'],
})

/** The window with its defaults filled in and automatic padding resolved. */
export interface Window {
  kernel: readonly number[]
  strides: readonly number[]
  dilations: readonly number[]
  begin: readonly number[]
  end: readonly number[]
}

const or = (list: readonly number[], rank: number, otherwise: number) =>
  list.length ? list : new Array<number>(rank).fill(otherwise)

export function resolveWindow(a: WindowAttrs, kernel: readonly number[], input: readonly number[]): Window {
  const rank = kernel.length
  const strides = or(a.strides, rank, 1)
  const dilations = or(a.dilations, rank, 1)
  const pads = or(a.pads, 2 * rank, 0)
  ensure(
    strides.length === rank && dilations.length === rank && pads.length === 2 * rank,
    'shape',
    `strides, dilations or pads do not fit ${rank} spatial axes`,
  )
  if (a.autoPad === 'NOTSET') return { kernel, strides, dilations, begin: pads.slice(0, rank), end: pads.slice(rank) }
  if (a.autoPad === 'VALID') return { kernel, strides, dilations, begin: or([], rank, 0), end: or([], rank, 0) }
  const total = input.map((d, i) =>
    Math.max(0, (Math.ceil(d / strides[i]) - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - d),
  )
  const small = total.map((t) => Math.floor(t / 2))
  const large = total.map((t, i) => t - small[i])
  return a.autoPad === 'SAME_UPPER'
    ? { kernel, strides, dilations, begin: small, end: large }
    : { kernel, strides, dilations, begin: large, end: small }
}

/** Output size of each spatial axis. */
export const windowOutput = (w: Window, input: readonly number[]): number[] =>
  input.map(
    (d, i) => Math.floor((d + w.begin[i] + w.end[i] - (w.kernel[i] - 1) * w.dilations[i] - 1) / w.strides[i]) + 1,
  )

/** Shapes of images in either layout. */
export interface ImageShape {
  batch: number
  channels: number
  spatial: readonly number[]
}

export const imageOf = (shape: readonly number[], channelsLast: boolean): ImageShape =>
  channelsLast
    ? { batch: shape[0], channels: shape[shape.length - 1], spatial: shape.slice(1, -1) }
    : { batch: shape[0], channels: shape[1], spatial: shape.slice(2) }

export const shapeOf = ({ batch, channels, spatial }: ImageShape, channelsLast: boolean): number[] =>
  channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial]

/** Calls `f` with every index below `shape`, in row-major order; the array is reused. */
export function eachIndex(shape: readonly number[], f: (index: readonly number[]) => void): void {
  const index = new Array<number>(shape.length).fill(0)
  for (let n = sizeOf(shape); n > 0; n--) {
    f(index)
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0
  }
}

/** An element of a window that lies inside the image. */
export interface Tap {
  /** Its position in the window, in row-major order. */
  tap: number
  /** Its pixel: row-major, and with the first axis running fastest. */
  pixel: number
  columnPixel: number
}

/** The taps of the window at `at` that lie inside an image of size `spatial`. */
export function tapsAt(w: Omit<Window, 'end'>, at: readonly number[], spatial: readonly number[]): Tap[] {
  const taps: Tap[] = []
  let tap = 0
  eachIndex(w.kernel, (k) => {
    let pixel = 0
    let columnPixel = 0
    let inside = true
    for (let i = 0, stride = 1; i < k.length; stride *= spatial[i++]) {
      const c = at[i] * w.strides[i] - w.begin[i] + k[i] * w.dilations[i]
      inside &&= c >= 0 && c < spatial[i]
      pixel = pixel * spatial[i] + c
      columnPixel += c * stride
    }
    if (inside) taps.push({ tap, pixel, columnPixel })
    tap++
  })
  return taps
}
