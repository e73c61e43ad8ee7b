// Resampling along one axis as a table: for every output coordinate, which input elements it reads and with what weight.
// Twin and kernels use the same tables, so a coordinate that falls just between two elements cannot fall differently.
// Formulas: https://onnx.ai/onnx/operators/onnx__Resize.html

export type ResizeMode = 'nearest' | 'linear' | 'cubic'

export interface SamplingAttrs {
  mode: ResizeMode
  /** coordinate_transformation_mode. */
  coordinates: string
  /** nearest_mode, or `simple`: Resize-10's rule, which rounds up where it shrinks and down where it enlarges. */
  nearest: string
  cubicA: number
  excludeOutside: boolean
  antialias: boolean
  /** Value of what tf_crop_and_resize reads outside the input. */
  extrapolation: number
}

/** How one axis is resized. */
export interface AxisSpec {
  input: number
  output: number
  /** The scale that maps coordinates; not always output / input. */
  scale: number
  /** Region of interest of `tf_crop_and_resize`, in units of the axis. */
  roi: readonly [number, number]
}

/** False for an axis that stays as it is. */
export const resized = (s: AxisSpec, coordinates: string): boolean =>
  s.input !== s.output || s.scale !== 1 || (coordinates === 'tf_crop_and_resize' && (s.roi[0] !== 0 || s.roi[1] !== 1))

/** `taps` entries an output coordinate. */
export interface AxisTable {
  taps: number
  index: Int32Array
  weight: Float64Array
  /** Output coordinates whose source lies outside the input (tf_crop_and_resize). */
  outside: Uint8Array
}

/** A given scale that is the float32 of output / input stands for that very ratio. */
const exactScale = ({ input, output, scale }: AxisSpec): number =>
  Math.fround(output / input) === Math.fround(scale) ? output / input : scale

function source(i: number, spec: AxisSpec, coordinates: string): number {
  const { input, output, roi } = spec
  const scale = exactScale(spec)
  const halfPixel = scale === output / input ? ((i + 0.5) * input) / output - 0.5 : (i + 0.5) / scale - 0.5
  switch (coordinates) {
    case 'align_corners':
      return input * scale === 1 || output === 1 ? 0 : (i * (input - 1)) / (input * scale - 1)
    case 'asymmetric':
      return scale === output / input ? (i * input) / output : i / scale
    case 'pytorch_half_pixel':
      return output > 1 ? halfPixel : 0
    case 'half_pixel_symmetric':
      return (input / 2) * (1 - output / (input * scale)) + halfPixel
    case 'tf_crop_and_resize': {
      const [start, end] = roi
      return output > 1
        ? start * (input - 1) + (i * (end - start) * (input - 1)) / (output - 1)
        : ((start + end) * (input - 1)) / 2
    }
    default:
      return halfPixel
  }
}

function nearestIndex(x: number, rule: string, scale: number): number {
  switch (rule) {
    case 'floor':
      return Math.floor(x)
    case 'ceil':
      return Math.ceil(x)
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5)
    case 'simple':
      return scale < 1 ? Math.ceil(x) : Math.floor(x)
    default:
      return Math.ceil(x - 0.5)
  }
}

/** Keys' cubic convolution kernel. */
function cubic(t: number, a: number): number {
  const x = Math.abs(t)
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
}

const linear = (t: number) => Math.max(0, 1 - Math.abs(t))

/** Makes the table of one axis. */
export function axisTable(spec: AxisSpec, a: SamplingAttrs): AxisTable {
  const { input, output, scale } = spec
  // Where it shrinks, antialiasing widens the kernel by the scale.
  const wide = a.antialias ? Math.min(1, scale) : 1
  const radius = a.mode === 'cubic' ? 2 : 1
  const first = Math.floor(-radius / wide) + 1
  const taps = a.mode === 'nearest' ? 1 : 2 - 2 * first
  const index = new Int32Array(output * taps)
  const weight = new Float64Array(output * taps)
  const outside = new Uint8Array(output)
  const clamp = (i: number) => Math.max(0, Math.min(input - 1, i))
  for (let o = 0; o < output; o++) {
    const x = source(o, spec, a.coordinates)
    outside[o] = a.coordinates === 'tf_crop_and_resize' && (x < 0 || x > input - 1) ? 1 : 0
    if (a.mode === 'nearest') {
      index[o] = clamp(nearestIndex(x, a.nearest, scale))
      weight[o] = 1
      continue
    }
    const base = Math.floor(x)
    let sum = 0
    for (let k = 0; k < taps; k++) {
      const i = base + first + k
      const t = (i - x) * wide
      const w = a.mode === 'cubic' ? cubic(t, a.cubicA) : linear(t)
      const used = a.excludeOutside && clamp(i) !== i ? 0 : w
      index[o * taps + k] = clamp(i)
      weight[o * taps + k] = used
      sum += used
    }
    for (let k = 0; k < taps; k++) weight[o * taps + k] /= sum
  }
  return { taps, index, weight, outside }
}
