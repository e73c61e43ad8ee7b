// DPT on LeViT-384 (MiDaS v3.1, https://arxiv.org/abs/2307.14460; https://arxiv.org/abs/2104.01136): batch norm behind every
// product, Hard-Swish, biases by distance, attention that halves the grid, and a decoder that ends in transposed convolutions.
import { disparityHead, fusePyramid } from '../builder/decoder.mjs'
import {
  add,
  batchNorm,
  convNorm,
  convTranspose,
  gather,
  hardSwish,
  imageToTokens,
  linear,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  split,
  squeeze,
  tokensToImage,
  transpose,
} from '../builder/layers.mjs'
import { mergeHeads } from '../builder/transformer.mjs'

const KEY = 32
const DIMS = [384, 512, 768]
const HEADS = [6, 9, 12]
const DEPTH = 4
/** Blocks after which the decoder reads; what comes behind the last of them is not used. */
const HOOKS = [3, 11, 21]

function linearNorm(net, name, x, out, gain = 1) {
  return net.in(name, () => {
    const y = linear(net, 'linear', x, out, { bias: false })
    return reshape(net, batchNorm(net, 'bn', reshape(net, y, [-1, out]), { gain }), y.shape)
  })
}

/** For each query and key, which of the biases: one a distance, by rows and columns. */
function distances([qh, qw], [kh, kw], stride) {
  const seen = new Map()
  const index = []
  for (let a = 0; a < qh * qw; a++)
    for (let b = 0; b < kh * kw; b++) {
      const dy = Math.abs(Math.floor(a / qw) * stride - Math.floor(b / kw))
      const dx = Math.abs((a % qw) * stride - (b % kw))
      const key = dy * kw + dx
      if (!seen.has(key)) seen.set(key, seen.size)
      index.push(seen.get(key))
    }
  return { index, count: seen.size }
}

function attendBiased(net, [q, k, v], queries, keys, stride) {
  const heads = q.shape[2]
  const scores = matmul(net, transpose(net, q, [0, 2, 1, 3]), transpose(net, k, [0, 2, 3, 1]))
  const { index, count } = distances(queries, keys, stride)
  const biases = net.parameter('attention_biases', [heads, count], 'weight', { deviation: 0.5 })
  const shape = [queries[0] * queries[1], keys[0] * keys[1]]
  const biased = add(net, mul(net, scores, net.scalar(1 / Math.sqrt(KEY))), gather(net, biases, index, shape, 1))
  return mergeHeads(net, matmul(net, softmax(net, biased), transpose(net, v, [0, 2, 1, 3])))
}

function attention(net, x, heads, grid) {
  return net.in('m', () => {
    const packed = linearNorm(net, 'qkv', x, heads * 4 * KEY)
    const parts = split(net, reshape(net, packed, [1, -1, heads, 4 * KEY]), [KEY, KEY, 2 * KEY], 3)
    const y = hardSwish(net, attendBiased(net, parts, grid, grid, 1))
    return linearNorm(net, 'proj.ln', y, x.shape[2], 0.5)
  })
}

function mlp(net, x) {
  const dim = x.shape[2]
  return net.in('m', () => linearNorm(net, 'ln2', hardSwish(net, linearNorm(net, 'ln1', x, 2 * dim)), dim, 0.5))
}

const halve = (grid) => grid.map((d) => Math.ceil(d / 2))

function attentionHalving(net, x, out, grid) {
  const dim = x.shape[2]
  const heads = dim / KEY
  const kv = reshape(net, linearNorm(net, 'kv', x, heads * 5 * KEY), [1, -1, heads, 5 * KEY])
  const [k, v] = split(net, kv, [KEY, 4 * KEY], 3)
  const sampled = slice(net, reshape(net, x, [1, ...grid, dim]), [0, 0], grid, [1, 2], [2, 2])
  const fewer = reshape(net, sampled, [1, -1, dim])
  const q = reshape(net, linearNorm(net, 'q.ln', fewer, heads * KEY), [1, -1, heads, KEY])
  return linearNorm(net, 'proj.ln', hardSwish(net, attendBiased(net, [q, k, v], halve(grid), grid, 2)), out)
}

/** Feature images after the hooks, and the trained values of all blocks. */
function encoder(net, image) {
  let y = image
  net.in('stem', () => {
    for (const [i, out] of [48, 96, 192, 384].entries()) {
      y = convNorm(net, `conv${i + 1}`, y, out, { conv: `conv${i + 1}.linear`, bn: `conv${i + 1}.bn`, stride: 2 })
      if (i < 3) y = hardSwish(net, y)
    }
  })
  let grid = y.shape.slice(2)
  let x = imageToTokens(net, y)
  const features = []
  let index = 0
  const step = (f) => {
    const before = net.counts.graph
    x = net.in(`blocks.${index}`, f)
    // Behind the last hook nothing is used: counted, and left out of the graph's count.
    if (index > HOOKS[2]) net.counts.graph = before
    if (HOOKS.includes(index++)) features.push(tokensToImage(net, x, grid))
  }
  for (const s of DIMS.keys()) {
    for (let b = 0; b < DEPTH; b++) {
      step(() => add(net, x, attention(net, x, HEADS[s], grid)))
      step(() => add(net, x, mlp(net, x)))
    }
    if (s === 2) break
    step(() => attentionHalving(net, x, DIMS[s + 1], grid))
    grid = halve(grid)
    step(() => add(net, x, mlp(net, x)))
  }
  return features
}

/** The classifiers of the backbone: batch norm and a dense layer, twice, for distillation. */
function unusedHeads(net) {
  for (let i = 0; i < 2; i++) {
    net.unused([[768], [768]], 'norm')
    net.unused([[1000, 768]])
    net.unused([[1000]], 'bias')
  }
}

function build(net, width, height) {
  const image = net.input('image', [1, 3, height, width])
  const features = net.in('pretrained/model', () => encoder(net, image))
  unusedHeads(net)
  const channels = [256, 256, 256]
  let x = fusePyramid(net, features, { channels, outs: channels, sized: true })
  for (const [i, out] of [128, 64].entries())
    x = net.in(`scratch/stem_transpose/${2 * i}`, () => {
      const y = convTranspose(net, 'c', x, out, { kernel: 3, stride: 2, pad: 1, outputPadding: 1, bias: false })
      return hardSwish(net, batchNorm(net, 'bn', y))
    })
  net.output('depth', squeeze(net, disparityHead(net, x, { first: 32, hidden: 8, kind: 'aligned' }), 1))
}

export const models = [
  {
    name: 'levit',
    title: 'DPT on LeViT-384 (MiDaS v3.1)',
    size: [224, 224],
    small: [64, 64],
    published: '51',
    why: 'the blocks behind the last of the three that the decoder reads are counted and never used',
    build,
  },
]
