// Monodepth: an encoder and decoder without batch norm that gives left and right disparities at four scales
// (https://arxiv.org/abs/1609.03677).
import { add, concat, conv, elu, maxPool, mul, scaleImage, sigmoid } from '../builder/layers.mjs'

const active = (net, name, x, out, options) => elu(net, conv(net, name, x, out, { gain: 1.2, ...options }))

/** A bottleneck; the published code projects every shortcut, also where shapes agree. */
function bottleneck(net, x, width, stride) {
  const y = active(net, 'conv1', x, width, { kernel: 1 })
  const z = active(net, 'conv2', y, width, { stride })
  const branch = conv(net, 'conv3', z, 4 * width, { kernel: 1, gain: 0.6 })
  return elu(net, add(net, branch, conv(net, 'shortcut', x, 4 * width, { kernel: 1, stride, pad: 0, gain: 0.8 })))
}

function encoder(net, image) {
  return net.in('encoder', () => {
    const stem = active(net, 'conv1', image, 64, { kernel: 7, stride: 2 })
    const features = [stem, maxPool(net, stem, 3, 2, 1)]
    for (const [s, depth] of [3, 4, 6, 3].entries()) {
      let x = features.at(-1)
      for (let b = 0; b < depth; b++)
        x = net.in(`conv${s + 2}/${b}`, () => bottleneck(net, x, 64 << s, b === depth - 1 ? 2 : 1))
      features.push(x)
    }
    return features
  })
}

const CHANNELS = [16, 32, 64, 128, 256, 512]

function build(net, width, height) {
  const features = encoder(net, net.input('image', [1, 3, height, width]))
  const disparities = net.in('decoder', () => {
    const found = []
    let x = features[5]
    for (let i = 5; i >= 0; i--) {
      x = active(net, `upconv${i + 1}`, scaleImage(net, x, 2, 'nearest'), CHANNELS[i])
      const parts = [x]
      if (i > 0) parts.push(features[i - 1])
      if (found.length) parts.push(scaleImage(net, found.at(-1), 2, 'nearest'))
      if (parts.length > 1) x = concat(net, parts, 1)
      x = active(net, `iconv${i + 1}`, x, CHANNELS[i])
      if (i < 4) found.push(mul(net, net.scalar(0.3), sigmoid(net, conv(net, `disp${i + 1}`, x, 2, { gain: 0.5 }))))
    }
    return found.reverse()
  })
  for (const [i, d] of disparities.entries()) net.output(`disp${i + 1}`, d)
}

export const models = [
  {
    name: 'monodepth-r50',
    title: 'Monodepth, ResNet-50',
    size: [512, 256],
    small: [128, 64],
    published: '57',
    why: 'the published figure is a rough one; the code projects the shortcut of every block, which gives this count',
    build,
  },
]
