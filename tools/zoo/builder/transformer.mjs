// Parts of vision transformers: patch embedding, position embedding, attention and blocks.
import {
  add,
  concat,
  conv,
  div,
  gather,
  gelu,
  imageToTokens,
  layerNorm,
  linear,
  matmul,
  mul,
  reshape,
  scaleImage,
  slice,
  softmax,
  split,
  squeeze,
  transpose,
} from './layers.mjs'
import { check } from './net.mjs'

/** Splits packed projections [B, N, 3C] into three of [B, heads, N, C / heads], by Gather or by Split. */
export function unpack(net, x, heads, unbind = 'gather') {
  const [b, n, c3] = x.shape
  const packed = transpose(net, reshape(net, x, [b, n, 3, heads, c3 / 3 / heads]), [2, 0, 3, 1, 4])
  if (unbind === 'gather') return [0, 1, 2].map((i) => gather(net, packed, [i], []))
  return split(net, packed, [1, 1, 1], 0).map((part) => squeeze(net, part, 0))
}

/**
 * softmax(q · kᵀ · scale + bias) · v of [B, heads, N, d] tensors, as tokens [B, N, heads · dv]. The scale goes on q
 * ('query'), on the scores ('scores') or half on each of q and k ('both', as scaled_dot_product_attention exports).
 */
export function attend(net, q, k, v, { scaled = 'query', bias, scale = 1 / Math.sqrt(q.shape[3]) } = {}) {
  let keys = transpose(net, k, [0, 1, 3, 2])
  if (scaled === 'both') {
    q = mul(net, q, net.scalar(Math.sqrt(scale)))
    keys = mul(net, keys, net.scalar(Math.sqrt(scale)))
  }
  if (scaled === 'query') q = mul(net, q, net.scalar(scale))
  let scores = matmul(net, q, keys)
  if (scaled === 'scores') scores = mul(net, scores, net.scalar(scale))
  if (bias) scores = add(net, scores, bias)
  return mergeHeads(net, matmul(net, softmax(net, scores), v))
}

/** [B, heads, N, d] as [B, N, heads · d]. */
export function mergeHeads(net, x) {
  const [b, h, n, d] = x.shape
  return reshape(net, transpose(net, x, [0, 2, 1, 3]), [b, n, h * d])
}

/** Patches of an image as tokens: a convolution whose stride is its kernel. */
export function embedPatches(net, name, image, dim, patch) {
  const [, , h, w] = image.shape
  check(h % patch === 0 && w % patch === 0, `${net.name}: width and height must be multiples of ${patch}`)
  const y = net.in(name, () => conv(net, 'proj', image, dim, { kernel: patch, stride: patch, pad: 0, gain: 1 }))
  return { tokens: imageToTokens(net, y), grid: [h / patch, w / patch] }
}

/** The class token before the others. */
export function prependClass(net, tokens, name = 'cls_token') {
  const token = net.parameter(name, [1, 1, tokens.shape[2]], 'weight', { deviation: 0.5 })
  return concat(net, [token, tokens], 1)
}

/**
 * Adds a trained position embedding of `trained` × `trained` patches and the class token. At another grid it is resized:
 * `resize` is the kind, and `offset` what is added to the grid's size before the factor is taken.
 */
export function addPositions(net, tokens, grid, { trained, resize, offset = 0, name = 'pos_embed' }) {
  const dim = tokens.shape[2]
  const all = net.parameter(name, [1, trained * trained + 1, dim], 'weight', { deviation: 0.5 })
  if (grid[0] === trained && grid[1] === trained) return add(net, tokens, all)
  const first = slice(net, all, [0], [1], [1])
  const rest = slice(net, all, [1], [Number.MAX_SAFE_INTEGER], [1])
  const image = transpose(net, reshape(net, rest, [1, trained, trained, dim]), [0, 3, 1, 2])
  const factors = grid.map((d) => (d + offset) / trained)
  const resized = scaleImage(net, image, factors, resize)
  check(resized.shape[2] === grid[0] && resized.shape[3] === grid[1], 'the position embedding misses the grid')
  const flat = reshape(net, transpose(net, resized, [0, 2, 3, 1]), [1, -1, dim])
  return add(net, tokens, concat(net, [first, flat], 1))
}

/** fc1, GELU, fc2. */
export function mlp(net, name, x, hidden) {
  return net.in(name, () =>
    linear(net, 'fc2', gelu(net, linear(net, 'fc1', x, hidden, { gain: Math.SQRT2 })), x.shape[2]),
  )
}

/** A trained factor for each channel of a residual branch. */
export const layerScale = (net, name, x) =>
  mul(net, x, net.parameter(name, [x.shape[2]], 'norm', { mean: 0.5, deviation: 0.1 }))

/** Blocks of a plain vision transformer; returns the tokens after each. */
export function blocks(net, tokens, { depth, heads, unbind, scaled, scales }) {
  const dim = tokens.shape[2]
  const after = []
  let x = tokens
  const branch = (y, name) => (scales ? layerScale(net, name, y) : y)
  for (let i = 0; i < depth; i++)
    net.in(`blocks.${i}`, () => {
      const normed = layerNorm(net, 'norm1', x)
      const attended = net.in('attn', () => {
        const [q, k, v] = unpack(net, linear(net, 'qkv', normed, 3 * dim), heads, unbind)
        return linear(net, 'proj', attend(net, q, k, v, { scaled }), dim)
      })
      x = add(net, x, branch(attended, 'ls1.gamma'))
      x = add(net, x, branch(mlp(net, 'mlp', layerNorm(net, 'norm2', x), 4 * dim), 'ls2.gamma'))
      after.push(x)
    })
  return after
}

/** L2 normalisation of the last axis as exporters write it: x / max(‖x‖, ε). */
export function normalise(net, x) {
  const last = [...x.shape.slice(0, -1), 1]
  const norm = net.op('ReduceL2', [x], { axes: [-1], keepdims: 1 }, last)
  const bounded = net.op('Clip', [norm, net.scalar(1e-12)], {}, last)
  return div(net, x, net.op('Expand', [bounded, net.ints(x.shape)], {}, x.shape))
}
