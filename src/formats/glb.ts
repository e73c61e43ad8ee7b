// glTF 2.0 in one binary file (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html): points with colours, or a
// mesh with the photograph as its texture, both shown as they are, without light (KHR_materials_unlit).
import type { PointCloud } from '../depth/types.ts'
import { concat, latin1, viewOf } from './bytes.ts'
import type { GridMesh } from './mesh.ts'

const [GLTF, JSON_CHUNK, BINARY_CHUNK] = [0x46546c67, 0x4e4f534a, 0x004e4942]
const [USHORT, UINT, FLOAT] = [5123, 5125, 5126]
const [POINTS, TRIANGLES] = [0, 4]
const [ARRAY, ELEMENTS] = [34962, 34963]

/** A texture: the bytes of a PNG or JPEG file. */
export interface Texture {
  bytes: Uint8Array
  type: 'image/png' | 'image/jpeg'
}

/** Adds `bytes` up to a multiple of four. */
const padded = (bytes: Uint8Array, fill = 0) => concat([bytes, new Uint8Array((4 - (bytes.length & 3)) & 3).fill(fill)])

function chunk(type: number, bytes: Uint8Array): Uint8Array {
  return concat([new Uint8Array(Uint32Array.of(bytes.length, type).buffer), bytes])
}

/** Collects the parts of the binary chunk, and their views and accessors. */
class Buffers {
  readonly parts: Uint8Array[] = []
  readonly bufferViews: object[] = []
  readonly accessors: object[] = []
  length = 0

  view(bytes: Uint8Array, target?: number): number {
    this.bufferViews.push({ buffer: 0, byteOffset: this.length, byteLength: bytes.length, target })
    this.parts.push(padded(bytes))
    this.length += this.parts[this.parts.length - 1].length
    return this.bufferViews.length - 1
  }

  accessor(
    data: Float32Array | Uint16Array | Uint32Array,
    type: 'SCALAR' | 'VEC2' | 'VEC3' | 'VEC4',
    more = {},
  ): number {
    const componentType = data instanceof Float32Array ? FLOAT : data instanceof Uint16Array ? USHORT : UINT
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const bufferView = this.view(bytes, type === 'SCALAR' ? ELEMENTS : ARRAY)
    const count = data.length / { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 }[type]
    this.accessors.push({ bufferView, componentType, count, type, ...more })
    return this.accessors.length - 1
  }
}

/** glTF's axes: x to the right, y up, z backward. With their bounds, which the format asks for. */
function upright(vectors: Float32Array): { data: Float32Array; min: number[]; max: number[] } {
  const data = new Float32Array(vectors.length)
  const min = [Infinity, Infinity, Infinity]
  const max = [-Infinity, -Infinity, -Infinity]
  for (let i = 0; i < data.length; i++) {
    const k = i % 3
    const v = k ? -vectors[i] : vectors[i]
    data[i] = v
    if (v < min[k]) min[k] = v
    if (v > max[k]) max[k] = v
  }
  return { data, min, max }
}

/** sRGB bytes to the linear light, in 16 bits, that glTF wants of a vertex (IEC 61966-2-1). */
const LINEAR = Uint16Array.from({ length: 256 }, (_, i) => {
  const s = i / 255
  return Math.round(65535 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
})

function linearColors(colors: Uint8Array): Uint16Array {
  const out = new Uint16Array((colors.length / 3) * 4).fill(65535)
  for (let i = 0; i < colors.length; i++) out[Math.floor(i / 3) * 4 + (i % 3)] = LINEAR[colors[i]]
  return out
}

/**
 * The bytes of a GLB file. Without `mesh` its points have the cloud's colours; with it, the cloud's points are the
 * vertices and `texture` is laid over the triangles.
 */
export function encodeGlb(cloud: PointCloud, mesh?: GridMesh & { texture: Texture }): Uint8Array {
  const buffers = new Buffers()
  const { data, min, max } = upright(cloud.positions)
  const attributes: Record<string, number> = { POSITION: buffers.accessor(data, 'VEC3', { min, max }) }
  const unlit = { doubleSided: true, extensions: { KHR_materials_unlit: {} } }
  const image: Record<string, object[]> = {}
  const primitive: Record<string, unknown> = { attributes, material: 0, mode: mesh ? TRIANGLES : POINTS }
  if (mesh) {
    attributes.TEXCOORD_0 = buffers.accessor(mesh.uvs, 'VEC2')
    primitive.indices = buffers.accessor(mesh.indices, 'SCALAR')
    image.images = [{ bufferView: buffers.view(mesh.texture.bytes), mimeType: mesh.texture.type }]
    image.samplers = [{ magFilter: 9729, minFilter: 9987, wrapS: 33071, wrapT: 33071 }]
    image.textures = [{ source: 0, sampler: 0 }]
  } else {
    attributes.COLOR_0 = buffers.accessor(linearColors(cloud.colors), 'VEC4', { normalized: true })
  }
  const pbrMetallicRoughness = {
    metallicFactor: 0,
    roughnessFactor: 1,
    ...(mesh && { baseColorTexture: { index: 0 } }),
  }
  const json = {
    asset: { version: '2.0', generator: 'Isobath' },
    extensionsUsed: ['KHR_materials_unlit'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [primitive] }],
    materials: [{ pbrMetallicRoughness, ...unlit }],
    ...image,
    accessors: buffers.accessors,
    bufferViews: buffers.bufferViews,
    buffers: [{ byteLength: buffers.length }],
  }
  const body = concat([
    chunk(JSON_CHUNK, padded(latin1(JSON.stringify(json)), 32)),
    chunk(BINARY_CHUNK, concat(buffers.parts)),
  ])
  const head = new Uint8Array(12)
  const view = viewOf(head)
  ;[GLTF, 2, head.length + body.length].forEach((v, i) => {
    view.setUint32(i * 4, v, true)
  })
  return concat([head, body])
}
