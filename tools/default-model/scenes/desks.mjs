// A desk and all that stands on it, seen from the chair before it or from some steps away, over the floor and the chairs.
import { rotateX, rotateZ } from './builder.mjs'
import { pieces } from './furniture.mjs'
import { ambient, ceilingLamps, clear, hanging, place, shell } from './indoor.mjs'
import { hsv } from './materials.mjs'
import { chairKind, swivelKind } from './seats.mjs'
import { clutter, person, plant } from './things.mjs'

function monitor(s, p) {
  const { range, chance } = s.random
  const [w, h, lift] = [range(0.35, 0.7), range(0.25, 0.42), range(0.04, 0.16)]
  const body = p.plain(hsv(0.1, 0.05, range(0.08, 0.85)))
  const thick = chance(0.2) ? range(0.2, 0.4) : 0.04
  s.at(0, lift, 0, rotateX(range(-0.05, 0.25)), () => {
    s.box(0, 0, thick / 2, w, h, thick, body)
    s.box(0, 0.015, -0.005, w - 0.03, h - 0.03, 0.012, chance(0.5) ? p.glow(range(0.25, 1)) : p.glass())
  })
  s.box(0, 0, 0.04, 0.06, lift + 0.05, 0.04, body)
  s.box(0, 0, 0.02, range(0.18, 0.3), 0.014, range(0.14, 0.22), body)
}

function laptop(s, p) {
  const { range, chance } = s.random
  const [w, d] = [range(0.28, 0.4), range(0.2, 0.27)]
  const body = chance(0.5) ? p.metal() : p.plain([0.03, 0.03, 0.03])
  s.box(0, 0, 0, w, 0.02, d, body)
  s.box(0, 0.02, -0.02, w * 0.86, 0.004, d * 0.5, p.print())
  s.at(0, 0.015, d / 2, rotateX(range(-0.1, 0.6)), () => {
    s.box(0, 0, 0, w, d, 0.012, body)
    s.box(0, 0.01, -0.006, w - 0.02, d - 0.02, 0.004, chance(0.6) ? p.glow(range(0.3, 1)) : p.glass())
  })
}

/** A lamp on an arm of two bars. */
function armLamp(s, p) {
  const { range, chance } = s.random
  const m = chance(0.5) ? p.metal() : p.plain()
  const [elbow, head] = [
    [range(-0.15, 0.15), range(0.25, 0.45), range(0, 0.15)],
    [range(-0.25, 0.25), range(0.35, 0.55), range(-0.3, -0.05)],
  ]
  s.frustum(0, 0, 0, range(0.06, 0.1), 0.025, m)
  s.bar([0, 0.02, 0], elbow, 0.009, m)
  s.bar(elbow, head, 0.009, m)
  s.at(...head, rotateZ(range(-0.6, 0.6)), () => s.frustum(0, -0.1, 0, 0.08, 0.11, m, { taper: range(0.3, 0.8) }))
}

/** A ball on a stand. */
function globe(s, p) {
  const { range } = s.random
  const [r, m] = [range(0.09, 0.19), p.wood()]
  s.frustum(0, 0, 0, r * 0.6, 0.02, m)
  s.frustum(0, 0.02, 0, 0.015, r * 0.5, m)
  s.ellipsoid(
    0,
    r * 1.4,
    0,
    r,
    r,
    r,
    p.make('patches', hsv(0.58, 0.6, 0.7), hsv(range(0.1, 0.35), 0.5, 0.7), r * 0.7, { gloss: 0.5 }),
  )
}

/** A bag of paper, plastic or leather, full or slumped. */
function bag(s, p) {
  const { range, chance, whole } = s.random
  const m = chance(0.5) ? p.print() : p.cloth()
  const [w, h, d] = [range(0.18, 0.42), range(0.15, 0.4), range(0.1, 0.25)]
  s.ellipsoid(0, h * 0.42, 0, w / 2, h * 0.45, d / 2, m)
  s.frustum(0, 0, 0, w * 0.42, h * 0.7, m, { taper: range(0.5, 1) })
  for (let k = whole(1, 4); k > 0; k--)
    s.at(range(-0.3, 0.3) * w, h * range(0.5, 0.9), range(-0.2, 0.2) * d, range(-3, 3), () =>
      s.ellipsoid(0, 0, 0, w * range(0.1, 0.3), h * range(0.1, 0.3), d * range(0.1, 0.4), m),
    )
  if (chance(0.5)) s.bar([-w * 0.2, h * 0.8, 0], [w * 0.2, h * range(0.9, 1.2), 0], 0.01, p.any())
}

/** A toy with head, ears, arms and legs. */
function bear(s, p) {
  const { range } = s.random
  const [m, k] = [p.cloth(), range(0.6, 1.6)]
  const ball = (x, y, z, r, q = m) => s.ellipsoid(x * k, y * k, z * k, r * k, r * k * range(0.85, 1.1), r * k, q)
  ball(0, 0.11, 0, 0.1)
  ball(0, 0.26, -0.02, 0.08)
  ball(0, 0.245, -0.09, 0.035, p.any())
  for (const x of [-1, 1]) {
    ball(x * 0.06, 0.33, 0, 0.03)
    s.bar([x * 0.08 * k, 0.17 * k, 0], [x * 0.16 * k, 0.1 * k, -0.08 * k], 0.035 * k, m)
    s.bar([x * 0.06 * k, 0.05 * k, 0], [x * 0.1 * k, 0.04 * k, -0.17 * k], 0.04 * k, m)
  }
}

/** Bottles, cups or tins of one make, standing in a loose group. */
function group(s, p) {
  const { range, chance, whole } = s.random
  const [r, h, m, label] = [range(0.025, 0.05), range(0.08, 0.3), chance(0.5) ? p.glass() : p.any(), p.print()]
  const neck = h > 0.15
  for (let k = whole(2, 6); k > 0; k--) {
    const [x, z] = [range(-0.2, 0.2), range(-0.1, 0.1)]
    s.frustum(x, 0, z, r, h * (neck ? 0.62 : 1), m)
    if (neck) {
      s.frustum(x, h * 0.62, z, r, h * 0.18, m, { taper: 0.35 })
      s.frustum(x, h * 0.8, z, r * 0.38, h * 0.2, m)
      s.frustum(x, h * 0.2, z, r * 1.03, h * 0.28, label)
    }
  }
}

/** A crate, a drawer unit or a small shelf that stands on a desk, with things in and on it. */
function hutch(s, p) {
  const { range, chance, whole } = s.random
  const [w, h, d] = [range(0.3, 1.2), range(0.15, 0.5), range(0.2, 0.35)]
  const m = chance(0.6) ? p.plain() : p.wood()
  if (chance(0.5)) s.box(0, 0, 0, w, h, d, m)
  else {
    for (const x of [-1, 1]) s.box((x * (w - 0.02)) / 2, 0, 0, 0.02, h, d, m)
    s.box(0, h - 0.02, 0, w, 0.02, d, m)
    s.box(0, 0, d / 2, w, h, 0.015, m)
    for (let k = whole(1, 4); k > 0; k--)
      s.box(range(-0.35, 0.35) * w, 0, 0, w * range(0.08, 0.25), h * range(0.4, 0.9), d * 0.7, p.books())
  }
  for (let k = whole(0, 4); k > 0; k--)
    s.at(range(-0.42, 0.42) * w, h, range(-0.2, 0.2) * d, range(-3, 3), () => clutter(s, p, range(0.08, 0.32)))
}

/** A keyboard and a mouse. */
function keyboard(s, p) {
  const m = p.plain(hsv(0.1, 0.05, s.random.range(0.05, 0.85)))
  s.box(0, 0, 0, 0.43, 0.022, 0.14, m)
  s.ellipsoid(0.32, 0.012, 0, 0.03, 0.018, 0.05, m)
}

function sheets(s, p) {
  for (let k = s.random.whole(1, 5); k > 0; k--)
    s.at(s.random.range(-0.2, 0.2), 0.001 * k, s.random.range(-0.1, 0.1), s.random.range(-0.6, 0.6), () =>
      s.box(0, 0, 0, 0.21, 0.003, 0.297, s.random.chance(0.5) ? p.print() : p.plain([0.8, 0.8, 0.78])),
    )
}

/** A cable that winds over what it lies on. */
function cable(s, p) {
  const { range } = s.random
  const m = p.plain([0.02, 0.02, 0.02])
  let at = [0, 0.006, 0]
  for (let k = 0; k < 6; k++) {
    const to = [at[0] + range(-0.1, 0.1), 0.006, at[2] + range(-0.1, 0.1)]
    s.bar(at, to, 0.005, m)
    at = to
  }
}

function plantPot(s, p) {
  plant(s, p, s.random.range(0.15, 0.5))
}

const FLAT = [sheets, sheets, keyboard, cable]
const UPRIGHT = [
  monitor,
  monitor,
  laptop,
  armLamp,
  globe,
  bag,
  bear,
  group,
  group,
  hutch,
  plantPot,
  clutter,
  clutter,
  clutter,
]

/** One desk about the origin, its back to +z, with up to `many` things that stand on it. */
function laden(s, p, { w, d, h, top, metal, many }, eye) {
  const { range, chance, whole, pick } = s.random
  const foot = pick(['t', 'panels', 'legs', 'frame'])
  s.object(
    () => {
      s.box(0, h - 0.03, 0, w, 0.03, d, top)
      for (const x of [-1, 1]) {
        const px = x * (w / 2 - 0.08)
        if (foot === 't') {
          s.box(px, 0, d * 0.1, 0.08, h - 0.03, 0.1, metal)
          s.box(px, 0, 0, 0.08, 0.05, d * 0.95, metal)
        } else if (foot === 'panels') s.box(px, 0, 0, 0.03, h - 0.03, d * 0.95, top)
        else for (const z of [-1, 1]) s.box(px, 0, z * (d / 2 - 0.06), 0.05, h - 0.03, 0.05, metal)
      }
      if (foot === 'frame') s.box(0, h - 0.1, d * 0.35, w * 0.9, 0.07, 0.03, metal)
      if (chance(0.3)) s.box(0, h * 0.4, d * 0.42, w * 0.92, h * 0.5, 0.02, top)
      if (chance(0.4)) s.box(pick([-1, 1]) * (w / 2 - 0.3), 0.03, 0, 0.42, h - 0.08, d * 0.8, p.plain())
    },
    clear(eye, 0.1),
  )
  // Tall things rather at the back, flat ones anywhere.
  for (let k = whole(0, 5); k > 0; k--)
    s.at(range(-0.42, 0.42) * w, h, range(-0.38, 0.3) * d, range(-0.5, 0.5), () => s.object(() => pick(FLAT)(s, p)))
  for (let k = whole(1, many); k > 0; k--)
    s.at(range(-0.46, 0.46) * w, h, (0.42 - 0.8 * s.random.next() ** 1.6) * d, s.random.normal(0, 0.5), () =>
      s.object(() => pick(UPRIGHT)(s, p), clear(eye, 0.12)),
    )
}

export function deskside(s, p) {
  const { range, chance, whole, pick, normal } = s.random
  const seated = chance(0.35)
  const eye = [0, seated ? range(0.95, 1.35) : range(1.1, 1.95), 0]
  const away = seated ? range(0.55, 1.1) : range(1.1, 2.8)
  const deep = away + range(0.6, 7)
  const room = { x0: -range(1.2, 5), x1: range(1.2, 5), z0: -range(0.6, 2), z1: deep, height: range(2.3, 3.4) }
  shell(s, p, room)
  for (let k = whole(1, 2); k > 0; k--) ceilingLamps(s, p, room, true)
  s.at(0, 0, room.z1, 0, () => {
    for (let k = whole(0, 5); k > 0; k--) s.object(() => hanging(s, p, Math.min(6, room.x1 - room.x0), chance(0.5)))
  })
  const kind = {
    w: range(1.1, 2.1),
    d: range(0.55, 0.95),
    h: range(0.66, 0.8),
    top: chance(0.45) ? p.wood() : p.plain(hsv(0.1, range(0, 0.2), range(0.25, 0.97))),
    metal: chance(0.5) ? p.metal() : p.plain([0.03, 0.03, 0.03]),
    many: pick([2, 6, 12, 18]),
  }
  const chair = chance(0.7) ? swivelKind(s, p) : chairKind(s, p)
  const other = chance(0.5) ? chair : chance(0.5) ? swivelKind(s, p) : chairKind(s, p)
  const turned = normal(0, 0.3)
  s.at(range(-0.4, 0.4), 0, away + kind.d / 2, turned, () => {
    const n = whole(1, 3)
    for (let k = 0; k < n; k++) s.at((k - (n - 1) / 2) * (kind.w + 0.02), 0, 0, 0, () => laden(s, p, kind, eye))
    const long = n * kind.w
    const back = kind.d / 2 + range(0.02, 0.15)
    const behind = pick(['screen', 'screen', 'wall', 'desks', 'shelves', 'open'])
    if (behind === 'screen') {
      const tall = range(0.9, 1.65)
      const cloth = pick([p.cloth, p.plain, p.wood, p.wall])()
      for (let k = 0; k < n; k++)
        s.box(
          (k - (n - 1) / 2) * kind.w,
          range(0, 0.3),
          back,
          kind.w - 0.03,
          tall * pick([1, 1, range(0.8, 1.1)]),
          0.045,
          cloth,
        )
      s.at(0, 0, back - 0.025, 0, () => {
        for (let k = whole(0, 6); k > 0; k--)
          s.box(
            range(-0.45, 0.45) * long,
            range(kind.h, tall - 0.15),
            0,
            range(0.1, 0.4),
            range(0.08, 0.3),
            0.012,
            p.print(),
          )
      })
    } else if (behind === 'wall') {
      s.at(0, 0, back, 0, () => {
        s.box(0, 0, 0.1, 12, room.height, 0.2, p.wall())
        for (let k = whole(0, 4); k > 0; k--) s.object(() => hanging(s, p, long, chance(0.5)), clear(eye, 0.1))
      })
    } else if (behind === 'desks') {
      for (let r = 1; r < 4; r++)
        for (let k = -2; k < 3; k++) {
          if (chance(0.3) || s.primitives.length > 1000) continue
          s.at(k * (kind.w + 0.1), 0, r * range(1.6, 2.1), chance(0.5) ? Math.PI : 0, () =>
            laden(s, p, { ...kind, many: 4 }, eye),
          )
        }
    } else if (behind === 'shelves') {
      for (let x = -long / 2; x < long / 2; x += range(0.7, 1.4))
        place(s, p, pick(['shelf', 'shelf', 'cabinet']), x, back + 0.3, 0, eye, 5)
    }
    if (!seated || chance(0.3))
      for (let k = whole(0, n + 1); k > 0; k--)
        s.at(range(-0.5, 0.5) * long, 0, -kind.d / 2 - range(-0.1, 0.7), normal(Math.PI, 1.2), () =>
          s.object(chair, clear(eye, 0.1)),
        )
  })
  // What stands close by, cut by the picture's edge as often as not.
  for (let k = whole(0, 2); k > 0; k--)
    s.at(pick([-1, 1]) * range(0.3, 0.9) * away, 0, range(0.55, 1) * away, range(-3.14, 3.14), () =>
      s.object(
        pick([other, other, chair, () => pieces[pick(['bin', 'boxes', 'cabinet', 'chair'])](s, p), () => bag(s, p)]),
        clear(eye, 0.12),
      ),
    )
  for (let k = whole(0, 5); k > 0; k--)
    s.at(range(-1.5, 1.5), 0, range(0.7, deep - 0.3), range(-3, 3), () =>
      s.object(() => pick([clutter, clutter, bag, cable])(s, p), clear(eye, 0.2)),
    )
  if (chance(0.15))
    s.at(range(-1.5, 1.5), 0, range(1.2, deep), range(-3, 3), () => s.object(() => person(s, p), clear(eye, 0.2)))
  return {
    eye,
    yaw: normal(0, 0.22),
    pitch: Math.max(-1, Math.min(0.15, Math.atan2(kind.h - eye[1], away + 0.3) * range(0.5, 1.15) + normal(0, 0.06))),
    ambient: ambient(s, 0.15, 1),
    reach: range(0.2, 1),
    fog: 0,
  }
}
