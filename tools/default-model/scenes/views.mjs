// What photographs show often: rooms open to daylight, large halls with rows of the same thing, one subject near by.
import { pieces } from './furniture.mjs'
import { ambient, ceilingLamps, clear, furnish, hanging, place, shell, walls } from './indoor.mjs'
import { hsv } from './materials.mjs'
import { building, ground, scatter, skyAndSun } from './outdoor.mjs'
import { abstractThing, bicycle, bush, clutter, fence, person, plant, post, rock, tree, vehicle } from './things.mjs'

/** A wall with a hole, drawn with the room at z < 0; the hole reaches from x `left` to `right`, from y `low` to `high`. */
function pierced(s, p, long, height, { left, right, low, high }, wall) {
  const { range, chance, whole } = s.random
  const end = long / 2 + 0.5
  s.box((left - end) / 2, 0, 0.1, left + end, height, 0.2, wall)
  s.box((right + end) / 2, 0, 0.1, end - right, height, 0.2, wall)
  const [middle, wide] = [(left + right) / 2, right - left]
  if (low > 0) s.box(middle, 0, 0.1, wide, low, 0.2, wall)
  s.box(middle, high, 0.1, wide, height - high, 0.2, wall)
  const frame = chance(0.6) ? p.plain([0.75, 0.75, 0.73]) : p.plain()
  const panes = whole(1, Math.max(1, Math.round(wide / 0.8)))
  const thick = range(0.03, 0.09)
  for (let k = 0; k <= panes; k++) s.box(left + (k / panes) * wide, low, 0.06, thick, high - low, 0.06, frame)
  for (const y of [low, high - thick]) s.box(middle, y, 0.06, wide, thick, 0.06, frame)
  if (chance(0.35)) s.box(middle, low + (high - low) * range(0.4, 0.7), 0.06, wide, thick, 0.06, frame)
  if (chance(0.5)) {
    const cloth = chance(0.5) ? p.cloth() : p.plain(hsv(range(0, 1), range(0, 0.15), range(0.75, 0.97)))
    for (const side of [-1, 1])
      for (let k = whole(3, 12); k > 0; k--)
        s.frustum(side < 0 ? left + k * 0.07 : right - k * 0.07, 0.03, -0.09 - 0.03 * (k % 2), 0.045, high + 0.1, cloth)
  }
}

/** A room with one or two walls open to the sun: light falls in, and the depth goes on outside. */
export function sunroom(s, p) {
  const { range, chance, whole, pick } = s.random
  const [w, d, height] = [range(2.4, 7), range(2.6, 7), range(2.2, 3.2)]
  const eye = [0, range(0.9, 1.75), 0]
  const side = range(0.15, 0.85)
  const ahead = range(0.55, 0.95)
  const room = { x0: -w * side, x1: w * (1 - side), z0: -d * (1 - ahead), z1: d * ahead, height }
  const open = chance(0.25) ? [0, pick([1, 2])] : [pick([0, 1, 1, 2, 2])]
  const [floor, ceiling, paint] = [p.floor(), p.ceiling(), p.wall()]
  const [cx, cz] = [(room.x0 + room.x1) / 2, (room.z0 + room.z1) / 2]
  s.box(cx, -0.2, cz, w + 1, 0.2, d + 1, floor)
  s.box(cx, height, cz, w + 1, 0.2, d + 1, ceiling)
  const outside = chance(0.75) ? -range(0.05, 0.5) : -range(3, 15)
  ground(s, pick([p.grass, p.paving, p.soil, p.asphalt])(), Math.min(-0.21, outside))
  const sun = { height: range(0.2, 1), way: 0 }
  walls(room).forEach((wall, k) => {
    s.at(wall.x, 0, wall.z, wall.angle, () => {
      if (!open.includes(k)) return s.box(0, 0, 0.1, wall.long + 1, height, 0.2, paint)
      const wide = Math.min(wall.long - 0.2, range(0.9, 5))
      const left = range(-wall.long / 2 + 0.1, wall.long / 2 - 0.1 - wide)
      const low = chance(0.5) ? 0 : range(0.5, 1)
      const hole = { left, right: left + wide, low, high: range(1.9, height - 0.12) }
      pierced(s, p, wall.long, height, hole, paint)
      const power = range(0.5, 5)
      s.light(
        [left + wide / 2, (hole.low + hole.high) / 2, -0.02],
        hsv(range(0.5, 0.62), range(0, 0.25), 1).map((v) => v * power),
        { u: [wide / 2, 0, 0], v: [0, -(hole.high - hole.low) / 2, 0], oneSided: true },
      )
      for (let n = whole(1, 9); n > 0; n--)
        s.at(left + wide * range(-0.5, 1.5), outside, s.random.log(1.5, 25), range(-3, 3), () =>
          s.object(() => pick([tree, bush, bush, fence, vehicle, person, rock])(s, p)),
        )
      if (chance(0.6))
        s.at(range(-3, 3), outside, range(5, 22), range(-0.5, 0.5), () =>
          s.object(() => building(s, p, range(6, 20), 6, range(3, 12))),
        )
    })
    if (open.includes(k)) sun.way = wall.angle
  })
  const way = sun.way + range(-1.1, 1.1)
  if (chance(0.75)) {
    const power = s.random.log(1.5, 9)
    s.light(
      [Math.cos(sun.height) * Math.sin(way), Math.sin(sun.height), Math.cos(sun.height) * Math.cos(way)],
      hsv(range(0.07, 0.14), range(0, 0.4), 1).map((v) => v * power),
      { u: [0.01, 0.004, 0], v: [0, 0.004, 0.01], sun: true },
    )
  }
  furnish(s, p, { ...room, open }, eye, false)
  if (chance(0.3)) ceilingLamps(s, p, room, true)
  const level = range(0.8, 2.5)
  return {
    eye,
    yaw: range(-0.9, 0.9),
    pitch: Math.max(-0.6, Math.min(0.25, s.random.normal(-0.15, 0.15))),
    ambient: ambient(s, 0.25, 0.9),
    reach: range(0.4, 1.2),
    fog: 0,
    sky: {
      low: hsv(range(0.5, 0.62), range(0, 0.2), 1).map((v) => v * level),
      high: hsv(range(0.54, 0.62), range(0.1, 0.6), 1).map((v) => v * level),
      clouds: 1,
      cover: range(0, 1),
    },
  }
}

/** An office, a classroom, a shop, a hall: rows of the same piece of furniture, columns, people. */
export function hall(s, p) {
  const { range, chance, whole, pick } = s.random
  const [w, d, height] = [range(5, 14), range(6, 18), range(2.5, 4.5)]
  const eye = [0, range(1, 1.8), 0]
  const side = range(0.15, 0.85)
  const room = { x0: -w * side, x1: w * (1 - side), z0: -range(1, 4), z1: d, height }
  shell(s, p, room)
  for (let k = whole(1, 2); k > 0; k--) ceilingLamps(s, p, room, true)
  for (const wall of walls(room))
    for (let k = whole(1, 4); k > 0; k--)
      s.at(wall.x, 0, wall.z, wall.angle, () => s.object(() => hanging(s, p, wall.long, chance(0.5))))
  const name = pick(['desk', 'table', 'chair', 'shelf', 'cabinet', 'boxes', 'sofa'])
  const beside = pick([undefined, 'chair', 'chair', 'bin', 'table'])
  const [stepX, stepZ] = [range(1.3, 3), range(1.2, 3)]
  const turn = pick([0, Math.PI, Math.PI / 2])
  const many = pick([0, 1, 3])
  for (let z = range(0.8, 2.5); z < d - 0.6; z += stepZ)
    for (let x = room.x0 + range(0.5, 1.2); x < room.x1 - 0.5; x += stepX) {
      if (s.primitives.length > 1100 || chance(0.12)) continue
      const jitter = () => s.random.normal(0, 0.06)
      place(s, p, name, x + jitter(), z + jitter(), turn + jitter(), eye, many)
      if (beside) place(s, p, beside, x + jitter(), z + 0.75 + jitter(), turn + range(-0.6, 0.6), eye, 0)
    }
  if (chance(0.3)) {
    const [m, gap, thick] = [p.wall(), range(2.5, 5), range(0.2, 0.6)]
    for (let z = range(1.5, 4); z < d; z += gap)
      for (const x of [room.x0 * 0.5, room.x1 * 0.5])
        s.object(() => s.box(x, 0, z, thick, height, thick, m), clear(eye, 0.3))
  }
  for (let k = chance(0.5) ? whole(1, 8) : 0; k > 0; k--)
    s.at(range(room.x0 + 0.4, room.x1 - 0.4), 0, s.random.log(1.2, d - 0.5), range(-3, 3), () =>
      s.object(() => person(s, p), clear(eye, 0.2)),
    )
  return {
    eye,
    yaw: s.random.normal(0, 0.35),
    pitch: Math.max(-0.6, Math.min(0.3, s.random.normal(-0.12, 0.13))),
    ambient: ambient(s, 0.25, 1),
    reach: range(0.4, 1.2),
    fog: 0,
  }
}

/** Something that fills much of the picture, before a cluttered room or a yard. */
export function closeUp(s, p) {
  const { range, chance, whole, pick } = s.random
  const indoors = chance(0.55)
  const eye = [0, range(0.7, 1.6), 0]
  const far = indoors ? range(2.5, 6.5) : range(4, 16)
  let view
  if (indoors) {
    const room = { x0: -range(1, 3.5), x1: range(1, 3.5), z0: -1.5, z1: far, height: range(2.2, 3.2) }
    shell(s, p, room)
    const day = chance(0.5)
    furnish(s, p, room, eye, day)
    for (let x = room.x0 + 0.5; x < room.x1 - 0.3; x += range(0.9, 1.6))
      if (chance(0.5)) place(s, p, pick(['shelf', 'shelf', 'cabinet', 'boxes', 'desk']), x, far - 0.4, 0, eye, 6)
    ceilingLamps(s, p, room, true)
    view = { ambient: ambient(s, 0.15, 0.8), reach: range(0.3, 1), fog: 0 }
  } else {
    view = { ...skyAndSun(s), reach: range(0.6, 2), fog: 0.0005 }
    ground(s, pick([p.paving, p.asphalt, p.grass, p.soil])())
    if (chance(0.7))
      s.at(range(-3, 3), 0, far + 4, range(-0.4, 0.4), () =>
        s.object(() => building(s, p, range(8, 24), 8, range(3, 10))),
      )
    scatter(s, p, [bush, person, bicycle, fence, rock, post, tree, vehicle], whole(3, 14), 3, far, 0.6)
  }
  const z = range(0.9, Math.min(3, far - 0.8))
  const subjects = [
    [person, 1],
    [bicycle, 0.6],
    [plant, 0.6],
    [(b, q) => pieces.chair(b, q), 0.5],
    [(b, q) => pieces[pick(['table', 'cabinet', 'appliance', 'boxes', 'bin', 'sofa'])](b, q), 0.4],
    [(b, q) => abstractThing(b, q, range(0.5, 1.3)), 0.5],
    [indoors ? bicycle : vehicle, 0.6],
    [indoors ? clutter : bush, 0.5],
    [(b, q) => clutter(b, q, range(0.5, 1)), 0.4],
  ]
  const [make, middle] = pick(subjects)
  const away = make === vehicle ? z + 2.5 : z
  s.at(range(-0.25, 0.25) * away, 0, away, range(-3.14, 3.14), () => s.object(() => make(s, p), clear(eye, 0.15)))
  if (chance(0.5))
    s.at(range(-0.7, 0.7) * z, 0, z * range(0.9, 1.8), range(-3.14, 3.14), () =>
      s.object(() => pick(subjects)[0](s, p), clear(eye, 0.15)),
    )
  return {
    ...view,
    eye,
    yaw: s.random.normal(0, 0.15),
    pitch: Math.max(-0.7, Math.min(0.4, Math.atan2(middle - eye[1], away) * range(0.2, 1) + s.random.normal(0, 0.08))),
  }
}
