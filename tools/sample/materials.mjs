// What the surfaces of the sample scene look like: colours (linear, 0..1) and how glossy they are.
import { fbm, hash, noise } from './noise.mjs'

/** Material numbers by name; `book` and what follows it are plain colours from {@link PAINTS}. */
export const M = {}
for (const [i, name] of [
  'wall',
  'accent',
  'ceiling',
  'floor',
  'trim',
  'sofa',
  'cushion',
  'throw',
  'oak',
  'walnut',
  'rug',
  'curtain',
  'leaf',
  'pot',
  'vase',
  'metal',
  'shade',
  'picture',
  'map',
  'mat',
  'orange',
  'apple',
  'cup',
  'door',
  'seat',
  'bulb',
  'soil',
  'bowl',
  'lime',
  'paint',
].entries())
  M[name] = i

/** Colours of book spines and small things: material `M.paint + i`. */
export const PAINTS = [
  [0.42, 0.09, 0.07],
  [0.08, 0.16, 0.3],
  [0.62, 0.55, 0.4],
  [0.1, 0.22, 0.15],
  [0.7, 0.68, 0.62],
  [0.55, 0.3, 0.1],
  [0.16, 0.13, 0.12],
  [0.3, 0.4, 0.48],
  [0.6, 0.44, 0.12],
  [0.35, 0.12, 0.2],
  [0.22, 0.3, 0.2],
  [0.75, 0.72, 0.66],
]

/** How rough the coat of a material is, or -1 where it has none. */
export function roughness(m) {
  if (m === M.floor) return 0.16
  if (m === M.vase || m === M.cup || m === M.bowl) return 0.03
  if (m === M.metal) return 0.12
  if (m === M.walnut || m === M.oak) return 0.2
  if (m === M.apple || m === M.pot || m === M.lime) return 0.1
  if (m === M.door || m === M.trim) return 0.3
  if (m === M.orange || m === M.leaf || m >= M.paint) return 0.35
  return -1
}

const set = (out, r, g, b, k = 1) => {
  out[0] = r * k
  out[1] = g * k
  out[2] = b * k
}

function wood(out, along, across, up, light) {
  const ring = fbm(along * 1.6, across * 26, up * 26, 3)
  const fine = noise(along * 9, across * 240, up * 240)
  const k = light * (0.72 + 0.45 * ring + 0.14 * (fine - 0.5))
  set(out, 0.46, 0.29, 0.15, k)
}

function floorBoards(out, x, z) {
  const width = 0.115
  const row = Math.floor(x / width)
  const along = z / 1.3 + hash(row, 3) * 7
  const board = Math.floor(along)
  const tint = 0.78 + 0.42 * hash(row, board, 9)
  const grain = fbm(x * 42 + hash(row, board) * 90, z * 2.4, hash(board, row) * 50, 4)
  const fine = noise(x * 330, z * 11, row)
  const edge = Math.min(x / width - row, row + 1 - x / width) * width
  const end = Math.min(along - board, board + 1 - along) * 1.3
  const gap = Math.min(1, 0.32 + Math.min(edge, end) / 0.0032)
  const warm = 0.9 + 0.2 * hash(row, board, 4)
  const k = tint * gap * (0.62 + 0.62 * grain + 0.12 * (fine - 0.5))
  set(out, 0.4 * warm, 0.235, 0.125 / warm, k)
}

function rugWeave(out, x, z) {
  const [u, v] = [(x + 0.62) / 1.12, (z - 3.2) / 0.82]
  const edge = Math.max(Math.abs(u), Math.abs(v))
  const weave = 0.8 + 0.4 * noise(x * 260, z * 260, 1) * noise(x * 40, z * 190, 5)
  const diamond = Math.abs(((u * 4 + 100) % 1) - 0.5) + Math.abs(((v * 3 + 100) % 1) - 0.5)
  if (edge > 0.95) set(out, 0.5, 0.45, 0.36, weave)
  else if (edge > 0.84) set(out, 0.09, 0.1, 0.17, weave)
  else if (edge > 0.8) set(out, 0.55, 0.48, 0.36, weave)
  else if (diamond < 0.2) set(out, 0.52, 0.44, 0.32, weave)
  else if (diamond < 0.3) set(out, 0.08, 0.1, 0.18, weave)
  else set(out, 0.34, 0.075, 0.055, weave * (0.85 + 0.3 * fbm(x * 5, z * 5, 2, 3)))
}

function landscape(out, x, y) {
  const ridge = 1.62 + 0.16 * (fbm(x * 3, 2, 1) - 0.3)
  const hills = 1.52 + 0.12 * (fbm(x * 5 + 9, 4, 1) - 0.5)
  const brush = 0.8 + 0.4 * noise(x * 50, y * 90, 3)
  if (y > ridge) set(out, 0.5 + 0.5 * (1.95 - y), 0.55, 0.62, brush)
  else if (y > hills) set(out, 0.2, 0.25, 0.33, brush)
  else if (y > hills - 0.1) set(out, 0.16, 0.24, 0.1, brush)
  else set(out, 0.52, 0.4, 0.14, brush * (0.7 + 0.6 * fbm(x * 12, y * 25, 1)))
}

/** Writes the colour of material `m` at a point of the room into `out`. */
export function albedo(m, x, y, z, out) {
  if (m >= M.paint) {
    const c = PAINTS[(m - M.paint) % PAINTS.length]
    return set(out, c[0], c[1], c[2], 0.85 + 0.3 * noise(x * 60, y * 14, z * 60))
  }
  switch (m) {
    case M.wall:
      return set(
        out,
        0.72,
        0.68,
        0.6,
        0.95 + 0.08 * fbm(x * 2, y * 2, z * 2) + 0.03 * (noise(x * 150, y * 150, z * 150) - 0.5),
      )
    case M.accent:
      return set(
        out,
        0.36,
        0.42,
        0.4,
        0.93 + 0.1 * fbm(x * 2, y * 2, 5) + 0.04 * (noise(x * 150, y * 150, z * 150) - 0.5),
      )
    case M.ceiling:
      return set(out, 0.8, 0.79, 0.76)
    case M.floor:
      return floorBoards(out, x, z)
    case M.trim:
      return set(out, 0.78, 0.77, 0.73)
    case M.door:
      return set(out, 0.7, 0.68, 0.63)
    case M.sofa:
      return set(out, 0.2, 0.24, 0.3, 0.7 + 0.3 * noise(x * 320, y * 320, z * 320) + 0.3 * fbm(x * 9, y * 9, z * 9))
    case M.seat:
      return set(out, 0.45, 0.4, 0.32, 0.7 + 0.5 * noise(x * 280, y * 280, z * 280))
    case M.cushion: {
      const stripe = Math.abs(((x * 13 + 100) % 1) - 0.5) < 0.14
      if (stripe) return set(out, 0.66, 0.6, 0.5)
      return set(out, 0.62, 0.33, 0.08, 0.75 + 0.4 * noise(x * 250, y * 250, z * 250))
    }
    case M.throw:
      return set(out, 0.55, 0.5, 0.42, 0.7 + 0.5 * noise(x * 200, y * 200, z * 90))
    case M.oak:
      return wood(out, x, z, y, 1.25)
    case M.walnut:
      return wood(out, y, x, z, 0.5)
    case M.rug:
      return rugWeave(out, x, z)
    case M.curtain:
      return set(out, 0.6, 0.52, 0.38, 0.75 + 0.35 * noise(x * 30, y * 240, z * 240))
    case M.leaf:
      return set(out, 0.1, 0.25, 0.06, 0.6 + 0.8 * fbm(x * 20, y * 20, z * 20))
    case M.pot:
      return set(out, 0.42, 0.2, 0.12, 0.85 + 0.3 * noise(x * 50, y * 50, z * 50))
    case M.vase:
      return set(out, 0.06, 0.2, 0.27, 0.7 + 0.6 * fbm(x * 20, y * 8, z * 20))
    case M.metal:
      return set(out, 0.1, 0.09, 0.08)
    case M.picture:
      return landscape(out, x, y)
    case M.map: {
      const line = Math.abs(((fbm(x * 3, y * 3, 8) * 9) % 1) - 0.5)
      return line < 0.1 ? set(out, 0.25, 0.2, 0.16) : set(out, 0.62, 0.55, 0.4)
    }
    case M.mat:
      return set(out, 0.8, 0.79, 0.75)
    case M.orange:
      return set(out, 0.72, 0.27, 0.03, 0.9 + 0.2 * noise(x * 160, y * 160, z * 160))
    case M.apple:
      return set(out, 0.5, 0.06 + 0.25 * fbm(x * 14, y * 30, z * 14), 0.05)
    case M.lime:
      return set(out, 0.34, 0.5, 0.08)
    case M.cup:
      return set(out, 0.74, 0.73, 0.7)
    case M.bowl:
      return set(out, 0.66, 0.64, 0.58)
    case M.soil:
      return set(out, 0.06, 0.04, 0.03)
    default:
      return set(out, 0.6, 0.6, 0.6)
  }
}
