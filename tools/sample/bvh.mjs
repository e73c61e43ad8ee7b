// A bounding volume hierarchy over triangles, and rays through it.

const LEAF = 4
const BINS = 12

/** The nearest hit of the last ray: distance, triangle, and the weights of its second and third corner. */
export const hit = { t: 0, triangle: -1, u: 0, v: 0 }

function boundsOf(boxes, order, from, to) {
  const out = [1e30, 1e30, 1e30, -1e30, -1e30, -1e30]
  for (let i = from; i < to; i++)
    for (let k = 0; k < 3; k++) {
      out[k] = Math.min(out[k], boxes[order[i] * 6 + k])
      out[k + 3] = Math.max(out[k + 3], boxes[order[i] * 6 + k + 3])
    }
  return out
}

const areaOf = (b) => {
  const [x, y, z] = [b[3] - b[0], b[4] - b[1], b[5] - b[2]]
  return x < 0 ? 0 : x * y + y * z + z * x
}

function split(boxes, order, from, to) {
  let best = { cost: Infinity, axis: 0, at: 0 }
  for (let axis = 0; axis < 3; axis++) {
    const centre = (i) => boxes[order[i] * 6 + axis] + boxes[order[i] * 6 + axis + 3]
    let [low, high] = [Infinity, -Infinity]
    for (let i = from; i < to; i++) {
      low = Math.min(low, centre(i))
      high = Math.max(high, centre(i))
    }
    if (high - low < 1e-9) continue
    const bins = Array.from({ length: BINS }, () => ({ n: 0, b: [1e30, 1e30, 1e30, -1e30, -1e30, -1e30] }))
    for (let i = from; i < to; i++) {
      const bin = bins[Math.min(BINS - 1, Math.floor(((centre(i) - low) / (high - low)) * BINS))]
      bin.n++
      for (let k = 0; k < 3; k++) {
        bin.b[k] = Math.min(bin.b[k], boxes[order[i] * 6 + k])
        bin.b[k + 3] = Math.max(bin.b[k + 3], boxes[order[i] * 6 + k + 3])
      }
    }
    for (let cut = 1; cut < BINS; cut++) {
      const sides = [bins.slice(0, cut), bins.slice(cut)].map((group) => {
        const b = [1e30, 1e30, 1e30, -1e30, -1e30, -1e30]
        let n = 0
        for (const bin of group) {
          n += bin.n
          for (let k = 0; k < 3; k++) {
            b[k] = Math.min(b[k], bin.b[k])
            b[k + 3] = Math.max(b[k + 3], bin.b[k + 3])
          }
        }
        return n * areaOf(b)
      })
      const cost = sides[0] + sides[1]
      if (cost < best.cost) best = { cost, axis, at: low + ((high - low) * cut) / BINS }
    }
  }
  return best
}

/** Builds the hierarchy and returns `trace`. */
export function createTracer(mesh) {
  const count = mesh.materials.length
  const p = Float64Array.from(mesh.positions)
  const boxes = new Float64Array(count * 6)
  for (let i = 0; i < count; i++)
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = [p[i * 9 + k], p[i * 9 + 3 + k], p[i * 9 + 6 + k]]
      boxes[i * 6 + k] = Math.min(a, b, c) - 1e-7
      boxes[i * 6 + k + 3] = Math.max(a, b, c) + 1e-7
    }
  const order = Int32Array.from({ length: count }, (_, i) => i)
  const bounds = []
  const links = []
  const build = (from, to) => {
    const node = links.length / 2
    links.push(0, 0)
    bounds.push(...boundsOf(boxes, order, from, to))
    const best = to - from > LEAF ? split(boxes, order, from, to) : null
    let middle = from
    if (best && best.cost < Infinity) {
      const { axis } = best
      const group = Array.from(order.subarray(from, to))
      const left = group.filter((i) => boxes[i * 6 + axis] + boxes[i * 6 + axis + 3] < best.at)
      const right = group.filter((i) => boxes[i * 6 + axis] + boxes[i * 6 + axis + 3] >= best.at)
      order.set([...left, ...right], from)
      middle = from + left.length
    }
    if (middle === from || middle === to) {
      links[node * 2] = from
      links[node * 2 + 1] = to - from
      return node
    }
    build(from, middle)
    links[node * 2] = build(middle, to)
    return node
  }
  build(0, count)
  const box = Float64Array.from(bounds)
  const link = Int32Array.from(links)
  const tri = new Float64Array(count * 9)
  for (let i = 0; i < count; i++)
    for (let k = 0; k < 3; k++) {
      const s = order[i] * 9
      tri[i * 9 + k] = p[s + k]
      tri[i * 9 + 3 + k] = p[s + 3 + k] - p[s + k]
      tri[i * 9 + 6 + k] = p[s + 6 + k] - p[s + k]
    }
  const clear = Uint8Array.from(order, (i) => (mesh.transparent.has(mesh.materials[i]) ? 1 : 0))
  const stack = new Int32Array(128)

  /**
   * Follows a ray up to `far`; true where it hits, and then `hit` is filled. A shadow ray stops at any hit and
   * passes transparent materials.
   */
  return function trace(ox, oy, oz, dx, dy, dz, far, shadow) {
    const ix = 1 / dx
    const iy = 1 / dy
    const iz = 1 / dz
    let found = -1
    let top = 0
    stack[top++] = 0
    while (top > 0) {
      const node = stack[--top]
      const b = node * 6
      let t0 = (box[b] - ox) * ix
      let t1 = (box[b + 3] - ox) * ix
      let near = Math.min(t0, t1)
      let last = Math.max(t0, t1)
      t0 = (box[b + 1] - oy) * iy
      t1 = (box[b + 4] - oy) * iy
      near = Math.max(near, Math.min(t0, t1))
      last = Math.min(last, Math.max(t0, t1))
      t0 = (box[b + 2] - oz) * iz
      t1 = (box[b + 5] - oz) * iz
      near = Math.max(near, Math.min(t0, t1))
      last = Math.min(last, Math.max(t0, t1))
      if (near > last || last < 0 || near > far) continue
      const n = link[node * 2 + 1]
      if (n === 0) {
        const left = node + 1
        const right = link[node * 2]
        const axis = Math.abs(dx) > Math.abs(dz) ? (dx > 0 ? 0 : 3) : dz > 0 ? 2 : 5
        const forward =
          axis < 3 ? box[left * 6 + axis] <= box[right * 6 + axis] : box[left * 6 + axis] >= box[right * 6 + axis]
        stack[top++] = forward ? right : left
        stack[top++] = forward ? left : right
        continue
      }
      const first = link[node * 2]
      for (let i = first; i < first + n; i++) {
        if (shadow && clear[i]) continue
        const s = i * 9
        const e1x = tri[s + 3]
        const e1y = tri[s + 4]
        const e1z = tri[s + 5]
        const e2x = tri[s + 6]
        const e2y = tri[s + 7]
        const e2z = tri[s + 8]
        const px = dy * e2z - dz * e2y
        const py = dz * e2x - dx * e2z
        const pz = dx * e2y - dy * e2x
        const det = e1x * px + e1y * py + e1z * pz
        if (det > -1e-14 && det < 1e-14) continue
        const inv = 1 / det
        const tx = ox - tri[s]
        const ty = oy - tri[s + 1]
        const tz = oz - tri[s + 2]
        const u = (tx * px + ty * py + tz * pz) * inv
        if (u < 0 || u > 1) continue
        const qx = ty * e1z - tz * e1y
        const qy = tz * e1x - tx * e1z
        const qz = tx * e1y - ty * e1x
        const v = (dx * qx + dy * qy + dz * qz) * inv
        if (v < 0 || u + v > 1) continue
        const t = (e2x * qx + e2y * qy + e2z * qz) * inv
        if (t <= 1e-6 || t >= far) continue
        if (shadow) return true
        far = t
        found = i
        hit.u = u
        hit.v = v
      }
    }
    if (found < 0) return false
    hit.t = far
    hit.triangle = order[found]
    return true
  }
}
