// Eigen et al. 2014: a coarse network with dense layers, and a fine one that refines its map
// (https://arxiv.org/abs/1406.2283).
import { concat, conv, dense, maxPool, relu, reshape } from '../builder/layers.mjs'

const COARSE = [
  { out: 96, kernel: 11, stride: 4, pad: 0, pool: true },
  { out: 256, kernel: 5, pool: true },
  { out: 384, kernel: 3 },
  { out: 384, kernel: 3 },
  { out: 256, kernel: 3, stride: 2, pad: 0 },
]

function build(net, width, height) {
  const image = net.input('image', [1, 3, height, width])
  const fine = net.in('fine', () =>
    maxPool(net, relu(net, conv(net, 'conv1', image, 63, { kernel: 9, stride: 2, pad: 0 })), 2, 2),
  )
  const [, , h, w] = fine.shape
  const coarse = net.in('coarse', () => {
    let x = image
    COARSE.forEach(({ out, pool, ...options }, i) => {
      x = relu(net, conv(net, `conv${i + 1}`, x, out, options))
      if (pool) x = maxPool(net, x, 2, 2)
    })
    const flat = net.op('Flatten', [x], { axis: 1 }, [1, x.shape.slice(1).reduce((a, b) => a * b, 1)])
    const hidden = relu(net, dense(net, 'full6', flat, 4096))
    return reshape(net, dense(net, 'full7', hidden, h * w, { gain: 1 }), [-1, 1, h, w])
  })
  net.in('fine', () => {
    const joined = relu(net, conv(net, 'conv3', concat(net, [fine, coarse], 1), 64, { kernel: 5 }))
    net.output('depth', conv(net, 'conv4', joined, 1, { kernel: 5, gain: 1 }))
  })
}

export const models = [
  {
    name: 'eigen2014',
    title: 'Eigen 2014, coarse and fine',
    size: [304, 228],
    small: [152, 114],
    why: 'the paper gives layers and no total; the dense layers, 12288 to 4096 to 4070, hold 67 M of it',
    build,
  },
]
