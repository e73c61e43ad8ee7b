// One random scene from a seed: what stands there, the camera, the light. Held-out scenes come from other settings:
// other lenses, heights, tilts and shares of kinds than the training set's.
import { createBuilder } from './builder.mjs'
import { deskside } from './desks.mjs'
import { room, shapes, tableTop } from './indoor.mjs'
import { dining, enfilade, exhibit, foreground, parlour, workplace } from './lived.mjs'
import { createMood, createPaints } from './materials.mjs'
import { field, front, street, yard } from './outdoor.mjs'
import { createRandom, seedFor } from './random.mjs'
import { closeUp, hall, sunroom } from './views.mjs'

const SETTINGS = {
  train: {
    kinds: [
      [room, 0.58],
      [tableTop, 0.13],
      [shapes, 0.04],
      [street, 0.1],
      [field, 0.07],
      [yard, 0.08],
    ],
    fov: [42, 82],
    roll: 0.05,
  },
  'train-2': {
    kinds: [
      [sunroom, 0.2],
      [hall, 0.16],
      [closeUp, 0.24],
      [room, 0.16],
      [tableTop, 0.06],
      [street, 0.07],
      [field, 0.03],
      [yard, 0.08],
    ],
    fov: [34, 84],
    roll: 0.06,
  },
  'train-3': {
    kinds: [
      [dining, 0.17],
      [workplace, 0.17],
      [exhibit, 0.2],
      [parlour, 0.16],
      [enfilade, 0.1],
      [closeUp, 0.07],
      [street, 0.05],
      [yard, 0.05],
      [field, 0.03],
    ],
    fov: [36, 80],
    roll: 0.06,
  },
  'train-4': {
    kinds: [
      [deskside, 0.26],
      [dining, 0.12],
      [exhibit, 0.12],
      [parlour, 0.12],
      [room, 0.12],
      [enfilade, 0.06],
      [sunroom, 0.06],
      [closeUp, 0.05],
      [tableTop, 0.05],
      [yard, 0.04],
    ],
    fov: [38, 78],
    roll: 0.05,
    moody: 0.55,
    foreground: 0.3,
  },
  'train-5': {
    kinds: [
      [street, 0.34],
      [front, 0.22],
      [yard, 0.2],
      [field, 0.16],
      [closeUp, 0.08],
    ],
    fov: [36, 92],
    roll: 0.06,
    moody: 0.15,
    foreground: 0.12,
  },
  'held-out': {
    kinds: [
      [room, 0.4],
      [tableTop, 0.2],
      [street, 0.15],
      [field, 0.1],
      [yard, 0.15],
    ],
    fov: [36, 90],
    roll: 0.09,
    raise: 0.25,
    tilt: 0.08,
  },
}
/** Apart from each other, as one seed serves several sets. */
const OFFSET = {
  train: 0,
  'train-2': 104729,
  'train-3': 15485863,
  'train-4': 32452843,
  'train-5': 49979687,
  'held-out': 7919,
}
export const sets = Object.keys(SETTINGS)

/** The scene of that number in a set; `aspect` is width / height. */
export function createScene(set, seed, index, aspect) {
  const settings = SETTINGS[set]
  const random = createRandom(seedFor(seed + OFFSET[set], index))
  const builder = createBuilder(random)
  let draw = random.next()
  const [make] = settings.kinds.find(([, share]) => (draw -= share) < 0) ?? settings.kinds[0]
  const mood = settings.moody && random.chance(settings.moody) ? createMood(random) : undefined
  const paints = createPaints(builder, mood)
  const view = make(builder, paints)
  if (settings.foreground && random.chance(settings.foreground)) foreground(builder, paints, view)
  const eye = [...view.eye]
  let pitch = view.pitch
  if (settings.raise) {
    eye[1] = Math.max(0.3, eye[1] + random.normal(0, settings.raise))
    pitch += random.normal(0, settings.tilt)
  }
  const across = (random.range(...settings.fov) * Math.PI) / 360
  return {
    kind: make.name,
    builder,
    view: { ...view, eye, pitch },
    camera: orient(view.yaw, pitch, random.normal(0, settings.roll)),
    tanX: Math.tan(across),
    tanY: Math.tan(across) / aspect,
    random,
  }
}

/** The camera's axes in the world: right, up, forward. */
function orient(yaw, pitch, roll) {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)]
  const forward = [sy * cp, sp, cy * cp]
  const right = [cy, 0, -sy]
  const up = [-sy * sp, cp, -cy * sp]
  const [c, s] = [Math.cos(roll), Math.sin(roll)]
  return { forward, right: right.map((v, i) => c * v + s * up[i]), up: up.map((v, i) => c * v - s * right[i]) }
}
