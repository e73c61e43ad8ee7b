// Rooms, corridors and table tops, seen from within.
import { rotateX } from './builder.mjs'
import { pieces } from './furniture.mjs'
import { hsv } from './materials.mjs'
import { abstractThing, clutter, person, plant, steps } from './things.mjs'

/** Whether a camera at `eye` would stand in or too near a sphere. */
export const clear =
  (eye, margin) =>
  ([x, y, z, r]) =>
    Math.hypot(x - eye[0], y - eye[1], z - eye[2]) > r * 0.75 + margin

/** The four walls as frames: centre of the wall's foot, angle that turns a piece's back to it, and its length. */
export const walls = ({ x0, x1, z0, z1 }) => [
  { x: (x0 + x1) / 2, z: z1, angle: 0, long: x1 - x0 },
  { x: x1, z: (z0 + z1) / 2, angle: Math.PI / 2, long: z1 - z0 },
  { x: x0, z: (z0 + z1) / 2, angle: -Math.PI / 2, long: z1 - z0 },
  { x: (x0 + x1) / 2, z: z0, angle: Math.PI, long: x1 - x0 },
]

export function shell(s, p, { x0, x1, z0, z1, height }) {
  const t = 0.2
  const [floor, ceiling, wall] = [p.floor(), p.ceiling(), p.wall()]
  const other = s.random.chance(0.3) ? p.wall() : wall
  const [cx, cz, w, d] = [(x0 + x1) / 2, (z0 + z1) / 2, x1 - x0, z1 - z0]
  s.box(cx, -t, cz, w + 1, t, d + 1, floor)
  s.box(cx, height, cz, w + 1, t, d + 1, ceiling)
  s.box(x0 - t / 2, 0, cz, t, height, d + 1, wall)
  s.box(x1 + t / 2, 0, cz, t, height, d + 1, other)
  s.box(cx, 0, z0 - t / 2, w + 1, height, t, wall)
  s.box(cx, 0, z1 + t / 2, w + 1, height, t, other)
  if (s.random.chance(0.6)) {
    const trim = s.random.chance(0.6) ? p.plain([0.7, 0.7, 0.68]) : p.wood()
    const h = s.random.range(0.06, 0.16)
    s.object(() => {
      s.box(cx, 0, z1 - 0.01, w, h, 0.02, trim)
      s.box(x0 + 0.01, 0, cz, 0.02, h, d, trim)
      s.box(x1 - 0.01, 0, cz, 0.02, h, d, trim)
    })
  }
}

/** What hangs on a wall or is let into it; drawn with the wall at z = 0 and the room at z < 0. */
export function hanging(s, p, long, day) {
  const { range, next, whole, chance } = s.random
  const x = range(-0.42, 0.42) * long
  const kind = next()
  const frame = chance(0.5) ? p.wood() : p.plain()
  if (kind < 0.4) {
    const [w, h, y] = [range(0.2, 1.3), range(0.2, 1), range(1, 1.7)]
    s.box(x, y, -0.015, w, h, 0.03, frame)
    s.box(
      x,
      y + 0.03,
      -0.022,
      w - 0.06,
      h - 0.06,
      0.03,
      chance(0.12) ? p.make('plain', [0.1, 0.1, 0.1], [0, 0, 0], 1, { mirror: 0.95 }) : p.picture(),
    )
  } else if (kind < 0.6) {
    const [w, h, y] = [range(0.6, 2.2), range(0.8, 1.5), range(0.6, 1.1)]
    const bars = whole(1, 3)
    s.box(x, y, -0.005, w, h, 0.01, day ? p.view(range(0.8, 3.5)) : p.glass(), { shadow: false })
    for (let k = 0; k <= bars; k++) s.box(x + (k / bars - 0.5) * w, y, -0.03, 0.06, h, 0.06, frame)
    for (const dy of [0, h]) s.box(x, y + dy - 0.03, -0.03, w + 0.06, 0.06, dy ? 0.06 : 0.2, frame)
    if (day) {
      const power = range(2, 14)
      s.light(
        [x, y + h / 2, -0.05],
        hsv(range(0.5, 0.62), range(0, 0.25), 1).map((v) => v * power),
        { u: [w / 2, 0, 0], v: [0, -h / 2, 0], oneSided: true },
      )
    }
    if (chance(0.5)) {
      const cloth = p.cloth()
      const drop = chance(0.6) ? 0.05 : y - 0.1
      for (const side of [-1, 1])
        for (let k = 0; k < 5; k++)
          s.frustum(x + side * (w / 2 + 0.05 + k * 0.06), drop, -0.1 - 0.02 * (k % 2), 0.04, y + h + 0.1 - drop, cloth)
    }
  } else if (kind < 0.78) {
    const [w, h] = [range(0.7, 1), range(1.95, 2.15)]
    s.box(x, 0, -0.02, w + 0.14, h + 0.07, 0.04, frame)
    const door = chance(0.5) ? p.wood() : p.plain()
    const ajar = chance(0.3) ? range(0.2, 1.5) : 0
    if (ajar) s.box(x, 0, -0.025, w, h, 0.04, p.plain([0.05, 0.05, 0.05]))
    s.at(x - w / 2, 0, -0.03, ajar, () => {
      s.box(w / 2, 0, 0, w, h, 0.045, door)
      for (const y of [0.2, 1.1]) s.box(w / 2, y, -0.03, w * 0.6, 0.7, 0.01, door)
      s.bar([w - 0.07, 1, -0.06], [w - 0.18, 1, -0.06], 0.012, p.metal())
    })
  } else if (kind < 0.9) {
    const [w, y, d] = [range(0.5, 1.8), range(0.9, 1.7), range(0.18, 0.35)]
    s.box(x, y, -d / 2, w, 0.03, d, p.wood())
    for (let k = whole(1, 6); k > 0; k--)
      s.at(x + range(-0.42, 0.42) * w, y + 0.03, -d / 2, range(-0.5, 0.5), () => clutter(s, p, range(0.1, 0.3)))
  } else {
    const [w, y, h] = [range(0.6, 2.4), range(1.35, 1.5), range(0.5, 0.75)]
    const body = p.wood()
    for (let k = 0; k < Math.ceil(w / 0.5); k++) s.box(x + k * 0.5 - w / 2, y, -0.17, 0.49, h, 0.34, body)
  }
}

export function ceilingLamps(s, p, room, lit) {
  const { range, chance, whole } = s.random
  const { x0, x1, z0, z1, height } = room
  const n = lit ? whole(1, 2) : 0
  for (let k = 0; k < n; k++) {
    const [x, z] = [range(x0 + 0.5, x1 - 0.5), range(z0 + 0.5, z1 - 0.5)]
    const drop = chance(0.4) ? range(0.3, 0.9) : 0.08
    const warm = hsv(range(0.07, 0.16), range(0, 0.55), 1)
    const power = range(1.5, 8)
    const panel = chance(0.35)
    s.object(() => {
      if (panel)
        s.box(x, height - 0.06, z, range(0.3, 1.2), 0.05, range(0.2, 0.6), p.glow(range(1, 4), warm), { shadow: false })
      else {
        s.bar([x, height, z], [x, height - drop, z], 0.008, p.plain(), { shadow: false })
        s.frustum(x, height - drop - 0.2, z, range(0.1, 0.25), 0.2, p.glow(range(0.8, 3), warm), {
          taper: range(0.3, 1),
          shadow: false,
        })
      }
    })
    s.light(
      [x, height - drop - 0.25, z],
      warm.map((v) => v * power),
      { u: [range(0.05, 0.3), 0, 0], v: [0, 0, range(0.05, 0.3)] },
    )
  }
}

function dress(s, p, top, eye, many) {
  const { range, whole } = s.random
  for (const t of top)
    for (let k = whole(0, many); k > 0; k--) {
      const at = [t.x + range(-0.5, 0.5) * t.width, t.y, t.z + range(-0.5, 0.5) * t.depth]
      s.at(...at, range(-3.14, 3.14), () => s.object(() => clutter(s, p), clear(eye, 0.08)))
    }
}

export function place(s, p, name, x, z, angle, eye, many) {
  s.at(x, 0, z, angle, () => {
    let outline
    if (s.object(() => (outline = pieces[name](s, p)), clear(eye, 0.12))) dress(s, p, outline.top, eye, many)
    if (outline?.lamp && s.lights.length < 4)
      s.light([0, outline.lamp, 0], [2.2, 1.5, 0.8], { u: [0.08, 0, 0], v: [0, 0, 0.08] })
  })
}

const ALONG = [
  'sofa',
  'bed',
  'cabinet',
  'cabinet',
  'shelf',
  'shelf',
  'desk',
  'table',
  'appliance',
  'bin',
  'boxes',
  'chair',
  'standingLamp',
]
const ABOUT = ['table', 'chair', 'chair', 'chair', 'sofa', 'boxes', 'bin', 'desk', 'table', 'cabinet', 'standingLamp']

export function furnish(s, p, room, eye, day) {
  const { range, chance, whole, pick } = s.random
  const many = pick([1, 3, 6, 10])
  for (const [index, wall] of walls(room).entries()) {
    for (let k = room.open?.includes(index) ? 0 : whole(0, 3); k > 0; k--)
      s.at(wall.x, 0, wall.z, wall.angle, () => s.object(() => hanging(s, p, wall.long, day), clear(eye, 0.1)))
    const kitchen = chance(0.12)
    for (let along = range(-0.5, -0.3) * wall.long; along < wall.long / 2 - 0.4; ) {
      if (chance(0.3)) {
        along += range(0.3, 1)
        continue
      }
      const name = kitchen ? pick(['cabinet', 'cabinet', 'appliance']) : pick(ALONG)
      const half = { sofa: 0.95, bed: 0.8, cabinet: 0.5, shelf: 0.6, desk: 0.7, table: 0.7 }[name] ?? 0.32
      const off = { sofa: 0.5, bed: 1.05, desk: 0.45, table: 0.45, chair: 0.3, boxes: 0.4 }[name] ?? 0.33
      along += half
      // In the wall's own axes the room lies at -z.
      const [c, n] = [Math.cos(wall.angle), Math.sin(wall.angle)]
      const [lx, lz] = [along, -off]
      place(
        s,
        p,
        name,
        wall.x + c * lx + n * lz,
        wall.z - n * lx + c * lz,
        wall.angle + (chance(0.15) ? range(-0.3, 0.3) : 0),
        eye,
        many,
      )
      along += half + range(0, 0.25)
    }
  }
  for (let k = whole(0, 6); k > 0; k--)
    place(
      s,
      p,
      pick(ABOUT),
      range(room.x0 + 0.6, room.x1 - 0.6),
      range(room.z0 + 0.6, room.z1 - 0.6),
      range(-3.14, 3.14),
      eye,
      many,
    )
  const loose = (make) =>
    s.at(range(room.x0 + 0.3, room.x1 - 0.3), 0, range(room.z0 + 0.3, room.z1 - 0.3), range(-3.14, 3.14), () =>
      s.object(() => make(s, p), clear(eye, 0.15)),
    )
  for (let k = whole(0, 4); k > 0; k--) loose((b, q) => clutter(b, q, b.random.range(0.1, 0.5)))
  if (chance(0.3)) loose(plant)
  for (let k = chance(0.2) ? whole(1, 3) : 0; k > 0; k--) loose(person)
  if (chance(0.15)) loose(abstractThing)
  if (chance(0.06)) loose(steps)
  if (chance(0.35))
    s.at(range(-0.5, 0.5), 0, range(1, 3), range(-0.3, 0.3), () =>
      s.box(0, 0, 0, range(1, 2.6), 0.012, range(1, 2), p.cloth()),
    )
}

export const ambient = (s, low, high) => {
  const { range } = s.random
  const level = s.random.log(low, high)
  const tint = hsv(range(0.05, 0.65), range(0, 0.25), 1)
  return { up: tint.map((v) => v * level), down: tint.map((v, i) => v * level * range(0.5, 1) * [1, 0.9, 0.8][i]) }
}

export function room(s, p) {
  const { range, chance } = s.random
  const corridor = chance(0.12)
  const w = corridor ? range(1.2, 2.4) : range(2.2, 7)
  const d = corridor ? range(5, 18) : range(2.4, 8)
  const eye = [0, Math.min(1.95, Math.max(0.35, s.random.normal(1.25, 0.35))), 0]
  const side = range(0.08, 0.92)
  const ahead = chance(0.75) ? range(0.6, 0.97) : range(0.25, 0.7)
  const frame = { x0: -w * side, x1: w * (1 - side), z0: -d * (1 - ahead), z1: d * ahead, height: range(2.2, 3.3) }
  if (frame.x0 > -0.35) frame.x0 = -0.35
  if (frame.x1 < 0.35) frame.x1 = 0.35
  shell(s, p, frame)
  const day = chance(0.55)
  ceilingLamps(s, p, frame, !day || chance(0.4))
  furnish(s, p, frame, eye, day)
  return {
    eye,
    yaw: corridor ? s.random.normal(0, 0.15) : chance(0.6) ? range(-0.5, 0.5) : range(-1.2, 1.2),
    pitch: Math.max(-0.75, Math.min(0.35, s.random.normal(-0.16, 0.17))),
    ambient: ambient(s, 0.12, 0.8),
    reach: range(0.4, 1.2),
    fog: 0,
  }
}

/** Things on a table, a bench or the floor, seen from near. */
export function tableTop(s, p) {
  const { range, chance, whole } = s.random
  const eye = [0, range(1, 1.7), 0]
  const back = range(0.9, 3.5)
  const frame = { x0: -range(1.2, 3), x1: range(1.2, 3), z0: -2, z1: back + 0.3, height: range(2.3, 3) }
  shell(s, p, frame)
  const top = chance(0.75) ? range(0.6, 0.95) : 0.01
  const [near, far] = [range(0.25, 0.5), back * range(0.6, 1)]
  s.box(0, top - 0.04, (near + far) / 2, range(1, 3), 0.04, far - near, chance(0.6) ? p.wood() : p.any())
  s.at(0, 0, frame.z1, 0, () => s.object(() => hanging(s, p, 2, true)))
  if (chance(0.4)) place(s, p, 'shelf', range(-0.6, 0.6), frame.z1 - 0.25, 0, eye, 3)
  const size = s.random.log(0.12, 0.45)
  for (let k = whole(5, 34); k > 0; k--) {
    const z = range(near + 0.25, far)
    s.at(range(-0.55, 0.55) * (0.5 + z), top, z, range(-3.14, 3.14), () =>
      s.object(
        () => (chance(0.15) ? abstractThing(s, p, size) : clutter(s, p, s.random.log(size * 0.5, size * 1.6))),
        clear(eye, 0.2),
      ),
    )
  }
  if (chance(0.2)) s.at(range(-0.5, 0.5), 0, far + 0.2, 0, () => s.object(() => person(s, p)))
  ceilingLamps(s, p, frame, true)
  return {
    eye,
    yaw: s.random.normal(0, 0.2),
    pitch: -Math.atan2(eye[1] - top - range(-0.1, 0.3), (near + far) * range(0.4, 0.75)),
    ambient: ambient(s, 0.15, 0.9),
    reach: range(0.15, 0.6),
    fog: 0,
  }
}

/** Shapes in the air before walls and slabs at any angle: depth from shading and overlap alone. */
export function shapes(s, p) {
  const { range, whole, chance } = s.random
  const back = range(2.5, 9)
  const m = () => (chance(0.5) ? p.wall() : p.any())
  s.at(0, 1.3, back, range(-0.7, 0.7), () => s.box(0, -8, 0.1, 30, 16, 0.2, m()))
  s.at(0, -range(0, 1), 0, rotateX(range(-0.1, 0.1)), () => s.box(0, -0.1, 0, 40, 0.1, 40, p.floor()))
  for (let k = whole(5, 30); k > 0; k--) {
    const z = range(1, back)
    const turned = rotateX(range(-3, 3))
    s.at(range(-0.8, 0.8) * z, 1.3 + range(-0.5, 0.5) * z, z, range(-3, 3), () =>
      s.at(0, 0, 0, turned, () => s.object(() => abstractThing(s, p, range(0.1, 0.35) * z), clear([0, 1.3, 0], 0.4))),
    )
  }
  const power = range(2, 10)
  s.light([range(-2, 2), range(2, 4), range(-1, 2)], [power, power, power], {
    u: [range(0.02, 0.5), 0, 0],
    v: [0, 0, 0.2],
  })
  return {
    eye: [0, 1.3, 0],
    yaw: s.random.normal(0, 0.1),
    pitch: s.random.normal(0, 0.1),
    ambient: ambient(s, 0.2, 0.9),
    reach: 0.8,
    fog: 0,
  }
}
