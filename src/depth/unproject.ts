// A depth map as points in space, by the pinhole camera.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { checkPhoto, dispatch, f32, lines, storage, submitAndRead, uniform, uploadPhoto } from './gpu.ts'
import type { DepthMap, Photo, PointCloud } from './types.ts'

export interface UnprojectOptions {
  /** Horizontal field of view; 60 by default, which is near a phone's main camera. */
  fovDegrees?: number
  /** Metres = scale · depth, or scale / disparity. Needed for relative maps, 1 otherwise. */
  scale?: number
}

/** Points of one dispatch: 16 MiB of them. */
const BAND = 1 << 20

/**
 * A point for each pixel whose depth is finite and positive, in metres: x to the right, y down, z forward, the camera's
 * centre at the origin (OpenCV's axes; for y up and z backward negate y and z). The principal point is the picture's
 * centre, pixels are square, and the focal length is 0.5 · width / tan(fov / 2) pixels. Refuses a relative map without
 * `scale`.
 */
export async function unproject(
  engine: Engine,
  map: DepthMap,
  photo: Photo,
  options: UnprojectOptions = {},
): Promise<PointCloud> {
  const { fovDegrees = 60, scale } = options
  const { width, height } = map
  ensure(
    map.unit === 'metre' || scale !== undefined,
    'input',
    `points need metres, and this map is relative ${map.kind}: its scale is unknown. Use a metric model, or give ` +
      `\`scale\`: ${map.kind === 'disparity' ? 'the disparity of a point times its distance in metres' : 'the metres of one unit of depth'}`,
  )
  ensure(
    scale === undefined || (scale > 0 && Number.isFinite(scale)),
    'input',
    `scale is ${scale}; it must be positive`,
  )
  ensure(fovDegrees > 0 && fovDegrees < 180, 'input', `a field of view cannot be ${fovDegrees}°: 0 to 180 it is`)
  checkPhoto(photo)
  ensure(
    photo.width === width && photo.height === height,
    'input',
    `the map has ${width} × ${height} pixels, the photo ${photo.width} × ${photo.height}`,
  )
  const focal = (0.5 * width) / Math.tan((fovDegrees * Math.PI) / 360)
  const count = width * height
  const positions = new Float32Array(count * 3)
  const colors = new Uint8Array(count * 3)
  let n = 0
  const pixels = storage(engine, 'photo', count * 4)
  const points = storage(engine, 'points', Math.min(count, BAND) * 16)
  const temporaries = [pixels, points]
  try {
    uploadPhoto(engine, pixels, photo)
    for (let first = 0; first < count; first += BAND) {
      const band = Math.min(BAND, count - first)
      const params = uniform(engine, [...[width, first, band], ...[scale ?? 1, focal, width / 2, height / 2].map(f32)])
      temporaries.push(params)
      const call = dispatch(
        'depth/unproject',
        {
          consts: { RECIPROCAL: map.kind === 'disparity' },
          bind: { p: params, x: map.buffer, photo: pixels, y: points },
        },
        lines(engine, band),
      )
      const prepared = await engine.prepare([call])
      const encoder = engine.device.createCommandEncoder({ label: 'unproject' })
      prepared.encode(encoder)
      const bytes = await submitAndRead(engine, encoder, points, band * 16)
      const xyz = new Float32Array(bytes)
      const rgb = new Uint8Array(bytes)
      for (let i = 0; i < band; i++) {
        const z = xyz[i * 4 + 2]
        if (!(z > 0 && z < Number.POSITIVE_INFINITY)) continue
        for (let k = 0; k < 3; k++) {
          positions[n * 3 + k] = xyz[i * 4 + k]
          colors[n * 3 + k] = rgb[i * 16 + 12 + k]
        }
        n++
      }
    }
  } finally {
    for (const buffer of temporaries) buffer.destroy()
  }
  return { positions: positions.slice(0, n * 3), colors: colors.slice(0, n * 3), count: n }
}
