// Furniture: each function builds one piece about the origin, on y = 0, its front to -z, and returns its outline
// { width, depth, height, top } where `top` lists areas { x, y, z, width, depth } that things may stand on.

const legs = (s, width, depth, height, thick, material, round) => {
  for (const x of [-1, 1])
    for (const z of [-1, 1]) {
      const [px, pz] = [x * (width / 2 - thick), z * (depth / 2 - thick)]
      if (round) s.frustum(px, 0, pz, thick / 2, height, material)
      else s.box(px, 0, pz, thick, height, thick, material)
    }
}

export function table(s, p) {
  const { range, chance } = s.random
  const [width, depth, height] = [range(0.5, 2), range(0.5, 1), chance(0.3) ? range(0.35, 0.5) : range(0.65, 1.05)]
  const wood = chance(0.7) ? p.wood() : p.any()
  const thick = range(0.015, 0.06)
  if (chance(0.2)) {
    const radius = Math.min(width, 1.2) / 2
    s.frustum(0, height - thick, 0, radius, thick, wood)
    s.frustum(0, 0, 0, range(0.03, 0.07), height - thick, wood)
    s.frustum(0, 0, 0, radius * 0.6, 0.03, wood)
    return {
      width: radius * 2,
      depth: radius * 2,
      height,
      top: [{ x: 0, y: height, z: 0, width: radius * 1.2, depth: radius * 1.2 }],
    }
  }
  s.box(0, height - thick, 0, width, thick, depth, wood)
  const leg = chance(0.6) ? wood : p.metal()
  legs(s, width, depth, height - thick, range(0.03, 0.08), leg, chance(0.3))
  if (chance(0.4)) s.box(0, height - thick - 0.09, 0, width * 0.9, 0.09, depth * 0.85, wood)
  if (chance(0.3)) s.box(width * 0.3, 0.1, 0, width * 0.3, height - thick - 0.1, depth * 0.85, wood)
  return { width, depth, height, top: [{ x: 0, y: height, z: 0, width: width * 0.9, depth: depth * 0.85 }] }
}

export function chair(s, p) {
  const { range, chance } = s.random
  const [width, height] = [range(0.38, 0.52), range(0.42, 0.5)]
  const frame = chance(0.6) ? p.wood() : p.metal()
  const seat = chance(0.5) ? frame : p.cloth()
  s.box(0, height - 0.04, 0, width, range(0.03, 0.09), width, seat)
  if (chance(0.25)) {
    s.frustum(0, 0.06, 0, 0.025, height - 0.06, frame)
    for (let k = 0; k < 5; k++)
      s.bar([0, 0.08, 0], [0.28 * Math.cos(k * 1.257), 0.03, 0.28 * Math.sin(k * 1.257)], 0.02, frame)
  } else legs(s, width, width, height - 0.04, range(0.025, 0.05), frame, chance(0.4))
  const back = range(0.35, 0.6)
  const z = width / 2 - 0.02
  if (chance(0.5)) s.box(0, height + 0.08, z, width * 0.95, back - 0.08, range(0.02, 0.07), seat)
  else for (let k = 0; k < 4; k++) s.box((k / 3 - 0.5) * width * 0.85, height, z, 0.03, back, 0.02, frame)
  if (chance(0.5)) for (const x of [-1, 1]) s.box((x * (width - 0.04)) / 2, height, z, 0.035, back, 0.035, frame)
  if (chance(0.2))
    for (const x of [-1, 1]) s.box((x * (width + 0.06)) / 2, height + 0.18, 0, 0.05, 0.03, width * 0.8, frame)
  return {
    width,
    depth: width,
    height: height + back,
    top: chance(0.2) ? [{ x: 0, y: height + 0.04, z: 0, width: 0.3, depth: 0.3 }] : [],
  }
}

export function sofa(s, p) {
  const { range, whole } = s.random
  const seats = whole(1, 4)
  const [width, depth] = [seats * range(0.55, 0.75) + 0.35, range(0.75, 1.05)]
  const cloth = p.cloth()
  const [seat, back, arm] = [range(0.36, 0.48), range(0.7, 1), range(0.5, 0.68)]
  s.box(0, 0.08, 0, width, seat - 0.2, depth, cloth)
  const each = (width - 0.36) / seats
  const cushion = s.random.chance(0.6) ? cloth : p.cloth()
  for (let k = 0; k < seats; k++) {
    const x = (k - (seats - 1) / 2) * each
    s.box(x, seat - 0.14, -0.08, each * 0.97, 0.15, depth - 0.2, cushion)
    s.ellipsoid(x, (seat + back) / 2, depth / 2 - 0.24, each * 0.52, (back - seat) * 0.6, 0.14, cushion)
  }
  s.box(0, seat - 0.1, depth / 2 - 0.1, width, back - seat + 0.1, 0.2, cloth)
  for (const x of [-1, 1]) {
    s.box((x * (width - 0.18)) / 2, 0.05, 0, 0.18, arm - 0.1, depth, cloth)
    s.at((x * (width - 0.18)) / 2, arm - 0.05, 0, [1, 0, 0, 0, 0, -1, 0, 1, 0], () =>
      s.frustum(0, -depth / 2, 0, 0.1, depth, cloth),
    )
  }
  for (let k = whole(0, 3); k > 0; k--)
    s.at(range(-0.4, 0.4) * width, seat + 0.16, range(-0.1, 0.15), range(-1, 1), () =>
      s.ellipsoid(0, 0, 0, 0.2, 0.17, 0.09, p.cloth()),
    )
  return {
    width,
    depth,
    height: back,
    top: s.random.chance(0.3) ? [{ x: 0, y: seat + 0.01, z: -0.1, width: width * 0.6, depth: 0.4 }] : [],
  }
}

export function bed(s, p) {
  const { range, whole, chance } = s.random
  const [width, depth, height] = [range(0.9, 1.9), range(1.9, 2.2), range(0.4, 0.65)]
  const wood = p.wood()
  s.box(0, 0.05, 0, width, height * 0.5, depth, wood)
  s.box(0, height * 0.5, 0, width * 0.98, height * 0.5, depth * 0.98, p.cloth())
  const cover = p.cloth()
  s.box(0, height - 0.1, -depth * 0.12, width * 1.02, 0.14, depth * 0.75, cover)
  for (let k = whole(2, 6); k > 0; k--)
    s.ellipsoid(
      range(-0.4, 0.4) * width,
      height + 0.02,
      range(-0.45, 0.1) * depth,
      range(0.15, 0.4),
      range(0.03, 0.1),
      range(0.15, 0.4),
      cover,
    )
  if (chance(0.8)) s.box(0, 0, depth / 2 + 0.03, width * 1.03, range(0.7, 1.3), 0.06, chance(0.6) ? wood : p.cloth())
  for (const x of width > 1.3 ? [-0.25, 0.25] : [0])
    s.at(x * width, height + 0.07, depth * 0.38, range(-0.2, 0.2), () =>
      s.ellipsoid(0, 0, 0, range(0.26, 0.36), 0.1, 0.2, p.cloth()),
    )
  return {
    width,
    depth: depth + 0.06,
    height: height + 0.4,
    top: [{ x: 0, y: height + 0.05, z: -0.2, width: width * 0.7, depth: depth * 0.5 }],
  }
}

/** A cupboard, chest or counter with doors and drawers; a high one keeps its top empty. */
export function cabinet(
  s,
  p,
  {
    width = s.random.range(0.4, 1.8),
    height = s.random.pick([s.random.range(0.5, 1.1), s.random.range(1.5, 2.2)]),
    depth = s.random.range(0.3, 0.65),
  } = {},
) {
  const { range, whole, chance } = s.random
  const body = chance(0.6) ? p.wood() : p.plain()
  const front = chance(0.5) ? body : p.plain()
  const knob = p.metal()
  s.box(0, 0.05, 0, width, height - 0.05, depth, body)
  const columns = Math.max(1, Math.round(width / range(0.35, 0.6)))
  const rows = height > 1.3 ? whole(1, 2) : whole(1, 4)
  const [w, h] = [width / columns, (height - 0.12) / rows]
  for (let c = 0; c < columns; c++)
    for (let r = 0; r < rows; r++) {
      const [x, y] = [(c + 0.5) * w - width / 2, 0.09 + r * h]
      s.box(x, y, -depth / 2, w - 0.02, h - 0.02, 0.03, front)
      if (rows > 2) s.box(x, y + h / 2, -depth / 2 - 0.025, 0.1, 0.015, 0.03, knob)
      else s.box(x + (c % 2 ? -1 : 1) * (w / 2 - 0.05), y + h * 0.5, -depth / 2 - 0.03, 0.015, 0.12, 0.03, knob)
    }
  if (chance(0.5)) s.box(0, height, 0, width + 0.04, 0.03, depth + 0.04, p.wood())
  return {
    width,
    depth,
    height: height + 0.03,
    top: [{ x: 0, y: height + 0.03, z: 0, width: width * 0.9, depth: depth * 0.8 }],
  }
}

function row(s, p, x0, x1, y, z, tall, deep) {
  const { range, next, chance } = s.random
  for (let x = x0; x < x1 - 0.03; ) {
    const kind = next()
    if (kind < 0.5) {
      const width = Math.min(range(0.1, 0.5), x1 - x)
      const height = tall * range(0.55, 0.95)
      s.box(
        x + width / 2,
        y,
        z + range(0, 0.06),
        width,
        height,
        deep * range(0.5, 0.85),
        chance(0.7) ? p.books() : p.print(),
      )
      x += width + 0.005
    } else if (kind < 0.75) {
      const width = Math.min(range(0.06, 0.3), x1 - x)
      const h = Math.min(tall * 0.95, range(0.05, 0.4))
      if (chance(0.5)) s.box(x + width / 2, y, z, width * 0.9, h, deep * 0.6, p.any())
      else if (chance(0.6))
        s.frustum(x + width / 2, y, z, Math.min(width / 2, deep / 2.2), h, p.any(), { taper: range(0.6, 1.2) })
      else
        s.ellipsoid(
          x + width / 2,
          y + Math.min(width, h) / 2,
          z,
          width / 2.1,
          Math.min(width, h) / 2,
          Math.min(width, deep) / 2.1,
          p.any(),
        )
      x += width + range(0.01, 0.1)
    } else x += range(0.03, 0.25)
  }
}

export function shelf(s, p) {
  const { range, whole, chance } = s.random
  const [width, depth, height] = [range(0.5, 2.2), range(0.22, 0.45), range(0.7, 2.3)]
  const wood = chance(0.7) ? p.wood() : p.metal()
  const boards = Math.max(2, whole(Math.ceil(height / 0.45), Math.ceil(height / 0.28)))
  const t = range(0.015, 0.035)
  for (const x of [-1, 1]) s.box((x * (width - t)) / 2, 0, 0, t, height, depth, wood)
  if (chance(0.8)) s.box(0, 0, depth / 2 - 0.01, width, height, 0.02, wood)
  const gap = (height - t) / (boards - 1)
  for (let k = 0; k < boards; k++) {
    s.box(0, k * gap, 0, width, t, depth, wood)
    if (k < boards - 1) row(s, p, -width / 2 + t, width / 2 - t, k * gap + t, 0, gap - t, depth * 0.9)
  }
  return { width, depth, height, top: [{ x: 0, y: height, z: 0, width: width * 0.9, depth: depth * 0.8 }] }
}

export function desk(s, p) {
  const outline = table(s, p)
  const { range, chance } = s.random
  const y = outline.height
  const dark = chance(0.7) ? p.plain([0.02, 0.02, 0.022]) : p.plain()
  const screen = chance(0.5) ? p.glow(range(0.3, 1)) : p.print()
  for (const x of chance(0.3) ? [-0.3, 0.3] : [range(-0.2, 0.2)])
    s.at(x, y, 0.1, range(-0.4, 0.4), () => {
      const [w, h] = [range(0.3, 0.65), range(0.25, 0.42)]
      s.box(0, 0.1, 0, w, h, 0.04, dark)
      s.box(0, 0.115, -0.02, w - 0.03, h - 0.03, 0.01, screen)
      s.box(0, 0, 0.02, 0.05, 0.12, 0.03, dark)
      s.box(0, 0, 0, 0.22, 0.012, 0.17, dark)
    })
  s.box(range(-0.1, 0.1), y, -0.14, 0.42, 0.02, 0.14, dark)
  s.ellipsoid(0.32, y + 0.015, -0.14, 0.03, 0.018, 0.05, dark)
  return outline
}

export function appliance(s, p) {
  const { range, chance } = s.random
  const [width, depth, height] = [0.6, 0.6, chance(0.4) ? range(1.4, 2) : 0.86]
  const body = chance(0.7)
    ? p.make('noise', [0.75, 0.76, 0.77], [0.7, 0.7, 0.7], 0.5, { gloss: 0.6, mirror: 0.15 })
    : p.metal()
  s.box(0, 0.04, 0, width, height - 0.04, depth, body)
  s.box(0.22, height * 0.4, -depth / 2 - 0.03, 0.025, height * 0.4, 0.03, p.metal())
  if (height < 1) s.box(0, 0.2, -depth / 2, 0.44, 0.4, 0.02, p.glass())
  else s.box(0, height * 0.66, -depth / 2 - 0.002, width, 0.012, 0.01, p.plain([0.05, 0.05, 0.05]))
  return { width, depth, height, top: [{ x: 0, y: height, z: 0, width: 0.5, depth: 0.45 }] }
}

export function standingLamp(s, p) {
  const { range, chance } = s.random
  const height = range(1.2, 1.8)
  const metal = p.metal()
  s.frustum(0, 0, 0, 0.14, 0.03, metal)
  s.frustum(0, 0.02, 0, 0.014, height, metal)
  const lit = chance(0.6)
  s.frustum(
    0,
    height - 0.05,
    0,
    range(0.14, 0.24),
    range(0.18, 0.34),
    lit ? p.glow(range(0.7, 2.2), [1, 0.8, 0.55]) : p.cloth(),
    { taper: range(0.4, 0.95), shadow: false },
  )
  return { width: 0.45, depth: 0.45, height: height + 0.3, top: [], lamp: lit ? height + 0.1 : undefined }
}

export function bin(s, p) {
  const { range } = s.random
  const [radius, height] = [range(0.1, 0.22), range(0.25, 0.7)]
  s.frustum(0, 0, 0, radius, height, p.any(), { taper: range(0.9, 1.3) })
  return { width: radius * 2, depth: radius * 2, height, top: [] }
}

export function boxes(s, p) {
  const { range, whole, chance } = s.random
  const card = chance(0.6) ? p.make('noise', [0.4, 0.25, 0.12], [0.33, 0.2, 0.1], 0.3) : p.print()
  let y = 0
  let size = range(0.25, 0.7)
  for (let k = whole(1, 4); k > 0; k--) {
    const height = size * range(0.3, 1)
    s.at(range(-0.05, 0.05), y, range(-0.05, 0.05), range(-0.5, 0.5), () =>
      s.box(0, 0, 0, size * range(0.8, 1.3), height, size, chance(0.6) ? card : p.any()),
    )
    y += height
    size *= range(0.7, 1)
  }
  return { width: 0.7, depth: 0.7, height: y, top: [] }
}

export const pieces = { table, chair, sofa, bed, cabinet, shelf, desk, appliance, standingLamp, bin, boxes }
