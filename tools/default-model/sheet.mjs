// The contact sheet of docs/default-model.md: twelve pictures and what the default network makes of them. Photographs
// are taken from ../shared/images where that folder is, those whose licence lets them be shown; scenes fill the rest.
//   node tools/default-model/sheet.mjs --out docs/default-model.jpg
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { colorize, createDepthEstimator, destroyDepth, isobathTiny } from '../../dist/index.js'
import { openEngine, readDefaultModel, readPhoto, sideBySide } from '../../dist/node/index.js'
import { createRenderer, toRgba } from './renderer.mjs'

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'out/default-model.jpg' }, seed: { type: 'string', default: '3' } },
})
const [COLUMNS, ROWS, WIDTH, HEIGHT] = [3, 4, 240, 180]
const root = path.resolve(import.meta.dirname, '../..')
const photographs = [
  'assets/sample.jpg',
  '../shared/images/tum/TUM_color.png',
  '../shared/images/livingroom/image/00008.jpg',
]

const engine = await openEngine()
const estimator = await createDepthEstimator(engine, readDefaultModel(), { card: isobathTiny })
const renderer = await createRenderer(engine.device, { width: 512, height: 384 })

async function tile(photo) {
  const map = await estimator.estimate(photo)
  const colours = await colorize(engine, map)
  destroyDepth(map)
  const both = sideBySide(photo, colours)
  return sharp(both.data, { raw: { width: both.width, height: both.height, channels: 4 } })
    .removeAlpha()
    .resize(2 * WIDTH, HEIGHT, { fit: 'fill' })
    .png()
    .toBuffer()
}

const tiles = []
for (const name of photographs) {
  const file = path.join(root, name)
  if (fs.existsSync(file)) tiles.push(await tile(await readPhoto(file)))
}
const seen = {}
for (let k = 0; tiles.length < COLUMNS * ROWS; k++) {
  const { rgb, kind } = await renderer.render('held-out', Number(values.seed), k)
  // Two of a kind at most, three rooms.
  if ((seen[kind] ?? 0) >= (kind === 'room' ? 3 : 2)) continue
  seen[kind] = (seen[kind] ?? 0) + 1
  tiles.push(await tile({ width: 512, height: 384, data: toRgba(rgb) }))
}
estimator.destroy()
engine.destroy()

const [GAP, WIDE] = [6, 2 * WIDTH]
const sheet = sharp({
  create: {
    width: COLUMNS * (WIDE + GAP) - GAP,
    height: ROWS * (HEIGHT + GAP) - GAP,
    channels: 3,
    background: 'white',
  },
})
const place = (input, i) => ({
  input,
  left: (i % COLUMNS) * (WIDE + GAP),
  top: Math.floor(i / COLUMNS) * (HEIGHT + GAP),
})
await sheet.composite(tiles.map(place)).jpeg({ quality: 82 }).toFile(values.out)
console.log(values.out)
