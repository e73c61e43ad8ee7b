// DPT on Next-ViT-L (MiDaS v3.1, https://arxiv.org/abs/2307.14460; https://arxiv.org/abs/2207.05501): blocks of grouped
// convolution, and at the end of each group one that joins attention over pooled keys with convolution.
import {
  add,
  averagePool,
  batchNorm,
  concat,
  conv,
  convNorm,
  imageToTokens,
  linear,
  relu,
  reshape,
  tokensToImage,
  transpose,
} from '../builder/layers.mjs'
import { attend } from '../builder/transformer.mjs'
import { decode, unusedClassifier } from './dpt.mjs'

const HEAD = 32
const toMultiple = (v) => {
  const rounded = Math.max(32, Math.floor((v + 16) / 32) * 32)
  return rounded < 0.9 * v ? rounded + 32 : rounded
}

const convolution = (out) => ({ out })
const transformer = (out) => ({ out, attention: true })
const repeat = (n, make) => Array.from({ length: n }, make).flat()

// Blocks of each stage, and by how much attention pools its keys there.
const STAGES = [
  { blocks: repeat(3, () => convolution(96)), pool: 8 },
  { blocks: [...repeat(3, () => convolution(192)), transformer(256)], pool: 4 },
  { blocks: repeat(6, () => [...repeat(4, () => convolution(384)), transformer(512)]), pool: 2 },
  { blocks: [...repeat(2, () => convolution(768)), transformer(1024)], pool: 1 },
]

function embed(net, name, x, out, stride = 1) {
  if (stride === 1 && x.shape[1] === out) return x
  return net.in(name, () => {
    const y = stride > 1 ? averagePool(net, x, 2, { ceil: true }) : x
    return convNorm(net, 'conv', y, out, { conv: 'conv', bn: 'norm', kernel: 1, convGain: 1 })
  })
}

/** Attention of heads within a grouped 3×3 convolution, then a projection. */
function convolutionAttention(net, x) {
  const c = x.shape[1]
  return net.in('mhca', () => {
    const options = { conv: 'group_conv3x3', bn: 'norm', groups: c / HEAD }
    const y = relu(net, convNorm(net, 'group', x, c, options))
    return conv(net, 'projection', y, c, { kernel: 1, bias: false, gain: 0.2 })
  })
}

function mlp(net, x, ratio) {
  const c = x.shape[1]
  return net.in('mlp', () => {
    const hidden = relu(net, conv(net, 'conv1', x, toMultiple(c * ratio), { kernel: 1 }))
    return conv(net, 'conv2', hidden, c, { kernel: 1, gain: 0.2 })
  })
}

function convolutionBlock(net, x, out, stride) {
  const y = embed(net, 'patch_embed', x, out, stride)
  const z = add(net, y, convolutionAttention(net, y))
  return add(net, z, mlp(net, batchNorm(net, 'norm', z), 3))
}

function pooledAttention(net, tokens, pool) {
  const [, n, c] = tokens.shape
  const heads = c / HEAD
  const split = (x) => transpose(net, reshape(net, x, [1, -1, heads, HEAD]), [0, 2, 1, 3])
  return net.in('e_mhsa', () => {
    const q = split(linear(net, 'q', tokens, c))
    let source = tokens
    if (pool > 1) {
      const rows = averagePool(net, transpose(net, tokens, [0, 2, 1]), Math.min(pool * pool, n))
      source = transpose(net, batchNorm(net, 'norm', rows), [0, 2, 1])
    }
    const [k, v] = ['k', 'v'].map((name) => split(linear(net, name, source, c)))
    return linear(net, 'proj', attend(net, q, k, v, { scaled: 'scores' }), c, { gain: 0.2 })
  })
}

function transformerBlock(net, x, out, stride, pool) {
  const attended = toMultiple(Math.floor(out * 0.75))
  const y = embed(net, 'patch_embed', x, attended, stride)
  const tokens = imageToTokens(net, batchNorm(net, 'norm1', y))
  const z = add(net, y, tokensToImage(net, pooledAttention(net, tokens, pool), y.shape.slice(2)))
  const local = embed(net, 'projection', z, out - attended)
  const joined = concat(net, [z, add(net, local, convolutionAttention(net, local))], 1)
  return add(net, joined, mlp(net, batchNorm(net, 'norm2', joined), 2))
}

function build(net, width, height) {
  const image = net.input('image', [1, 3, height, width])
  const pyramid = net.in('pretrained/model', () => {
    let x = net.in('stem', () =>
      [
        [64, 2],
        [32, 1],
        [64, 1],
        [64, 2],
      ].reduce(
        (y, [out, stride], i) =>
          net.in(`${i}`, () => relu(net, convNorm(net, 'conv', y, out, { conv: 'conv', bn: 'norm', stride }))),
        image,
      ),
    )
    let index = 0
    const features = STAGES.map(({ blocks, pool }, s) => {
      for (const [b, { out, attention }] of blocks.entries()) {
        const stride = b === 0 && s > 0 ? 2 : 1
        x = net.in(`features.${index++}`, () =>
          attention ? transformerBlock(net, x, out, stride, pool) : convolutionBlock(net, x, out, stride),
        )
      }
      return x
    })
    unusedClassifier(net, 1024)
    return features
  })
  decode(net, pyramid)
}

export const models = [
  {
    name: 'nextvit-large',
    title: 'DPT on Next-ViT-L (MiDaS v3.1)',
    size: [384, 384],
    small: [64, 64],
    published: '72',
    build,
  },
]
