// The sample scene: a living room with a window at the left, seen from beside a table. Metres; x right, y up,
// z away from the camera.
import { M, PAINTS } from './materials.mjs'
import { addBox, addCushion, addCylinder, addGrid, addLathe, addSheet, addSphere, at, createMesh } from './mesh.mjs'
import { hash } from './noise.mjs'

/** The opening of the window in the plane x: where daylight enters. */
export const WINDOW = { x: -2.46, y0: 0.86, y1: 2.14, z0: 2.05, z1: 3.55 }
/** The bulb of the floor lamp. */
export const LAMP = { x: 1.12, y: 1.5, z: 4.72, radius: 0.07 }
/** Openings behind the camera, as one bright rectangle in the plane z. */
export const BACK = { z: -1.49, x0: -1.6, x1: 1.4, y0: 0.9, y1: 2.2 }

const FAR = 5.25
const HEIGHT = 2.58

function room(mesh) {
  const { y0, y1, z0, z1 } = WINDOW
  addBox(mesh, [-2.6, -0.1, -1.6], [2.5, 0, FAR + 0.1], M.floor)
  addBox(mesh, [-2.6, HEIGHT, -1.6], [2.5, HEIGHT + 0.1, FAR + 0.1], M.ceiling)
  addBox(mesh, [-2.6, 0, FAR], [2.5, HEIGHT, FAR + 0.1], M.accent)
  addBox(mesh, [-2.6, 0, -1.6], [2.5, HEIGHT, -1.5], M.wall)
  addBox(mesh, [2.4, 0, -1.6], [2.5, HEIGHT, FAR], M.wall)
  addBox(mesh, [-2.6, 0, -1.6], [-2.4, HEIGHT, z0], M.wall)
  addBox(mesh, [-2.6, 0, z1], [-2.4, HEIGHT, FAR], M.wall)
  addBox(mesh, [-2.6, 0, z0], [-2.4, y0, z1], M.wall)
  addBox(mesh, [-2.6, y1, z0], [-2.4, HEIGHT, z1], M.wall)
  for (const [low, high] of [
    [
      [-2.4, 0, -1.5],
      [-2.385, 0.11, FAR],
    ],
    [
      [2.385, 0, -1.5],
      [2.4, 0.11, FAR],
    ],
    [
      [-2.4, 0, FAR - 0.015],
      [1.42, 0.11, FAR],
    ],
    [
      [-2.4, HEIGHT - 0.07, -1.5],
      [-2.36, HEIGHT, FAR],
    ],
    [
      [2.36, HEIGHT - 0.07, -1.5],
      [2.4, HEIGHT, FAR],
    ],
    [
      [-2.4, HEIGHT - 0.07, FAR - 0.04],
      [2.4, HEIGHT, FAR],
    ],
  ])
    addBox(mesh, low, high, M.trim, 0.006)
}

function windowFrame(mesh) {
  const { y0, y1, z0, z1 } = WINDOW
  const middle = (z0 + z1) / 2
  addBox(mesh, [-2.42, y0 - 0.04, z0 - 0.1], [-2.26, y0, z1 + 0.1], M.trim, 0.01)
  for (const z of [z0, middle - 0.03, z1 - 0.06]) addBox(mesh, [-2.52, y0, z], [-2.47, y1, z + 0.06], M.trim)
  for (const y of [y0, y1 - 0.06]) addBox(mesh, [-2.52, y, z0], [-2.47, y + 0.06, z1], M.trim)
  addBox(mesh, [-2.51, y0 + 0.78, z0], [-2.48, y0 + 0.81, z1], M.trim)
  for (const [a, b] of [
    [z0 - 0.08, z0],
    [z1, z1 + 0.08],
  ])
    addBox(mesh, [-2.4, y0 - 0.04, a], [-2.38, y1 + 0.08, b], M.trim)
  addBox(mesh, [-2.4, y1, z0 - 0.08], [-2.38, y1 + 0.08, z1 + 0.08], M.trim)
  addBox(mesh, [-2.3, 2.33, z0 - 0.42], [-2.275, 2.355, z1 + 0.48], M.metal, 0.012)
  for (const [from, to] of [
    [z0 - 0.34, z0 + 0.1],
    [z1 - 0.06, z1 + 0.4],
  ])
    addSheet(mesh, 90, 12, M.curtain, (u, v) => {
      const gather = 0.82 + 0.18 * v
      const z = (from + to) / 2 + (u - 0.5) * (to - from) * gather
      const fold = Math.sin(u * 44) + 0.4 * Math.sin(u * 17 + v * 1.5)
      return [-2.287 + (0.02 + 0.02 * v) * fold, 2.33 - 2.29 * v, z]
    })
}

function radiator(mesh) {
  addBox(mesh, [-2.37, 0.16, 2.3], [-2.31, 0.68, 3.3], M.trim, 0.01)
  for (let i = 0; i < 15; i++)
    addBox(mesh, [-2.31, 0.18, 2.33 + i * 0.064], [-2.285, 0.66, 2.365 + i * 0.064], M.trim, 0.01)
}

function sofa(mesh) {
  const z = 4.22
  addBox(mesh, [-1.75, 0.1, z + 0.04], [0.55, 0.3, z + 0.92], M.sofa, 0.03)
  for (const x of [-1.5, -0.595]) addBox(mesh, [x, 0.3, z], [x + 0.9, 0.47, z + 0.72], M.sofa, 0.06)
  for (const x of [-1.5, -0.595]) addBox(mesh, [x, 0.44, z + 0.58], [x + 0.9, 0.86, z + 0.84], M.sofa, 0.08)
  addBox(mesh, [-1.75, 0.25, z + 0.74], [0.55, 0.8, z + 0.95], M.sofa, 0.06)
  for (const x of [-1.78, 0.3]) addBox(mesh, [x, 0.12, z - 0.01], [x + 0.28, 0.64, z + 0.94], M.sofa, 0.08)
  for (const x of [-1.68, 0.44])
    for (const dz of [0.06, 0.82]) addBox(mesh, [x, 0, z + dz], [x + 0.06, 0.12, z + dz + 0.06], M.walnut)
  at(mesh, -1.22, 0.46, z + 0.46, 0.2, () => addCushion(mesh, [0, 0, 0], [0.44, 0.42, 0.16], 0.32, M.cushion))
  at(mesh, 0.08, 0.46, z + 0.45, -0.3, () => addCushion(mesh, [0, 0, 0], [0.44, 0.42, 0.16], 0.34, M.throw))
  addSheet(mesh, 30, 40, M.throw, (u, v) => {
    const wave = 0.006 * Math.sin(u * 30 + v * 9)
    const x = -0.35 + (u - 0.5) * 0.42
    if (v < 0.5) return [x, 0.485 + wave, z + 0.55 - v * 1.14]
    return [x, 0.485 - (v - 0.5) * 0.5 + wave, z - 0.022 - wave]
  })
}

function coffeeTable(mesh) {
  const [x0, x1, z0, z1] = [-1.15, -0.12, 2.92, 3.46]
  addBox(mesh, [-1.74, 0, 2.38], [0.5, 0.014, 4.02], M.rug, 0.006)
  addBox(mesh, [x0, 0.38, z0], [x1, 0.42, z1], M.oak, 0.008)
  addBox(mesh, [x0 + 0.06, 0.14, z0 + 0.05], [x1 - 0.06, 0.16, z1 - 0.05], M.oak, 0.004)
  for (const x of [x0 + 0.03, x1 - 0.08])
    for (const z of [z0 + 0.03, z1 - 0.08]) addBox(mesh, [x, 0.01, z], [x + 0.05, 0.38, z + 0.05], M.oak, 0.004)
  const vase = [
    [0, 0.42],
    [0.045, 0.42],
    [0.062, 0.45],
    [0.078, 0.5],
    [0.076, 0.55],
    [0.055, 0.61],
    [0.034, 0.65],
    [0.03, 0.68],
    [0.038, 0.71],
    [0.032, 0.71],
    [0.024, 0.68],
  ]
  addLathe(mesh, -0.88, 3.22, vase, M.vase)
  for (let i = 0; i < 9; i++)
    stem(mesh, -0.88, 0.7, 3.22, i * 0.7 + hash(i), 0.05 + 0.1 * hash(i, 2), 0.2 + 0.16 * hash(i, 3))
  const bowl = [
    [0, 0.425],
    [0.05, 0.42],
    [0.06, 0.43],
    [0.1, 0.455],
    [0.14, 0.5],
    [0.15, 0.515],
    [0.145, 0.516],
    [0.13, 0.5],
    [0.09, 0.46],
    [0.05, 0.44],
    [0, 0.437],
  ]
  addLathe(mesh, -0.42, 3.12, bowl, M.bowl)
  for (const [x, y, z, m] of [
    [-0.47, 0.488, 3.13, M.orange],
    [-0.39, 0.488, 3.16, M.orange],
    [-0.42, 0.487, 3.07, M.apple],
    [-0.43, 0.545, 3.12, M.apple],
    [-0.36, 0.5, 3.09, M.lime],
  ])
    addSphere(mesh, x, y, z, m === M.lime ? 0.033 : 0.041, m)
  at(mesh, -0.66, 0.42, 3.05, 0.35, () => {
    addBox(mesh, [-0.12, 0, -0.08], [0.12, 0.028, 0.08], M.paint + 1, 0.003)
    addBox(mesh, [-0.105, 0.028, -0.075], [0.1, 0.05, 0.07], M.paint + 4, 0.003)
  })
}

function stem(mesh, x, y, z, angle, reach, height) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const path = (t) => [x + c * reach * t * t * 1.6, y + height * t, z + s * reach * t * t * 1.6]
  addSheet(mesh, 2, 6, M.leaf, (u, v) => {
    const p = path(v)
    return [p[0] - s * (u - 0.5) * 0.006, p[1], p[2] + c * (u - 0.5) * 0.006]
  })
  for (let k = 2; k < 8; k++) leaf(mesh, path(k / 8), angle + k * 2.4, 0.055, 0.012, 0.3)
  leaf(mesh, path(1), angle, 0.05, 0.012, 1)
}

function leaf(mesh, from, angle, length, width, rise) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  addSheet(mesh, 4, 8, M.leaf, (u, v) => {
    const w = (u - 0.5) * 2 * width * Math.sin(Math.PI * Math.min(1, Math.max(0, v)) ** 0.7)
    const out = length * v
    const up = length * (rise * v - 0.7 * v * v) + Math.abs(u - 0.5) * width * 0.8
    return [from[0] + c * out - s * w, from[1] + up, from[2] + s * out + c * w]
  })
}

function plant(mesh) {
  const [x, z] = [-2.02, 4.62]
  addLathe(
    mesh,
    x,
    z,
    [
      [0, 0.001],
      [0.14, 0],
      [0.15, 0.02],
      [0.19, 0.34],
      [0.205, 0.36],
      [0.205, 0.4],
      [0.185, 0.4],
      [0.18, 0.36],
    ],
    M.pot,
  )
  addLathe(
    mesh,
    x,
    z,
    [
      [0.185, 0.37],
      [0, 0.38],
    ],
    M.soil,
  )
  for (let i = 0; i < 34; i++) {
    const angle = i * 2.399
    const height = 0.5 + 0.75 * hash(i, 8)
    const reach = 0.05 + 0.1 * hash(i, 9)
    const [c, s] = [Math.cos(angle), Math.sin(angle)]
    const top = [x + c * reach, height, z + s * reach]
    addSheet(mesh, 2, 5, M.leaf, (u, v) => [
      x + c * reach * v * v - s * (u - 0.5) * 0.012,
      0.36 + (height - 0.36) * v,
      z + s * reach * v * v + c * (u - 0.5) * 0.012,
    ])
    leaf(mesh, top, angle, 0.26 + 0.16 * hash(i, 10), 0.05 + 0.025 * hash(i, 11), 0.35 + 0.5 * hash(i, 12))
  }
}

function lamp(mesh) {
  const { x, z } = LAMP
  addCylinder(mesh, x, z, 0.14, 0, 0.025, M.metal, 36)
  addCylinder(mesh, x, z, 0.012, 0.02, 1.42, M.metal)
  addSphere(mesh, x, LAMP.y, z, LAMP.radius * 0.6, M.bulb)
  addLathe(
    mesh,
    x,
    z,
    [
      [0.22, 1.36],
      [0.15, 1.68],
    ],
    M.shade,
  )
}

function bookcase(mesh) {
  const [x0, x1, z0, z1] = [2.08, 2.38, 2.95, 4.15]
  const shelves = [0.06, 0.44, 0.82, 1.2, 1.58, 1.92]
  addBox(mesh, [x0, 0, z0], [x1, 1.94, z0 + 0.025], M.walnut)
  addBox(mesh, [x0, 0, z1 - 0.025], [x1, 1.94, z1], M.walnut)
  addBox(mesh, [x1 - 0.012, 0, z0], [x1, 1.94, z1], M.walnut)
  for (const y of shelves) addBox(mesh, [x0, y, z0], [x1, y + 0.025, z1], M.walnut)
  for (let shelf = 0; shelf < 5; shelf++) {
    let z = z0 + 0.04
    for (let i = 0; z < z1 - 0.09; i++) {
      if (hash(shelf, i, 5) < 0.1) {
        z += 0.1
        continue
      }
      const thick = 0.018 + 0.03 * hash(shelf, i, 1)
      const tall = 0.2 + 0.12 * hash(shelf, i, 2)
      const deep = 0.16 + 0.07 * hash(shelf, i, 3)
      const y = shelves[shelf] + 0.025
      addBox(
        mesh,
        [x0 + 0.03 + 0.23 - deep, y, z],
        [x1 - 0.02, y + tall, z + thick],
        M.paint + Math.floor(hash(shelf, i, 4) * PAINTS.length),
        0.003,
      )
      z += thick + 0.0015
    }
  }
  addLathe(
    mesh,
    2.22,
    3.2,
    [
      [0, 1.95],
      [0.05, 1.945],
      [0.09, 2.0],
      [0.1, 2.06],
      [0.07, 2.13],
      [0.04, 2.16],
      [0.05, 2.19],
      [0.04, 2.19],
    ],
    M.bowl,
  )
  addBox(mesh, [2.14, 1.946, 3.6], [2.34, 2.08, 3.95], M.seat, 0.012)
}

function table(mesh) {
  const [x0, x1, z0, z1] = [0.42, 1.72, 1.5, 2.5]
  addBox(mesh, [x0, 0.71, z0], [x1, 0.745, z1], M.oak, 0.008)
  addBox(mesh, [x0 + 0.07, 0.63, z0 + 0.07], [x1 - 0.07, 0.71, z1 - 0.07], M.oak)
  for (const x of [x0 + 0.05, x1 - 0.12])
    for (const z of [z0 + 0.05, z1 - 0.12]) addBox(mesh, [x, 0, z], [x + 0.07, 0.71, z + 0.07], M.oak, 0.008)
  const cup = [
    [0, 0.747],
    [0.028, 0.746],
    [0.034, 0.755],
    [0.041, 0.8],
    [0.043, 0.84],
    [0.04, 0.84],
    [0.037, 0.8],
    [0.03, 0.76],
    [0, 0.757],
  ]
  addLathe(mesh, 0.72, 1.85, cup, M.cup)
  addLathe(
    mesh,
    0.72,
    1.85,
    [
      [0.038, 0.822],
      [0, 0.822],
    ],
    M.soil,
  )
  addGrid(mesh, 16, 8, M.cup, (u, v) => {
    const [a, b] = [Math.PI * (u - 0.5), 2 * Math.PI * v]
    const n = [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)]
    return [
      [
        0.757 + (0.024 + 0.006 * Math.cos(b)) * Math.cos(a),
        0.795 + (0.024 + 0.006 * Math.cos(b)) * Math.sin(a),
        1.85 + 0.006 * Math.sin(b),
      ],
      n,
    ]
  })
  addLathe(
    mesh,
    1.2,
    2.05,
    [
      [0, 0.748],
      [0.07, 0.746],
      [0.075, 0.75],
      [0.125, 0.765],
      [0.122, 0.768],
      [0.07, 0.756],
      [0, 0.754],
    ],
    M.cup,
  )
  const jug = [
    [0, 0.746],
    [0.055, 0.746],
    [0.075, 0.79],
    [0.08, 0.84],
    [0.07, 0.9],
    [0.045, 0.96],
    [0.04, 1.0],
    [0.052, 1.04],
    [0.046, 1.04],
    [0.034, 1.0],
  ]
  addLathe(mesh, 1.42, 2.28, jug, M.pot)
  at(mesh, 1.02, 0.746, 1.72, -0.25, () => {
    addBox(mesh, [-0.11, 0, -0.15], [0.11, 0.012, 0.15], M.mat)
    addBox(mesh, [-0.09, 0.012, -0.12], [0.1, 0.04, 0.13], M.paint + 9, 0.003)
  })
}

function chair(mesh, x, z, angle) {
  at(mesh, x, 0, z, angle, () => {
    addBox(mesh, [-0.21, 0.43, -0.21], [0.21, 0.47, 0.21], M.walnut, 0.01)
    addBox(mesh, [-0.195, 0.465, -0.19], [0.195, 0.5, 0.195], M.seat, 0.016)
    for (const dx of [-0.2, 0.165]) {
      addBox(mesh, [dx, 0, -0.2], [dx + 0.035, 0.43, -0.165], M.walnut, 0.006)
      addBox(mesh, [dx, 0, 0.165], [dx + 0.035, 0.93, 0.2], M.walnut, 0.006)
    }
    addBox(mesh, [-0.2, 0.84, 0.17], [0.2, 0.93, 0.195], M.walnut, 0.01)
    addBox(mesh, [-0.2, 0.58, 0.172], [0.2, 0.62, 0.192], M.walnut, 0.006)
    for (const dx of [-0.12, -0.04, 0.04, 0.12])
      addBox(mesh, [dx - 0.012, 0.62, 0.176], [dx + 0.012, 0.84, 0.19], M.walnut)
  })
}

function wallThings(mesh) {
  const frame = (x0, x1, y0, y1, inside) => {
    addBox(mesh, [x0, y0, FAR - 0.03], [x1, y1, FAR], M.walnut, 0.006)
    addBox(mesh, [x0 + 0.03, y0 + 0.03, FAR - 0.034], [x1 - 0.03, y1 - 0.03, FAR - 0.02], M.mat)
    addBox(mesh, [x0 + 0.08, y0 + 0.08, FAR - 0.036], [x1 - 0.08, y1 - 0.08, FAR - 0.02], inside)
  }
  frame(-1.15, -0.25, 1.3, 1.96, M.picture)
  frame(0.02, 0.42, 1.38, 1.9, M.map)
  const [x0, x1] = [1.5, 2.26]
  addBox(mesh, [x0 - 0.08, 0, FAR - 0.025], [x1 + 0.08, 2.1, FAR], M.trim, 0.004)
  addBox(mesh, [x0, 0.005, FAR - 0.04], [x1, 2.02, FAR - 0.01], M.door)
  for (const [y0, y1] of [
    [0.15, 0.85],
    [1.0, 1.9],
  ])
    for (const x of [x0 + 0.1, (x0 + x1) / 2 + 0.04])
      addBox(mesh, [x, y0, FAR - 0.052], [x + 0.24, y1, FAR - 0.03], M.door, 0.008)
  addSphere(mesh, x0 + 0.07, 1.0, FAR - 0.09, 0.028, M.metal)
  addCylinder(mesh, 0, 3.2, 0.16, HEIGHT - 0.07, HEIGHT - 0.005, M.mat, 40)
}

/** The mesh of the whole scene. */
export function createScene() {
  const mesh = createMesh()
  mesh.transparent = new Set([M.shade, M.bulb])
  room(mesh)
  windowFrame(mesh)
  radiator(mesh)
  sofa(mesh)
  coffeeTable(mesh)
  plant(mesh)
  lamp(mesh)
  bookcase(mesh)
  table(mesh)
  chair(mesh, 0.5, 2.95, 0.35)
  chair(mesh, 0.12, 1.98, -1.75)
  wallThings(mesh)
  return mesh
}
