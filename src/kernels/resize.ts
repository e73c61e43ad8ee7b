// Resize: https://onnx.ai/onnx/operators/onnx__Resize.html and Upsample, its ancestor (attribute `scales` in opset 7, an
// input in 9). Resize-10 and Upsample have their scales at input 1 and know asymmetric coordinates only; Resize-11 put
// the region of interest there. Scales, sizes, roi and axes are in ONNX's order of axes whatever the layout.
// Where scales are given they map the coordinates, even if they are not output / input.
import { ensure } from '../runtime/error.ts'
import type { Fact, OnnxNode, Op, Value } from '../runtime/op.ts'
import { allocate, axisOf, formatShape, fromNumbers, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { knownIf, valuesIf } from './shared/known.ts'
import { emit, reshape } from './shared/lowering.ts'
import { type AxisSpec, axisTable, type ResizeMode, resized, type SamplingAttrs } from './shared/resample.ts'
import { resizeCalls } from './shared/resize.ts'

export interface ResizeAttrs extends SamplingAttrs {
  /** keep_aspect_ratio_policy: stretch, not_larger or not_smaller. */
  policy: string
  /** The axes that roi, scales and sizes speak of; empty: all. */
  axes: number[]
  /** The inputs are x and scales, as before opset 11. */
  old: boolean
  channelsLast: boolean
}

interface Given {
  roi: number[] | null
  scales: number[] | null
  sizes: number[] | null
}

const notEmpty = (v: number[] | null) => (v?.length ? v : null)

const given = (x: readonly (Fact | null)[], a: ResizeAttrs): Given => {
  const at = (i: number, name: string) => notEmpty(knownIf(x[i], name))
  if (a.old) return { roi: null, scales: at(1, 'scales'), sizes: null }
  const crop = a.coordinates === 'tf_crop_and_resize'
  return { roi: crop ? at(1, 'roi') : null, scales: at(2, 'scales'), sizes: at(3, 'sizes') }
}

/** Where axis i of ONNX's order lies in a channels-last image. */
const place = (i: number, rank: number, channelsLast: boolean): number =>
  !channelsLast || i === 0 ? i : i === 1 ? rank - 1 : i - 1

/** How each axis of `shape` (in its own layout) is resized. */
function axisSpecs(shape: readonly number[], { roi, scales, sizes }: Given, a: ResizeAttrs): AxisSpec[] {
  const rank = shape.length
  const axes = a.axes.length ? a.axes.map((i) => axisOf(i, rank)) : shape.map((_, i) => i)
  const list = scales ?? sizes
  ensure(list, 'model', 'it has neither scales nor sizes')
  ensure(
    list.length === axes.length,
    'shape',
    () => `${scales ? 'scales' : 'sizes'} ${formatShape(list)} do not fit ${axes.length} axes of ${formatShape(shape)}`,
  )
  const dims = axes.map((i) => shape[place(i, rank, a.channelsLast)])
  const specs: AxisSpec[] = shape.map((d) => ({ input: d, output: d, scale: 1, roi: [0, 1] }))
  const ratios = dims.map((d, k) => (sizes ? sizes[k] / d : 1))
  const keep = a.policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)
  axes.forEach((axis, k) => {
    const input = dims[k]
    const region: [number, number] = roi ? [roi[k], roi[axes.length + k]] : [0, 1]
    let output: number
    let scale: number
    if (scales) {
      scale = scales[k]
      output = Math.floor(Math.fround(scale * input * (roi ? region[1] - region[0] : 1)))
    } else if (a.policy === 'stretch') {
      output = sizes![k]
      scale = ratios[k]
    } else {
      output = Math.floor(keep * input + 0.5)
      scale = keep
    }
    specs[place(axis, rank, a.channelsLast)] = { input, output, scale, roi: region }
  })
  return specs
}

/** One axis after the other, in float64. */
function evaluate(x: Tensor, specs: readonly AxisSpec[], a: ResizeAttrs): Tensor {
  if (a.mode === 'nearest' && a.coordinates !== 'tf_crop_and_resize') return pick(x, specs, a)
  let shape = [...x.shape]
  let data: ArrayLike<number> = numbers(x)
  const outside: [number, Uint8Array][] = []
  specs.forEach((spec, axis) => {
    if (!resized(spec, a.coordinates)) return
    const table = axisTable(spec, a)
    const inner = sizeOf(shape.slice(axis + 1))
    const outer = sizeOf(shape.slice(0, axis))
    const next = new Float64Array(outer * spec.output * inner)
    for (let b = 0; b < outer; b++)
      for (let o = 0; o < spec.output; o++)
        for (let k = 0; k < table.taps; k++) {
          const w = table.weight[o * table.taps + k]
          if (w === 0) continue
          const from = (b * spec.input + table.index[o * table.taps + k]) * inner
          const to = (b * spec.output + o) * inner
          for (let i = 0; i < inner; i++) next[to + i] += w * data[from + i]
        }
    if (table.outside.includes(1)) outside.push([axis, table.outside])
    shape = shape.with(axis, spec.output)
    data = next
  })
  if (outside.length) {
    const y = Float64Array.from(data)
    for (const [axis, mask] of outside) {
      const inner = sizeOf(shape.slice(axis + 1))
      for (let i = 0; i < y.length; i++) if (mask[Math.floor(i / inner) % shape[axis]]) y[i] = a.extrapolation
    }
    data = y
  }
  return fromNumbers(x.dtype, shape, data)
}

/** Nearest: elements are copied as they are. */
function pick(x: Tensor, specs: readonly AxisSpec[], a: ResizeAttrs): Tensor {
  let shape = [...x.shape]
  let data = x.data
  specs.forEach((spec, axis) => {
    if (!resized(spec, a.coordinates)) return
    const { index } = axisTable(spec, a)
    const inner = sizeOf(shape.slice(axis + 1))
    const outer = sizeOf(shape.slice(0, axis))
    const from = data as Float32Array
    const to = allocate(x.dtype, outer * spec.output * inner) as Float32Array
    for (let b = 0; b < outer; b++)
      for (let o = 0; o < spec.output; o++) {
        const start = (b * spec.input + index[o]) * inner
        to.set(from.subarray(start, start + inner), (b * spec.output + o) * inner)
      }
    shape = shape.with(axis, spec.output)
    data = to
  })
  return { dtype: x.dtype, shape, data }
}

function attrs(node: OnnxNode, opset: number): ResizeAttrs {
  const old = node.opType === 'Upsample' || opset < 11
  if (old && node.has('scales'))
    node.setInput(1, fromNumbers('float32', [node.floats('scales').length], node.floats('scales')))
  const mode = node.string('mode', 'nearest')
  ensure(['nearest', 'linear', 'bilinear', 'cubic'].includes(mode), 'unsupported', `its mode is "${mode}"`)
  return {
    mode: (mode === 'bilinear' ? 'linear' : mode) as ResizeMode,
    coordinates: old ? 'asymmetric' : node.string('coordinate_transformation_mode', 'half_pixel'),
    nearest: old ? 'simple' : node.string('nearest_mode', 'round_prefer_floor'),
    cubicA: node.float('cubic_coeff_a', -0.75),
    excludeOutside: node.int('exclude_outside', 0) !== 0,
    antialias: node.int('antialias', 0) !== 0,
    extrapolation: node.float('extrapolation_value', 0),
    policy: node.string('keep_aspect_ratio_policy', 'stretch'),
    axes: node.ints('axes'),
    old,
    channelsLast: false,
  }
}

const infer: Op<ResizeAttrs>['infer'] = (x, a) => [
  { dtype: x[0]!.dtype, shape: axisSpecs(x[0]!.shape, given(x, a), a).map((s) => s.output) },
]

const cpu: Op<ResizeAttrs>['cpu'] = (x, a) => {
  const at = (i: number) => notEmpty(valuesIf(x[i]))
  const values = a.old ? { roi: null, scales: at(1), sizes: null } : { roi: at(1), scales: at(2), sizes: at(3) }
  if (a.coordinates !== 'tf_crop_and_resize') values.roi = null
  return [evaluate(x[0]!, axisSpecs(x[0]!.shape, values, a), a)]
}

/** Gives an image its second spatial axis, of length 1, which is not resized. */
function widen(x: readonly (Value | null)[], a: ResizeAttrs): ResizeAttrs | null {
  if (x[0]!.fact.shape.length !== 3 || a.channelsLast || a.old) return null
  const axes = (a.axes.length ? a.axes : [0, 1, 2]).map((i) => axisOf(i, 3))
  return { ...a, axes: axes.map((i) => (i === 2 ? 3 : i)) }
}

export const Resize: Op<ResizeAttrs> = {
  name: 'Resize',
  attrs,
  infer,
  cpu,
  gpu: (x, [y], a, ctx) =>
    resizeCalls(
      x[0]!,
      y,
      axisSpecs(
        x[0]!.fact.shape,
        given(
          x.map((v) => v?.fact ?? null),
          a,
        ),
        a,
      ),
      a,
      ctx,
    ),
  lower(x, a, b) {
    const { shape } = x[0]!.fact
    if (a.old) return [emit(b, 'Resize', [x[0], null, x[1]], { ...a, old: false })]
    const specs = axisSpecs(
      shape,
      given(
        x.map((v) => v?.fact ?? null),
        a,
      ),
      a,
    )
    if (!specs.some((s) => resized(s, a.coordinates))) return [x[0]!]
    const wide = widen(x, a)
    if (!wide) return null
    const y = emit(b, 'Resize', [reshape(b, x[0]!, shape.toSpliced(2, 0, 1)), ...x.slice(1)], wide)
    return [reshape(b, y, y.fact.shape.toSpliced(2, 1))]
  },
  image: true,
  tail: true,
}

export const Upsample: Op<ResizeAttrs> = {
  name: 'Upsample',
  attrs,
  infer,
  cpu,
  lower: (x, a, b) => [emit(b, 'Resize', [x[0], null, x[1]], { ...a, old: false })],
}
