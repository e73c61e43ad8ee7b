// A depth map as points in space and their normals, by the pinhole camera.
import type { Engine, GpuCall } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { type Camera, type CameraOptions, cameraOf, isKnown } from './camera.ts'
import { dispatch, f32, lines, type Word } from './gpu.ts'
import { requireMetres } from './metres.ts'
import { checkPhoto, pixelSource } from './photo.ts'
import type { DepthMap, Photo, PointCloud } from './types.ts'
import { type WorkspaceImpl, type WorkspaceOption, within } from './workspace.ts'

export interface UnprojectOptions extends WorkspaceOption, CameraOptions {
  /** Metres = scale · depth, or scale / disparity. Needed for relative maps, 1 otherwise. */
  scale?: number
  /** Normals too; of all points in `unproject`. */
  normals?: boolean
}

/** Points of one dispatch: 16 MiB of them. */
const BAND = 1 << 20

/**
 * The camera by which a map is unprojected: what the options say, else the map's own, else EXIF's, else 60° across. Its
 * `source` says which.
 */
export function mapCamera(map: DepthMap, options: CameraOptions = {}): Camera {
  const { focalLength35mm, ...given } = options
  if (isKnown(given)) return cameraOf(map, given)
  return map.camera && map.camera.source !== 'default' ? map.camera : cameraOf(map, { focalLength35mm })
}

/** The struct Camera of lib/pinhole.wgsl. */
const cameraWords = ({ fx, fy, cx, cy }: Camera, { width, height }: DepthMap, scale: number): Word[] => [
  ...[fx, fy, cx, cy].map(f32),
  width,
  height,
  f32(scale),
  0,
]

/** Runs a dispatch over all pixels in bands, and hands each band's words to `take`. */
async function inBands(
  work: WorkspaceImpl,
  map: DepthMap,
  name: string,
  call: (y: GPUBuffer, first: number, count: number) => GpuCall,
  take: (bytes: ArrayBuffer, first: number, count: number) => void,
): Promise<void> {
  const count = map.width * map.height
  const y = work.buffer(name, Math.min(count, BAND) * 16)
  for (let first = 0; first < count; first += BAND) {
    const band = Math.min(BAND, count - first)
    const encoder = work.engine.device.createCommandEncoder({ label: name })
    await work.encode(encoder, [call(y, first, band)])
    take(await work.read(encoder, y, band * 16), first, band)
  }
}

const hasDepth = (z: number) => z > 0 && z < Number.POSITIVE_INFINITY

/**
 * The surface's unit normal at each pixel, three numbers a pixel, towards the camera; zeros where the map has no value.
 * Axes as in {@link unproject}; refuses a relative map without `scale`.
 */
export async function depthNormals(
  engine: Engine,
  map: DepthMap,
  options: Omit<UnprojectOptions, 'normals'> = {},
): Promise<Float32Array> {
  requireMetres(map, 'normals', options.scale)
  const camera = mapCamera(map, options)
  return within(engine, options, (work) => normals(work, map, camera, options.scale ?? 1))
}

async function normals(work: WorkspaceImpl, map: DepthMap, camera: Camera, scale: number): Promise<Float32Array> {
  const result = new Float32Array(map.width * map.height * 3)
  const call = (y: GPUBuffer, first: number, count: number) => {
    const p = work.uniform('normals', [...cameraWords(camera, map, scale), first, count])
    const consts = { RECIPROCAL: map.kind === 'disparity' }
    return dispatch('depth/normals', { consts, bind: { p, x: map.buffer, y } }, lines(work.engine, count))
  }
  await inBands(work, map, 'normals', call, (bytes, first, count) => {
    const xyz = new Float32Array(bytes)
    for (let i = 0; i < count; i++) for (let k = 0; k < 3; k++) result[(first + i) * 3 + k] = xyz[i * 4 + k]
  })
  return result
}

/**
 * A point for each pixel whose depth is finite and positive, in metres: x to the right, y down, z forward, the camera's
 * centre at the origin (OpenCV's axes; for y up and z backward negate y and z). The camera is that of {@link mapCamera}.
 * Refuses a relative map without `scale`.
 */
export async function unproject(
  engine: Engine,
  map: DepthMap,
  photo: Photo,
  options: UnprojectOptions = {},
): Promise<PointCloud> {
  const { width, height } = map
  const scale = options.scale ?? 1
  requireMetres(map, 'points', options.scale)
  checkPhoto(photo)
  const camera = mapCamera(map, { focalLength35mm: photo.focalLength35mm, ...options })
  return within(engine, options, async (work) => {
    const source = pixelSource(work, photo)
    ensure(
      source.width === width && source.height === height,
      'input',
      `the map has ${width} × ${height} pixels, the photo ${source.width} × ${source.height}`,
    )
    const all = options.normals ? await normals(work, map, camera, scale) : undefined
    const size = width * height
    const positions = new Float32Array(size * 3)
    const colors = new Uint8Array(size * 3)
    const pixels = new Uint32Array(size)
    let n = 0
    const call = (y: GPUBuffer, first: number, count: number) => {
      const p = work.uniform('unproject', [...cameraWords(camera, map, scale), first, count, source.turn])
      const consts = { RECIPROCAL: map.kind === 'disparity' }
      const bind = { p, x: map.buffer, photo: source.pixels as GPUBuffer, y }
      return dispatch('depth/unproject', { consts, bind }, lines(engine, count))
    }
    await inBands(work, map, 'points', call, (bytes, first, count) => {
      const xyz = new Float32Array(bytes)
      const rgb = new Uint8Array(bytes)
      for (let i = 0; i < count; i++) {
        if (!hasDepth(xyz[i * 4 + 2])) continue
        for (let k = 0; k < 3; k++) {
          positions[n * 3 + k] = xyz[i * 4 + k]
          colors[n * 3 + k] = rgb[i * 16 + 12 + k]
        }
        pixels[n++] = first + i
      }
    })
    const cloud = {
      positions: positions.slice(0, n * 3),
      colors: colors.slice(0, n * 3),
      pixels: pixels.slice(0, n),
      count: n,
    }
    if (!all) return cloud
    const towards = new Float32Array(n * 3)
    for (let i = 0; i < n * 3; i++) towards[i] = all[pixels[Math.floor(i / 3)] * 3 + (i % 3)]
    return { ...cloud, normals: towards }
  })
}
