// Point clouds as binary little-endian PLY (http://paulbourke.net/dataformats/ply/).
import type { PointCloud } from '../depth/types.ts'
import { latin1, viewOf } from './bytes.ts'

/**
 * `opencv`: x to the right, y down, z forward, as {@link PointCloud} has them; `opengl`: y up and z backward, for
 * viewers that would show the first upside down.
 */
export const axesNames = ['opencv', 'opengl'] as const
export type Axes = (typeof axesNames)[number]

/** The bytes of a PLY file: x, y, z and, where there are normals, nx, ny, nz as float; red, green, blue as uchar. */
export function encodePly(cloud: PointCloud, axes: Axes = 'opencv'): Uint8Array {
  const vectors = cloud.normals ? [cloud.positions, cloud.normals] : [cloud.positions]
  const header = [
    'ply',
    'format binary_little_endian 1.0',
    'comment Isobath',
    `element vertex ${cloud.count}`,
    ...['x', 'y', 'z', ...(cloud.normals ? ['nx', 'ny', 'nz'] : [])].map((name) => `property float ${name}`),
    ...['red', 'green', 'blue'].map((name) => `property uchar ${name}`),
    'end_header\n',
  ].join('\n')
  const stride = vectors.length * 12 + 3
  const bytes = new Uint8Array(header.length + cloud.count * stride)
  bytes.set(latin1(header))
  const view = viewOf(bytes)
  const signs = axes === 'opencv' ? [1, 1, 1] : [1, -1, -1]
  for (let i = 0; i < cloud.count; i++) {
    let at = header.length + i * stride
    for (const vector of vectors)
      for (let k = 0; k < 3; k++, at += 4) view.setFloat32(at, signs[k] * vector[i * 3 + k], true)
    for (let k = 0; k < 3; k++) bytes[at + k] = cloud.colors[i * 3 + k]
  }
  return bytes
}
