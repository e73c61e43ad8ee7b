// The renderer: packs a scene into buffers, runs render.wgsl, and develops its light into bytes.
import { readFileSync } from 'node:fs'
import { createScene } from './scenes/scene.mjs'

const MAX_LIGHTS = 5

function pack(scene, width, height, seed) {
  const { builder, view, camera } = scene
  const { things, primitives, materials, lights } = builder
  const spheres = new ArrayBuffer(Math.max(1, things.length) * 32)
  things.forEach((t, i) => {
    new Float32Array(spheres, i * 32, 4).set(t.sphere)
    new Uint32Array(spheres, i * 32 + 16, 2).set([t.first, t.count])
  })
  const shapes = new ArrayBuffer(Math.max(1, primitives.length) * 64)
  primitives.forEach((p, i) => {
    new Float32Array(shapes, i * 64, 12).set(p.rows.flat())
    new Uint32Array(shapes, i * 64 + 48, 2).set([p.shape, p.material])
    new Float32Array(shapes, i * 64 + 56, 1)[0] = p.taper
    new Uint32Array(shapes, i * 64 + 60, 1)[0] = p.flags
  })
  const surfaces = new Float32Array(
    materials.flatMap((m) => [
      ...m.a,
      m.pattern,
      ...m.b,
      m.size,
      m.gloss,
      m.mirror,
      m.bump,
      m.emission,
      m.seed,
      m.aspect,
      m.contrast,
      0,
    ]),
  )
  const lamps = new Float32Array(Math.max(1, MAX_LIGHTS) * 16)
  lights.slice(0, MAX_LIGHTS).forEach((l, i) => {
    lamps.set([...l.at, l.sun ? 1 : 0, ...l.u, 0, ...l.v, 0, ...l.colour, l.oneSided ? 1 : 0], i * 16)
  })
  const { sky = { low: [0, 0, 0], high: [0, 0, 0], clouds: 0, cover: 0 }, ambient, fogColour = [0, 0, 0] } = view
  const frame = new ArrayBuffer(176)
  new Float32Array(frame).set([
    ...view.eye,
    view.reach,
    ...camera.right,
    scene.tanX,
    ...camera.up,
    scene.tanY,
    ...camera.forward,
    0,
    ...sky.low,
    sky.clouds,
    ...sky.high,
    sky.cover,
    ...ambient.up,
    0,
    ...ambient.down,
    0,
    ...fogColour,
    view.fog,
  ])
  new Uint32Array(frame, 144).set([width, height, 0, seed >>> 0, things.length, Math.min(lights.length, MAX_LIGHTS)])
  return { frame, buffers: [spheres, shapes, surfaces, lamps] }
}

/** Float32 to float16 bits, rounded to nearest; for disparities, which are finite and not negative. */
function toHalf(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Uint16Array.from(bits, (b) => {
    if (b < 0x38800000) return 0
    return Math.min(0x7bff, (b - 0x38000000 + 0x1000) >>> 13)
  })
}

/** Exposes for the bright parts, with chance errors of exposure, contrast and colour, and applies the sRGB curve. */
function develop(light, random) {
  const n = light.length / 4
  const levels = new Float32Array(n)
  for (let i = 0; i < n; i++) levels[i] = 0.3 * light[4 * i] + 0.6 * light[4 * i + 1] + 0.1 * light[4 * i + 2]
  const sorted = levels.slice().sort()
  const bright = sorted[Math.floor(n * random.range(0.85, 0.97))] + 1e-4
  const middle = sorted[n >> 1] + 1e-4
  const mix = random.range(0, 0.7)
  const exposure = (0.75 / bright) ** (1 - mix) * (0.2 / middle) ** mix * Math.exp(random.normal(0, 0.25))
  const cast = [0, 1, 2].map(() => Math.exp(random.normal(0, 0.06)))
  const contrast = Math.exp(random.normal(0, 0.15))
  const curve = new Uint8Array(4096)
  for (let k = 0; k < 4096; k++) {
    const x = (k / 4095) * 4
    const tone = ((x * (1 + x / 9)) / (1 + x)) * 1.45
    const c = Math.min(1, tone) ** contrast
    curve[k] = Math.round(255 * Math.min(1, Math.max(0, c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)))
  }
  const rgb = new Uint8Array(n * 3)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < 3; k++)
      rgb[i * 3 + k] = curve[Math.min(4095, Math.max(0, (light[i * 4 + k] * exposure * cast[k] * 4095) / 4)) | 0]
  return rgb
}

/** RGB bytes as RGBA. */
export const toRgba = (rgb) =>
  Uint8Array.from({ length: (rgb.length / 3) * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[(i >> 2) * 3 + (i % 4)]))

/** A renderer of pictures of one size on a WebGPU device. */
export async function createRenderer(device, { width, height }) {
  const code = readFileSync(new URL('./render.wgsl', import.meta.url), 'utf8')
  const module = device.createShaderModule({ code })
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage
  const types = ['uniform', ...Array(4).fill('read-only-storage'), ...Array(3).fill('storage')]
  const entries = types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
  const bindings = device.createBindGroupLayout({ entries })
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindings] })
  const pipelines = await Promise.all(
    ['cast_rays', 'compose'].map((entryPoint) =>
      device.createComputePipelineAsync({ layout, compute: { module, entryPoint } }),
    ),
  )
  const size = width * height * 16
  const images = [0, 1, 2].map(() => device.createBuffer({ size, usage: STORAGE | COPY_SRC }))
  const staging = device.createBuffer({ size, usage: COPY_DST | MAP_READ })
  const upload = (data, usage) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: usage | COPY_DST })
    device.queue.writeBuffer(buffer, 0, data)
    return buffer
  }
  return {
    /** One scene: { kind, rgb, disparity (Float32Array), half (its float16 bits) }. */
    async render(set, seed, index) {
      const scene = createScene(set, seed, index, width / height)
      const { frame, buffers } = pack(scene, width, height, seed * 131 + index)
      const bound = [upload(frame, UNIFORM), ...buffers.map((b) => upload(b, STORAGE)), ...images]
      const group = device.createBindGroup({
        layout: bindings,
        entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
      })
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setBindGroup(0, group)
      for (const pipeline of pipelines) {
        pass.setPipeline(pipeline)
        pass.dispatchWorkgroups(Math.ceil(width / 8), Math.ceil(height / 8))
      }
      pass.end()
      encoder.copyBufferToBuffer(images[2], 0, staging, 0, size)
      device.queue.submit([encoder.finish()])
      await staging.mapAsync(GPUMapMode.READ)
      const light = new Float32Array(staging.getMappedRange().slice(0))
      staging.unmap()
      for (const buffer of bound.slice(0, -3)) buffer.destroy()
      const disparity = Float32Array.from({ length: width * height }, (_, i) => light[i * 4 + 3])
      return { kind: scene.kind, rgb: develop(light, scene.random), disparity, half: toHalf(disparity) }
    },
  }
}
