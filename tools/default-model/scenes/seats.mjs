// Seats and machines: what stands nearest in photographs of rooms, workshops and offices. Each function that ends in
// `Kind` draws measures and materials once and returns a maker, so that the chairs of a set are alike.
import { rotateX } from './builder.mjs'

const RIGHT = [0, -1, 0, 1, 0, 0, 0, 0, 1]

/** A chair of wood or metal: oval, slab, ladder, spindles or a bent shell as its back. */
export function chairKind(s, p) {
  const { range, chance, pick, whole } = s.random
  const frame = chance(0.65) ? p.wood() : chance(0.6) ? p.metal() : p.plain()
  const cloth = chance(0.8) ? p.cloth() : p.plain()
  const [width, depth, seat, back] = [range(0.4, 0.54), range(0.4, 0.54), range(0.42, 0.5), range(0.38, 0.65)]
  const [lean, splay, thick] = [range(0.03, 0.25), range(0.9, 1.15), range(0.02, 0.05)]
  const form = pick(['oval', 'slab', 'slab', 'ladder', 'spindles', 'shell'])
  const [padded, arms, slats] = [chance(0.6), chance(0.3), whole(2, 7)]
  return () => {
    for (const x of [-1, 1])
      for (const z of [-1, 1]) {
        const [px, pz] = [x * (width / 2 - 0.03), z * (depth / 2 - 0.03)]
        s.bar([px, seat - 0.03, pz], [px * splay, 0, pz * splay], thick / 2, frame)
      }
    s.box(0, seat - 0.05, 0, width, 0.05, depth, padded || form === 'shell' ? frame : cloth)
    if (padded) s.ellipsoid(0, seat, 0, width * 0.49, 0.06, depth * 0.48, cloth)
    s.at(0, seat - 0.04, depth / 2 - 0.02, rotateX(lean), () => {
      if (form !== 'shell' && form !== 'slab')
        for (const x of [-1, 1]) s.box(x * (width / 2 - 0.02), 0, 0, 0.035, back, 0.03, frame)
      if (form === 'oval') {
        s.ellipsoid(0, back * 0.62, 0, width * 0.48, back * 0.42, 0.03, frame)
        s.ellipsoid(0, back * 0.62, -0.015, width * 0.4, back * 0.34, 0.03, cloth)
        s.ellipsoid(0, back * 0.62, 0.015, width * 0.4, back * 0.34, 0.03, cloth)
      } else if (form === 'slab') s.box(0, 0, 0, width * 0.97, back, range(0.03, 0.09), cloth)
      else if (form === 'ladder')
        for (let k = 0; k < slats; k++)
          s.box(0, back * (0.25 + (0.7 * k) / slats), 0, width * 0.9, (back * 0.4) / slats, 0.018, frame)
      else if (form === 'spindles') {
        for (let k = 0; k < slats; k++) s.box(((k + 0.5) / slats - 0.5) * width * 0.85, 0, 0, 0.018, back, 0.018, frame)
        s.box(0, back - 0.04, 0, width, 0.07, 0.03, frame)
      } else s.box(0, 0.05, 0, width, back * 0.85, 0.02, frame)
    })
    if (arms)
      for (const x of [-1, 1]) {
        s.bar([(x * width) / 2, seat + 0.2, -depth * 0.4], [(x * width) / 2, seat + 0.22, depth / 2], thick / 2, frame)
        s.bar([(x * width) / 2, seat, -depth * 0.35], [(x * width) / 2, seat + 0.2, -depth * 0.35], thick / 2, frame)
      }
  }
}

/** An office chair: a star of five feet on castors, a column, a padded seat and back, perhaps arms. */
export function swivelKind(s, p) {
  const { range, chance } = s.random
  const dark = chance(0.7) ? p.plain([0.02, 0.02, 0.022]) : p.metal()
  const cloth = chance(0.75) ? p.cloth() : p.plain()
  const [wide, seat, back] = [range(0.44, 0.56), range(0.42, 0.56), range(0.4, 0.75)]
  const [lean, arms, round] = [range(0.05, 0.25), chance(0.55), chance(0.5)]
  return () => {
    for (let k = 0; k < 5; k++) {
      const [x, z] = [0.3 * Math.cos(k * 1.257), 0.3 * Math.sin(k * 1.257)]
      s.bar([0, 0.11, 0], [x, 0.06, z], 0.02, dark)
      s.ellipsoid(x, 0.03, z, 0.03, 0.03, 0.03, dark)
    }
    s.frustum(0, 0.08, 0, 0.028, seat - 0.1, dark)
    if (round) s.ellipsoid(0, seat, 0, wide * 0.52, 0.06, wide * 0.5, cloth)
    else s.box(0, seat - 0.05, 0, wide, 0.09, wide, cloth)
    s.at(0, seat, wide / 2, rotateX(lean), () => {
      s.box(0, -0.08, 0.03, 0.06, back * 0.7, 0.03, dark)
      if (round) s.ellipsoid(0, 0.12 + back / 2, 0, wide * 0.5, back * 0.52, 0.06, cloth)
      else s.box(0, 0.12, 0, wide * 0.95, back, 0.07, cloth)
    })
    if (arms)
      for (const x of [-1, 1]) {
        s.box(x * (wide / 2 + 0.03), seat + 0.18, 0, 0.07, 0.035, wide * 0.6, dark)
        s.bar([x * (wide / 2 + 0.03), seat - 0.05, 0.05], [x * (wide / 2 + 0.03), seat + 0.18, 0.05], 0.018, dark)
      }
  }
}

/** An armchair: padded all round, or a leaning shell on bent runners. */
export function easyKind(s, p) {
  const { range, chance } = s.random
  const cloth = p.cloth()
  const frame = chance(0.6) ? p.wood() : p.metal()
  const [width, seat, back, lean] = [range(0.55, 0.85), range(0.34, 0.45), range(0.45, 0.75), range(0.15, 0.55)]
  const bent = chance(0.45)
  return () => {
    if (bent) {
      const way = [
        [0.1, -0.42],
        [0.02, -0.2],
        [0.02, 0.35],
        [seat + 0.12, -0.36],
        [seat + 0.24, -0.3],
        [seat + 0.26, 0.2],
      ]
      const order = [2, 1, 0, 3, 4, 5]
      for (const x of [-1, 1])
        for (let k = 1; k < order.length; k++) {
          const [[y0, z0], [y1, z1]] = [way[order[k - 1]], way[order[k]]]
          s.bar([(x * width) / 2, y0, z0], [(x * width) / 2, y1, z1], 0.025, frame)
        }
      s.at(0, seat, 0, rotateX(-0.15), () => s.box(0, -0.03, -0.02, width * 0.92, 0.1, 0.6, cloth))
    } else {
      s.box(0, 0.08, 0, width, seat - 0.08, 0.7, cloth)
      for (const x of [-1, 1]) s.box(x * (width / 2 + 0.06), 0.06, 0, 0.14, seat + 0.14, 0.72, cloth)
      s.ellipsoid(0, seat, -0.05, width * 0.48, 0.09, 0.34, cloth)
    }
    s.at(0, seat - 0.02, 0.26, rotateX(lean), () => {
      s.box(0, 0, 0, width * 0.94, back, 0.1, cloth)
      if (!bent) s.ellipsoid(0, back * 0.5, -0.06, width * 0.44, back * 0.45, 0.09, cloth)
    })
  }
}

/** A wheel in the plane of y and z around (x, y, z): a tyre, perhaps spokes or a disc. */
function wheel(s, x, y, z, radius, thick, tyre, rim) {
  const n = 16
  const point = (k, r) => [x, y + r * Math.cos((k * 2 * Math.PI) / n), z + r * Math.sin((k * 2 * Math.PI) / n)]
  for (let k = 0; k < n; k++) s.bar(point(k, radius), point(k + 1, radius), thick, tyre)
  if (s.random.chance(0.3)) s.at(x, y, z, RIGHT, () => s.frustum(0, -0.02, 0, radius * 0.95, 0.04, rim))
  else for (let k = 0; k < n; k += s.random.whole(1, 2)) s.bar([x, y, z], point(k, radius), 0.006 + thick * 0.08, rim)
  s.at(x, y, z, RIGHT, () => s.frustum(0, -0.06, 0, radius * 0.22, 0.12, rim))
}

/** A motorcycle or moped along z. */
export function motorbike(s, p) {
  const { range, chance } = s.random
  const [dark, metal] = [p.plain([0.02, 0.02, 0.02]), p.metal()]
  const paint = p.make('plain', p.colour(), [0, 0, 0], 1, { gloss: 0.9, mirror: range(0.05, 0.3) })
  const [r, reach, thick] = [range(0.22, 0.33), range(0.6, 0.78), range(0.04, 0.075)]
  for (const z of [-reach, reach]) wheel(s, 0, r, z, r - thick, thick, dark, metal)
  const seat = r * 2 + range(0.1, 0.25)
  s.ellipsoid(0, seat + 0.08, -0.18, range(0.12, 0.2), range(0.1, 0.16), range(0.22, 0.34), paint)
  s.ellipsoid(0, seat, 0.32, 0.14, 0.07, range(0.28, 0.42), dark)
  s.box(0, r * 0.6, -0.02, range(0.2, 0.3), r * 0.9, range(0.28, 0.45), metal)
  for (let k = 0; k < 5; k++) s.box(0, r * 1.5 + k * 0.035, -0.08, 0.24, 0.018, 0.24, metal)
  const head = [0, seat + 0.3, -reach * 0.62]
  for (const x of [-0.09, 0.09]) {
    s.bar([x, r, -reach], [x, head[1], head[2]], 0.022, metal)
    s.bar([x, r, reach], [x, seat, 0.38], 0.018, metal)
    s.bar([x * 1.6, r * 0.8, -0.2], [x * 1.8, r * 0.9, reach + 0.15], range(0.03, 0.055), metal)
    s.bar([x, r * 0.7, 0.25], head, 0.02, chance(0.5) ? dark : paint)
    s.bar(head, [x * 4, head[1] + range(0.02, 0.2), head[2] + 0.12], 0.013, metal)
    s.bar([x * 4, head[1] + 0.1, head[2] + 0.12], [x * 3.2, head[1] + 0.1, head[2] + 0.26], 0.018, dark)
    if (chance(0.6)) s.ellipsoid(x * 3, head[1] + 0.25, head[2] + 0.05, 0.06, 0.045, 0.015, metal)
  }
  s.ellipsoid(0, head[1] - 0.06, head[2] - 0.12, 0.09, 0.09, 0.1, chance(0.5) ? p.glow(0.9) : metal)
  for (const z of [-reach, reach]) s.ellipsoid(0, r * 1.75, z, 0.07, r * 0.35, r * 1.02, chance(0.6) ? paint : metal)
  s.ellipsoid(0, seat - 0.02, reach + 0.12, 0.06, 0.05, 0.05, p.plain([0.4, 0.02, 0.02]))
}

/** A machine, a cart or a stand of no particular kind: a body of parts on a frame of bars, with wheels or feet. */
export function machine(s, p, size = s.random.range(0.7, 1.6)) {
  const { range, chance, whole, pick } = s.random
  const [metal, paint, other] = [p.metal(), p.plain(), p.any()]
  const ms = [metal, paint, other, p.plain([0.03, 0.03, 0.03])]
  const [w, d, low, high] = [size * range(0.4, 1), size * range(0.25, 0.6), size * range(0.1, 0.35), size]
  const thick = size * range(0.008, 0.03)
  for (const x of [-1, 1])
    for (const z of [-1, 1]) {
      const foot = [(x * w) / 2, 0, (z * d) / 2]
      s.bar(foot, [foot[0] * range(0.6, 1), high * range(0.5, 1), foot[2]], thick, metal)
    }
  for (let k = whole(2, 6); k > 0; k--) {
    const y = range(low, high)
    const z = (pick([-1, 1]) * d) / 2
    s.bar([-w / 2, y, z], [w / 2, y + range(-0.2, 0.2) * size, z], thick, pick([metal, paint]))
  }
  for (let k = whole(2, 7); k > 0; k--) {
    const [x, y, z] = [range(-0.35, 0.35) * w, range(low, high * 0.85), range(-0.3, 0.3) * d]
    const r = size * range(0.06, 0.22)
    const kind = whole(0, 3)
    if (kind === 0) s.box(x, y, z, r * range(0.8, 2.5), r * range(0.6, 1.6), r * range(0.6, 1.6), pick(ms))
    else if (kind === 1) s.ellipsoid(x, y, z, r * range(0.6, 1.3), r * range(0.5, 1), r * range(0.5, 1.2), pick(ms))
    else if (kind === 2) s.frustum(x, y, z, r * 0.6, r * range(0.6, 2), pick(ms), { taper: range(0.3, 1.2) })
    else s.bar([x - r, y, z], [x + r, y + range(-1, 1) * r, z], r * range(0.1, 0.5), pick(ms))
  }
  if (chance(0.6)) {
    const r = size * range(0.1, 0.28)
    for (const x of pick([[-1, 1], [-1, 1], [0]])) wheel(s, (x * w) / 2, r, 0, r * 0.85, r * 0.15, ms[3], metal)
  }
  if (chance(0.5)) s.bar([-w * 0.4, high, d / 2], [w * 0.4, high * range(0.9, 1.1), d / 2], thick * 1.4, ms[3])
}
