// ConvTranspose: https://onnx.ai/onnx/operators/onnx__ConvTranspose.html (revisions differ in types only).
// Where the kernel equals the stride, windows do not overlap: a matrix product whose columns are shuffled into pixels.
import { ensure } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import type { Context, KernelCall, OnnxNode, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf } from '../runtime/tensor.ts'
import { cover, written } from './shared/call.ts'
import { reshape, withBias } from './shared/lowering.ts'
import { chooseProduct, product, productWeights } from './shared/product.ts'
import { reader } from './shared/reader.ts'
import { convVolume } from './shared/volume.ts'
import { eachIndex, imageOf, shapeOf, tapsAt, type WindowAttrs, windowAttrs } from './shared/window.ts'

export interface ConvTransposeAttrs extends WindowAttrs {
  group: number
  outputPadding: number[]
  outputShape: number[]
  channelsLast: boolean
}

interface Resolved {
  strides: readonly number[]
  dilations: readonly number[]
  begin: number[]
  output: number[]
}

const or = (list: readonly number[], rank: number, otherwise: number) =>
  list.length ? list : new Array<number>(rank).fill(otherwise)

function resolve(a: ConvTransposeAttrs, kernel: readonly number[], input: readonly number[]): Resolved {
  const rank = kernel.length
  const strides = or(a.strides, rank, 1)
  const dilations = or(a.dilations, rank, 1)
  const extra = or(a.outputPadding, rank, 0)
  const full = input.map((d, i) => strides[i] * (d - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1)
  const pads = or(a.pads, 2 * rank, 0)
  let output = full.map((f, i) => f - pads[i] - pads[rank + i])
  let begin = pads.slice(0, rank)
  const same = a.autoPad === 'SAME_UPPER' || a.autoPad === 'SAME_LOWER'
  if (a.outputShape.length || same) {
    output = a.outputShape.length ? a.outputShape.slice(-rank) : input.map((d, i) => d * strides[i])
    const total = full.map((f, i) => Math.max(0, f - output[i]))
    begin = total.map((t) => (a.autoPad === 'SAME_LOWER' ? Math.ceil(t / 2) : Math.floor(t / 2)))
  }
  return { strides, dilations, begin, output }
}

function outputShape(x: readonly number[], w: readonly number[], a: ConvTransposeAttrs): number[] {
  ensure(x.length >= 3, 'shape', () => `the image ${formatShape(x)} has no spatial axis`)
  const image = imageOf(x, a.channelsLast)
  ensure(
    w.length === x.length && w[0] === image.channels,
    'shape',
    () => `weights ${formatShape(w)} do not fit the image ${formatShape(x)} of ${image.channels} channels`,
  )
  const { output } = resolve(a, w.slice(2), image.spatial)
  return shapeOf({ batch: image.batch, channels: w[1] * a.group, spatial: output }, a.channelsLast)
}

/** IOHW weights as a matrix [I, KH · KW · O padded to `width`]. */
function packMatrix(values: ArrayLike<number>, shape: readonly number[], width: number): Float32Array {
  const [i, o, kh, kw] = shape
  const taps = kh * kw
  const packed = new Float32Array(i * taps * width)
  for (let a = 0; a < i; a++)
    for (let b = 0; b < o; b++)
      for (let t = 0; t < taps; t++) packed[(a * taps + t) * width + b] = values[(a * o + b) * taps + t]
  return packed
}

/** IOHW weights of `group` groups as [KH, KW, I / group, O · group]. */
function packTaps(values: ArrayLike<number>, shape: readonly number[], group: number): Float32Array {
  const [i, o, kh, kw] = shape
  const taps = kh * kw
  const depth = i / group
  const cols = o * group
  const packed = new Float32Array(taps * depth * cols)
  for (let a = 0; a < i; a++)
    for (let b = 0; b < o; b++)
      for (let t = 0; t < taps; t++)
        packed[(t * depth + (a % depth)) * cols + Math.floor(a / depth) * o + b] = values[(a * o + b) * taps + t]
  return packed
}

/** Kernel = stride: column (ky, kx, o) of row (b, iy, ix) is channel o of pixel (iy·KH + ky, ix·KW + kx). */
function shuffled(ctx: Context, x: Value, w: Value, y: Value): KernelCall[] {
  const [batch, h, width, c] = x.fact.shape
  const [, cols, kh, kw] = w.fact.shape
  const oc = pad4(cols)
  const n = kh * kw * oc
  const shape = { m: batch * h * width, n, k: c, x, w }
  const variant = chooseProduct(ctx, shape)
  const pack = (v: ArrayLike<number>) => packMatrix(v, w.fact.shape, oc)
  const emit = `fn emit(row: u32, col: u32, v: value) {
  let tap = col / ${oc}u;
  let oy = row / ${width}u * ${kh}u + tap / ${kw}u;
  let ox = row % ${width}u * ${kw}u + tap % ${kw}u;
  write(oy * ${width * kw}u + ox, col % ${oc}u, v);
}`
  const call = {
    ...shape,
    ...productWeights(ctx, variant, w, { key: `shuffle ${oc}`, k: c, width: n, pack }),
    terms: batch * h * width * kh * kw * cols * c,
    readX: reader(ctx, x, 'x', c),
    y,
    cols,
    writer: ctx.writer(),
    emit,
  }
  return product(ctx, call, variant)
}

function gathered(ctx: Context, x: Value, w: Value, y: Value, a: ConvTransposeAttrs): KernelCall {
  const [batch, h, width, c] = x.fact.shape
  const [, o, kh, kw] = w.fact.shape
  const [, oh, ow, cols] = y.fact.shape
  const { strides, dilations, begin } = resolve(a, [kh, kw], [h, width])
  const depth = c / a.group
  const packed = ctx.weight(w, `taps ${a.group}`, [kh * kw * depth, o * a.group], (v) =>
    packTaps(v, w.fact.shape, a.group),
  )
  return written(ctx, 'conv_transpose', {
    consts: {
      H: h,
      W: width,
      C: c,
      GROUPS: a.group,
      OH: oh,
      OW: ow,
      COLS: cols,
      BATCH: batch,
      KH: kh,
      KW: kw,
      STRIDE_Y: strides[0],
      STRIDE_X: strides[1],
      DILATION_Y: dilations[0],
      DILATION_X: dilations[1],
      PAD_Y: begin[0],
      PAD_X: begin[1],
    },
    types: { elem: ctx.storage(x) },
    bind: { x, w: packed, y },
    groups: [cover(batch * oh * ow * Math.ceil(cols / 4), 64)],
    flops: 2 * sizeOf(x.fact.shape) * o * kh * kw,
  })
}

export const ConvTranspose: Op<ConvTransposeAttrs> = {
  name: 'ConvTranspose',
  image: true,
  tail: true,
  attrs: (node: OnnxNode) => ({
    ...windowAttrs(node),
    group: node.int('group', 1),
    outputPadding: node.ints('output_padding'),
    outputShape: node.ints('output_shape'),
    channelsLast: false,
  }),
  infer: ([x, w], a) => [{ dtype: x!.dtype, shape: outputShape(x!.shape, w!.shape, a) }],
  cpu([x, w, bias], a) {
    const image = imageOf(x!.shape, a.channelsLast)
    const shape = outputShape(x!.shape, w!.shape, a)
    const out = imageOf(shape, a.channelsLast)
    const kernel = w!.shape.slice(2)
    const window = { kernel, ...resolve(a, kernel, image.spatial) }
    const [dataX, dataW] = [numbers(x!), numbers(w!)]
    const b = bias ? numbers(bias) : undefined
    const [cx, co] = [image.channels, out.channels]
    const [depth, width] = [cx / a.group, co / a.group]
    const [pixelsX, pixelsY, count] = [image.spatial, out.spatial, kernel].map(sizeOf)
    const at = (n: number, c: number, pixel: number, channels: number, pixels: number) =>
      a.channelsLast ? (n * pixels + pixel) * channels + c : (n * channels + c) * pixels + pixel
    const y = new Float64Array(sizeOf(shape))
    let pixel = 0
    eachIndex(image.spatial, (position) => {
      // The window of an input pixel lies on the output.
      const taps = tapsAt(window, position, out.spatial)
      for (let n = 0; n < image.batch; n++)
        for (let c = 0; c < cx; c++) {
          const v = dataX[at(n, c, pixel, cx, pixelsX)]
          for (let o = 0; o < width; o++)
            for (const t of taps)
              y[at(n, Math.floor(c / depth) * width + o, t.pixel, co, pixelsY)] +=
                v * dataW[(c * width + o) * count + t.tap]
        }
      pixel++
    })
    if (b)
      for (let n = 0; n < out.batch; n++)
        for (let o = 0; o < co; o++) for (let p = 0; p < pixelsY; p++) y[at(n, o, p, co, pixelsY)] += b[o]
    return [fromNumbers(x!.dtype, shape, y)]
  },
  lower([x, w, bias], a, g) {
    if (bias) return withBias(g, 'ConvTranspose', [x!, w!, bias], a)
    if (x!.fact.shape.length !== 3 || a.channelsLast) return null
    const [n, c, l] = x!.fact.shape
    const [i, o, k] = w!.fact.shape
    const { strides, dilations, begin, output } = resolve(a, [k], [l])
    const two: ConvTransposeAttrs = {
      ...a,
      autoPad: 'NOTSET',
      strides: [1, strides[0]],
      dilations: [1, dilations[0]],
      pads: [0, begin[0], 0, strides[0] * (l - 1) + (k - 1) * dilations[0] + 1 - begin[0] - output[0]],
      outputPadding: [],
      outputShape: [],
    }
    const [y] = g.emit('ConvTranspose', [reshape(g, x!, [n, c, 1, l]), reshape(g, w!, [i, o, 1, k])], two)
    return [reshape(g, y, [n, o * a.group, y.fact.shape[3]])]
  },
  gpu([x, w], [y], a, ctx) {
    const kernel = w!.fact.shape.slice(2)
    if (kernel.length !== 2 || !w!.fact.value) {
      const window = { kernel, ...resolve(a, kernel, imageOf(x!.fact.shape, true).spatial) }
      return convVolume(ctx, 'conv_transpose_volume', { x: x!, w: w!, y }, window, a.group)
    }
    const [h, width] = x!.fact.shape.slice(1, 3)
    const { strides, dilations, begin, output } = resolve(a, kernel, [h, width])
    const exact = output[0] === h * kernel[0] && output[1] === width * kernel[1] && begin.every((p) => p === 0)
    const disjoint =
      a.group === 1 && dilations.every((d) => d === 1) && strides.every((s, i) => s === kernel[i]) && exact
    return disjoint && ctx.variant !== 'naive' ? shuffled(ctx, x!, w!, y) : [gathered(ctx, x!, w!, y, a)]
  },
}
