// ResNets with basic blocks (https://arxiv.org/abs/1512.03385), and Monodepth2 with its pose network on them
// (https://arxiv.org/abs/1806.01260).
import {
  add,
  concat,
  conv,
  convNorm,
  div,
  elu,
  maxPool,
  mul,
  pad,
  relu,
  reshape,
  scaleImage,
  sigmoid,
  slice,
  sub,
} from '../builder/layers.mjs'

/** ResNet-18's five feature images of an image that is normalised in the graph; counts its unused classifier. */
function resnet18(net, image) {
  return net.in('encoder', () => {
    const centred = div(net, sub(net, image, net.scalar(0.45)), net.scalar(0.225))
    const stem = relu(net, convNorm(net, 'conv1', centred, 64, { conv: 'conv1', bn: 'bn1', kernel: 7, stride: 2 }))
    const features = [stem]
    let x = maxPool(net, stem, 3, 2, 1)
    for (let s = 0; s < 4; s++) {
      for (let b = 0; b < 2; b++)
        x = net.in(`layer${s + 1}/${b}`, () => basicBlock(net, x, 64 << s, s > 0 && b === 0 ? 2 : 1))
      features.push(x)
    }
    net.unused([[1000, 512]])
    net.unused([[1000]], 'bias')
    return features
  })
}

function basicBlock(net, x, out, stride) {
  const y = relu(net, convNorm(net, 'conv1', x, out, { conv: 'conv1', bn: 'bn1', stride }))
  const z = convNorm(net, 'conv2', y, out, { conv: 'conv2', bn: 'bn2', gain: 0.5 })
  if (stride === 1 && x.shape[1] === out) return relu(net, add(net, z, x))
  const options = { conv: 'downsample.0', bn: 'downsample.1', kernel: 1, stride, pad: 0, convGain: 1 }
  return relu(net, add(net, z, convNorm(net, 'downsample', x, out, options)))
}

/** A 3×3 convolution behind one pixel of reflection. */
const reflected = (net, name, x, out, options) =>
  net.in(name, () => conv(net, 'conv', pad(net, x, [1, 1, 1, 1], 'reflect'), out, { pad: 0, ...options }))

const DECODER = [16, 32, 64, 128, 256]

function buildDisparity(net, width, height) {
  const features = resnet18(net, net.input('image', [1, 3, height, width]))
  net.in('decoder', () => {
    let x = features[4]
    for (let i = 4; i >= 0; i--) {
      x = net.in(`upconv.${i}.0`, () => elu(net, reflected(net, 'conv', x, DECODER[i], { gain: 1 })))
      x = scaleImage(net, x, 2, 'nearest')
      if (i > 0) x = concat(net, [x, features[i - 1]], 1)
      x = net.in(`upconv.${i}.1`, () => elu(net, reflected(net, 'conv', x, DECODER[i], { gain: 1 })))
      if (i < 4) net.output(`disp${i}`, sigmoid(net, reflected(net, `dispconv.${i}`, x, 1, { gain: 0.5 })))
    }
  })
  net.outputs.reverse()
}

function buildPose(net, width, height) {
  const features = resnet18(net, net.input('image', [1, 6, height, width]))
  net.in('pose', () => {
    let x = relu(net, conv(net, 'squeeze', features[4], 256, { kernel: 1 }))
    for (const i of [0, 1]) x = relu(net, conv(net, `pose.${i}`, x, 256))
    x = conv(net, 'pose.2', x, 12, { kernel: 1, gain: 1 })
    const column = net.op('ReduceMean', [x], { axes: [3], keepdims: 0 }, [1, 12, x.shape[2]])
    const mean = net.op('ReduceMean', [column], { axes: [2], keepdims: 0 }, [1, 12])
    const pose = reshape(net, mul(net, net.scalar(0.01), mean), [-1, 2, 1, 6])
    net.output('axisangle', slice(net, pose, [0], [3], [3]))
    net.output('translation', slice(net, pose, [3], [Number.MAX_SAFE_INTEGER], [3]))
  })
}

export const models = [
  {
    name: 'monodepth2-r18',
    title: 'Monodepth2, ResNet-18',
    size: [640, 192],
    small: [64, 64],
    published: '14.84',
    build: buildDisparity,
  },
  {
    name: 'posenet-r18',
    title: 'Pose network of Monodepth2, ResNet-18, two frames',
    size: [640, 192],
    small: [64, 64],
    published: '13.01',
    build: buildPose,
  },
]
