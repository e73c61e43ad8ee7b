// Random surfaces: colours, and the patterns that render.wgsl draws (by number there, by name here).

export const PATTERN = {
  plain: 0,
  noise: 1,
  wood: 2,
  brick: 3,
  checks: 4,
  stripes: 5,
  planks: 6,
  patches: 7,
  grass: 8,
  books: 9,
  dots: 10,
  marble: 11,
  text: 12,
}

/** Hue in [0, 1), saturation and value to linear RGB. */
export function hsv(h, s, v) {
  const f = (n) => {
    const k = (n + h * 6) % 6
    return (v - v * s * Math.max(0, Math.min(k, 4 - k, 1))) ** 2.2
  }
  return [f(5), f(3), f(1)]
}

/** Few colours for a whole scene, as rooms often have: white before white, brown beside brown. */
export function createMood({ range, next, whole, chance }) {
  const base = [chance(0.6) ? range(0.03, 0.16) : next(), range(0, 0.6) ** 1.5, range(0.15, 0.97)]
  const tone = () =>
    hsv((base[0] + range(-0.06, 0.06) + 1) % 1, base[1] * range(0.5, 1.3), Math.min(0.98, base[2] * range(0.8, 1.25)))
  const wood = () => hsv(range(0.04, 0.11), range(0.2, 0.7), range(0.2, 0.85))
  return {
    colours: Array.from({ length: whole(1, 3) }, (_, k) => (k && chance(0.6) ? wood() : tone())),
    pull: range(0.5, 0.95),
  }
}

/** Paints for a scene; a mood draws most colours towards its own. */
export function createPaints(builder, mood) {
  const { random } = builder
  const { range, chance, pick, log } = random
  const colour = (saturation = 1) => hsv(random.next(), range(0, 0.95) ** 2 * saturation, range(0.12, 0.97))
  const greyish = (low = 0.55, high = 0.97) =>
    hsv(pick([0.08, 0.1, 0.13, 0.58, random.next()]), range(0, 0.25), range(low, high))
  const brown = (low = 0.2, high = 0.85) => hsv(range(0.04, 0.11), range(0.25, 0.75), range(low, high))
  const green = () => hsv(range(0.19, 0.38), range(0.3, 0.85), range(0.15, 0.65))
  const near = (c, by = 0.35) => c.map((v) => Math.min(0.95, Math.max(0.004, v * Math.exp(random.normal(0, by)))))

  function drawn(colours) {
    if (!mood || chance(0.2)) return colours
    const to = pick(mood.colours)
    return colours.map((c) =>
      c.map((v, i) => Math.max(0.002, v) ** (1 - mood.pull) * Math.max(0.002, to[i]) ** mood.pull),
    )
  }
  const make = (pattern, first, second, size, more = {}) => {
    const [a, b] = more.emission ? [first, second] : drawn([first, second])
    return builder.material({
      pattern: PATTERN[pattern],
      a,
      b,
      size,
      gloss: 0,
      mirror: 0,
      bump: 0,
      emission: 0,
      aspect: 1,
      contrast: 1,
      ...more,
    })
  }
  const sheen = () => (chance(0.3) ? { gloss: range(0.05, 0.9), mirror: chance(0.35) ? range(0.05, 0.5) : 0 } : {})

  const paints = {
    make,
    colour,
    near,
    plain: (c = colour()) => make('noise', c, near(c, 0.08), range(0.05, 0.6), sheen()),
    wall() {
      const c = chance(0.75) ? greyish() : colour(0.7)
      const kind = random.next()
      if (kind < 0.55) return make('noise', c, near(c, 0.06), range(0.1, 1.5))
      if (kind < 0.68) return make('stripes', c, near(c, 0.3), range(0.04, 0.4))
      if (kind < 0.8)
        return make('brick', c, near(c, 0.4), range(0.08, 0.5), {
          aspect: range(0.8, 3),
          contrast: range(0, 0.5),
          bump: pick([0, 1]),
          gloss: pick([0, 0.6]),
        })
      if (kind < 0.88) return make('dots', c, near(c, 0.4), range(0.03, 0.3))
      if (kind < 0.94) return make('planks', c, near(c, 0.4), range(0.6, 2.5), { aspect: range(4, 14) })
      return make('patches', c, near(c, 0.35), range(0.05, 0.4))
    },
    ceiling: () =>
      chance(0.85)
        ? make('noise', greyish(0.75), greyish(0.75), range(0.5, 3))
        : make('brick', greyish(0.7), greyish(0.4), 0.6, { contrast: 0.1 }),
    floor() {
      const kind = random.next()
      if (kind < 0.4) {
        const c = brown(0.25, 0.8)
        return make('planks', c, near(c, 0.6), range(0.5, 1.8), { aspect: range(4, 12), ...sheen() })
      }
      if (kind < 0.6) {
        const c = chance(0.7) ? greyish(0.35) : colour()
        return make('brick', c, near(c, 0.5), range(0.2, 0.9), { contrast: range(0, 0.4), ...sheen() })
      }
      if (kind < 0.85) {
        const c = chance(0.6) ? greyish(0.2, 0.8) : colour()
        return make(pick(['noise', 'grass', 'patches', 'dots']), c, near(c, 0.3), log(0.01, 0.3), {
          bump: range(0, 0.3),
        })
      }
      if (kind < 0.93) return make('checks', greyish(0.5), colour(), range(0.15, 0.6), sheen())
      return make('marble', greyish(), greyish(0.3), range(0.3, 1.5), { gloss: 0.8, mirror: range(0, 0.5) })
    },
    wood() {
      const c = chance(0.7) ? brown(0.15, 0.9) : chance(0.6) ? greyish(0.6) : colour(0.6)
      return make('wood', c, near(c, 0.45), range(0.08, 0.4), sheen())
    },
    cloth() {
      const c = colour()
      const kind = random.next()
      if (kind < 0.5) return make('noise', c, near(c, 0.25), log(0.01, 0.3), { bump: range(0, 0.4) })
      return make(
        pick(['stripes', 'checks', 'dots', 'patches', 'grass', 'marble']),
        c,
        chance(0.5) ? near(c, 0.6) : colour(),
        log(0.015, 0.25),
        { bump: range(0, 0.3) },
      )
    },
    metal: () =>
      make('noise', greyish(0.2, 0.9), greyish(0.2, 0.9), 0.3, { gloss: range(0.4, 1), mirror: range(0.1, 0.8) }),
    leaf() {
      const c = green()
      return make('noise', c, near(c, 0.4), range(0.03, 0.3), { gloss: range(0, 0.3) })
    },
    bark: () => make('wood', brown(0.12, 0.5), brown(0.1, 0.4), range(0.1, 0.4), { bump: 0.3 }),
    skin: () => make('plain', hsv(range(0.03, 0.09), range(0.25, 0.65), range(0.25, 0.95)), [0, 0, 0], 1),
    picture: () =>
      make(
        pick(['patches', 'noise', 'marble', 'stripes', 'text', 'grass']),
        colour(),
        colour(),
        log(0.02, 0.4),
        sheen(),
      ),
    print: () =>
      make(
        pick(['text', 'patches', 'stripes', 'plain', 'noise', 'books', 'dots']),
        colour(),
        colour(),
        log(0.01, 0.12),
        sheen(),
      ),
    books: () => make('books', colour(), colour(), range(0.03, 0.08)),
    grass() {
      const c = chance(0.7) ? green() : brown(0.4, 0.8)
      return make('grass', c, near(c, 0.6), log(0.03, 0.4), { bump: 0.3 })
    },
    soil: () => make(pick(['noise', 'grass']), brown(0.2, 0.7), brown(0.2, 0.8), log(0.1, 1), { bump: 0.2 }),
    asphalt() {
      const c = greyish(0.15, 0.65)
      return make(pick(['noise', 'grass']), c, near(c, 0.3), log(0.02, 0.6), sheen())
    },
    paving() {
      const c = greyish(0.35, 0.85)
      return make('brick', c, near(c, 0.4), range(0.15, 0.8), {
        contrast: range(0, 0.4),
        aspect: range(0.8, 2.2),
        bump: pick([0, 1]),
      })
    },
    facade() {
      const c = chance(0.6) ? greyish(0.4) : chance(0.5) ? brown(0.4) : colour(0.7)
      if (chance(0.45))
        return make('brick', c, near(c, 0.35), range(0.2, 0.5), {
          aspect: range(2, 3.2),
          contrast: range(0, 0.5),
          bump: 1,
        })
      return make('noise', c, near(c, 0.15), range(0.3, 4))
    },
    glass: () => make('noise', greyish(0.05, 0.4), greyish(0.05, 0.5), 1, { gloss: 0.9, mirror: range(0.3, 0.9) }),
    glow: (strength, c = hsv(range(0.05, 0.62), range(0, 0.3), 1)) => make('plain', c, c, 1, { emission: strength }),
    view: (strength) =>
      make(
        pick(['noise', 'patches', 'plain']),
        hsv(range(0.2, 0.65), range(0, 0.4), 1),
        hsv(range(0.05, 0.65), range(0, 0.5), range(0.4, 1)),
        range(0.2, 1.5),
        { emission: strength },
      ),
  }
  /** Anything at all, for things without a nature. */
  paints.any = () => paints[pick(['plain', 'plain', 'wood', 'cloth', 'print', 'metal', 'picture', 'wall'])]()
  return paints
}
