// InstanceNormalization: https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html and GroupNormalization:
// https://onnx.ai/onnx/operators/onnx__GroupNormalization.html. In opset 18 GroupNormalization's scale and bias had one
// value a group, since opset 21 one a channel; their length tells which.
import { ensure } from '../runtime/error.ts'
import type { Builder, Context, Fact, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { groupNormCalls } from './shared/groupNorm.ts'
import { emit, reshape } from './shared/lowering.ts'
import { rowNormCalls } from './shared/rowNorm.ts'
import { imageOf } from './shared/window.ts'

export interface GroupNormAttrs {
  /** Groups of channels that are normalised together; 0: every channel by itself. */
  groups: number
  epsilon: number
  channelsLast: boolean
}

function groupsOf(x: Fact | Tensor, a: GroupNormAttrs): number {
  const { channels } = imageOf(x.shape, a.channelsLast)
  const groups = a.groups || channels
  ensure(channels % groups === 0, 'shape', () => `${channels} channels do not divide into ${groups} groups`)
  return groups
}

function evaluate([x, scale, bias]: readonly (Tensor | null)[], a: GroupNormAttrs): Tensor {
  const { batch, channels, spatial } = imageOf(x!.shape, a.channelsLast)
  const groups = groupsOf(x!, a)
  const pixels = sizeOf(spatial)
  const size = channels / groups
  const data = numbers(x!)
  const gain = numbers(scale!)
  const offset = numbers(bias!)
  const share = channels / gain.length
  const [stepC, stepP] = a.channelsLast ? [1, channels] : [pixels, 1]
  const y = new Float64Array(data.length)
  for (let n = 0; n < batch; n++)
    for (let g = 0; g < groups; g++) {
      const start = n * channels * pixels + g * size * stepC
      const each = (f: (at: number, c: number) => void) => {
        for (let c = 0; c < size; c++) for (let p = 0; p < pixels; p++) f(start + c * stepC + p * stepP, g * size + c)
      }
      let mean = 0
      each((at) => (mean += data[at]))
      mean /= size * pixels
      let square = 0
      each((at) => (square += (data[at] - mean) ** 2))
      const inverse = 1 / Math.sqrt(square / (size * pixels) + a.epsilon)
      each(
        (at, c) => (y[at] = (data[at] - mean) * inverse * gain[Math.floor(c / share)] + offset[Math.floor(c / share)]),
      )
    }
  return fromNumbers(x!.dtype, x!.shape, y)
}

function infer([x, scale, bias]: readonly (Fact | null)[], a: GroupNormAttrs): Fact[] {
  const { channels } = imageOf(x!.shape, a.channelsLast)
  const groups = groupsOf(x!, a)
  for (const f of [scale!, bias!])
    ensure(
      f.shape.length === 1 && (f.shape[0] === channels || f.shape[0] === groups),
      'shape',
      () => `scale and bias of shape ${formatShape(f.shape)} do not fit ${channels} channels in ${groups} groups`,
    )
  return [{ dtype: x!.dtype, shape: x!.shape }]
}

function gpu([x, scale, bias]: readonly (Value | null)[], [y]: readonly Value[], a: GroupNormAttrs, ctx: Context) {
  const { channels } = imageOf(x!.fact.shape, a.channelsLast)
  const groups = groupsOf(x!.fact, a)
  if (a.channelsLast) return groupNormCalls({ x: x!, scale: scale!, bias: bias!, y, groups, epsilon: a.epsilon }, ctx)
  ensure(
    x!.fact.shape.length === 3 && groups === channels,
    'unsupported',
    () => `only [N, C, L] is computed channels-first, not ${formatShape(x!.fact.shape)} in ${groups} groups`,
  )
  return rowNormCalls({ x: x!, scale, bias, y, epsilon: a.epsilon, centre: true, channels }, ctx)
}

/**
 * Exporters write a group normalisation as Reshape [N, C, H, W] to [N, G, L], InstanceNormalization, Reshape back: on
 * the image itself it is one operator, in either layout.
 */
function asGroups(x: Value, scale: Value, bias: Value, a: GroupNormAttrs, b: Builder): Value[] | null {
  const image = x.producer?.op === 'Reshape' && !x.fact.value ? x.producer.inputs[0] : null
  const [batch, groups] = x.fact.shape
  if (!image || a.channelsLast || x.fact.shape.length !== 3 || image.fact.shape.length !== 4) return null
  if (image.fact.shape[0] !== batch || image.fact.shape[1] % groups !== 0) return null
  const attrs: GroupNormAttrs = { ...a, groups }
  return [reshape(b, emit(b, 'GroupNormalization', [image, scale, bias], attrs), x.fact.shape)]
}

export const InstanceNormalization: Op<GroupNormAttrs> = {
  name: 'InstanceNormalization',
  attrs: (node) => ({ groups: 0, epsilon: node.float('epsilon', 1e-5), channelsLast: false }),
  infer,
  cpu: (x, a) => [evaluate(x, a)],
  gpu,
  lower: ([x, scale, bias], a, b) => asGroups(x!, scale!, bias!, a, b),
  image: true,
  tail: true,
}

export const GroupNormalization: Op<GroupNormAttrs> = {
  name: 'GroupNormalization',
  attrs: (node) => ({ groups: node.int('num_groups', 1), epsilon: node.float('epsilon', 1e-5), channelsLast: false }),
  infer,
  cpu: (x, a) => [evaluate(x, a)],
  gpu,
  lower([x, scale, bias], a, b) {
    const { channels } = imageOf(x!.fact.shape, a.channelsLast)
    if (scale!.fact.shape[0] === channels && bias!.fact.shape[0] === channels) return null
    const each = (v: Value) => {
      if (v.fact.shape[0] === channels) return v
      const ones = b.constant(
        fromNumbers(v.fact.dtype, [1, channels / a.groups], new Array(channels / a.groups).fill(1)),
      )
      return reshape(b, emit(b, 'Mul', [reshape(b, v, [a.groups, 1]), ones]), [channels])
    }
    return [emit(b, 'GroupNormalization', [x, each(scale!), each(bias!)], a)]
  },
  image: true,
  tail: true,
}
