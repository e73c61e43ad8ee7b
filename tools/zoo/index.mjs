// The zoo: published depth networks built from their papers' dimensions, with weights drawn from seeds. They say whether
// an engine computes a network, and how fast; they do not estimate depth.
import { sourceOf } from './builder/model.mjs'
import { check, Net } from './builder/net.mjs'
import { draw, seedOf } from './builder/random.mjs'
import { models as beit } from './families/beit.mjs'
import { models as depthAnything } from './families/depth-anything.mjs'
import { models as dpt } from './families/dpt.mjs'
import { models as eigen } from './families/eigen.mjs'
import { models as fastDepth } from './families/fastdepth.mjs'
import { models as levit } from './families/levit.mjs'
import { models as midas } from './families/midas.mjs'
import { models as monodepth } from './families/monodepth.mjs'
import { models as nextVit } from './families/nextvit.mjs'
import { models as monodepth2 } from './families/resnet.mjs'
import { models as swin2 } from './families/swin2.mjs'

export { writeModel } from './builder/model.mjs'
export { ZooError } from './builder/net.mjs'

/** Every network, with its usual input size [width, height] and one at which it runs in a moment. */
export const models = [
  ...depthAnything,
  ...dpt,
  ...beit,
  ...swin2,
  ...levit,
  ...nextVit,
  ...midas,
  ...monodepth,
  ...monodepth2,
  ...fastDepth,
  ...eigen,
]

const PREFIX = 'zoo:'

/** A network's entry and size: `dav2-small`, `zoo:dav2-small@518`, `monodepth2-r18@640x192` (width × height). */
export function parseName(name) {
  const [base, size] = name.slice(name.startsWith(PREFIX) ? PREFIX.length : 0).split('@')
  const model = models.find((m) => m.name === base)
  check(model, `the zoo has no "${base}"; it has ${models.map((m) => m.name).join(', ')}`)
  if (size === undefined) return { model, size: model.size }
  const found = /^(\d+)(?:x(\d+))?$/.exec(size)
  check(found, `"${size}" is no size: give 518, or width and height as 640x192`)
  return { model, size: [Number(found[1]), Number(found[2] ?? found[1])] }
}

export const fullName = (model, [width, height] = model.size) =>
  `${PREFIX}${model.name}@${width === height ? width : `${width}x${height}`}`

/** Builds the graph; its weights are drawn only when they are read. */
export function buildNet(name) {
  const { model, size } = parseName(name)
  const net = new Net(fullName(model, size))
  model.build(net, ...size)
  return net
}

/** The network as a ModelSource for `engine.load`: nothing is written, and weights are drawn as they are read. */
export const buildModel = (name) => sourceOf(buildNet(name))

/** An input of zero mean and unit variance, the same for a name and shape. */
export function drawInput({ name, shape }) {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
  return { dtype: 'float32', shape, data: draw(data, seedOf(name), 0, 0, 1) }
}

/**
 * Trained values of the whole published network, beside the published figure. `equal` compares at that figure's
 * precision; where it is not equal, or counts something else, `why` says so.
 */
export function countParameters(model) {
  const { counts } = buildNet(fullName(model))
  const counted = counts[model.counted ?? 'all']
  const digits = model.published?.split('.')[1]?.length ?? 0
  const equal = model.published !== undefined && (counted / 1e6).toFixed(digits) === model.published
  return { counts, counted, published: model.published, equal, why: model.why }
}
