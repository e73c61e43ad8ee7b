// Depth Anything V2: DINOv2 and the DPT decoder (https://arxiv.org/abs/2406.09414, https://arxiv.org/abs/2304.07193).
import { disparityHead, fusePyramid } from '../builder/decoder.mjs'
import { conv, convTranspose, relu, sharedLayerNorm, slice, squeeze, tokensToImage } from '../builder/layers.mjs'
import { addPositions, blocks, embedPatches, prependClass } from '../builder/transformer.mjs'

const SIZES = {
  small: { dim: 384, depth: 12, heads: 6, features: 64, outs: [48, 96, 192, 384], hooks: [2, 5, 8, 11] },
  base: { dim: 768, depth: 12, heads: 12, features: 128, outs: [96, 192, 384, 768], hooks: [2, 5, 8, 11] },
  large: { dim: 1024, depth: 24, heads: 16, features: 256, outs: [256, 512, 1024, 1024], hooks: [4, 11, 17, 23] },
}

const PATCH = 14
const TRAINED = 518 / PATCH

function encoder(net, image, { dim, depth, heads, hooks }) {
  return net.in('pretrained', () => {
    const { tokens, grid } = embedPatches(net, 'patch_embed', image, dim, PATCH)
    net.unused([[1, dim]]) // the mask token of DINOv2's training
    const x = addPositions(net, prependClass(net, tokens), grid, { trained: TRAINED, resize: 'cubic', offset: 0.1 })
    const after = blocks(net, x, { depth, heads, unbind: 'gather', scaled: 'query', scales: true })
    const norm = sharedLayerNorm(net, 'norm', dim)
    const features = hooks.map((h) => norm(after[h]))
    return { features, grid }
  })
}

function reassemble(net, features, grid, outs) {
  return features.map((tokens, i) => {
    const patches = slice(net, tokens, [1], [Number.MAX_SAFE_INTEGER], [1])
    const x = conv(net, `projects.${i}`, tokensToImage(net, patches, grid), outs[i], { kernel: 1, gain: 1 })
    const name = `resize_layers.${i}`
    if (i < 2) return convTranspose(net, name, x, outs[i], { kernel: i ? 2 : 4, stride: i ? 2 : 4 })
    return i === 2 ? x : conv(net, name, x, outs[i], { stride: 2, gain: 1 })
  })
}

function build(net, width, height, size) {
  const { features: channels, outs } = SIZES[size]
  const image = net.input('image', [1, 3, height, width])
  const { features, grid } = encoder(net, image, SIZES[size])
  const depth = net.in('depth_head', () => {
    const pyramid = reassemble(net, features, grid, outs)
    const each = [channels, channels, channels, channels]
    const fused = fusePyramid(net, pyramid, { channels: each, outs: each, sized: true })
    return disparityHead(net, fused, { first: channels / 2, hidden: 32, kind: 'aligned', size: [height, width] })
  })
  net.output('depth', squeeze(net, relu(net, depth), 1))
}

const model = (size, published) => ({
  name: `dav2-${size}`,
  title: `Depth Anything V2 ${size}`,
  size: [518, 518],
  small: [56, 42],
  published,
  build: (net, width, height) => build(net, width, height, size),
})

export const models = [model('small', '24.79'), model('base', '97.47'), model('large', '335.32')]
