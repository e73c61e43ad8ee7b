// Renders assets/sample.jpg, the photograph that the demo and the tests use, by path tracing. The same numbers
// come out on every machine but for the last bits of Math.sin and its like.
//   node tools/sample/render.mjs [--samples N] [--scale S] [--out FILE]
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const EYE = [0.42, 1.42, -0.55]
const TARGET = [-0.12, 0.93, 4]
const TANGENT = Math.tan((60 / 2) * (Math.PI / 180))

function frame() {
  const forward = TARGET.map((v, i) => v - EYE[i])
  const l = Math.hypot(...forward)
  const f = forward.map((v) => v / l)
  const side = Math.hypot(f[0], f[2])
  const right = [f[2] / side, 0, -f[0] / side]
  const up = [f[1] * right[2] - f[2] * right[1], f[2] * right[0] - f[0] * right[2], f[0] * right[1] - f[1] * right[0]]
  return { f, right, up: up[1] < 0 ? up.map((v) => -v) : up }
}

async function renderRows({ width, height, samples, counter, pixels }) {
  const { radiance, first } = await import('./light.mjs')
  const { createRandom } = await import('./noise.mjs')
  const random = createRandom()
  const { f, right, up } = frame()
  const next = new Int32Array(counter)
  const out = new Float32Array(pixels)
  const one = new Float64Array(3)
  const grid = Math.max(1, Math.floor(Math.sqrt(samples)))
  for (let y = Atomics.add(next, 0, 1); y < height; y = Atomics.add(next, 0, 1))
    for (let x = 0; x < width; x++) {
      random.seed(y * width + x)
      const sum = new Float64Array(10)
      for (let i = 0; i < grid * grid; i++) {
        const u = (2 * (x + ((i % grid) + random.next()) / grid)) / width - 1
        const v = 1 - (2 * (y + (Math.floor(i / grid) + random.next()) / grid)) / height
        const a = u * TANGENT
        const b = v * TANGENT * (height / width)
        const d = f.map((w, k) => w + a * right[k] + b * up[k])
        const l = Math.hypot(...d)
        one.fill(0)
        radiance(...EYE, d[0] / l, d[1] / l, d[2] / l, random, one)
        for (let k = 0; k < 3; k++) {
          sum[k] += Math.min(20, one[k])
          sum[3 + k] += first.albedo[k]
          sum[6 + k] += first.normal[k]
        }
        sum[9] += first.distance
      }
      for (let k = 0; k < 10; k++) out[(y * width + x) * 10 + k] = sum[k] / (grid * grid)
    }
  parentPort.postMessage('done')
}

async function main() {
  const { values } = parseArgs({
    options: {
      samples: { type: 'string', default: '169' },
      scale: { type: 'string', default: '1' },
      out: { type: 'string', default: fileURLToPath(new URL('../../assets/sample.jpg', import.meta.url)) },
    },
  })
  const { removeSpeckles, smoothLight, develop } = await import('./develop.mjs')
  const { default: sharp } = await import('sharp')
  const [width, height] = [640, 480].map((v) => Math.round(v * Number(values.scale)))
  const counter = new SharedArrayBuffer(4)
  const pixels = new SharedArrayBuffer(width * height * 40)
  const job = { width, height, samples: Number(values.samples), counter, pixels }
  await Promise.all(
    Array.from({ length: availableParallelism() }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: job })
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  const all = new Float32Array(pixels)
  const part = (from, count, each) => {
    const out = new Float32Array(width * height * count)
    for (let p = 0; p < width * height; p++)
      for (let k = 0; k < count; k++) out[p * count + k] = each(all[p * 10 + from + k], p, k)
    return out
  }
  const colour = (p, k) => Math.max(0.02, all[p * 10 + 3 + k])
  const light = part(0, 3, (v, p, k) => v / colour(p, k))
  const normals = part(6, 3, (v) => v)
  const distances = part(9, 1, (v) => v)
  const smoothed = smoothLight(removeSpeckles(light, width, height), normals, distances, width, height)
  const bytes = develop(
    smoothed.map((v, i) => v * colour(Math.floor(i / 3), i % 3)),
    width,
    height,
    1.25,
  )
  await sharp(bytes, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4', mozjpeg: true })
    .toFile(values.out)
}

if (isMainThread) await main()
else await renderRows(workerData)
