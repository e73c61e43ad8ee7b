// FastDepth: MobileNet with a depthwise decoder and additive skips (https://arxiv.org/abs/1903.03273).
import { add, convNorm, relu, scaleImage } from '../builder/layers.mjs'

// Channels behind each pair of a depthwise and a pointwise convolution, and the strides.
const FULL = {
  stem: 32,
  encoder: [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024],
  decoder: [512, 256, 128, 64, 32],
}
const PRUNED = {
  stem: 16,
  encoder: [56, 88, 120, 144, 256, 408, 376, 272, 288, 296, 328, 480, 512],
  decoder: [200, 256, 120, 56, 16],
}
const STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
/** Which layer's output the decoder adds behind each of its resizes. */
const SKIPS = { 1: 5, 2: 3, 3: 1 }

function separable(net, x, out, kernel, stride) {
  const c = x.shape[1]
  const deep = relu(net, convNorm(net, '0', x, c, { conv: '0', bn: '1', kernel, stride, groups: c }))
  return relu(net, convNorm(net, '3', deep, out, { conv: '3', bn: '4', kernel: 1 }))
}

function build(net, width, height, { stem, encoder, decoder }) {
  const image = net.input('rgb', [1, 3, height, width])
  let x = net.in('conv0', () => relu(net, convNorm(net, '0', image, stem, { conv: '0', bn: '1', stride: 2 })))
  const after = [x]
  encoder.forEach((out, i) => {
    x = net.in(`conv${i + 1}`, () => separable(net, x, out, 3, STRIDES[i]))
    after.push(x)
  })
  decoder.forEach((out, i) => {
    x = net.in(`decode_conv${i + 1}`, () => separable(net, x, out, 5, 1))
    x = scaleImage(net, x, 2, 'nearest')
    if (SKIPS[i]) x = add(net, x, after[SKIPS[i]])
  })
  const options = { conv: '0', bn: '1', kernel: 1 }
  const depth = net.in('decode_conv6', () => relu(net, convNorm(net, '0', x, 1, { ...options, positive: true })))
  net.output('depth', depth)
}

export const models = [
  {
    name: 'fastdepth',
    title: 'FastDepth before pruning',
    size: [224, 224],
    small: [64, 64],
    published: '3.93',
    counted: 'weights',
    why: 'the published figure is that of the convolutions, without batch norm',
    build: (net, width, height) => build(net, width, height, FULL),
  },
  {
    name: 'fastdepth-pruned',
    title: 'FastDepth',
    size: [224, 224],
    small: [64, 64],
    published: '1.35',
    counted: 'folded',
    why: 'the published figure has batch norm folded into its convolutions',
    build: (net, width, height) => build(net, width, height, PRUNED),
  },
]
