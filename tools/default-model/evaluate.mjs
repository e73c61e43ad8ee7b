// Measures a network of relative disparity, by default the one in the package: on held-out scenes, rendered here, and
// on the photographs with measured depth of ../shared/images. Beside it stand two baselines that see no picture: a
// constant, and a plane that comes nearer with each row. Scale and shift by least squares in disparity, for each picture.
//   node tools/default-model/evaluate.mjs [--model FILE --card NAME] [--scenes 48] [--images DIR] [--json FILE]
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createDepthEstimator, destroyDepth, findCard, meanErrors, measureDepth } from '../../dist/index.js'
import { openEngine, readDefaultModel, readDepthFile, readModel, readNpy, readPhoto } from '../../dist/node/index.js'
import { createRenderer, toRgba } from './renderer.mjs'

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    card: { type: 'string', default: 'isobath-tiny' },
    scenes: { type: 'string', default: '48' },
    seed: { type: 'string', default: '1' },
    images: { type: 'string', default: path.resolve(import.meta.dirname, '../../../shared/images') },
    json: { type: 'string' },
  },
})

/** Metres that count: the sensors' range indoors, and as far as scenes are said to be near. */
const INDOORS = { min: 0.1, max: 10 }
const SCENES = { min: 0.1, max: 80 }

async function* scenes(engine, count) {
  const [width, height] = [320, 240]
  const renderer = await createRenderer(engine.device, { width, height })
  for (let k = 0; k < count; k++) {
    const { rgb, disparity, kind } = await renderer.render('held-out', Number(values.seed), k)
    const truth = disparity.map((d) => (d > 0 ? 1 / d : Number.NaN))
    yield { set: `scenes: ${kind}`, photo: { width, height, data: toRgba(rgb) }, truth, range: SCENES }
  }
}

/** The photographs' folders: encodings as in that folder's README. */
async function* photographs(folder) {
  const at = (...parts) => path.join(folder, ...parts)
  const rgb = await readNpy(at('nyu/rgb.npy'))
  const [height, width] = rgb.shape
  const bytes = Uint8Array.from(rgb.data, (v) => Math.round(v * 255))
  const truth = (await readNpy(at('nyu/depth.npy'))).data
  yield { set: 'nyu', photo: { width, height, data: toRgba(bytes) }, truth }
  for (const [set, colour] of [
    ['livingroom', 'image'],
    ['redwood', 'color'],
  ])
    for (const name of fs.readdirSync(at(set, colour)).sort()) {
      const depth = await readDepthFile(at(set, 'depth', name.replace('.jpg', '.png')), { scale: 0.001 })
      yield { set, photo: await readPhoto(at(set, colour, name)), truth: depth.values }
    }
  const kinect = await readDepthFile(at('tum/TUM_depth.png'), { scale: 1 / 5000 })
  yield { set: 'tum', photo: await readPhoto(at('tum/TUM_color.png')), truth: kinect.values }
  const stereo = { focal: 994.978, baseline: 0.193001, doffs: 31.086 }
  const pair = await readDepthFile(at('motorcycle/motorcycle_disp.npz'), { stereo })
  yield { set: 'motorcycle', photo: await readPhoto(at('motorcycle/motorcycle_left.png')), truth: pair.values }
}

function upload(engine, { width, height }, data, kind, unit) {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage
  const buffer = engine.device.createBuffer({ size: width * height * 4, usage: STORAGE | COPY_SRC | COPY_DST })
  engine.device.queue.writeBuffer(buffer, 0, Float32Array.from(data))
  return { buffer, width, height, kind, unit }
}

/** Errors of the network and both baselines on one picture. */
async function measure(engine, estimator, { photo, truth, range = INDOORS }) {
  const { width, height } = photo
  const depth = upload(engine, photo, truth, 'depth', 'metre')
  const rows = Float32Array.from({ length: width * height }, (_, i) => Math.floor(i / width) / height)
  const maps = {
    network: await estimator.estimate(photo),
    plane: upload(engine, photo, rows, 'disparity', 'relative'),
    constant: upload(
      engine,
      photo,
      rows.map(() => 1),
      'disparity',
      'relative',
    ),
  }
  const errors = {}
  for (const [name, map] of Object.entries(maps)) {
    errors[name] = await measureDepth(engine, map, depth, { ...range, align: 'scale-shift' })
    destroyDepth(map)
  }
  destroyDepth(depth)
  return errors
}

const engine = await openEngine()
const model = values.model ? readModel(values.model) : readDefaultModel()
const estimator = await createDepthEstimator(engine, model, { card: findCard(values.card) })
const results = new Map()
const add = (set, errors) => results.set(set, [...(results.get(set) ?? []), errors])
for await (const picture of scenes(engine, Number(values.scenes))) {
  const errors = await measure(engine, estimator, picture)
  add(picture.set, errors)
  add('scenes: all', errors)
}
if (fs.existsSync(values.images))
  for await (const picture of photographs(values.images)) add(picture.set, await measure(engine, estimator, picture))
else console.log(`no photographs at ${values.images}`)
estimator.destroy()
engine.destroy()

const table = []
for (const [set, all] of results) {
  const row = { set, pictures: all.length }
  for (const name of ['network', 'plane', 'constant']) {
    const { absRel, delta1 } = meanErrors(all.map((errors) => errors[name]))
    Object.assign(row, { [`${name} AbsRel`]: absRel.toFixed(3), [`${name} δ<1.25`]: delta1.toFixed(3) })
  }
  table.push(row)
}
console.table(table)
if (values.json) fs.writeFileSync(values.json, `${JSON.stringify(table, null, 2)}\n`)
