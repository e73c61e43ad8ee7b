// The decoder that MiDaS, DPT and Depth Anything share: residual units, fusion from coarse to fine, and a head.
import { add, conv, relu, resizeImage, scaleImage } from './layers.mjs'

/** The trained tensors of a residual unit, where a network has one that it never uses. */
const unitShapes = (c) => [
  [c, c, 3, 3],
  [c, c, 3, 3],
]

/**
 * x + conv(relu(conv(relu(x)))). `inPlace`: the first ReLU overwrites x, so that what is added is relu(x), as in the
 * networks before DPT.
 */
function residualUnit(net, name, x, inPlace) {
  const c = x.shape[1]
  return net.in(name, () => {
    const active = relu(net, x)
    const y = conv(net, 'conv2', relu(net, conv(net, 'conv1', active, c)), c, { gain: 0.5 })
    return add(net, y, inPlace ? active : x)
  })
}

/**
 * One fusion block: the coarser path plus a unit of the skip, another unit, and twice the size (or `size`). `out`: a 1×1
 * convolution to so many channels behind the resize.
 */
function fuse(net, name, coarse, skip, { inPlace = false, out, size }) {
  const c = skip.shape[1]
  return net.in(name, () => {
    let x = coarse ? add(net, coarse, residualUnit(net, 'resConfUnit1', skip, inPlace)) : skip
    if (!coarse) {
      net.unused(unitShapes(c))
      net.unused([[c], [c]], 'bias')
    }
    x = residualUnit(net, 'resConfUnit2', x, inPlace)
    x = size ? resizeImage(net, x, size, 'aligned') : scaleImage(net, x, 2, 'aligned')
    return out ? conv(net, 'out_conv', x, out, { kernel: 1, gain: 0.7 }) : x
  })
}

/**
 * Fuses feature images, finest first. `channels` of each after its own 3×3 convolution; `outs` of each fusion block, or
 * none where blocks have no 1×1 convolution; `sized`: a block resizes to the next features' size and not by two.
 */
export function fusePyramid(net, features, { channels, outs, inPlace, sized }) {
  return net.in('scratch', () => {
    const last = features.length - 1
    const layers = features.map((f, i) => conv(net, `layer${i + 1}_rn`, f, channels[i], { bias: false, gain: 1 }))
    let x = null
    for (let i = last; i >= 0; i--) {
      const size = sized && i > 0 ? layers[i - 1].shape.slice(2) : undefined
      x = fuse(net, `refinenet${i + 1}`, x, layers[i], { inPlace, out: outs?.[i], size })
    }
    return x
  })
}

/** Three convolutions with a resize behind the first, to one non-negative channel; the channel axis is dropped. */
export function disparityHead(net, x, { first, hidden, kind, size, names = ['0', '2', '4'] }) {
  return net.in('scratch/output_conv', () => {
    const half = conv(net, names[0], x, first, { gain: 1 })
    const large = size ? resizeImage(net, half, size, kind) : scaleImage(net, half, 2, kind)
    const fine = relu(net, conv(net, names[1], large, hidden))
    return relu(net, conv(net, names[2], fine, 1, { kernel: 1, positive: true }))
  })
}
