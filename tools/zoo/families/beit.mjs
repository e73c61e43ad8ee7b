// DPT on BEiT-B (MiDaS v3.1, https://arxiv.org/abs/2307.14460; https://arxiv.org/abs/2106.08254): no position embedding,
// and in each block a table of biases by relative position, resized where the grid is not the trained one.
import {
  add,
  concat,
  gather,
  layerNorm,
  linear,
  matmul,
  reshape,
  resizeImage,
  slice,
  transpose,
} from '../builder/layers.mjs'
import { attend, embedPatches, layerScale, mlp, prependClass, unpack } from '../builder/transformer.mjs'
import { decode, readout, reassemble, unusedClassifier } from './dpt.mjs'

const TRAINED = 384 / 16
const SPAN = 2 * TRAINED - 1

/** For each pair of tokens, the class token first, the row of the bias table. */
function relativePositions([h, w]) {
  const n = h * w + 1
  const rows = (2 * h - 1) * (2 * w - 1)
  const index = new Int32Array(n * n)
  for (let i = 1; i < n; i++)
    for (let j = 1; j < n; j++) {
      const dy = Math.floor((i - 1) / w) - Math.floor((j - 1) / w) + h - 1
      const dx = ((i - 1) % w) - ((j - 1) % w) + w - 1
      index[i * n + j] = dy * (2 * w - 1) + dx
    }
  for (let i = 1; i < n; i++) {
    index[i] = rows
    index[i * n] = rows + 1
  }
  index[0] = rows + 2
  return index
}

function positionBias(net, heads, grid, positions) {
  const rows = SPAN * SPAN
  let table = net.parameter('relative_position_bias_table', [rows + 3, heads], 'weight', { deviation: 0.5 })
  if (grid[0] !== TRAINED || grid[1] !== TRAINED) {
    const size = grid.map((d) => 2 * d - 1)
    const image = transpose(
      net,
      reshape(net, slice(net, table, [0], [rows], [0]), [1, SPAN, SPAN, heads]),
      [0, 3, 1, 2],
    )
    const resized = transpose(net, resizeImage(net, image, size, 'linear'), [0, 2, 3, 1])
    const rest = slice(net, table, [rows], [rows + 3], [0])
    table = concat(net, [reshape(net, resized, [size[0] * size[1], heads]), rest], 0)
  }
  const n = grid[0] * grid[1] + 1
  const biases = reshape(net, gather(net, table, positions, [n * n]), [n, n, heads])
  return reshape(net, transpose(net, biases, [2, 0, 1]), [1, heads, n, n])
}

function attention(net, x, heads, grid, positions) {
  const dim = x.shape[2]
  // The projection has no bias for keys.
  const biases = [
    net.parameter('q_bias', [dim], 'bias', { deviation: 0.02 }),
    net.floats(new Float32Array(dim)),
    net.parameter('v_bias', [dim], 'bias', { deviation: 0.02 }),
  ]
  const weight = net.in('qkv', () =>
    net.parameter('weight', [dim, 3 * dim], 'weight', { deviation: 1 / Math.sqrt(dim) }),
  )
  const packed = add(net, matmul(net, x, weight), concat(net, biases, 0))
  const [q, k, v] = unpack(net, packed, heads, 'split')
  const bias = positionBias(net, heads, grid, positions)
  return linear(net, 'proj', attend(net, q, k, v, { scaled: 'query', bias }), dim)
}

function build(net, width, height) {
  const [dim, heads, depth] = [768, 12, 12]
  const image = net.input('image', [1, 3, height, width])
  const pyramid = net.in('pretrained', () => {
    const { after, grid } = net.in('model', () => {
      const { tokens, grid } = embedPatches(net, 'patch_embed', image, dim, 16)
      const positions = relativePositions(grid)
      const after = []
      let x = prependClass(net, tokens)
      for (let i = 0; i < depth; i++)
        net.in(`blocks.${i}`, () => {
          const normed = layerNorm(net, 'norm1', x)
          const attended = net.in('attn', () => attention(net, normed, heads, grid, positions))
          x = add(net, x, layerScale(net, 'gamma_1', attended))
          x = add(net, x, layerScale(net, 'gamma_2', mlp(net, 'mlp', layerNorm(net, 'norm2', x), 4 * dim)))
          after.push(x)
        })
      unusedClassifier(net, dim)
      return { after, grid }
    })
    const hooked = [2, 5, 8, 11].map((h, i) => readout(net, `act_postprocess${i + 1}`, after[h], grid))
    return reassemble(net, hooked, [96, 192, 384, 768])
  })
  decode(net, pyramid)
}

export const models = [
  {
    name: 'beit-base',
    title: 'DPT on BEiT-B (MiDaS v3.1)',
    size: [384, 384],
    small: [64, 64],
    published: '111.53',
    build,
  },
]
