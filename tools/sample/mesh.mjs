// Triangles of the sample scene: boxes, lathes, cushions and sheets, each with smooth normals. A mesh collects
// them under a movable frame (rotation about the vertical axis, then a shift).

const sub = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const unit = (a) => {
  const l = Math.hypot(...a) || 1
  return [a[0] / l, a[1] / l, a[2] / l]
}

/** An empty mesh; `add*` functions below append to it. */
export const createMesh = () => ({ positions: [], normals: [], materials: [], frame: [1, 0, 0, 0, 0] })

/** Runs `draw` with a frame turned by `angle` (radians, about y) and moved to [x, y, z]; frames do not nest. */
export function at(mesh, x, y, z, angle, draw) {
  mesh.frame = [Math.cos(angle), Math.sin(angle), x, y, z]
  draw()
  mesh.frame = [1, 0, 0, 0, 0]
}

function corner(mesh, p, n) {
  const [c, s, x, y, z] = mesh.frame
  mesh.positions.push(c * p[0] + s * p[2] + x, p[1] + y, c * p[2] - s * p[0] + z)
  mesh.normals.push(c * n[0] + s * n[2], n[1], c * n[2] - s * n[0])
}

function triangle(mesh, p, q, r, np, nq, nr, material) {
  corner(mesh, p, np)
  corner(mesh, q, nq)
  corner(mesh, r, nr)
  mesh.materials.push(material)
}

/** A grid of `nu` by `nv` cells over the unit square; `surface(u, v)` gives [point, normal]. */
export function addGrid(mesh, nu, nv, material, surface) {
  const points = []
  for (let j = 0; j <= nv; j++) for (let i = 0; i <= nu; i++) points.push(surface(i / nu, j / nv))
  for (let j = 0; j < nv; j++)
    for (let i = 0; i < nu; i++) {
      const [a, b] = [points[j * (nu + 1) + i], points[j * (nu + 1) + i + 1]]
      const [c, d] = [points[(j + 1) * (nu + 1) + i], points[(j + 1) * (nu + 1) + i + 1]]
      triangle(mesh, a[0], b[0], d[0], a[1], b[1], d[1], material)
      triangle(mesh, a[0], d[0], c[0], a[1], d[1], c[1], material)
    }
}

/** As {@link addGrid}, with normals from differences of `surface(u, v)`, which gives points only. */
export function addSheet(mesh, nu, nv, material, surface) {
  const e = 1e-3
  addGrid(mesh, nu, nv, material, (u, v) => {
    const du = sub(surface(u + e, v), surface(u - e, v))
    const dv = sub(surface(u, v + e), surface(u, v - e))
    return [surface(u, v), unit(cross(du, dv))]
  })
}

/** A box between two corners; `round` is the radius of its edges. */
export function addBox(mesh, low, high, material, round = 0) {
  const middle = low.map((v, i) => (v + high[i]) / 2)
  const half = low.map((v, i) => (high[i] - v) / 2)
  const r = Math.min(round, ...half)
  const steps = r > 0 ? [0, 0.3, 0.7, 1] : [0, 1]
  const line = (h) => (r > 0 ? [...steps.map((s) => -h + r * s), ...steps.map((s) => h - r * (1 - s))] : [-h, h])
  for (let axis = 0; axis < 3; axis++)
    for (const side of [-1, 1]) {
      const [i, j] = [(axis + 1) % 3, (axis + 2) % 3]
      const [a, b] = [line(half[i]), line(half[j])]
      addGrid(mesh, a.length - 1, b.length - 1, material, (u, v) => {
        const q = [0, 0, 0]
        q[axis] = side * half[axis]
        q[i] = a[Math.round(u * (a.length - 1))]
        q[j] = b[Math.round(v * (b.length - 1))]
        const n = [0, 0, 0]
        if (r === 0) {
          n[axis] = side
          return [q.map((x, k) => x + middle[k]), n]
        }
        const inner = q.map((x, k) => Math.max(r - half[k], Math.min(half[k] - r, x)))
        const outward = unit(sub(q, inner))
        return [inner.map((x, k) => x + r * outward[k] + middle[k]), outward]
      })
    }
}

/** A surface of revolution about the vertical axis through [x, z]; `profile` lists [radius, height]. */
export function addLathe(mesh, x, z, profile, material, segments = 40) {
  const count = profile.length - 1
  const slopes = profile.map((_, k) => {
    const [a, b] = [profile[Math.max(0, k - 1)], profile[Math.min(count, k + 1)]]
    return unit([b[1] - a[1], a[0] - b[0], 0])
  })
  addGrid(mesh, segments, count, material, (u, v) => {
    const k = Math.round(v * count)
    const [c, s] = [Math.cos(2 * Math.PI * u), Math.sin(2 * Math.PI * u)]
    const [radius, height] = profile[k]
    return [
      [x + radius * c, height, z + radius * s],
      [slopes[k][0] * c, slopes[k][1], slopes[k][0] * s],
    ]
  })
}

/** A vertical cylinder with its caps. */
export function addCylinder(mesh, x, z, radius, low, high, material, segments = 24) {
  const e = radius * 0.08
  const edge = [
    [radius - e, low],
    [radius, low + e],
    [radius, high - e],
    [radius - e, high],
  ]
  addLathe(
    mesh,
    x,
    z,
    [[0, low], [radius - 2 * e, low], ...edge, [radius - 2 * e, high], [0, high]],
    material,
    segments,
  )
}

/** A sphere. */
export function addSphere(mesh, x, y, z, radius, material) {
  const profile = []
  for (let k = 0; k <= 20; k++) {
    const a = (Math.PI * k) / 20 - Math.PI / 2
    profile.push([radius * Math.cos(a), y + radius * Math.sin(a)])
  }
  addLathe(mesh, x, z, profile, material, 32)
}

/** A cushion: `size` is [width, height, thickness], standing on the origin and leaning back by `lean` radians. */
export function addCushion(mesh, origin, size, lean, material) {
  const [c, s] = [Math.cos(lean), Math.sin(lean)]
  for (const side of [-1, 1])
    addSheet(mesh, 16, 16, material, (u, v) => {
      const [a, b] = [2 * u - 1, 2 * v - 1]
      const bulge = Math.sqrt(Math.max(0, (1 - a ** 6) * (1 - b ** 6)))
      const pinch = 1 - 0.06 * (1 - Math.abs(a * b)) * (a * a + b * b) * 0.5
      const x = (size[0] / 2) * a * pinch
      const y = (size[1] / 2) * (1 + b * pinch)
      const z = side * (size[2] / 2) * bulge
      return [origin[0] + side * x, origin[1] + c * y - s * z, origin[2] + s * y + c * z]
    })
}
