// Collects a scene: primitives under a stack of transforms, grouped into objects, with materials and lights.
// Metres; x right, y up, z away from the camera.

const SHAPES = { box: 0, ellipsoid: 1, frustum: 2 }
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]

const product = (a, b) =>
  [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => a[r * 3] * b[c] + a[r * 3 + 1] * b[3 + c] + a[r * 3 + 2] * b[6 + c]))
const turn = (m, [x, y, z]) => [0, 1, 2].map((r) => m[r * 3] * x + m[r * 3 + 1] * y + m[r * 3 + 2] * z)

export const rotateY = (a) => [Math.cos(a), 0, Math.sin(a), 0, 1, 0, -Math.sin(a), 0, Math.cos(a)]
export const rotateX = (a) => [1, 0, 0, 0, Math.cos(a), -Math.sin(a), 0, Math.sin(a), Math.cos(a)]
export const rotateZ = (a) => [Math.cos(a), -Math.sin(a), 0, Math.sin(a), Math.cos(a), 0, 0, 0, 1]

export function createBuilder(random) {
  const things = []
  const primitives = []
  const materials = []
  const lights = []
  let rotation = IDENTITY
  let origin = [0, 0, 0]
  let open

  function add(shape, centre, half, material, { turned = IDENTITY, taper = 1, shadow = true } = {}) {
    const at = turn(rotation, centre).map((v, i) => v + origin[i])
    const axes = product(rotation, turned)
    const rows = [0, 1, 2].map((k) => {
      const row = [axes[k] / half[k], axes[3 + k] / half[k], axes[6 + k] / half[k]]
      return [...row, -(row[0] * at[0] + row[1] * at[1] + row[2] * at[2])]
    })
    const wide = shape === 'frustum' ? Math.max(1, taper) : 1
    const [x, y, z] = [half[0] * wide, half[1], half[2] * wide]
    const radius =
      shape === 'box' ? Math.hypot(x, y, z) : shape === 'ellipsoid' ? Math.max(x, y, z) : Math.hypot(Math.max(x, z), y)
    primitives.push({ rows, shape: SHAPES[shape], material, taper, flags: shadow ? 0 : 1, at, radius })
    if (!open) close(primitives.length - 1)
  }

  /** A sphere around the primitives from `first` on: the middle of their extent, then the farthest of them. */
  function close(first) {
    const own = primitives.slice(first)
    if (!own.length) return undefined
    const centre = [0, 1, 2].map(
      (k) => (Math.min(...own.map((p) => p.at[k] - p.radius)) + Math.max(...own.map((p) => p.at[k] + p.radius))) / 2,
    )
    const radius = Math.max(...own.map((p) => Math.hypot(...p.at.map((v, k) => v - centre[k])) + p.radius))
    const thing = { sphere: [...centre, radius * 1.0005], first, count: own.length }
    things.push(thing)
    return thing
  }

  return {
    things,
    primitives,
    materials,
    lights,
    random,
    /** Runs `make` with the origin at (x, y, z), turned about the vertical (or by a whole rotation). */
    at(x, y, z, angle, make) {
      const before = [rotation, origin]
      origin = turn(rotation, [x, y, z]).map((v, i) => v + origin[i])
      rotation = product(rotation, typeof angle === 'number' ? rotateY(angle) : angle)
      make()
      ;[rotation, origin] = before
    },
    /** Runs `make` as one object with one bounding sphere; `keep` may refuse it by that sphere. */
    object(make, keep) {
      if (open) return make()
      open = true
      const first = primitives.length
      make()
      open = false
      const thing = close(first)
      if (thing && keep && !keep(thing.sphere)) {
        things.pop()
        primitives.length = first
        return false
      }
      return true
    },
    /** A box on y = bottom, centred on x and z. */
    box(x, bottom, z, width, height, depth, material, more) {
      add('box', [x, bottom + height / 2, z], [width / 2, height / 2, depth / 2], material, more)
    },
    ellipsoid(x, y, z, rx, ry, rz, material, more) {
      add('ellipsoid', [x, y, z], [rx, ry, rz], material, more)
    },
    /** A cylinder (taper 1), cone (near 0) or cup on y = bottom. */
    frustum(x, bottom, z, radius, height, material, more) {
      add('frustum', [x, bottom + height / 2, z], [radius, height / 2, radius], material, more)
    },
    /** A round bar between two points. */
    bar(from, to, radius, material, more) {
      const way = to.map((v, i) => v - from[i])
      const long = Math.hypot(...way)
      const [x, y, z] = way.map((v) => v / long)
      const flat = Math.hypot(x, z)
      const turned = product(rotateY(flat > 1e-6 ? Math.atan2(x, z) : 0), rotateX(Math.atan2(flat, y)))
      const centre = from.map((v, i) => (v + to[i]) / 2)
      add('frustum', centre, [radius, long / 2, radius], material, { ...more, turned })
    },
    material(m) {
      materials.push({ seed: random.next(), ...m })
      return materials.length - 1
    },
    /** A lamp, or a lit rectangle spanned by u and v (which faces u × v where `oneSided`). */
    light(at, colour, { u = [0.03, 0, 0], v = [0, 0, 0.03], oneSided = false, sun = false } = {}) {
      const world = sun ? at : turn(rotation, at).map((c, i) => c + origin[i])
      lights.push({ at: world, colour, u: turn(rotation, u), v: turn(rotation, v), oneSided, sun })
    },
  }
}
