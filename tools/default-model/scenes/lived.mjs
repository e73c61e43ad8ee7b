// Rooms as people live and work in them, where what stands nearest covers much of the picture: a table set about with
// chairs, desks before a partition, seats about a low table, rooms behind open doors, one large thing before a wall.
import { pieces } from './furniture.mjs'
import { ambient, ceilingLamps, clear, hanging, place, shell, walls } from './indoor.mjs'
import { hsv } from './materials.mjs'
import { chairKind, easyKind, machine, motorbike, swivelKind } from './seats.mjs'
import { abstractThing, bicycle, clutter, person, plant } from './things.mjs'

/** Runs `make` as one object at (x, z), turned by `angle`, unless it would stand in the camera. */
const stand = (s, x, z, angle, make, eye, margin = 0.12) =>
  s.at(x, 0, z, angle, () => s.object(make, clear(eye, margin)))

/** Things strewn over an area of `width` by `depth` at height y. */
function strew(s, p, x, y, z, width, depth, n, eye, low = 0.06, high = 0.35) {
  const { range, log } = s.random
  for (let k = 0; k < n; k++)
    s.at(x + range(-0.5, 0.5) * width, y, z + range(-0.5, 0.5) * depth, range(-3.14, 3.14), () =>
      s.object(() => clutter(s, p, log(low, high)), clear(eye, 0.1)),
    )
}

/** What a wall wears: panels below a rail, a moulding above; drawn with the wall at z = 0 and the room at z < 0. */
function panelling(s, p, long, height) {
  const { range, chance } = s.random
  const trim = chance(0.7) ? p.plain(hsv(range(0.05, 0.15), range(0, 0.15), range(0.7, 0.97))) : p.wood()
  const rail = range(0.7, 1.1)
  if (chance(0.6)) {
    s.box(0, 0, -0.006, long, rail, 0.012, chance(0.5) ? trim : p.wall())
    s.box(0, rail, -0.02, long, 0.05, 0.04, trim)
    const step = range(0.4, 1.1)
    for (let x = -long / 2 + step / 2; x < long / 2; x += step)
      for (const [dx, w, y, h] of [
        [-step * 0.4, 0.03, 0.18, rail - 0.28],
        [step * 0.4, 0.03, 0.18, rail - 0.28],
        [0, step * 0.8, 0.18, 0.03],
        [0, step * 0.8, rail - 0.13, 0.03],
      ])
        s.box(x + dx, y, -0.018, w, h, 0.02, trim)
  }
  if (chance(0.6)) s.box(0, height - 0.12, -0.04, long, 0.12, 0.08, trim)
  s.box(0, 0, -0.01, long, range(0.08, 0.18), 0.025, trim)
}

/** A wall with a doorway from `left` to `right` up to `top`, perhaps with its door open. */
function doorway(s, p, long, height, left, right, top, wall) {
  const { chance, range } = s.random
  const end = long / 2 + 0.5
  s.box((left - end) / 2, 0, 0.08, left + end, height, 0.16, wall)
  s.box((right + end) / 2, 0, 0.08, end - right, height, 0.16, wall)
  s.box((left + right) / 2, top, 0.08, right - left, height - top, 0.16, wall)
  const frame = chance(0.6) ? p.plain([0.7, 0.7, 0.67]) : p.wood()
  for (const x of [left, right]) s.box(x, 0, 0.08, 0.08, top, 0.22, frame)
  s.box((left + right) / 2, top, 0.08, right - left + 0.16, 0.08, 0.22, frame)
  if (right - left < 1.2 && chance(0.4)) {
    const door = chance(0.5) ? p.wood() : p.plain()
    s.at(left, 0, 0.02, chance(0.5) ? range(0.9, 2.2) : -range(1.2, 2), () => {
      s.box((right - left) / 2, 0.01, 0, right - left - 0.05, top - 0.03, 0.04, door)
      s.bar([right - left - 0.1, 1, -0.06], [right - left - 0.22, 1, -0.06], 0.012, p.metal())
    })
  }
}

const BY_WALLS = ['cabinet', 'cabinet', 'shelf', 'shelf', 'table', 'sofa', 'desk', 'standingLamp', 'boxes', 'appliance']

/** Walls with pictures, windows and lamps, furniture along them, and a floor perhaps with a rug. */
function dressRoom(s, p, room, eye, { day, skip = [], lined = 0.5 }) {
  const { range, chance, whole, pick } = s.random
  const panelled = chance(0.4)
  for (const [index, wall] of walls(room).entries()) {
    if (skip.includes(index)) continue
    s.at(wall.x, 0, wall.z, wall.angle, () => {
      if (panelled) s.object(() => panelling(s, p, wall.long, room.height))
      for (let k = whole(1, 4); k > 0; k--) s.object(() => hanging(s, p, wall.long, day), clear(eye, 0.1))
    })
    for (let along = range(-0.5, -0.3) * wall.long; along < wall.long / 2 - 0.5; along += range(0.9, 2)) {
      if (!chance(lined)) continue
      const off = range(0.3, 0.5)
      const [c, n] = [Math.cos(wall.angle), Math.sin(wall.angle)]
      place(s, p, pick(BY_WALLS), wall.x + c * along - n * off, wall.z - n * along - c * off, wall.angle, eye, 5)
    }
  }
  if (chance(0.5))
    s.box(range(-0.5, 0.5), 0, room.z1 * range(0.3, 0.6), range(1.2, 3.2), 0.012, range(1, 3), p.cloth(), {
      shadow: false,
    })
}

/** A room about the camera, which stands near its near wall or in a corner. */
function frameOf(s, wide, deep) {
  const { range } = s.random
  const w = range(...wide)
  const side = range(0.15, 0.85)
  return {
    x0: Math.min(-0.5, -w * side),
    x1: Math.max(0.5, w * (1 - side)),
    z0: -range(0.4, 1.6),
    z1: range(...deep),
    height: range(2.3, 3.4),
  }
}

/** Such a room with its walls dressed; `daylight` is the chance of it, and comes back as whether there is any. */
function livedIn(s, p, eye, { wide, deep, daylight, lined }) {
  const room = frameOf(s, wide, deep)
  shell(s, p, room)
  const day = s.random.chance(daylight)
  dressRoom(s, p, room, eye, { day, lined })
  return { room, day }
}

/** The camera; it looks down at what is `near` metres away and `high` above the floor, more or less. */
function looking(s, eye, near, high) {
  const { range, normal } = s.random
  return {
    eye,
    yaw: normal(0, 0.28),
    pitch: Math.max(-0.85, Math.min(0.3, Math.atan2(high - eye[1], near) * range(0.35, 1) + normal(0, 0.08))),
    ambient: ambient(s, 0.08, 0.9),
    reach: range(0.3, 1.2),
    fog: 0,
  }
}

const height = (s, low = 0.7, high = 1.85) => [0, s.random.range(low, high), 0]

/** A table with its chairs, all alike, seen from among them. */
export function dining(s, p) {
  const { range, chance, whole, pick } = s.random
  const eye = height(s, 0.9)
  const { room, day } = livedIn(s, p, eye, { wide: [3, 7], deep: [3.2, 7.5], daylight: 0.6, lined: 0.35 })
  ceilingLamps(s, p, room, !day || chance(0.5))
  const c = pick([p.wood, p.wood, p.any])()
  const top = chance(0.5)
    ? p.make('wood', hsv(range(0.03, 0.09), range(0.3, 0.8), range(0.15, 0.7)), [0.03, 0.015, 0.01], 0.3, {
        gloss: range(0.3, 0.9),
        mirror: range(0.05, 0.45),
      })
    : c
  const [w, d, h] = [range(0.8, 1.3), range(1.2, 3), range(0.68, 0.8)]
  const chair = chairKind(s, p)
  s.at(range(-1.1, 1.1), 0, range(0.9, 1.4) + d / 2, range(-1.6, 1.6), () => {
    const here = [0, 0, 0]
    s.object(() => {
      s.box(0, h - 0.04, 0, w, 0.04, d, top)
      if (chance(0.5)) s.box(0, h - 0.13, 0, w * 0.88, 0.09, d * 0.9, c)
      if (chance(0.7))
        for (const x of [-1, 1])
          for (const z of [-1, 1]) s.box(x * (w / 2 - 0.08), 0, z * (d / 2 - 0.1), 0.07, h - 0.04, 0.07, c)
      else for (const z of [-1, 1]) s.frustum(0, 0, z * d * 0.28, 0.09, h - 0.04, c, { taper: range(0.5, 1.4) })
    })
    const seats = Math.max(1, Math.floor(d / range(0.55, 0.8)))
    for (const side of [-1, 1])
      for (let k = 0; k < seats; k++) {
        if (chance(0.12)) continue
        const out = w / 2 + range(-0.12, 0.3)
        s.at(side * out, 0, ((k + 0.5) / seats - 0.5) * d, (side * Math.PI) / 2 + s.random.normal(0, 0.12), () =>
          s.object(chair, clear(eye, 0.1)),
        )
      }
    for (const end of [-1, 1])
      if (chance(0.5))
        s.at(0, 0, end * (d / 2 + range(-0.05, 0.3)), end < 0 ? Math.PI : 0, () => s.object(chair, clear(eye, 0.1)))
    strew(s, p, 0, h, 0, w * 0.8, d * 0.85, pick([0, 1, 3, 8]), here, 0.08, 0.4)
  })
  if (chance(0.5))
    s.at(range(-0.6, 0.6), 0, range(1.5, 3), 0, () =>
      s.object(() => {
        const [lamp, y] = [p.glow(range(1, 4), [1, 0.85, 0.6]), room.height - range(0.4, 0.9)]
        const [n, r] = [whole(4, 12), range(0.15, 0.45)]
        s.bar([0, room.height, 0], [0, y, 0], 0.012, p.metal(), { shadow: false })
        for (let k = 0; k < n; k++) {
          const a = (k * 6.283) / n
          s.ellipsoid(r * Math.cos(a), y + range(-0.05, 0.05), r * Math.sin(a), 0.04, 0.06, 0.04, lamp, {
            shadow: false,
          })
        }
      }),
    )
  return looking(s, eye, 1.6, 0.6)
}

/** Desks in a row before a partition or a wall, laden with things, office chairs before them. */
export function workplace(s, p) {
  const { range, chance, whole, pick } = s.random
  const eye = height(s, 1, 2)
  const { room } = livedIn(s, p, eye, { wide: [4, 10], deep: [3, 9], daylight: 0.5, lined: 0.35 })
  for (let k = whole(1, 2); k > 0; k--) ceilingLamps(s, p, room, true)
  const [metal, top] = [p.metal(), chance(0.5) ? p.wood() : p.plain(hsv(0.1, range(0, 0.2), range(0.3, 0.95)))]
  const chair = chance(0.75) ? swivelKind(s, p) : chairKind(s, p)
  const [d, h] = [range(0.6, 0.9), range(0.68, 0.78)]
  const dark = p.plain([0.02, 0.02, 0.022])
  const many = pick([3, 8, 14])
  s.at(range(-0.4, 0.4), 0, range(1.5, 2.9), s.random.normal(0, 0.4), () => {
    const n = whole(1, 3)
    for (let k = 0; k < n; k++) {
      const w = range(1.2, 1.9)
      const x = (k - (n - 1) / 2) * 1.8 + range(-0.1, 0.1)
      s.object(
        () => {
          s.box(x, h - 0.03, 0, w, 0.03, d, top)
          for (const side of [-1, 1]) {
            s.box(x + side * (w / 2 - 0.1), 0, 0, 0.06, h - 0.03, 0.08, metal)
            s.box(x + side * (w / 2 - 0.1), 0, 0, 0.07, 0.04, d * 0.95, metal)
          }
          if (chance(0.4)) s.box(x + range(-0.3, 0.3) * w, 0.03, 0, 0.42, h - 0.1, d * 0.8, p.plain())
          for (let m = whole(0, 2); m > 0; m--)
            s.at(x + range(-0.35, 0.35) * w, h, range(0, 0.25), range(-0.5, 0.5), () => {
              const [sw, sh, lift] = [range(0.35, 0.65), range(0.25, 0.42), range(0.05, 0.15)]
              s.box(0, lift, 0, sw, sh, 0.04, dark)
              s.box(0, lift + 0.015, -0.02, sw - 0.03, sh - 0.03, 0.01, chance(0.5) ? p.glow(range(0.3, 1)) : p.print())
              s.box(0, 0, 0.02, 0.05, lift + 0.02, 0.03, dark)
              s.box(0, 0, 0, 0.24, 0.012, 0.18, dark)
            })
        },
        clear(eye, 0.1),
      )
      strew(s, p, x, h, -0.05, w * 0.9, d * 0.8, whole(1, many), [0, 9, 0])
      for (let m = whole(0, 2); m > 0; m--)
        s.at(x + range(-0.5, 0.5) * w, 0, -d / 2 - range(-0.1, 0.7), range(-3.14, 3.14), () =>
          s.object(chair, clear(eye, 0.1)),
        )
    }
    if (chance(0.6)) {
      const tall = range(0.9, 1.7)
      const long = n * 1.8 + range(0, 1)
      s.box(0, 0.05, d / 2 + 0.04, long, tall - 0.05, 0.05, chance(0.5) ? p.cloth() : p.plain())
      if (chance(0.4)) strew(s, p, 0, tall, d / 2 + 0.04, long * 0.9, 0.03, whole(1, 6), [0, 9, 0], 0.1, 0.35)
      for (let m = whole(0, 6); m > 0; m--)
        s.box(range(-0.45, 0.45) * long, range(h, tall - 0.2), d / 2, range(0.1, 0.4), range(0.1, 0.3), 0.03, p.print())
    }
  })
  if (chance(0.5))
    s.at(range(-1.5, 1.5), 0, range(0.8, 1.6), range(-3.14, 3.14), () => s.object(chair, clear(eye, 0.15)))
  strew(s, p, 0, 0, 2, 3, 2.5, whole(0, 4), eye, 0.15, 0.6)
  return looking(s, eye, 1.9, 0.65)
}

/** Sofas and armchairs about a low table, one of them perhaps close before the camera. */
export function parlour(s, p) {
  const { range, chance, whole, pick } = s.random
  const eye = height(s, 0.8, 1.8)
  const { room, day } = livedIn(s, p, eye, { wide: [3.2, 7], deep: [3, 6.5], daylight: 0.65, lined: 0.55 })
  ceilingLamps(s, p, room, !day || chance(0.4))
  const easy = easyKind(s, p)
  const middle = [range(-0.6, 0.6), range(1.4, 2.6)]
  s.at(middle[0], 0, middle[1], range(-0.8, 0.8), () => {
    const [w, d, h] = [range(0.6, 1.3), range(0.45, 0.8), range(0.3, 0.48)]
    s.object(
      () => {
        const top = chance(0.4) ? p.glass() : p.wood()
        const leg = p.any()
        s.box(0, h - 0.03, 0, w, 0.03, d, top)
        for (const x of [-1, 1])
          for (const z of [-1, 1]) s.box(x * (w / 2 - 0.05), 0, z * (d / 2 - 0.05), 0.05, h - 0.03, 0.05, leg)
        if (chance(0.5)) s.box(0, h * 0.35, 0, w * 0.85, 0.02, d * 0.85, leg)
      },
      clear(eye, 0.05),
    )
    strew(s, p, 0, h, 0, w * 0.8, d * 0.8, whole(0, 6), [0, 9, 0], 0.06, 0.3)
    const around = range(-0.5, 0.5)
    for (let k = 0; k < 4; k++) {
      if (chance(0.3)) continue
      const [a, out] = [around + (k * Math.PI) / 2, range(0.85, 1.4)]
      const make = chance(0.6) ? easy : () => pieces[pick(['sofa', 'sofa', 'chair', 'bed'])](s, p)
      s.at(Math.sin(a) * out, 0, Math.cos(a) * out, a + s.random.normal(0, 0.15), () => s.object(make, clear(eye, 0.1)))
    }
  })
  for (let k = whole(0, 3); k > 0; k--)
    stand(
      s,
      range(-1.6, 1.6),
      range(0.9, 3),
      range(-3.14, 3.14),
      pick([easy, () => plant(s, p), () => person(s, p)]),
      eye,
    )
  strew(s, p, 0, 0, 2, 3, 3, whole(0, 6), eye, 0.1, 0.5)
  return looking(s, eye, 1.7, 0.5)
}

/** A room with open doorways, and further rooms behind them. */
export function enfilade(s, p) {
  const { range, chance, whole, pick } = s.random
  const eye = height(s, 1, 1.75)
  const room = frameOf(s, [2.4, 6], [1.8, 4.5])
  const [t, tall] = [0.16, room.height]
  const beyond = {
    ...room,
    x0: room.x0 - range(0, 2),
    x1: room.x1 + range(0, 2),
    z0: room.z1 + t,
    z1: room.z1 + range(2, 6),
  }
  const [ceiling, wall, floor] = [p.ceiling(), p.wall(), p.floor()]
  const [long, deep] = [beyond.x1 - beyond.x0 + 1, beyond.z1 - room.z0 + 1]
  const [cx, cz] = [(beyond.x0 + beyond.x1) / 2, (room.z0 + beyond.z1) / 2]
  s.box(cx, tall, cz, long, 0.2, deep, ceiling)
  s.box(cx, -0.2, cz, long, 0.2, deep, floor)
  if (chance(0.4)) s.box(cx, -0.19, (beyond.z0 + beyond.z1) / 2, long, 0.192, beyond.z1 - beyond.z0, p.floor())
  for (const [r, paint] of [
    [room, wall],
    [beyond, chance(0.6) ? p.wall() : wall],
  ]) {
    const d = r.z1 - r.z0
    for (const x of [r.x0 - 0.1, r.x1 + 0.1]) s.box(x, 0, (r.z0 + r.z1) / 2, 0.2, tall, d, paint)
    if (r === room) s.box((r.x0 + r.x1) / 2, 0, r.z0 - 0.1, r.x1 - r.x0 + 1, tall, 0.2, paint)
    else s.box((r.x0 + r.x1) / 2, 0, r.z1 + 0.1, r.x1 - r.x0 + 1, tall, 0.2, paint)
  }
  const wide = Math.min(room.x1 - room.x0 - 0.3, chance(0.6) ? range(0.75, 1.1) : range(1.2, 2.6))
  const left = range(room.x0 + 0.1, room.x1 - 0.1 - wide)
  s.at(cx, 0, room.z1, 0, () =>
    doorway(s, p, long - 1, tall, left - cx, left + wide - cx, Math.min(tall - 0.1, range(2, 2.4)), wall),
  )
  const day = chance(0.5)
  dressRoom(s, p, room, eye, { day, skip: [0], lined: 0.4 })
  dressRoom(s, p, beyond, eye, { day: chance(0.6), skip: [3], lined: 0.6 })
  s.at((left + room.x0) / 2, 0, room.z1, 0, () => {
    for (let k = whole(0, 2); k > 0; k--) s.object(() => hanging(s, p, Math.max(0.2, left - room.x0 - 0.8), false))
  })
  for (let k = whole(0, 4); k > 0; k--) {
    const x = range(room.x0 + 0.3, room.x1 - 0.3)
    place(
      s,
      p,
      pick(['chair', 'table', 'cabinet', 'shelf', 'boxes', 'sofa']),
      x,
      range(1, room.z1 - 0.3),
      pick([0, 1.57, -1.57]),
      eye,
      4,
    )
  }
  for (let k = whole(0, 4); k > 0; k--)
    place(
      s,
      p,
      pick(['chair', 'table', 'sofa', 'standingLamp']),
      left + wide * range(-0.3, 1.3),
      range(beyond.z0 + 0.5, beyond.z1 - 0.4),
      range(-3, 3),
      eye,
      4,
    )
  if (chance(0.3))
    stand(s, left + wide * range(0, 1), range(1.2, beyond.z1 - 0.5), range(-3, 3), () => person(s, p), eye, 0.2)
  ceilingLamps(s, p, room, chance(0.6))
  ceilingLamps(s, p, beyond, chance(0.6))
  return {
    ...looking(s, eye, room.z1, 1),
    yaw: Math.atan2(left + wide / 2, room.z1) * range(0, 1) + s.random.normal(0, 0.2),
  }
}

/** One large thing of many parts close before a wall, a bench or shelves. */
export function exhibit(s, p) {
  const { range, chance, whole, pick } = s.random
  const eye = height(s, 0.45, 1.7)
  const [chair, easy, swivel] = [chairKind(s, p), easyKind(s, p), swivelKind(s, p)]
  const subjects = [
    [() => motorbike(s, p), 1.5, 0.5],
    [() => motorbike(s, p), 1.5, 0.5],
    [() => bicycle(s, p), 1.5, 0.6],
    [() => machine(s, p), 1.3, 0.6],
    [() => machine(s, p), 1.3, 0.6],
    [chair, 0.8, 0.5],
    [swivel, 0.9, 0.5],
    [easy, 1, 0.45],
    [() => plant(s, p, range(0.6, 1.6)), 0.9, 0.6],
    [() => person(s, p), 1.4, 0.9],
    [() => pieces[pick(['table', 'cabinet', 'boxes', 'appliance', 'shelf', 'bin'])](s, p), 1.2, 0.5],
    [() => abstractThing(s, p, range(0.5, 1.3)), 1, 0.5],
    [() => clutter(s, p, range(0.5, 1)), 0.8, 0.4],
  ]
  const [make, size, middle] = pick(subjects)
  const away = size * range(0.75, 1.7) + 0.3
  const back = away + size * 0.4 + s.random.log(0.15, 2.5)
  const room = { x0: -range(1.3, 4), x1: range(1.3, 4), z0: -1, z1: back, height: range(2.3, 3.4) }
  shell(s, p, room)
  s.at(range(-1, 1), 0, back, 0, () => {
    for (let k = whole(0, 4); k > 0; k--) s.object(() => hanging(s, p, 3, chance(0.4)), clear(eye, 0.1))
  })
  if (back - away > 0.7)
    for (let x = room.x0 + 0.4; x < room.x1 - 0.3; x += range(0.8, 1.7))
      if (chance(0.55))
        place(s, p, pick(['shelf', 'shelf', 'cabinet', 'boxes', 'desk', 'table']), x, back - 0.3, 0, eye, 8)
  strew(s, p, 0, 0, back - 0.15, 2.6, 0.25, whole(0, 6), eye, 0.1, 0.6)
  ceilingLamps(s, p, room, true)
  if (chance(0.6)) {
    // A lamp behind the camera: flat light, and a shadow on the wall.
    const power = range(1, 6)
    s.light([range(-1.2, 1.2), eye[1] + range(0, 0.8), range(-0.4, 0.3)], [power, power, power * range(0.7, 1)])
  }
  stand(s, range(-0.2, 0.2) * away, away, pick([range(-3.14, 3.14), Math.PI / 2 + s.random.normal(0, 0.3)]), make, eye)
  if (chance(0.4)) stand(s, range(-0.9, 0.9) * away, away * range(0.8, 1.4), range(-3.14, 3.14), pick(subjects)[0], eye)
  return { ...looking(s, eye, away, middle), yaw: s.random.normal(0, 0.15) }
}

/** One thing more, close before the camera of any scene, mostly to one side, where the picture's edge cuts it. */
export function foreground(s, p, { eye, yaw }) {
  const { range, chance, pick } = s.random
  const subjects = [
    chairKind(s, p),
    chairKind(s, p),
    swivelKind(s, p),
    easyKind(s, p),
    () => person(s, p),
    () => plant(s, p, range(0.5, 1.4)),
    () => pieces[pick(['table', 'cabinet', 'boxes', 'bin', 'shelf', 'sofa'])](s, p),
    () => machine(s, p),
  ]
  const away = range(0.6, 1.8)
  const angle = yaw + pick([-1, 1]) * range(0.05, 0.75)
  const [x, z] = [eye[0] + Math.sin(angle) * away, eye[2] + Math.cos(angle) * away]
  stand(s, x, z, chance(0.5) ? range(-3.14, 3.14) : yaw + s.random.normal(0, 0.5), pick(subjects), eye, 0.15)
}
