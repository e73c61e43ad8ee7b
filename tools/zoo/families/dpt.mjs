// DPT-Large and DPT-Hybrid: vision transformers with readout of the class token (https://arxiv.org/abs/2103.13413).
import { disparityHead, fusePyramid } from '../builder/decoder.mjs'
import {
  add,
  concat,
  conv,
  convTranspose,
  gelu,
  groupNorm,
  imageToTokens,
  linear,
  maxPool,
  padSame,
  relu,
  slice,
  squeeze,
  tokensToImage,
} from '../builder/layers.mjs'
import { addPositions, blocks, embedPatches, prependClass } from '../builder/transformer.mjs'

const TRAINED = 384 / 16

/** Counts the final norm and the classifier of 1000 classes, which a depth network keeps and does not use. */
export function unusedClassifier(net, dim) {
  net.unused([[dim], [dim]], 'norm')
  net.unused([[1000, dim]])
  net.unused([[1000]], 'bias')
}

/** Patch tokens joined with the class token, projected back to their width, as an image. */
export function readout(net, name, tokens, grid) {
  const [, , dim] = tokens.shape
  return net.in(name, () => {
    const patches = slice(net, tokens, [1], [Number.MAX_SAFE_INTEGER], [1])
    const first = slice(net, tokens, [0], [1], [1])
    const shape = patches.shape
    const repeated = net.op('Expand', [first, net.ints(shape)], {}, shape)
    const joined = net.in('0/project', () => gelu(net, linear(net, '0', concat(net, [patches, repeated], 2), dim)))
    return tokensToImage(net, joined, grid)
  })
}

/** Brings four images at a sixteenth of the input to a quarter, an eighth, a sixteenth and a thirty-second. */
export function reassemble(net, images, outs) {
  return images.map((image, i) =>
    net.in(`act_postprocess${i + 1}`, () => {
      const x = conv(net, '3', image, outs[i], { kernel: 1, gain: 1 })
      if (i < 2) return convTranspose(net, '4', x, outs[i], { kernel: i ? 2 : 4, stride: i ? 2 : 4 })
      return i === 2 ? x : conv(net, '4', x, outs[i], { stride: 2, gain: 1 })
    }),
  )
}

/** The decoder of MiDaS v3 and v3.1 on four feature images. */
export function decode(net, pyramid) {
  const channels = [256, 256, 256, 256]
  const fused = fusePyramid(net, pyramid, { channels, outs: channels, sized: true })
  const depth = disparityHead(net, fused, { first: 128, hidden: 32, kind: 'aligned' })
  net.output('depth', squeeze(net, depth, 1))
}

function buildLarge(net, width, height) {
  const dim = 1024
  const image = net.input('image', [1, 3, height, width])
  const pyramid = net.in('pretrained', () => {
    const images = net.in('model', () => {
      const { tokens, grid } = embedPatches(net, 'patch_embed', image, dim, 16)
      const x = addPositions(net, prependClass(net, tokens), grid, { trained: TRAINED, resize: 'linear' })
      const after = blocks(net, x, { depth: 24, heads: 16, unbind: 'split', scaled: 'both' })
      unusedClassifier(net, dim)
      return { after, grid }
    })
    const hooked = [5, 11, 17, 23].map((h, i) => readout(net, `act_postprocess${i + 1}`, images.after[h], images.grid))
    return reassemble(net, hooked, [256, 512, 1024, 1024])
  })
  decode(net, pyramid)
}

/** A bottleneck of BiT's ResNet: standardised convolutions, each with a group norm behind it. */
function bottleneck(net, x, out, stride) {
  const mid = out / 4
  const standard = (name, y, channels, options) =>
    conv(net, name, options.stride > 1 ? padSame(net, y, options.kernel, options.stride) : y, channels, {
      ...options,
      ...(options.stride > 1 && { pad: 0 }),
      bias: false,
      standardised: true,
    })
  let shortcut = x
  if (x.shape[1] !== out)
    shortcut = net.in('downsample', () =>
      groupNorm(net, 'norm', standard('conv', x, out, { kernel: 1, stride, pad: 0 }), 32),
    )
  let y = relu(net, groupNorm(net, 'norm1', standard('conv1', x, mid, { kernel: 1, stride: 1 }), 32))
  y = relu(net, groupNorm(net, 'norm2', standard('conv2', y, mid, { kernel: 3, stride }), 32))
  y = groupNorm(net, 'norm3', standard('conv3', y, out, { kernel: 1, stride: 1 }), 32, { gain: 0.3 })
  return relu(net, add(net, y, shortcut))
}

/** ResNet-50 without its last stage; returns the images after each stage. */
function bitStages(net, image) {
  return net.in('backbone', () => {
    let x = net.in('stem', () => {
      const padded = padSame(net, image, 7, 2)
      const y = conv(net, 'conv', padded, 64, { kernel: 7, stride: 2, pad: 0, bias: false, standardised: true })
      return maxPool(net, padSame(net, relu(net, groupNorm(net, 'norm', y, 32)), 3, 2), 3, 2)
    })
    const after = []
    for (const [s, depth] of [3, 4, 9].entries())
      net.in(`stages.${s}`, () => {
        for (let b = 0; b < depth; b++)
          x = net.in(`blocks.${b}`, () => bottleneck(net, x, 256 << s, b === 0 && s > 0 ? 2 : 1))
        after.push(x)
      })
    return after
  })
}

function buildHybrid(net, width, height) {
  const dim = 768
  const image = net.input('image', [1, 3, height, width])
  const pyramid = net.in('pretrained', () => {
    const { stages, after, grid } = net.in('model', () => {
      const { stages, tokens, grid } = net.in('patch_embed', () => {
        const stages = bitStages(net, image)
        const projected = conv(net, 'proj', stages[2], dim, { kernel: 1, gain: 1 })
        return { stages, tokens: imageToTokens(net, projected), grid: projected.shape.slice(2) }
      })
      const x = addPositions(net, prependClass(net, tokens), grid, { trained: TRAINED, resize: 'linear' })
      const after = blocks(net, x, { depth: 12, heads: 12, unbind: 'split', scaled: 'both' })
      unusedClassifier(net, dim)
      return { stages, after, grid }
    })
    const [third, fourth] = [8, 11].map((h, i) => readout(net, `act_postprocess${i + 3}`, after[h], grid))
    return [
      stages[0],
      stages[1],
      net.in('act_postprocess3', () => conv(net, '3', third, dim, { kernel: 1, gain: 1 })),
      net.in('act_postprocess4', () => {
        const y = conv(net, '3', fourth, dim, { kernel: 1, gain: 1 })
        return conv(net, '4', y, dim, { stride: 2, gain: 1 })
      }),
    ]
  })
  decode(net, pyramid)
}

export const models = [
  {
    name: 'dpt-large',
    title: 'DPT-Large (MiDaS v3)',
    size: [384, 384],
    small: [64, 64],
    published: '344.06',
    build: buildLarge,
  },
  {
    name: 'dpt-hybrid',
    title: 'DPT-Hybrid (MiDaS v3)',
    size: [384, 384],
    small: [64, 64],
    published: '123.15',
    build: buildHybrid,
  },
]
