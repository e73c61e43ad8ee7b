// DPT on SwinV2-T (MiDaS v3.1, https://arxiv.org/abs/2307.14460; https://arxiv.org/abs/2111.09883): windows that shift,
// cosine attention, and biases by relative position from a small network.
import {
  add,
  clip,
  concat,
  conv,
  exp,
  gather,
  imageToTokens,
  layerNorm,
  linear,
  matmul,
  mul,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  tokensToImage,
  transpose,
} from '../builder/layers.mjs'
import { check } from '../builder/net.mjs'
import { mergeHeads, mlp, normalise, unpack } from '../builder/transformer.mjs'
import { decode, unusedClassifier } from './dpt.mjs'

/** Relative coordinates of a window's pixels, on a logarithmic scale to ±1, for the network of biases. */
function logCoordinates(window) {
  const values = []
  for (let dy = 1 - window; dy < window; dy++)
    for (let dx = 1 - window; dx < window; dx++)
      for (const d of [dy, dx]) {
        const scaled = (8 * d) / Math.max(window - 1, 1)
        values.push((Math.sign(scaled) * Math.log2(Math.abs(scaled) + 1)) / 3)
      }
  return values
}

function relativePositions(window) {
  const n = window * window
  const index = []
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const dy = Math.floor(i / window) - Math.floor(j / window) + window - 1
      const dx = (i % window) - (j % window) + window - 1
      index.push(dy * (2 * window - 1) + dx)
    }
  return index
}

/** −100 between pixels that the shift brought into one window from different places, as [windows, 1, n, n] on batch 1. */
function shiftMask(size, window, shift) {
  const region = (i) => (i < size - window ? 0 : i < size - shift ? 1 : 2)
  const [count, n] = [size / window, window * window]
  const mask = new Float32Array(count * count * n * n)
  for (let w = 0, at = 0; w < count * count; w++) {
    const label = (i) => {
      const y = Math.floor(w / count) * window + Math.floor(i / window)
      return 3 * region(y) + region((w % count) * window + (i % window))
    }
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) mask[at++] = label(i) === label(j) ? 0 : -100
  }
  return mask
}

/** Rolls rows and columns of [1, S, S, C] by `shift`, as exporters write it: two slices joined, for each axis. */
function roll(net, x, shift) {
  for (const axis of [1, 2]) {
    const from = shift > 0 ? x.shape[axis] - shift : -shift
    const end = slice(net, x, [from], [Number.MAX_SAFE_INTEGER], [axis])
    x = concat(net, [end, slice(net, x, [0], [from], [axis])], axis)
  }
  return x
}

function attention(net, windows, heads, window, mask) {
  const [count, n, dim] = windows.shape
  const biases = [
    net.parameter('q_bias', [dim], 'bias', { deviation: 0.02 }),
    net.floats(new Float32Array(dim)),
    net.parameter('v_bias', [dim], 'bias', { deviation: 0.02 }),
  ]
  const weight = net.in('qkv', () =>
    net.parameter('weight', [dim, 3 * dim], 'weight', { deviation: 1 / Math.sqrt(dim) }),
  )
  const packed = add(net, matmul(net, windows, weight), concat(net, biases, 0))
  const [q, k, v] = unpack(net, packed, heads, 'split')
  const keys = transpose(net, normalise(net, k), [0, 1, 3, 2])
  const logit = net.parameter('logit_scale', [heads, 1, 1], 'weight', { mean: Math.log(10), deviation: 0.05 })
  let scores = mul(net, matmul(net, normalise(net, q), keys), exp(net, clip(net, logit, null, Math.log(100))))
  const bias = net.in('cpb_mlp', () => {
    const span = 2 * window - 1
    const coordinates = net.floats(logCoordinates(window), [1, span, span, 2])
    const hidden = relu(net, linear(net, '0', coordinates, 512, { gain: Math.SQRT2 }))
    const table = reshape(net, linear(net, '2', hidden, heads, { bias: false }), [-1, heads])
    const pairs = reshape(net, gather(net, table, relativePositions(window), [n * n]), [n, n, heads])
    return reshape(net, mul(net, net.scalar(16), sigmoid(net, transpose(net, pairs, [2, 0, 1]))), [1, heads, n, n])
  })
  scores = add(net, scores, bias)
  if (mask) {
    const split = reshape(net, scores, [1, count, heads, n, n])
    scores = reshape(net, add(net, split, net.floats(mask, [1, count, 1, n, n])), [-1, heads, n, n])
  }
  return linear(net, 'proj', mergeHeads(net, matmul(net, softmax(net, scores), v)), dim)
}

function block(net, x, size, heads, window, shift) {
  const dim = x.shape[2]
  const count = size / window
  const attended = net.in('attn', () => {
    let image = reshape(net, x, [1, size, size, dim])
    if (shift) image = roll(net, image, -shift)
    const tiles = transpose(net, reshape(net, image, [1, count, window, count, window, dim]), [0, 1, 3, 2, 4, 5])
    const windows = reshape(net, tiles, [-1, window * window, dim])
    const y = attention(net, windows, heads, window, shift ? shiftMask(size, window, shift) : null)
    const back = transpose(net, reshape(net, y, [1, count, count, window, window, dim]), [0, 1, 3, 2, 4, 5])
    let joined = reshape(net, back, [1, size, size, dim])
    if (shift) joined = roll(net, joined, shift)
    return reshape(net, joined, [1, size * size, dim])
  })
  const middle = add(net, x, layerNorm(net, 'norm1', attended, { epsilon: 1e-5, gain: 0.5 }))
  const widened = mlp(net, 'mlp', middle, 4 * dim)
  return add(net, middle, layerNorm(net, 'norm2', widened, { epsilon: 1e-5, gain: 0.5 }))
}

/** Four neighbours joined and projected to twice the channels. */
function merge(net, x, size) {
  const dim = x.shape[2]
  return net.in('downsample', () => {
    const image = reshape(net, x, [1, size, size, dim])
    const far = [size, size]
    const corners = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ].map((start) => slice(net, image, start, far, [1, 2], [2, 2]))
    const joined = reshape(net, concat(net, corners, 3), [1, -1, 4 * dim])
    return layerNorm(net, 'norm', linear(net, 'reduction', joined, 2 * dim, { bias: false }), { epsilon: 1e-5 })
  })
}

const DEPTHS = [2, 2, 6, 2]
const HEADS = [3, 6, 12, 24]
const HOOKS = [1, 1, 5, 1]
const WINDOW = 16

function build(net, width, height) {
  check(width === height && width % 32 === 0, `${net.name}: SwinV2 wants a square whose side is a multiple of 32`)
  const image = net.input('image', [1, 3, height, width])
  const pyramid = net.in('pretrained/model', () => {
    let x = net.in('patch_embed', () => {
      const y = conv(net, 'proj', image, 96, { kernel: 4, stride: 4, pad: 0, gain: 1 })
      return layerNorm(net, 'norm', imageToTokens(net, y), { epsilon: 1e-5 })
    })
    let size = width / 4
    const features = DEPTHS.map((depth, s) =>
      net.in(`layers.${s}`, () => {
        const window = Math.min(WINDOW, size)
        check(size % window === 0, `${net.name}: windows of ${window} do not tile ${size} × ${size}`)
        let hooked
        for (let b = 0; b < depth; b++) {
          const shift = b % 2 && size > window ? window / 2 : 0
          x = net.in(`blocks.${b}`, () => block(net, x, size, HEADS[s], window, shift))
          if (b === HOOKS[s]) hooked = tokensToImage(net, x, [size, size])
        }
        if (s < 3) {
          x = merge(net, x, size)
          size /= 2
        }
        return hooked
      }),
    )
    unusedClassifier(net, 768)
    return features
  })
  decode(net, pyramid)
}

export const models = [
  {
    name: 'swin2-tiny',
    title: 'DPT on SwinV2-T (MiDaS v3.1)',
    size: [256, 256],
    small: [64, 64],
    published: '42',
    build,
  },
]
