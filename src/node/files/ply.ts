// Point clouds as binary little-endian PLY.
import type { PointCloud } from '../../depth/index.ts'
import { writeWhole } from './write.ts'

const BYTES_PER_POINT = 15

/** The bytes of a PLY file: x, y, z as float, red, green, blue as uchar. */
export function encodePly(cloud: PointCloud): Uint8Array {
  const header = [
    'ply',
    'format binary_little_endian 1.0',
    'comment Isobath',
    `element vertex ${cloud.count}`,
    ...['x', 'y', 'z'].map((name) => `property float ${name}`),
    ...['red', 'green', 'blue'].map((name) => `property uchar ${name}`),
    'end_header\n',
  ].join('\n')
  const bytes = new Uint8Array(header.length + cloud.count * BYTES_PER_POINT)
  bytes.set(new TextEncoder().encode(header))
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < cloud.count; i++) {
    const at = header.length + i * BYTES_PER_POINT
    for (let k = 0; k < 3; k++) view.setFloat32(at + 4 * k, cloud.positions[i * 3 + k], true)
    for (let k = 0; k < 3; k++) bytes[at + 12 + k] = cloud.colors[i * 3 + k]
  }
  return bytes
}

/** Writes a point cloud as PLY, whole or not at all. */
export const writePly = (path: string, cloud: PointCloud): Promise<void> => writeWhole(path, encodePly(cloud))
