// Conv: https://onnx.ai/onnx/operators/onnx__Conv.html (revisions differ in types only). Channels last on the
// GPU, up to three spatial axes; a bias is lowered to an Add, which the fusion passes put into the tail.
import { ensure } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import type { Context, KernelCall, Node, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf } from '../runtime/tensor.ts'
import { cover, fold, written } from './shared/call.ts'
import { reshape, withBias } from './shared/lowering.ts'
import { chooseProduct, product, productCandidates, productForced, productWeights } from './shared/product.ts'
import { type Reader, reader } from './shared/reader.ts'
import { pick, type Variant } from './shared/variants.ts'
import { convVolume, gather } from './shared/volume.ts'
import {
  eachIndex,
  imageOf,
  resolveWindow,
  shapeOf,
  tapsAt,
  type Window,
  type WindowAttrs,
  windowAttrs,
  windowOutput,
} from './shared/window.ts'
import type { winograd as Winograd } from './shared/winograd.ts'

export interface ConvAttrs extends WindowAttrs {
  group: number
  channelsLast: boolean
  /** Reads max(x, 0): a Relu before the convolution, as its head. Of images with constant weights only. */
  relu?: boolean
}

interface Geometry {
  batch: number
  c: number
  h: number
  w: number
  oh: number
  ow: number
  cols: number
  kh: number
  kw: number
  window: Window
  relu: boolean
}

function outputShape(x: readonly number[], w: readonly number[], a: ConvAttrs): number[] {
  ensure(x.length >= 3, 'shape', () => `the image ${formatShape(x)} has no spatial axis`)
  const image = imageOf(x, a.channelsLast)
  ensure(w.length === x.length, 'shape', () => `weights ${formatShape(w)} do not fit the image ${formatShape(x)}`)
  ensure(
    w[1] * a.group === image.channels,
    'shape',
    () =>
      `weights ${formatShape(w)} in ${a.group} group(s) want ${w[1] * a.group} channels; the image ${formatShape(x)} has ${image.channels}`,
  )
  const window = resolveWindow(a, w.slice(2), image.spatial)
  return shapeOf({ batch: image.batch, channels: w[0], spatial: windowOutput(window, image.spatial) }, a.channelsLast)
}

function geometry(x: Value, w: Value, y: Value, a: ConvAttrs): Geometry {
  const [batch, h, width, c] = x.fact.shape
  const [cols, , kh, kw] = w.fact.shape
  const window = resolveWindow(a, [kh, kw], [h, width])
  return { batch, c, h, w: width, oh: y.fact.shape[1], ow: y.fact.shape[2], cols, kh, kw, window, relu: !!a.relu }
}

/** The reader of the image's pixels, through the convolution's head. */
function imageReader(ctx: Context, x: Value, g: Geometry): Reader {
  const image = reader(ctx, x, 'x', g.c)
  if (!g.relu) return image
  const head = (read: string, type: string) => `${read.replace('fn read_x', 'fn read_all')}
fn read_x(row: u32, col: u32) -> vec4<${type}> { return max(read_all(row, col), vec4<${type}>()); }`
  return { ...image, read: head(image.read, 'f32'), half: head(image.half, 'f16') }
}

/** Elements of a cache line: what is written together when weights are packed. */
const LINE = 16

/** OIHW (or OIDHW) weights as [KH, KW, I, O], I and O padded to the given sizes. */
function packWeights(values: ArrayLike<number>, shape: readonly number[], depth: number, width: number): Float32Array {
  const [o, i] = shape
  const taps = sizeOf(shape.slice(2))
  const packed = new Float32Array(taps * depth * width)
  for (let first = 0; first < o; first += LINE) {
    const end = Math.min(o, first + LINE)
    for (let b = 0; b < i; b++)
      for (let t = 0; t < taps; t++) {
        const at = (t * depth + b) * width
        for (let a = first; a < end; a++) packed[at + a] = values[(a * i + b) * taps + t]
      }
  }
  return packed
}

const sharedConsts = (g: Geometry) => ({
  H: g.h,
  W: g.w,
  OH: g.oh,
  OW: g.ow,
  COLS: g.cols,
  BATCH: g.batch,
  KH: g.kh,
  KW: g.kw,
  STRIDE_Y: g.window.strides[0],
  STRIDE_X: g.window.strides[1],
  DILATION_Y: g.window.dilations[0],
  DILATION_X: g.window.dilations[1],
  PAD_Y: g.window.begin[0],
  PAD_X: g.window.begin[1],
})

/** The product that a convolution is, its rows gathered from the image. */
const productShape = (x: Value, w: Value, y: Value) => {
  const [n, , ...kernel] = w.fact.shape
  return { m: sizeOf(y.fact.shape) / n, n, k: sizeOf(kernel) * pad4(x.fact.shape.at(-1)!), x, w }
}

/** A convolution as a product with rows that are gathered from the image. */
function implicitProduct(
  ctx: Context,
  image: Reader,
  x: Value,
  w: Value,
  y: Value,
  window: Window,
  variant: Variant,
): KernelCall[] {
  const shape = productShape(x, w, y)
  const { n, k } = shape
  const channels = x.fact.shape.at(-1)!
  const [depth, width] = [pad4(channels), pad4(n)]
  const pack = (v: ArrayLike<number>) => packWeights(v, w.fact.shape, depth, width)
  const call = {
    ...shape,
    ...productWeights(ctx, variant, w, { key: `conv ${depth}x${width}`, k, width, pack }),
    readX: gather(x, y, window, depth, image),
    terms: sizeOf(y.fact.shape) * sizeOf(window.kernel) * channels,
    y,
    cols: n,
    writer: ctx.writer(),
  }
  return product(ctx, call, variant)
}

function pointwiseConv(ctx: Context, g: Geometry, x: Value, w: Value, y: Value): KernelCall[] {
  const width = pad4(g.cols)
  const shape = { m: g.batch * g.oh * g.ow, n: g.cols, k: g.c, x, w }
  const variant = chooseProduct(ctx, shape)
  const pack = (v: ArrayLike<number>) => packWeights(v, w.fact.shape, g.c, width)
  const call = {
    ...shape,
    ...productWeights(ctx, variant, w, { key: `conv1 ${width}`, k: g.c, width, pack }),
    readX: imageReader(ctx, x, g),
    y,
    cols: g.cols,
    writer: ctx.writer(),
  }
  return product(ctx, call, variant)
}

function registerConv(ctx: Context, g: Geometry, x: Value, w: Value, y: Value, group = 1): KernelCall {
  const depth = pad4(g.c / group)
  const width = pad4(g.cols)
  const packed = ctx.weight(w, `conv ${depth}x${width}`, [g.kh * g.kw * depth, width], (v) =>
    packWeights(v, w.fact.shape, depth, width),
  )
  const readX = imageReader(ctx, x, g)
  const pixels = Math.min(4, g.ow)
  return written(ctx, 'conv_register', {
    consts: { ...sharedConsts(g), C: g.c, GROUPS: group, PIXELS: pixels },
    types: { x_elem: readX.elem, w_elem: ctx.storage(packed, 4) },
    functions: { read_x: readX.read },
    bind: { x, w: packed, y },
    groups: [cover(g.cols, 32), ...fold(ctx, g.batch * g.oh * Math.ceil(g.ow / pixels))],
    flops: (2 * sizeOf(y.fact.shape) * g.c * g.kh * g.kw) / group,
  })
}

function depthwiseConv(ctx: Context, g: Geometry, x: Value, w: Value, y: Value): KernelCall {
  const width = pad4(g.cols)
  const packed = ctx.weight(w, `depthwise ${width}`, [g.kh * g.kw, width], (v) =>
    packWeights(v, w.fact.shape, 1, width),
  )
  const readX = imageReader(ctx, x, g)
  const pixels = Math.min(4, g.ow)
  // Wider kernels would need too many registers; the strip under dilated taps has gaps.
  const taps = g.kw <= 7 && g.window.dilations[1] === 1 ? g.kw : 1
  return written(ctx, 'conv_depthwise', {
    consts: { ...sharedConsts(g), PIXELS: pixels, TAPS: taps },
    types: { x_elem: readX.elem, w_elem: ctx.storage(packed, 4) },
    functions: { read_x: readX.read },
    bind: { x, w: packed, y },
    groups: [cover(g.batch * g.oh * Math.ceil(g.ow / pixels) * Math.ceil(g.cols / 4), 64)],
    flops: 2 * sizeOf(y.fact.shape) * g.kh * g.kw,
  })
}

/** What is left: other than two spatial axes, computed weights, groups of odd sizes, and the variant `naive`. */
function volumeConv(ctx: Context, x: Value, w: Value, y: Value, a: ConvAttrs): KernelCall[] {
  const { channels, spatial } = imageOf(x.fact.shape, true)
  const window = resolveWindow(a, w.fact.shape.slice(2), spatial)
  if (!w.fact.value || a.group > 1 || ctx.variant === 'naive')
    return convVolume(ctx, 'conv_volume', { x, w, y }, window, a.group, a.relu)
  const shape = productShape(x, w, y)
  const variant = pick(ctx, convKey(x, w, window), productCandidates(ctx, shape), (v) => productForced(ctx, v, shape))
  return implicitProduct(ctx, reader(ctx, x, 'x', channels), x, w, y, window, variant)
}

/** Names a convolution in the tuner's table. */
const convKey = (x: Value, w: Value, { strides, dilations, begin, end }: Window) =>
  `conv ${[x.fact.shape, w.fact.shape, strides, dilations, begin, end].map((l) => l.join('x')).join(' ')} ${x.fact.dtype}`

/** What Winograd's algorithm is for. */
const isSmall = (g: Geometry) =>
  g.kh === 3 && g.kw === 3 && [...g.window.strides, ...g.window.dilations].every((s) => s === 1)

const isPointwise = (g: Geometry) =>
  g.kh === 1 &&
  g.kw === 1 &&
  g.window.strides.every((s) => s === 1) &&
  [...g.window.begin, ...g.window.end].every((p) => p === 0)

/** Multiplications and additions of a 3 × 3 convolution from which on Winograd's algorithm may pay. */
const LARGE = 15e6

/** Whether a node of a graph for the GPU is a convolution that may gain by Winograd's algorithm. */
export function maySaveWork({ op, inputs, outputs }: Node): boolean {
  if (op !== 'Conv') return false
  const [, depth, ...kernel] = inputs[1]!.fact.shape
  return kernel.join() === '3,3' && sizeOf(outputs[0].fact.shape) * 9 * depth > LARGE
}

/** The operator; with Winograd's variants where they are given, which are a part that is fetched for large convolutions. */
export const convolution = (winograd?: typeof Winograd): Op<ConvAttrs> => ({
  name: 'Conv',
  image: true,
  tail: true,
  attrs: (node) => ({ ...windowAttrs(node), group: node.int('group', 1), channelsLast: false }),
  infer: ([x, w], a) => [{ dtype: x!.dtype, shape: outputShape(x!.shape, w!.shape, a) }],
  cpu([x, w, bias], a) {
    const image = imageOf(x!.shape, a.channelsLast)
    const shape = outputShape(x!.shape, w!.shape, a)
    const out = imageOf(shape, a.channelsLast)
    const window = resolveWindow(a, w!.shape.slice(2), image.spatial)
    const dataX = a.relu ? Float64Array.from(numbers(x!), (v) => Math.max(v, 0)) : numbers(x!)
    const dataW = numbers(w!)
    const b = bias ? numbers(bias) : undefined
    const [cx, co] = [image.channels, out.channels]
    const [pixelsX, pixelsY, kernel] = [image.spatial, out.spatial, window.kernel].map(sizeOf)
    const [stepX, stepC] = a.channelsLast ? [cx, 1] : [1, pixelsX]
    const depth = cx / a.group
    const y = new Float64Array(sizeOf(shape))
    let pixel = 0
    eachIndex(out.spatial, (at) => {
      const taps = tapsAt(window, at, image.spatial)
      for (let n = 0; n < image.batch; n++)
        for (let o = 0; o < co; o++) {
          const first = n * cx * pixelsX + Math.floor(o / (co / a.group)) * depth * stepC
          let sum = b ? b[o] : 0
          for (const t of taps) {
            const start = first + t.pixel * stepX
            for (let c = 0; c < depth; c++) sum += dataX[start + c * stepC] * dataW[(o * depth + c) * kernel + t.tap]
          }
          y[a.channelsLast ? (n * pixelsY + pixel) * co + o : (n * co + o) * pixelsY + pixel] = sum
        }
      pixel++
    })
    return [fromNumbers(x!.dtype, shape, y)]
  },
  lower([x, w, bias], a, g) {
    if (bias) return withBias(g, 'Conv', [x!, w!, bias], a)
    if (x!.fact.shape.length !== 3 || a.channelsLast) return null
    const [n, c, l] = x!.fact.shape
    const [o, i, k] = w!.fact.shape
    const window = resolveWindow(a, [k], [l])
    const two = {
      ...a,
      autoPad: 'NOTSET',
      strides: [1, window.strides[0]],
      dilations: [1, window.dilations[0]],
      pads: [0, window.begin[0], 0, window.end[0]],
    }
    const [y] = g.emit('Conv', [reshape(g, x!, [n, c, 1, l]), reshape(g, w!, [o, i, 1, k])], two)
    return [reshape(g, y, [n, o, y.fact.shape[3]])]
  },
  gpu([x, w], [y], a, ctx) {
    if (x!.fact.shape.length !== 4 || !w!.fact.value || ctx.variant === 'naive') return volumeConv(ctx, x!, w!, y, a)
    const g = geometry(x!, w!, y, a)
    if (a.group > 1) {
      if (a.group === g.c && g.cols === g.c) return [depthwiseConv(ctx, g, x!, w!, y)]
      if ([g.c, g.cols].every((n) => n % (4 * a.group) === 0)) return [registerConv(ctx, g, x!, w!, y, a.group)]
      return volumeConv(ctx, x!, w!, y, a)
    }
    if (isPointwise(g)) return pointwiseConv(ctx, g, x!, w!, y)
    const shape = productShape(x!, w!, y)
    const [padY, padX] = g.window.begin
    const small = winograd && isSmall(g) ? { x: x!, w: w!, y, padY, padX, relu: g.relu } : undefined
    const direct = productCandidates(ctx, shape)
    const candidates = small ? winograd!.candidates(ctx, small, shape, direct) : direct
    const variant = pick(
      ctx,
      convKey(x!, w!, g.window),
      candidates,
      (v) => (small && winograd!.forced(ctx, v, small)) ?? productForced(ctx, v, shape),
    )
    if (small && variant.inner) return winograd!.calls(ctx, small, variant)
    if (variant.family === 'register') return [registerConv(ctx, g, x!, w!, y)]
    return implicitProduct(ctx, imageReader(ctx, x!, g), x!, w!, y, g.window, variant)
  },
})

export const Conv = convolution()
