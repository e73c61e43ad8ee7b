// Light along a ray: the sky, the sun through the window, the lamp, the openings behind the camera, and what
// the surfaces send on.
import { createTracer, hit } from './bvh.mjs'
import { albedo, M, roughness } from './materials.mjs'
import { fbm } from './noise.mjs'
import { BACK, createScene, LAMP, WINDOW } from './scene.mjs'

const SUN = (() => {
  const d = [-0.78, 0.5, -0.2]
  const l = Math.hypot(...d)
  return d.map((v) => v / l)
})()
const SUNLIGHT = [34, 29, 22]
const BULB = [115, 76, 42]
const DAYLIGHT = [4.6, 4.4, 4.1]
const BOUNCES = 5

const scene = createScene()
const trace = createTracer(scene)
const { normals, materials } = scene
const colour = new Float64Array(3)

/** What the camera saw last: colour and normal of the first surface, its distance. */
export const first = { albedo: new Float64Array(3), normal: new Float64Array(3), distance: 0 }

function sky(dx, dy, dz, out) {
  const trees = 0.1 + 0.16 * fbm(dz * 9 + 4, dy * 3, 2, 4)
  if (dy < -0.04) {
    out[0] = 1.1
    out[1] = 1.25
    out[2] = 0.7
  } else if (dy < trees) {
    const k = 0.6 + 0.9 * fbm(dz * 60, dy * 60, 3, 3)
    out[0] = 0.75 * k
    out[1] = 0.95 * k
    out[2] = 0.55 * k
  } else {
    const k = 10 - 4 * dy
    out[0] = k * (0.95 - 0.3 * dy)
    out[1] = k * (0.98 - 0.12 * dy)
    out[2] = k * 1.05
  }
  return dx < 0 ? 1 : 0
}

const light = new Float64Array(3)

// Adds light `k * light` that reaches p (normal n) from q, unless something stands between.
function addFrom(px, py, pz, nx, ny, nz, qx, qy, qz, weight, out) {
  let dx = qx - px
  let dy = qy - py
  let dz = qz - pz
  const distance = Math.sqrt(dx * dx + dy * dy + dz * dz)
  dx /= distance
  dy /= distance
  dz /= distance
  const cosine = dx * nx + dy * ny + dz * nz
  if (cosine <= 0 || weight <= 0 || trace(px, py, pz, dx, dy, dz, distance - 1e-3, true)) return
  const k = (cosine * weight) / Math.max(0.04, distance * distance)
  out[0] += k * light[0]
  out[1] += k * light[1]
  out[2] += k * light[2]
}

const direct = new Float64Array(3)

// Light that arrives straight at a matt point, over pi. `which` chooses one source (times four), -1 all.
function gather(px, py, pz, nx, ny, nz, random, which) {
  direct.fill(0)
  const times = which < 0 ? 1 : 4
  if (which < 0 || which === 0) {
    const qy = WINDOW.y0 + (WINDOW.y1 - WINDOW.y0) * random.next()
    const qz = WINDOW.z0 + (WINDOW.z1 - WINDOW.z0) * random.next()
    const dx = WINDOW.x - 0.12 - px
    const l = Math.hypot(dx, qy - py, qz - pz)
    sky(dx / l, (qy - py) / l, (qz - pz) / l, light)
    const area = (WINDOW.y1 - WINDOW.y0) * (WINDOW.z1 - WINDOW.z0)
    addFrom(px, py, pz, nx, ny, nz, WINDOW.x - 0.12, qy, qz, ((-dx / l) * area * times) / Math.PI, direct)
  }
  if (which < 0 || which === 1) {
    const a = 0.012
    const dx = SUN[0] + a * (random.next() - 0.5)
    const dy = SUN[1] + a * (random.next() - 0.5)
    const dz = SUN[2] + a * (random.next() - 0.5)
    const cosine = dx * nx + dy * ny + dz * nz
    if (cosine > 0 && !trace(px, py, pz, dx, dy, dz, 30, true))
      for (let k = 0; k < 3; k++) direct[k] += (SUNLIGHT[k] * cosine * times) / Math.PI
  }
  if (which < 0 || which === 2) {
    const a = 2 * Math.PI * random.next()
    const h = 2 * random.next() - 1
    const s = LAMP.radius * Math.sqrt(1 - h * h)
    light.set(BULB)
    // The shade lets light out above and below, and dims what goes through it.
    const up = (LAMP.y - py) / Math.hypot(LAMP.x - px, LAMP.y - py, LAMP.z - pz)
    const open = Math.min(1, Math.max(0, up > 0 ? (up - 0.44) / 0.22 : (-up - 0.66) / 0.22))
    const dim = 0.24 + 0.76 * open * open * (3 - 2 * open)
    const weight = dim * LAMP.radius * LAMP.radius * times
    addFrom(
      px,
      py,
      pz,
      nx,
      ny,
      nz,
      LAMP.x + s * Math.cos(a),
      LAMP.y + LAMP.radius * h,
      LAMP.z + s * Math.sin(a),
      weight,
      direct,
    )
  }
  if (which < 0 || which === 3) {
    const qx = BACK.x0 + (BACK.x1 - BACK.x0) * random.next()
    const qy = BACK.y0 + (BACK.y1 - BACK.y0) * random.next()
    const l = Math.hypot(qx - px, qy - py, BACK.z - pz)
    light.set(DAYLIGHT)
    const area = (BACK.x1 - BACK.x0) * (BACK.y1 - BACK.y0)
    addFrom(px, py, pz, nx, ny, nz, qx, qy, BACK.z, (((pz - BACK.z) / l) * area * times) / Math.PI, direct)
  }
}

/** Follows one camera ray and adds its light to `out`; fills {@link first}. */
export function radiance(ox, oy, oz, dx, dy, dz, random, out) {
  let r = 1
  let g = 1
  let b = 1
  let mirrored = true
  for (let depth = 0; depth <= BOUNCES; depth++) {
    if (!trace(ox, oy, oz, dx, dy, dz, 60, false)) {
      if (mirrored && sky(dx, dy, dz, light)) {
        // In a mirrored view the sky is held down: rough coats find it rarely, and bright dots would stay.
        const k = depth > 0 ? 0.25 : 1
        out[0] += k * r * light[0]
        out[1] += k * g * light[1]
        out[2] += k * b * light[2]
      }
      if (depth === 0) {
        first.albedo.fill(1)
        first.normal.fill(0)
        first.distance = 60
      }
      return
    }
    const m = materials[hit.triangle]
    const x = ox + dx * hit.t
    const y = oy + dy * hit.t
    const z = oz + dz * hit.t
    const s = hit.triangle * 9
    const w = 1 - hit.u - hit.v
    let nx = w * normals[s] + hit.u * normals[s + 3] + hit.v * normals[s + 6]
    let ny = w * normals[s + 1] + hit.u * normals[s + 4] + hit.v * normals[s + 7]
    let nz = w * normals[s + 2] + hit.u * normals[s + 5] + hit.v * normals[s + 8]
    const k = (nx * dx + ny * dy + nz * dz > 0 ? -1 : 1) / Math.sqrt(nx * nx + ny * ny + nz * nz)
    nx *= k
    ny *= k
    nz *= k
    albedo(m, x, y, z, colour)
    if (depth === 0) {
      first.albedo.set(colour)
      first.normal[0] = nx
      first.normal[1] = ny
      first.normal[2] = nz
      first.distance = hit.t
    }
    if (m === M.bulb || m === M.shade) {
      if (mirrored) {
        const glow = m === M.bulb ? 4 : 1.5 + 1.3 * Math.exp(-(((y - LAMP.y) / 0.1) ** 2))
        out[0] += r * glow
        out[1] += g * glow * 0.76
        out[2] += b * glow * 0.46
      }
      if (depth === 0) first.albedo.fill(1)
      return
    }
    const px = x + nx * 2e-4
    const py = y + ny * 2e-4
    const pz = z + nz * 2e-4
    const rough = roughness(m)
    if (rough >= 0 && mirrored) {
      const cosine = -(nx * dx + ny * dy + nz * dz)
      const f0 = m === M.metal ? 0.45 : 0.04
      const fresnel = (f0 + (1 - f0) * (1 - cosine) ** 5) * (1 - 0.7 * Math.min(1, rough * 2))
      if (random.next() < fresnel) {
        let ax = dx + 2 * cosine * nx
        let ay = dy + 2 * cosine * ny
        let az = dz + 2 * cosine * nz
        const a = 2 * Math.PI * random.next()
        const h = 2 * random.next() - 1
        const spread = rough * Math.cbrt(random.next()) * 1.2
        const q = spread * Math.sqrt(1 - h * h)
        ax += q * Math.cos(a)
        ay += spread * h
        az += q * Math.sin(a)
        if (ax * nx + ay * ny + az * nz <= 0) return
        const l = Math.sqrt(ax * ax + ay * ay + az * az)
        dx = ax / l
        dy = ay / l
        dz = az / l
        ox = px
        oy = py
        oz = pz
        continue
      }
    }
    r *= colour[0]
    g *= colour[1]
    b *= colour[2]
    gather(px, py, pz, nx, ny, nz, random, depth < 2 ? -1 : Math.floor(4 * random.next()))
    const limit = depth === 0 ? 1e9 : 1.5
    out[0] += Math.min(limit, r * direct[0])
    out[1] += Math.min(limit, g * direct[1])
    out[2] += Math.min(limit, b * direct[2])
    if (depth >= 2) {
      const keep = Math.min(0.9, Math.max(r, g, b) * 2)
      if (random.next() > keep) return
      r /= keep
      g /= keep
      b /= keep
    }
    const a = 2 * Math.PI * random.next()
    const h = 2 * random.next() - 1
    const q = Math.sqrt(1 - h * h)
    dx = nx + q * Math.cos(a)
    dy = ny + h
    dz = nz + q * Math.sin(a)
    const l = Math.sqrt(dx * dx + dy * dy + dz * dz) || 1
    dx /= l
    dy /= l
    dz /= l
    ox = px
    oy = py
    oz = pz
    mirrored = false
  }
}
