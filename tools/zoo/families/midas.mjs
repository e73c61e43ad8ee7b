// MiDaS v2.1: ResNeXt-101 32×8d or EfficientNet-Lite3 with a refining decoder (https://arxiv.org/abs/1907.01341,
// https://arxiv.org/abs/1611.05431, https://arxiv.org/abs/1905.11946).
import { disparityHead, fusePyramid } from '../builder/decoder.mjs'
import { add, convNorm, maxPool, padSame, relu, relu6, squeeze } from '../builder/layers.mjs'

function resnextBlock(net, x, planes, stride) {
  const [mid, out] = [planes * 4, planes * 4]
  const named = (i, options) => ({ conv: `conv${i}`, bn: `bn${i}`, ...options })
  let y = relu(net, convNorm(net, 'conv1', x, mid, named(1, { kernel: 1, pad: 0 })))
  y = relu(net, convNorm(net, 'conv2', y, mid, named(2, { stride, groups: 32 })))
  y = convNorm(net, 'conv3', y, out, named(3, { kernel: 1, pad: 0, gain: 0.2 }))
  if (stride === 1 && x.shape[1] === out) return relu(net, add(net, y, x))
  const options = { conv: 'downsample.0', bn: 'downsample.1', kernel: 1, stride, pad: 0, convGain: 1 }
  return relu(net, add(net, y, convNorm(net, 'downsample', x, out, options)))
}

function resnext101(net, image) {
  return net.in('pretrained', () => {
    const features = []
    let x = net.in('layer1', () => {
      const y = relu(net, convNorm(net, '0', image, 64, { conv: '0', bn: '1', kernel: 7, stride: 2 }))
      return maxPool(net, y, 3, 2, 1)
    })
    for (const [s, depth] of [3, 4, 23, 3].entries()) {
      for (let b = 0; b < depth; b++) {
        const path = s === 0 ? `layer1/4/${b}` : `layer${s + 1}/${b}`
        x = net.in(path, () => resnextBlock(net, x, 64 << s, s > 0 && b === 0 ? 2 : 1))
      }
      features.push(x)
    }
    return features
  })
}

function buildLarge(net, width, height) {
  const features = resnext101(net, net.input('image', [1, 3, height, width]))
  const fused = fusePyramid(net, features, { channels: [256, 256, 256, 256], inPlace: true })
  net.output('depth', squeeze(net, disparityHead(net, fused, { first: 128, hidden: 32, kind: 'linear' }), 1))
}

// EfficientNet-Lite3: kernel, stride, expansion, channels and repeats of each stage.
const LITE3 = [
  [3, 1, 1, 24, 1],
  [3, 2, 6, 32, 3],
  [5, 2, 6, 48, 3],
  [3, 2, 6, 96, 5],
  [5, 1, 6, 136, 5],
  [5, 2, 6, 232, 6],
  [3, 1, 6, 384, 1],
]

const EPSILON = { epsilon: 1e-3 }

/** A depthwise or dense convolution with TensorFlow's padding where it has a stride, then batch norm and ReLU6. */
function liteConv(net, index, name, x, out, kernel, stride, groups) {
  const source = stride > 1 ? padSame(net, x, kernel, stride) : x
  const options = { conv: name, bn: `bn${index}`, kernel, stride, groups, ...EPSILON }
  return relu6(net, convNorm(net, name, source, out, { ...options, ...(stride > 1 && { pad: 0 }) }))
}

function invertedResidual(net, x, [kernel, stride, expansion, out]) {
  const c = x.shape[1]
  const point = (index, name, y, channels) =>
    convNorm(net, name, y, channels, { conv: name, bn: `bn${index}`, kernel: 1, convGain: 1, gain: 0.6, ...EPSILON })
  if (expansion === 1) return point(2, 'conv_pw', liteConv(net, 1, 'conv_dw', x, c, kernel, stride, c), out)
  const wide = liteConv(net, 1, 'conv_pw', x, expansion * c, 1, 1, 1)
  const deep = liteConv(net, 2, 'conv_dw', wide, expansion * c, kernel, stride, expansion * c)
  const y = point(3, 'conv_pwl', deep, out)
  return stride === 1 && c === out ? add(net, y, x) : y
}

/** Feature images of 32, 48, 136 and 384 channels at a quarter to a thirty-second of the size. */
function efficientNetLite3(net, image) {
  return net.in('pretrained', () => {
    let x = net.in('layer1', () => {
      const options = { conv: '0', bn: '1', stride: 2, pad: 0, ...EPSILON }
      return relu6(net, convNorm(net, '0', padSame(net, image, 3, 2), 32, options))
    })
    const after = LITE3.map(([kernel, stride, expansion, out, repeats], s) => {
      for (let b = 0; b < repeats; b++)
        x = net.in(`blocks.${s}.${b}`, () => invertedResidual(net, x, [kernel, b ? 1 : stride, expansion, out]))
      return x
    })
    return [1, 2, 4, 6].map((s) => after[s])
  })
}

function buildLite(net, width, height, { channels, outs }) {
  const features = efficientNetLite3(net, net.input('image', [1, 3, height, width]))
  const fused = fusePyramid(net, features, { channels, outs })
  net.output('depth', squeeze(net, disparityHead(net, fused, { first: 32, hidden: 32, kind: 'linear' }), 1))
}

const EXPANDING = { channels: [64, 128, 256, 512], outs: [64, 64, 128, 256] }
const NARROW = { channels: [64, 64, 64, 64], outs: [64, 64, 64, 64] }

export const models = [
  {
    name: 'midas-v21',
    title: 'MiDaS v2.1, ResNeXt-101 32×8d',
    size: [384, 384],
    small: [64, 64],
    published: '105.36',
    build: buildLarge,
  },
  {
    name: 'midas-v21-small',
    title: 'MiDaS v2.1 small, EfficientNet-Lite3',
    size: [256, 256],
    small: [64, 64],
    published: '21.32',
    build: (net, width, height) => buildLite(net, width, height, EXPANDING),
  },
  {
    name: 'efficientnet-lite3',
    title: 'EfficientNet-Lite3 with a narrow refining decoder',
    size: [256, 256],
    small: [64, 64],
    why: 'not a published network: the encoder of MiDaS v2.1 small with a decoder that does not widen',
    build: (net, width, height) => buildLite(net, width, height, NARROW),
  },
]
