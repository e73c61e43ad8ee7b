// Things that stand about: table-top clutter, plants, people, and the composites of streets and fields. Each builds
// about the origin, on y = 0.

/** One small thing of about `size` metres; returns nothing. */
export function clutter(s, p, size = s.random.log(0.06, 0.35)) {
  const { range, next, chance, pick } = s.random
  const kind = next()
  if (kind < 0.22)
    s.box(
      0,
      0,
      0,
      size * range(0.3, 1.2),
      size * range(0.1, 1.3),
      size * range(0.3, 1),
      chance(0.5) ? p.print() : p.any(),
    )
  else if (kind < 0.34) {
    const m = p.any()
    s.frustum(0, 0, 0, size * range(0.2, 0.45), size * range(0.4, 1.2), m, { taper: range(0.5, 1.4) })
  } else if (kind < 0.42) {
    const r = size * range(0.25, 0.5)
    s.ellipsoid(0, r, 0, r, r * range(0.6, 1), r, p.any())
  } else if (kind < 0.55) {
    // A bottle or vase.
    const m = chance(0.5) ? p.glass() : p.plain()
    const r = size * range(0.14, 0.28)
    const h = size * range(0.5, 1)
    s.frustum(0, 0, 0, r, h, m)
    s.ellipsoid(0, h, 0, r, r * 0.8, r, m)
    s.frustum(0, h + r * 0.4, 0, r * 0.4, size * 0.35, m)
    if (chance(0.5)) s.frustum(0, h * 0.25, 0, r * 1.02, h * 0.45, p.print())
  } else if (kind < 0.66) {
    // Books or papers in a pile.
    let y = 0
    for (let k = s.random.whole(1, 6); k > 0; k--) {
      const t = range(0.008, 0.05)
      s.at(0, y, 0, range(-0.3, 0.3), () => s.box(0, 0, 0, range(0.14, 0.3), t, range(0.2, 0.3), p.print()))
      y += t
    }
  } else if (kind < 0.74) {
    // A mug.
    const m = p.plain()
    s.frustum(0, 0, 0, 0.04, 0.1, m, { taper: range(0.9, 1.15) })
    s.box(0.05, 0.025, 0, 0.035, 0.05, 0.012, m)
  } else if (kind < 0.82) plant(s, p, size * range(0.8, 2))
  else if (kind < 0.88) {
    // A table lamp.
    const m = p.any()
    s.frustum(0, 0, 0, size * 0.25, size * 0.08, m)
    s.frustum(0, 0, 0, size * 0.06, size, m)
    s.frustum(
      0,
      size * 0.8,
      0,
      size * 0.4,
      size * 0.5,
      chance(0.5) ? p.glow(range(0.6, 1.8), [1, 0.8, 0.5]) : p.cloth(),
      { taper: 0.65, shadow: false },
    )
  } else if (kind < 0.94) {
    // A toy or tool of a few parts.
    const [a, b] = [p.any(), p.any()]
    for (let k = s.random.whole(2, 6); k > 0; k--) {
      const r = size * range(0.1, 0.3)
      const at = [range(-0.4, 0.4) * size, r + range(0, 0.4) * size, range(-0.4, 0.4) * size]
      if (chance(0.5)) s.ellipsoid(...at, r, r * range(0.5, 1), r * range(0.5, 1.5), pick([a, b]))
      else
        s.bar(
          at,
          [at[0] + range(-0.4, 0.4) * size, at[1] + range(0, 0.5) * size, at[2] + range(-0.4, 0.4) * size],
          r * range(0.1, 0.6),
          pick([a, b]),
        )
    }
  } else {
    const m = p.metal()
    for (let k = s.random.whole(1, 5); k > 0; k--)
      s.bar(
        [range(-0.03, 0.03), 0, range(-0.03, 0.03)],
        [range(-0.3, 0.3) * size, size * range(0.5, 1.4), range(-0.3, 0.3) * size],
        range(0.002, 0.012),
        chance(0.5) ? m : p.plain(),
      )
  }
}

export function plant(s, p, size = s.random.range(0.3, 1.5)) {
  const { range, whole, chance } = s.random
  const pot = size * range(0.15, 0.3)
  s.frustum(0, 0, 0, pot * 0.4, pot, p.plain(), { taper: 1.25 })
  const leaf = p.leaf()
  const stem = chance(0.4)
  for (let k = whole(8, 22); k > 0; k--) {
    const [a, lift] = [range(0, 6.283), range(0.15, 1)]
    const reach = size * range(0.08, 0.35)
    const y = pot + (size - pot) * lift
    if (stem) s.bar([0, pot * 0.8, 0], [Math.cos(a) * reach, y, Math.sin(a) * reach], size * 0.006, leaf)
    s.at(Math.cos(a) * reach, y - size * 0.1, Math.sin(a) * reach, -a, () =>
      s.ellipsoid(0, 0, 0, size * range(0.05, 0.16), size * range(0.01, 0.06), size * range(0.02, 0.07), leaf),
    )
  }
}

export function person(s, p) {
  const { range, chance } = s.random
  const h = range(1.2, 1.95)
  const [skin, top, legs] = [p.skin(), p.cloth(), p.cloth()]
  const hair = p.plain()
  const stride = range(0, 0.14) * h
  const hip = h * 0.5
  for (const k of [-1, 1]) {
    s.bar([k * 0.05 * h, hip, 0], [k * 0.055 * h, 0.05, k * stride], 0.045 * h, legs, { taper: 0.7 })
    s.box(k * 0.055 * h, 0, k * stride - 0.04, 0.05 * h, 0.04 * h, 0.14 * h, hair)
    const hand = [k * (0.13 + range(0, 0.08)) * h, h * range(0.42, 0.72), range(-0.22, 0.08) * h]
    s.bar([k * 0.11 * h, h * 0.79, 0], hand, 0.03 * h, chance(0.7) ? top : skin, { taper: 0.75 })
    s.ellipsoid(...hand, 0.028 * h, 0.035 * h, 0.028 * h, skin)
  }
  s.frustum(0, hip - 0.03 * h, 0, 0.09 * h, h * 0.33, top, { taper: range(1, 1.25) })
  s.ellipsoid(0, h * 0.8, 0, 0.13 * h, 0.06 * h, 0.08 * h, top)
  s.frustum(0, h * 0.82, 0, 0.03 * h, h * 0.06, skin)
  s.ellipsoid(0, h * 0.925, 0, 0.052 * h, 0.075 * h, 0.062 * h, skin)
  s.ellipsoid(0, h * 0.945, 0.012 * h, 0.056 * h, 0.062 * h, 0.064 * h, hair)
}

export function tree(s, p, height = s.random.log(2.5, 14)) {
  const { range, whole, chance } = s.random
  const bark = p.bark()
  const leaf = p.leaf()
  const trunk = height * range(0.15, 0.45)
  const radius = height * range(0.012, 0.035)
  if (chance(0.25)) {
    s.frustum(0, 0, 0, radius, height * 0.3, bark)
    for (let k = 0; k < 4; k++)
      s.frustum(0, height * (0.12 + 0.2 * k), 0, height * (0.2 - 0.04 * k), height * 0.35, leaf, { taper: 0.03 })
    return
  }
  s.bar([0, 0, 0], [range(-0.05, 0.05) * height, trunk * 1.4, range(-0.05, 0.05) * height], radius, bark, {
    taper: 0.6,
  })
  const bare = chance(0.2)
  for (let k = whole(5, 14); k > 0; k--) {
    const a = range(0, 6.283)
    const reach = height * range(0.03, 0.27)
    const tip = [Math.cos(a) * reach, trunk + (height - trunk) * range(0.15, 0.95), Math.sin(a) * reach]
    if (bare || chance(0.4)) s.bar([0, trunk * range(0.7, 1.4), 0], tip, radius * 0.35, bark, { taper: 0.4 })
    if (bare) continue
    const r = height * range(0.07, 0.18)
    s.ellipsoid(...tip, r, r * range(0.5, 1), r, leaf)
  }
}

export function bush(s, p) {
  const { range, whole } = s.random
  const [leaf, size] = [p.leaf(), s.random.log(0.3, 1.6)]
  for (let k = whole(3, 9); k > 0; k--) {
    const r = size * range(0.2, 0.5)
    s.ellipsoid(range(-0.5, 0.5) * size, r * 0.7, range(-0.5, 0.5) * size, r, r * range(0.6, 1), r, leaf)
  }
}

export function vehicle(s, p) {
  const { range, chance } = s.random
  const paint = p.make('plain', p.colour(), [0, 0, 0], 1, { gloss: 0.9, mirror: range(0.1, 0.4) })
  const [dark, glass] = [p.plain([0.02, 0.02, 0.02]), p.glass()]
  const tall = chance(0.25)
  const [w, l, h] = tall
    ? [range(1.9, 2.4), range(4.5, 8), range(2, 3.2)]
    : [range(1.6, 1.9), range(3.6, 4.9), range(0.7, 0.95)]
  s.box(0, 0.28, 0, w, h - 0.25, l, paint)
  if (!tall) {
    s.at(0, h, 0.1 * l, 0, () => s.frustum(0, 0, 0, w * 0.62, 0.55, paint, { taper: 0.72 }))
    s.box(0, h, 0.1 * l, w * 0.88, 0.42, l * 0.42, glass)
    s.box(0, h + 0.42, 0.1 * l, w * 0.84, 0.06, l * 0.4, paint)
  } else {
    s.box(0, h * 0.6, -l / 2, w * 0.9, h * 0.25, 0.05, glass)
    s.box(0, h * 0.6, 0, w * 1.01, h * 0.22, l * 0.8, glass)
  }
  for (const x of [-1, 1])
    for (const z of [-1, 1])
      s.at((x * (w - 0.15)) / 2, 0.32, z * l * 0.31, [0, -1, 0, 1, 0, 0, 0, 0, 1], () =>
        s.frustum(0, -0.11, 0, 0.32, 0.22, dark),
      )
  for (const x of [-1, 1])
    for (const z of [-1, 1])
      s.box(x * w * 0.38, h * 0.7, (z * l) / 2, 0.3, 0.14, 0.04, z < 0 ? p.glow(0.9) : p.plain([0.4, 0.02, 0.02]))
}

export function bicycle(s, p) {
  const [metal, dark] = [p.plain(), p.plain([0.02, 0.02, 0.02])]
  for (const z of [-0.52, 0.52]) {
    for (let k = 0; k < 12; k++) {
      const [a, b] = [k, k + 1].map((i) => (i * Math.PI) / 6)
      s.bar(
        [0, 0.34 + 0.33 * Math.cos(a), z + 0.33 * Math.sin(a)],
        [0, 0.34 + 0.33 * Math.cos(b), z + 0.33 * Math.sin(b)],
        0.018,
        dark,
      )
    }
  }
  const [a, b, c, d] = [
    [0, 0.34, 0.52],
    [0, 0.3, 0.05],
    [0, 0.85, 0.2],
    [0, 0.85, -0.38],
  ]
  for (const [from, to] of [
    [a, b],
    [b, c],
    [c, d],
    [a, c],
    [b, d],
    [d, [0, 0.34, -0.52]],
    [d, [0, 1.02, -0.35]],
  ])
    s.bar(from, to, 0.02, metal)
  s.bar([-0.28, 1.04, -0.32], [0.28, 1.04, -0.32], 0.015, dark)
  s.ellipsoid(0, 0.95, 0.22, 0.07, 0.04, 0.13, dark)
}

export function fence(s, p) {
  const { range, chance, whole } = s.random
  const [n, gap, h] = [whole(4, 24), range(0.1, 1.6), range(0.5, 1.9)]
  const m = chance(0.5) ? p.wood() : p.metal()
  const w = Math.min(gap * 0.8, range(0.02, 0.14))
  for (let k = 0; k <= n; k++) s.box((k - n / 2) * gap, 0, 0, w, h, 0.04, m)
  for (let k = whole(1, 3); k > 0; k--) s.box(0, h * range(0.2, 0.95), 0.03, n * gap, range(0.02, 0.1), 0.03, m)
}

export function steps(s, p) {
  const { range, whole } = s.random
  const [n, w, rise, run] = [whole(3, 14), range(0.9, 4), range(0.13, 0.19), range(0.25, 0.36)]
  const m = s.random.pick([p.floor, p.paving, p.wood])()
  for (let k = 0; k < n; k++) s.box(0, 0, k * run, w, (k + 1) * rise, run, m)
  if (s.random.chance(0.6)) {
    const rail = p.metal()
    const x = (w / 2 - 0.05) * s.random.pick([-1, 1])
    s.bar([x, rise + 0.9, 0], [x, n * rise + 0.9, (n - 1) * run], 0.025, rail)
    for (let k = 0; k < n; k += 2) s.bar([x, (k + 1) * rise, k * run], [x, (k + 1) * rise + 0.9, k * run], 0.012, rail)
  }
}

export function post(s, p) {
  const { range, chance } = s.random
  const metal = p.metal()
  const h = range(2, 7)
  s.frustum(0, 0, 0, range(0.03, 0.12), h, metal, { taper: range(0.6, 1) })
  if (chance(0.5)) {
    s.box(0, h * 0.8, -0.08, range(0.3, 1), range(0.3, 0.9), 0.03, p.print())
  } else {
    s.bar([0, h, 0], [range(-1.2, 1.2), h + 0.2, 0], 0.04, metal)
    s.ellipsoid(0, h, 0, 0.2, 0.12, 0.2, p.glow(0.8))
  }
}

export function rock(s, p) {
  const { range, whole } = s.random
  const [m, size] = [p.soil(), s.random.log(0.15, 1.5)]
  for (let k = whole(1, 4); k > 0; k--)
    s.at(range(-0.4, 0.4) * size, 0, range(-0.4, 0.4) * size, range(0, 3), () =>
      s.ellipsoid(0, size * 0.15, 0, size * range(0.3, 0.6), size * range(0.2, 0.5), size * range(0.3, 0.6), m),
    )
}

/** A shape of no meaning: boxes, balls, cones, bars, at any angle. */
export function abstractThing(s, p, size = s.random.log(0.15, 1.6)) {
  const { range, whole, pick } = s.random
  const ms = [p.any(), p.any()]
  for (let k = whole(1, 5); k > 0; k--) {
    const m = pick(ms)
    const r = size * range(0.15, 0.5)
    const at = [range(-0.3, 0.3) * size, r + range(0, 0.4) * size, range(-0.3, 0.3) * size]
    const kind = whole(0, 3)
    s.at(...at, range(0, 6.28), () => {
      if (kind === 0) s.box(0, -r * 0.7, 0, r * range(0.5, 2), r * 1.4, r * range(0.5, 2), m)
      else if (kind === 1) s.ellipsoid(0, 0, 0, r, r * range(0.5, 1.3), r * range(0.5, 1.3), m)
      else if (kind === 2) s.frustum(0, -r, 0, r * range(0.4, 1), 2 * r, m, { taper: range(0.02, 1.2) })
      else
        s.bar(
          [range(-1, 1) * r, -r, 0],
          [range(-1, 1) * r, range(0.2, 2) * r, range(-1, 1) * r],
          r * range(0.05, 0.3),
          m,
        )
    })
  }
}
