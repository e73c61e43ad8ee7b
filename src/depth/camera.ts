// The pinhole camera behind a photo: its matrix, and where its focal length comes from.
import { mat3 } from 'gl-matrix'
import { ensure } from '../runtime/error.ts'
import type { Size } from './size.ts'

/** Pixels; pixel (0, 0) has its centre at (0.5, 0.5). */
export interface Camera {
  fx: number
  fy: number
  cx: number
  cy: number
  /** Where the focal length comes from: `default` is a guess, and metres that depend on it are a guess too. */
  source: 'intrinsics' | 'focal' | 'fov' | 'exif' | 'model' | 'default'
}

/** What is known of a camera; the first one present counts, in this order. */
export interface CameraOptions {
  /**
   * [fx, fy, cx, cy] in pixels of the upright photo. Centres of pixels at whole numbers, as OpenCV has them, need 0.5
   * more for cx and cy.
   */
  intrinsics?: readonly number[]
  /** Focal length in pixels of the photo; the principal point is then its centre. */
  focal?: number
  /** Horizontal field of view. */
  fovDegrees?: number
  /** EXIF's FocalLengthIn35mmFilm, in millimetres. */
  focalLength35mm?: number
}

/** Degrees; near a phone's main camera. */
export const DEFAULT_FOV = 60

/** Diagonal of 35 mm film, 36 × 24 mm. */
const FILM_DIAGONAL = Math.hypot(36, 24)

const focalOfFov = (width: number, degrees: number) => (0.5 * width) / Math.tan((degrees * Math.PI) / 360)

/**
 * The camera of a photo of this size. `modelFov` is what a network estimated, and goes before EXIF. EXIF's equivalent
 * focal length is taken by the diagonal, as CIPA DCG-001 defines it. Throws `input` on values that no camera has.
 */
export function cameraOf({ width, height }: Size, options: CameraOptions = {}, modelFov?: number): Camera {
  const at = (focal: number, source: Camera['source']): Camera => {
    ensure(focal > 0 && Number.isFinite(focal), 'input', `a focal length cannot be ${focal} pixels`)
    return { fx: focal, fy: focal, cx: width / 2, cy: height / 2, source }
  }
  const { intrinsics, focal, fovDegrees, focalLength35mm } = options
  if (intrinsics) {
    const [fx, fy, cx, cy] = intrinsics
    ensure(
      intrinsics.length === 4 && intrinsics.every(Number.isFinite) && fx > 0 && fy > 0,
      'input',
      `intrinsics are fx, fy, cx, cy in pixels, not ${intrinsics.join(', ')}`,
    )
    return { fx, fy, cx, cy, source: 'intrinsics' }
  }
  if (focal !== undefined) return at(focal, 'focal')
  if (fovDegrees !== undefined) {
    ensure(fovDegrees > 0 && fovDegrees < 180, 'input', `a field of view cannot be ${fovDegrees}°: 0 to 180 it is`)
    return at(focalOfFov(width, fovDegrees), 'fov')
  }
  if (modelFov !== undefined) return at(focalOfFov(width, modelFov), 'model')
  if (focalLength35mm !== undefined && focalLength35mm > 0)
    return at((focalLength35mm / FILM_DIAGONAL) * Math.hypot(width, height), 'exif')
  return at(focalOfFov(width, DEFAULT_FOV), 'default')
}

/** Whether something definite is known of the camera. */
export const isKnown = (options: CameraOptions): boolean =>
  [options.intrinsics, options.focal, options.fovDegrees, options.focalLength35mm].some((v) => v !== undefined)

/** The horizontal field of view in degrees. */
export const fovOf = (camera: Camera, width: number): number => (360 / Math.PI) * Math.atan((0.5 * width) / camera.fx)

/** Takes (column, row, 1) in pixels to a ray of depth 1: x to the right, y down, z forward. */
export function inverseMatrix({ fx, fy, cx, cy }: Camera): mat3 {
  return mat3.invert(mat3.create(), mat3.fromValues(fx, 0, 0, 0, fy, 0, cx, cy, 1))!
}

/** The camera of the same photo at another size. */
export const scaleCamera = (c: Camera, from: Size, to: Size): Camera => ({
  fx: (c.fx * to.width) / from.width,
  fy: (c.fy * to.height) / from.height,
  cx: (c.cx * to.width) / from.width,
  cy: (c.cy * to.height) / from.height,
  source: c.source,
})
