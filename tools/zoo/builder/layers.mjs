// The layers that depth networks are made of. Each takes the network, a name for its path where it has weights, and
// values; images are [1, C, H, W], tokens [1, N, C]. Weights are drawn so that a layer keeps the variance of its input.
import { check } from './net.mjs'

const SHIFT = { deviation: 0.02 }
const SCALE = { mean: 1, deviation: 0.05 }

/** √2 keeps the variance through ReLU and its kind, 1 through a layer that has no activation. */
const HE = Math.SQRT2

const pair = (v) => (Array.isArray(v) ? v : [v, v])

/**
 * A convolution. `pad` is one number for all sides (half the kernel by default) or ONNX's four; `positive` draws weights
 * and bias above zero, for a last layer whose ReLU must not cut everything; `standardised` writes weight standardisation.
 */
export function conv(net, name, x, out, options = {}) {
  const { kernel = 3, stride = 1, groups = 1, bias = true, gain = HE, positive = false, standardised = false } = options
  const [kh, kw] = pair(kernel)
  const pad = options.pad ?? kh >> 1
  const pads = Array.isArray(pad) ? pad : [pad, pad, pad, pad]
  const [, c, h, w] = x.shape
  check(c % groups === 0 && out % groups === 0, `${name}: ${groups} groups do not divide ${c} and ${out} channels`)
  const shape = [out, c / groups, kh, kw]
  const fan = (c / groups) * kh * kw
  const size = (d, k, p) => Math.floor((d + p - k) / stride) + 1
  return net.in(name, () => {
    const draw = positive ? { mean: 1 / fan, deviation: 0.5 / fan } : { deviation: gain / Math.sqrt(fan) }
    let weight = net.parameter('weight', shape, 'weight', draw)
    if (standardised) weight = standardise(net, weight)
    const inputs = [x, weight]
    if (bias) inputs.push(net.parameter('bias', [out], 'bias', SHIFT))
    const attributes = { dilations: [1, 1], group: groups, kernel_shape: [kh, kw], pads, strides: [stride, stride] }
    return net.op('Conv', inputs, attributes, [1, out, size(h, kh, pads[0] + pads[2]), size(w, kw, pads[1] + pads[3])])
  })
}

/** Zero mean and unit variance over each filter, as PyTorch exports it: batch norm in training mode of a constant. */
function standardise(net, weight) {
  const [out, ...rest] = weight.shape
  const n = rest.reduce((a, b) => a * b, 1)
  const flat = reshape(net, weight, [1, out, n])
  const gain = net.floats(new Float32Array(out).fill(1))
  const zero = net.floats(new Float32Array(out))
  const attributes = { epsilon: { float: 1e-8 }, momentum: { float: 0 }, training_mode: 1 }
  const inputs = [flat, gain, zero, zero, gain]
  const [unit] = net.ops('BatchNormalization', inputs, attributes, [[1, out, n], [out], [out]])
  return reshape(net, unit, weight.shape)
}

export function convTranspose(net, name, x, out, { kernel, stride, pad = 0, outputPadding = 0, bias = true }) {
  const [, c, h, w] = x.shape
  const size = (d) => (d - 1) * stride - 2 * pad + kernel + outputPadding
  return net.in(name, () => {
    const deviation = stride / (kernel * Math.sqrt(c))
    const inputs = [x, net.parameter('weight', [c, out, kernel, kernel], 'weight', { deviation })]
    if (bias) inputs.push(net.parameter('bias', [out], 'bias', SHIFT))
    const attributes = {
      dilations: [1, 1],
      group: 1,
      kernel_shape: [kernel, kernel],
      output_padding: [outputPadding, outputPadding],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    }
    return net.op('ConvTranspose', inputs, attributes, [1, out, size(h), size(w)])
  })
}

/** Batch normalisation of axis 1; `gain` is the mean of its scale (less than 1 at the end of a residual branch). */
export function batchNorm(net, name, x, { gain = 1, epsilon = 1e-5 } = {}) {
  const c = [x.shape[1]]
  return net.in(name, () => {
    const inputs = [
      x,
      net.parameter('weight', c, 'norm', { mean: gain, deviation: 0.05 * gain }),
      net.parameter('bias', c, 'norm', SHIFT),
      net.buffer('running_mean', c, SHIFT),
      net.buffer('running_var', c, SCALE),
    ]
    return net.op('BatchNormalization', inputs, { epsilon: { float: epsilon } }, x.shape)
  })
}

/** A convolution without bias, then batch normalisation. */
export function convNorm(net, name, x, out, options = {}) {
  const { conv: convName = `${name}.conv`, bn = `${name}.bn`, gain = 1, epsilon, convGain, ...rest } = options
  const y = conv(net, convName, x, out, { ...rest, bias: false, gain: convGain ?? HE })
  return batchNorm(net, bn, y, { gain, epsilon })
}

/** Group normalisation as PyTorch exports it: instance normalisation of reshaped groups, then scale and shift. */
export function groupNorm(net, name, x, groups, { gain = 1 } = {}) {
  const [, c, h, w] = x.shape
  return net.in(name, () => {
    const grouped = reshape(net, x, [0, groups, -1])
    const ones = net.floats(new Float32Array(groups).fill(1))
    const zeros = net.floats(new Float32Array(groups))
    const unit = net.op('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: 1e-5 } }, grouped.shape)
    const image = reshape(net, unit, [1, c, h, w])
    const scale = net.parameter('weight', [c, 1, 1], 'norm', { mean: gain, deviation: 0.05 * gain })
    return add(net, mul(net, image, scale), net.parameter('bias', [c, 1, 1], 'norm', SHIFT))
  })
}

/** A layer norm that may be applied more than once: its tensors are made here, its nodes at each call. */
export function sharedLayerNorm(net, name, channels, { epsilon = 1e-6 } = {}) {
  const [scale, shift] = net.in(name, () => [
    net.parameter('weight', [channels], 'norm', SCALE),
    net.parameter('bias', [channels], 'norm', SHIFT),
  ])
  const attributes = { axis: -1, epsilon: { float: epsilon } }
  return (x) => net.in(name, () => net.op('LayerNormalization', [x, scale, shift], attributes, x.shape))
}

export const layerNorm = (net, name, x, options) => sharedLayerNorm(net, name, x.shape.at(-1), options)(x)

/** A dense layer on the last axis: MatMul, then Add of the bias. */
export function linear(net, name, x, out, { bias = true, gain = 1 } = {}) {
  const c = x.shape.at(-1)
  return net.in(name, () => {
    const weight = net.parameter('weight', [c, out], 'weight', { deviation: gain / Math.sqrt(c) })
    const y = matmul(net, x, weight)
    return bias ? add(net, net.parameter('bias', [out], 'bias', SHIFT), y) : y
  })
}

/** A dense layer of a flat row: Gemm, as exporters write it for two axes. */
export function dense(net, name, x, out, { gain = HE } = {}) {
  const c = x.shape[1]
  return net.in(name, () => {
    const weight = net.parameter('weight', [out, c], 'weight', { deviation: gain / Math.sqrt(c) })
    const inputs = [x, weight, net.parameter('bias', [out], 'bias', SHIFT)]
    return net.op('Gemm', inputs, { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 }, [x.shape[0], out])
  })
}

function broadcast(a, b) {
  const rank = Math.max(a.length, b.length)
  const at = (s, i) => s[i - rank + s.length] ?? 1
  return Array.from({ length: rank }, (_, i) => {
    const [p, q] = [at(a, i), at(b, i)]
    check(p === q || p === 1 || q === 1, `[${a.join(', ')}] and [${b.join(', ')}] do not go together`)
    return Math.max(p, q)
  })
}

const binary = (type) => (net, a, b) => net.op(type, [a, b], {}, broadcast(a.shape, b.shape))
export const add = binary('Add')
export const sub = binary('Sub')
export const mul = binary('Mul')
export const div = binary('Div')

const unary = (type, attributes) => (net, x) => net.op(type, [x], attributes, x.shape)
export const relu = unary('Relu')
export const elu = unary('Elu', { alpha: { float: 1 } })
export const sigmoid = unary('Sigmoid')
export const exp = unary('Exp')
export const hardSwish = unary('HardSwish')

export const clip = (net, x, low, high) =>
  net.op('Clip', [x, low === null ? null : net.scalar(low), ...(high === null ? [] : [net.scalar(high)])], {}, x.shape)
export const relu6 = (net, x) => clip(net, x, 0, 6)

/** The exact GELU as exporters write it before opset 20: x · (erf(x / √2) + 1) · ½. */
export function gelu(net, x) {
  return net.in('act', () => {
    const erf = net.op('Erf', [div(net, x, net.scalar(Math.SQRT2))], {}, x.shape)
    return mul(net, mul(net, x, add(net, erf, net.scalar(1))), net.scalar(0.5))
  })
}

export const softmax = (net, x, axis = -1) => net.op('Softmax', [x], { axis }, x.shape)

export function matmul(net, a, b) {
  const [m, k] = a.shape.slice(-2)
  const [kb, n] = b.shape.slice(-2)
  check(k === kb, `a product of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`)
  return net.op('MatMul', [a, b], {}, [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n])
}

/** Reshape; 0 keeps a dimension, -1 takes the rest. */
export function reshape(net, x, shape) {
  const total = x.shape.reduce((a, b) => a * b, 1)
  const known = shape.map((d, i) => (d === 0 ? x.shape[i] : d))
  const rest = total / known.reduce((a, b) => (b === -1 ? a : a * b), 1)
  const full = known.map((d) => (d === -1 ? rest : d))
  check(full.reduce((a, b) => a * b, 1) === total, `[${x.shape.join(', ')}] cannot become [${shape.join(', ')}]`)
  return net.op('Reshape', [x, net.ints(shape)], {}, full)
}

export const transpose = (net, x, perm) =>
  net.op(
    'Transpose',
    [x],
    { perm },
    perm.map((p) => x.shape[p]),
  )

export function concat(net, values, axis) {
  const shape = [...values[0].shape]
  const at = axis < 0 ? axis + shape.length : axis
  shape[at] = values.reduce((n, v) => n + v.shape[at], 0)
  return net.op('Concat', values, { axis }, shape)
}

export function slice(net, x, starts, ends, axes, steps = starts.map(() => 1)) {
  const shape = [...x.shape]
  axes.forEach((axis, i) => {
    const bound = (v) => Math.min(Math.max(v < 0 ? v + shape[axis] : v, 0), shape[axis])
    shape[axis] = Math.ceil((bound(ends[i]) - bound(starts[i])) / steps[i])
  })
  return net.op('Slice', [x, net.ints(starts), net.ints(ends), net.ints(axes), net.ints(steps)], {}, shape)
}

export function split(net, x, sizes, axis) {
  const shapes = sizes.map((n) => x.shape.map((d, i) => (i === axis ? n : d)))
  return net.ops('Split', [x, net.ints(sizes)], { axis }, shapes)
}

export const squeeze = (net, x, axis) =>
  net.op(
    'Squeeze',
    [x, net.ints([axis])],
    {},
    x.shape.filter((_, i) => i !== axis),
  )

/** Rows of axis 0 (or another) by an index that is a constant. */
export function gather(net, x, indices, shape, axis = 0) {
  const out = [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)]
  return net.op('Gather', [x, net.ints(indices, shape)], { axis }, out)
}

export function maxPool(net, x, kernel, stride, pad = 0) {
  const size = (d) => Math.floor((d + 2 * pad - kernel) / stride) + 1
  const attributes = {
    ceil_mode: 0,
    kernel_shape: [kernel, kernel],
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
  }
  return net.op('MaxPool', [x], attributes, [...x.shape.slice(0, 2), size(x.shape[2]), size(x.shape[3])])
}

/** Average pooling without padding over one or two spatial axes; what is left over at the end is a pool of its own. */
export function averagePool(net, x, kernel, { ceil = false } = {}) {
  const [n, c, ...space] = x.shape
  const k = space.map(() => kernel)
  const attributes = { ceil_mode: ceil ? 1 : 0, count_include_pad: ceil ? 0 : 1, kernel_shape: k, strides: k }
  const round = ceil ? Math.ceil : Math.floor
  return net.op('AveragePool', [x], { ...attributes, pads: space.flatMap(() => [0, 0]) }, [
    n,
    c,
    ...space.map((d) => round(d / kernel)),
  ])
}

/** Padding of an image: rows and columns [top, left, bottom, right], mode 'constant' (with `value`) or 'reflect'. */
export function pad(net, x, [top, left, bottom, right], mode = 'constant', value) {
  const [n, c, h, w] = x.shape
  const inputs = [x, net.ints([0, 0, top, left, 0, 0, bottom, right])]
  if (value !== undefined) inputs.push(net.scalar(value))
  return net.op('Pad', inputs, { mode }, [n, c, h + top + bottom, w + left + right])
}

/** Pads an image as TensorFlow's SAME does: what the stride needs, the odd one at the end. */
export function padSame(net, x, kernel, stride, value) {
  const need = (d) => Math.max((Math.ceil(d / stride) - 1) * stride + kernel - d, 0)
  const [p, q] = [need(x.shape[2]), need(x.shape[3])]
  return pad(net, x, [p >> 1, q >> 1, p - (p >> 1), q - (q >> 1)], 'constant', value)
}

const RESIZE = {
  linear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  aligned: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  nearest: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  cubic: { mode: 'cubic', coordinate_transformation_mode: 'half_pixel', cubic_coeff_a: { float: -0.75 } },
}

/** Resizes an image by a factor, or by one for each axis. Kinds: linear, aligned (corners), nearest, cubic. */
export function scaleImage(net, x, factor, kind) {
  const [fh, fw] = pair(factor)
  const [n, c, h, w] = x.shape
  const shape = [n, c, Math.floor(h * Math.fround(fh)), Math.floor(w * Math.fround(fw))]
  return net.op('Resize', [x, null, net.floats([1, 1, fh, fw])], RESIZE[kind], shape)
}

/** Resizes an image to height and width. */
export function resizeImage(net, x, [height, width], kind) {
  const shape = [...x.shape.slice(0, 2), height, width]
  return net.op('Resize', [x, null, null, net.ints(shape)], RESIZE[kind], shape)
}

/** Tokens [1, N, C] as an image [1, C, height, width]. */
export function tokensToImage(net, x, [height, width]) {
  const flat = transpose(net, x, [0, 2, 1])
  return reshape(net, flat, [0, x.shape[2], height, width])
}

/** An image [1, C, H, W] as tokens [1, H · W, C]. */
export function imageToTokens(net, x) {
  return transpose(net, reshape(net, x, [0, x.shape[1], -1]), [0, 2, 1])
}
