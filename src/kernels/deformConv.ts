// DeformConv: https://onnx.ai/onnx/operators/onnx__DeformConv.html (opset 19; 22 differs in types only): a convolution
// whose taps are moved by computed offsets, on images with two spatial axes. Offsets and mask keep ONNX's order of axes
// whatever the image's layout; a bias is lowered to an Add.
import { ensure } from '../runtime/error.ts'
import type { Fact, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sameShape, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { cover, operand, written } from './shared/call.ts'
import { emit, reshape } from './shared/lowering.ts'
import {
  imageOf,
  resolveWindow,
  shapeOf,
  type Window,
  type WindowAttrs,
  windowAttrs,
  windowOutput,
} from './shared/window.ts'

export interface DeformConvAttrs extends WindowAttrs {
  group: number
  offsetGroup: number
  channelsLast: boolean
}

interface Geometry {
  batch: number
  channels: number
  size: readonly number[]
  window: Window
  output: number[]
  shape: number[]
}

type Operand = Pick<Fact, 'shape'> | null

function geometry([x, w, offset, , mask]: readonly Operand[], a: DeformConvAttrs): Geometry {
  ensure(
    x!.shape.length === 4 && w!.shape.length === 4,
    'unsupported',
    () => `only images with two spatial axes are supported, not ${formatShape(x!.shape)}`,
  )
  const { batch, channels, spatial } = imageOf(x!.shape, a.channelsLast)
  ensure(
    w!.shape[1] * a.group === channels,
    'shape',
    () =>
      `weights ${formatShape(w!.shape)} in ${a.group} group(s) want ${w!.shape[1] * a.group} channels; the image ${formatShape(x!.shape)} has ${channels}`,
  )
  const window = resolveWindow(a, w!.shape.slice(2), spatial)
  const output = windowOutput(window, spatial)
  const planes = a.offsetGroup * sizeOf(window.kernel)
  const check = (v: Operand, name: string, count: number) => {
    const wanted = [batch, count, ...output]
    ensure(
      !v || sameShape(v.shape, wanted),
      'shape',
      () => `${name} ${formatShape(v!.shape)} should be ${formatShape(wanted)}`,
    )
  }
  check(offset, 'offset', 2 * planes)
  check(mask, 'mask', planes)
  const shape = shapeOf({ batch, channels: w!.shape[0], spatial: output }, a.channelsLast)
  return { batch, channels, size: spatial, window, output, shape }
}

function evaluate(inputs: readonly (Tensor | null)[], a: DeformConvAttrs): Tensor {
  const g = geometry(inputs, a)
  const [x, w, offset, bias, mask] = inputs.map((t) => (t ? numbers(t) : null))
  const { batch, channels, window, shape } = g
  const [h, width] = g.size
  const [oh, ow] = g.output
  const [kh, kw] = window.kernel
  const cols = inputs[1]!.shape[0]
  const depth = channels / a.group
  const area = oh * ow
  const at = (n: number, c: number, r: number, s: number) =>
    a.channelsLast ? ((n * h + r) * width + s) * channels + c : ((n * channels + c) * h + r) * width + s
  const read = (n: number, c: number, r: number, s: number) =>
    r < 0 || r >= h || s < 0 || s >= width ? 0 : x![at(n, c, r, s)]
  const bilinear = (n: number, c: number, py: number, px: number) => {
    const [r, s] = [Math.floor(py), Math.floor(px)]
    const [ty, tx] = [py - r, px - s]
    const above = (1 - tx) * read(n, c, r, s) + tx * read(n, c, r, s + 1)
    const below = (1 - tx) * read(n, c, r + 1, s) + tx * read(n, c, r + 1, s + 1)
    return (1 - ty) * above + ty * below
  }
  const y = new Float64Array(sizeOf(shape))
  const samples = new Float64Array(channels * kh * kw)
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++)
        for (let k = 0; k < kh * kw; k++) {
          const plane = (n * a.offsetGroup + Math.floor(c / (channels / a.offsetGroup))) * kh * kw + k
          const corner = (axis: number, position: number, tap: number) =>
            position * window.strides[axis] - window.begin[axis] + tap * window.dilations[axis]
          const py = corner(0, Math.floor(p / ow), Math.floor(k / kw)) + offset![2 * plane * area + p]
          const px = corner(1, p % ow, k % kw) + offset![(2 * plane + 1) * area + p]
          samples[c * kh * kw + k] = bilinear(n, c, py, px) * (mask ? mask[plane * area + p] : 1)
        }
      for (let o = 0; o < cols; o++) {
        const first = Math.floor(o / (cols / a.group)) * depth * kh * kw
        let sum = bias ? bias[o] : 0
        for (let i = 0; i < depth * kh * kw; i++) sum += samples[first + i] * w![o * depth * kh * kw + i]
        y[a.channelsLast ? (n * area + p) * cols + o : (n * cols + o) * area + p] = sum
      }
    }
  return fromNumbers(inputs[0]!.dtype, shape, y)
}

export const DeformConv: Op<DeformConvAttrs> = {
  name: 'DeformConv',
  attrs: (node) => ({
    ...windowAttrs(node),
    group: node.int('group', 1),
    offsetGroup: node.int('offset_group', 1),
    channelsLast: false,
  }),
  infer: (x, a) => [{ dtype: x[0]!.dtype, shape: geometry(x, a).shape }],
  cpu: (x, a) => [evaluate(x, a)],
  lower([x, w, offset, bias, mask], a, b) {
    if (!bias) return null
    const y = emit(b, 'DeformConv', [x, w, offset, null, mask ?? null], a)
    const channels = sizeOf(bias.fact.shape)
    return [emit(b, 'Add', [y, reshape(b, bias, a.channelsLast ? [channels] : [channels, 1, 1])])]
  },
  gpu(inputs, [y], a, ctx) {
    const [x, w, offset, , mask] = inputs as (Value | null)[]
    const g = geometry(
      inputs.map((v) => v?.fact ?? null),
      a,
    )
    const n = sizeOf(y.fact.shape)
    if (n === 0) return []
    const { kernel, strides, dilations, begin } = g.window
    const cols = w!.fact.shape[0]
    return [
      written(ctx, 'deform_conv', {
        consts: {
          BATCH: g.batch,
          H: g.size[0],
          W: g.size[1],
          C: g.channels,
          GROUPS: a.group,
          OFFSET_GROUPS: a.offsetGroup,
          OUT_H: g.output[0],
          OUT_W: g.output[1],
          COLS: cols,
          KERNEL_H: kernel[0],
          KERNEL_W: kernel[1],
          STRIDE_H: strides[0],
          STRIDE_W: strides[1],
          DILATION_H: dilations[0],
          DILATION_W: dilations[1],
          TOP: begin[0],
          LEFT: begin[1],
          STEP: a.group === 1 || (cols / a.group) % 4 === 0 ? 4 : 1,
        },
        types: {
          x_elem: ctx.storage(x!),
          w_elem: ctx.storage(w!),
          offset_elem: ctx.storage(offset!),
        },
        functions: mask ? { mask_at: 'fn mask_at(i: u32) -> f32 { return f32(mask[i]); }' } : {},
        extra: mask ? [operand(ctx, 'mask', mask)] : [],
        bind: { x: x!, w: w!, offset: offset!, y },
        groups: [cover((n / cols) * Math.ceil(cols / 4), 64)],
        flops: (2 * n * g.channels * sizeOf(kernel)) / a.group,
      }),
    ]
  },
  image: true,
  tail: true,
}
