// A network with trained weights, from photograph to metres. Skipped where the test data (../shared) are not.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createDepthEstimator, destroyDepth, findCard, numbers, type Photo, readDepth } from '../../src/index.ts'
import { readPhoto } from '../../src/node/files/image.ts'
import { readNpy } from '../../src/node/files/npy.ts'
import { noGpuErrors, openEngine } from './reference.ts'

afterEach(noGpuErrors)

const shared = fileURLToPath(new URL('../../../shared', import.meta.url))
const file = (name: string) => path.join(shared, name)
const model = file('weights/fastdepth_nyu_224.onnx')

/** Mean |a - b| / b, and the share with max(a/b, b/a) < 1.25, over the pixels that have a true depth. */
function metrics(depth: ArrayLike<number>, truth: ArrayLike<number>) {
  let error = 0
  let good = 0
  let n = 0
  for (let i = 0; i < truth.length; i++) {
    if (!(truth[i] > 0)) continue
    error += Math.abs(depth[i] - truth[i]) / truth[i]
    if (Math.max(depth[i] / truth[i], truth[i] / depth[i]) < 1.25) good++
    n++
  }
  return { absRel: error / n, good: good / n }
}

describe.skipIf(!fs.existsSync(model))('FastDepth on photographs (needs ../shared)', () => {
  const open = async () =>
    createDepthEstimator(await openEngine(), new Uint8Array(fs.readFileSync(model)), { card: findCard('fastdepth')! })

  it('repeats the known figures on a prepared picture', async () => {
    const engine = await openEngine()
    const estimator = await open()
    const rgb = numbers(await readNpy(file('images/nyu/rgb.npy')))
    const photo: Photo = { width: 224, height: 224, data: new Uint8Array(224 * 224 * 4).fill(255) }
    for (let i = 0; i < 224 * 224; i++)
      for (let c = 0; c < 3; c++) photo.data[i * 4 + c] = Math.round(rgb[i * 3 + c] * 255)
    const map = await estimator.estimate(photo)
    const { absRel, good } = metrics(await readDepth(engine, map), numbers(await readNpy(file('images/nyu/depth.npy'))))
    expect(absRel).toBeCloseTo(0.1402, 3)
    expect(good).toBeCloseTo(0.776, 2)
    destroyDepth(map)
    estimator.destroy()
  })

  it('measures a room in metres', async () => {
    const engine = await openEngine()
    const estimator = await open()
    for (const name of ['00008', '00016']) {
      const photo = await readPhoto(file(`images/livingroom/image/${name}.jpg`))
      const map = await estimator.estimate(photo)
      const depth = await readDepth(engine, map)
      destroyDepth(map)
      const truth = await readTruth(file(`images/livingroom/depth/${name}.png`))
      expect(depth.length).toBe(truth.length)
      expect(metrics(depth, truth).absRel).toBeLessThan(0.18)
    }
    estimator.destroy()
  })
})

/** A 16-bit PNG of millimetres. */
async function readTruth(name: string): Promise<Float64Array> {
  const { default: sharp } = await import('sharp')
  const { data } = await sharp(name)
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true })
  return Float64Array.from(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2), (v) => v / 1000)
}
