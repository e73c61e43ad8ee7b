// Renders training or held-out scenes on the engine's own device: chunks of scenes into OUT/NAME.rgb.npy (uint8, N H W 3)
// and OUT/NAME.disparity.npy (float16, N H W; 1 / metres, 0 for the sky), with NAME.json beside them.
//   node tools/default-model/render.mjs --set train --seed 1 --first 0 --count 4096 --out DIR
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine, writeNpy } from '../../dist/node/index.js'
import { createRenderer } from './renderer.mjs'

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'train' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    count: { type: 'string', default: '64' },
    width: { type: 'string', default: '192' },
    height: { type: 'string', default: '144' },
    chunk: { type: 'string', default: '64' },
    out: { type: 'string', default: 'out/scenes' },
  },
})
const whole = (name) => Number(values[name])
const [seed, width, height, chunk] = [whole('seed'), whole('width'), whole('height'), whole('chunk')]
const end = whole('first') + whole('count')

const engine = await openEngine()
const renderer = await createRenderer(engine.device, { width, height })
fs.mkdirSync(values.out, { recursive: true })
for (let first = whole('first'); first < end; first += chunk) {
  const count = Math.min(chunk, end - first)
  const rgb = new Uint8Array(count * width * height * 3)
  const disparity = new Uint16Array(count * width * height)
  const kinds = []
  const began = performance.now()
  for (let k = 0; k < count; k++) {
    const scene = await renderer.render(values.set, seed, first + k)
    rgb.set(scene.rgb, k * width * height * 3)
    disparity.set(scene.half, k * width * height)
    kinds.push(scene.kind)
  }
  const name = path.join(values.out, `${values.set}-${seed}-${String(first).padStart(6, '0')}`)
  await writeNpy(`${name}.disparity.npy`, { dtype: 'float16', shape: [count, height, width], data: disparity })
  fs.writeFileSync(`${name}.json`, JSON.stringify({ set: values.set, seed, first, width, height, kinds }))
  await writeNpy(`${name}.rgb.npy`, { dtype: 'uint8', shape: [count, height, width, 3], data: rgb })
  console.log(`${name}: ${count} scenes, ${((performance.now() - began) / count).toFixed(0)} ms each`)
}
engine.destroy()
