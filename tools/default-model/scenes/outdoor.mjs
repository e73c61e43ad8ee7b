// Streets, fields and yards under a sky.
import { hsv } from './materials.mjs'
import { abstractThing, bicycle, bush, fence, person, post, rock, steps, tree, vehicle } from './things.mjs'

const clear = ([x, y, z, r]) => Math.hypot(x, y - 1.5, z) > r * 0.8 + 0.5

export function skyAndSun(s) {
  const { range, chance } = s.random
  const overcast = chance(0.35)
  const level = range(0.7, 1.4)
  const blue = hsv(range(0.54, 0.64), overcast ? range(0, 0.12) : range(0.25, 0.75), 1)
  const low = hsv(range(0.02, 0.62), range(0, 0.3), 1)
  if (!overcast) {
    const [height, way] = [range(0.12, 1.4), range(0, 6.283)]
    const warm = hsv(range(0.07, 0.14), range(0, 0.5), 1)
    const power = range(0.8, 3)
    const at = [Math.cos(height) * Math.sin(way), Math.sin(height), Math.cos(height) * Math.cos(way)]
    s.light(
      at,
      warm.map((v) => v * power),
      { u: [0.01, 0.004, 0], v: [0, 0.004, 0.01], sun: true },
    )
  }
  return {
    sky: {
      low: low.map((v) => v * level),
      high: blue.map((v) => v * level * range(0.4, 1)),
      clouds: chance(0.55) ? 1 : 0,
      cover: range(0, 1),
    },
    ambient: { up: blue.map((v) => v * level * range(0.3, 0.8)), down: low.map((v) => v * level * range(0.1, 0.35)) },
    fogColour: low.map((v) => v * level),
  }
}

export function building(s, p, width, depth, height) {
  const { range, chance } = s.random
  const [wall, pane, trim] = [p.facade(), p.glass(), p.plain()]
  s.box(0, 0, 0, width, height, depth, wall)
  const [storey, bay] = [range(2.8, 3.6), range(1.6, 3.4)]
  const [w, h] = [bay * range(0.3, 0.7), storey * range(0.35, 0.65)]
  for (let y = storey * 0.3; y < height - h; y += storey)
    for (const [long, half, angle] of [
      [width, depth / 2, 0],
      [depth, width / 2, Math.PI / 2],
      [depth, width / 2, -Math.PI / 2],
    ])
      s.at(0, y, 0, angle, () => {
        for (let x = -long / 2 + bay / 2; x < long / 2 - w / 2; x += bay) {
          if (s.primitives.length > 1600) return
          s.box(x, 0, -half, w, h, 0.06, pane)
          if (bay > 2.6) s.box(x, -0.1, -half - 0.06, w + 0.2, 0.1, 0.14, trim)
        }
      })
  if (chance(0.4) && height < 14) {
    // A gable of two slabs.
    const rise = range(0.3, 0.8)
    for (const side of [-1, 1])
      s.at(
        side * width * 0.27,
        height + Math.tan(rise) * width * 0.24,
        0,
        [Math.cos(rise), -side * -Math.sin(rise), 0, side * -Math.sin(rise), Math.cos(rise), 0, 0, 0, 1],
        () => s.box(0, 0, 0, width * 0.6, 0.25, depth + 0.6, p.facade()),
      )
  } else s.box(0, height, 0, width + 0.4, 0.4, depth + 0.4, trim)
}

export function ground(s, material, lift = 0) {
  s.box(0, lift - 1, 150, 900, 1, 900, material)
}

export function scatter(s, p, makers, n, near, far, spread) {
  const { range, log, pick } = s.random
  for (let k = 0; k < n; k++) {
    const z = log(near, far)
    s.at(range(-spread, spread) * z, 0, z, range(-3.14, 3.14), () => s.object(() => pick(makers)(s, p), clear))
  }
}

function hills(s, p) {
  const { range, whole } = s.random
  for (let k = whole(0, 6); k > 0; k--) {
    const z = range(120, 380)
    s.ellipsoid(
      range(-1, 1) * z,
      -range(0, 12),
      z,
      range(60, 260),
      range(12, 60),
      range(30, 90),
      s.random.chance(0.7) ? p.grass() : p.soil(),
    )
  }
}

const camera = (s, more) => ({
  eye: [0, Math.max(0.5, s.random.normal(1.55, 0.35)), 0],
  yaw: s.random.normal(0, 0.2),
  pitch: s.random.normal(-0.04, 0.1),
  reach: s.random.range(1, 3),
  fog: s.random.chance(0.4) ? s.random.log(0.0008, 0.025) : 0.0004,
  ...more,
})

export function street(s, p) {
  const { range, chance, whole } = s.random
  const light = skyAndSun(s)
  const half = range(2.5, 7)
  const walk = range(1, 3.5)
  const offset = range(-half - walk * 0.8, half + walk * 0.8)
  ground(s, p.asphalt())
  const pavement = chance(0.6) ? p.paving() : p.asphalt()
  for (const side of [-1, 1]) s.box(side * (half + 20) - offset, -0.5, 150, 40, 0.62, 900, pavement)
  if (chance(0.6)) {
    const paint = p.plain([0.75, 0.75, 0.72])
    for (let z = 1; z < 60; z += 6) s.box(-offset, 0, z, 0.14, 0.006, 3, paint)
  }
  for (const side of [-1, 1])
    for (let z = range(-8, 4); z < 120; ) {
      const long = range(6, 22)
      if (chance(0.85)) {
        const depth = range(6, 14)
        s.at(
          side * (half + walk + depth / 2 + (chance(0.3) ? range(0, 5) : 0)) - offset,
          0,
          z + long / 2,
          (side * Math.PI) / 2,
          () => s.object(() => building(s, p, long, depth, s.random.log(3.5, 24))),
        )
      }
      z += long + (chance(0.4) ? range(0.5, 10) : 0)
    }
  const along = (make, n, x) => {
    for (let k = 0; k < n; k++)
      s.at(x() - offset, 0.06, s.random.log(3, 60), chance(0.5) ? 0 : Math.PI, () => s.object(() => make(s, p), clear))
  }
  const kerb = () => s.random.pick([-1, 1]) * (half - 1.1)
  const path = () => s.random.pick([-1, 1]) * (half + walk * range(0.1, 0.95))
  along(vehicle, whole(0, 10), kerb)
  along(vehicle, whole(0, 2), () => range(-0.4, 0.4) * half)
  along(person, whole(0, 7), path)
  along(tree, chance(0.5) ? whole(1, 10) : 0, path)
  along(post, whole(0, 8), path)
  along(bicycle, chance(0.3) ? whole(1, 4) : 0, path)
  along(abstractThing, chance(0.2) ? 2 : 0, path)
  return camera(s, light)
}

export function field(s, p) {
  const { chance, whole, pick, range } = s.random
  const light = skyAndSun(s)
  ground(s, pick([p.grass, p.grass, p.soil, p.asphalt, p.paving])())
  hills(s, p)
  if (chance(0.4))
    s.at(range(-3, 3), 0, 0, range(-0.25, 0.25), () =>
      s.box(0, 0, 100, range(1, 5), 0.015, 240, pick([p.soil, p.asphalt, p.paving])()),
    )
  scatter(s, p, [tree, tree, bush, rock, rock, bush], whole(4, 40), 3, 120, 0.9)
  scatter(s, p, [person, fence, post, vehicle, abstractThing, bush, steps], whole(0, 8), 3, 40, 0.7)
  if (chance(0.35))
    s.at(range(-20, 20), 0, range(15, 70), range(-0.8, 0.8), () =>
      s.object(() => building(s, p, range(6, 16), range(6, 12), range(3, 9))),
    )
  return camera(s, light)
}

/** A yard or square: walls near by, things at hand. */
export function yard(s, p) {
  const { range, chance, whole, pick } = s.random
  const light = skyAndSun(s)
  ground(s, pick([p.paving, p.asphalt, p.grass, p.soil])())
  const back = range(4, 18)
  s.at(range(-3, 3), 0, back + 5, range(-0.5, 0.5), () =>
    s.object(() => building(s, p, range(8, 24), 10, range(3, 12))),
  )
  for (const side of [-1, 1])
    if (chance(0.6))
      s.at(side * range(3, 9), 0, back / 2, side * (1.57 + range(-0.2, 0.2)), () =>
        s.object(() => (chance(0.4) ? building(s, p, back * 1.6, 3, range(2, 8)) : fence(s, p))),
      )
  scatter(
    s,
    p,
    [bush, person, bicycle, abstractThing, fence, rock, post, steps, tree, vehicle],
    whole(4, 18),
    1.8,
    back,
    0.6,
  )
  return camera(s, { ...light, pitch: s.random.normal(-0.12, 0.12) })
}

/** House fronts across a street or square, straight or aslant, from near by or far, with what stands before them. */
export function front(s, p) {
  const { range, log, chance, whole, pick } = s.random
  const light = skyAndSun(s)
  ground(s, pick([p.asphalt, p.paving, p.paving, p.grass, p.soil])())
  const away = log(4, 32)
  const kerb = chance(0.6) ? range(0.8, 3) : 0
  const tall = log(3.5, 22)
  s.at(0, 0, away, range(-0.95, 0.95), () => {
    if (kerb) s.box(0, 0, -kerb / 2, 160, 0.12, kerb, p.paving())
    for (let x = -range(20, 40); x < 40; ) {
      const long = range(6, 20)
      const deep = range(6, 14)
      const back = chance(0.25) ? range(0.3, 4) : 0
      if (chance(0.9))
        s.at(x + long / 2, 0, deep / 2 + back, 0, () =>
          s.object(() => building(s, p, long, deep, tall * range(0.6, 1.5)), clear),
        )
      if (chance(0.3)) s.at(x + range(1, long), 0, back - 0.3, 0, () => s.object(() => steps(s, p), clear))
      x += long + (chance(0.3) ? range(0.5, 8) : 0)
    }
    const before = (makers, n, near, far) => {
      for (let k = 0; k < n; k++)
        s.at(range(-0.9, 0.9) * (away + 4), 0.05, -range(near, far), range(-3.14, 3.14), () =>
          s.object(() => pick(makers)(s, p), clear),
        )
    }
    const strip = Math.max(0.6, kerb)
    before([person, post, bush, bicycle, tree], whole(0, 9), 0.3, strip)
    before([fence, bush, tree, rock, person, abstractThing], whole(0, 6), 0.5, away * 0.6)
    for (let x = range(-14, -6); chance(0.8) && x < 14; x += range(5, 9))
      s.at(x, 0.02, -strip - 1.2, Math.PI / 2, () => s.object(() => vehicle(s, p), clear))
  })
  scatter(s, p, [person, post, bicycle, bush, tree, vehicle, rock, fence], whole(0, 5), 2, Math.max(3, away * 0.8), 0.6)
  return camera(s, {
    ...light,
    pitch: Math.min(0.5, Math.atan2(tall, away) * range(-0.05, 0.5) + s.random.normal(-0.03, 0.06)),
  })
}
