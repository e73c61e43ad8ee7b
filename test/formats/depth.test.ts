// Depth as 16 bits, points, meshes and statistics.
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodeGlb } from '../../src/formats/glb.ts'
import {
  type DepthImage,
  decodeDepthPng,
  depthStats,
  dequantise,
  encodeDepthPng,
  encodePly,
  gridMesh,
  quantise,
} from '../../src/formats/index.ts'

const image = (values: number[], kind: DepthImage['kind'] = 'depth', unit: DepthImage['unit'] = 'metre') => ({
  width: values.length,
  height: 1,
  values: Float32Array.from(values),
  kind,
  unit,
})
const { NaN: none } = Number

describe('quantise', () => {
  it('holds millimetres, 0 being no value', () => {
    const q = quantise(image([1.2344, 65.535, none, Infinity, -1, 0.0004]), 'mm')
    expect(q).toEqual({
      values: Uint16Array.of(1234, 65535, 0, 0, 0, 0),
      scale: 0.001,
      offset: 0,
      kind: 'depth',
      unit: 'metre',
    })
  })

  it('refuses metres that do not fit, and says the way out, unless they are to be clamped', () => {
    const far = image([1, 65.5356, 80, 131.07])
    expect(() => quantise(far, 'mm')).toThrow(
      '3 pixels lie beyond 65.535 m, the most that a 16-bit PNG in millimetres holds; the farthest is 131.070 m. ' +
        'Write kitti (1/256 m, up to 255.996 m), inverse, or float files (exr, pfm, npy), or clamp them',
    )
    expect([...quantise(far, 'mm', true).values]).toEqual([1000, 65535, 65535, 65535])
    expect([...quantise(far, 'kitti').values]).toEqual([256, 16777, 20480, 33554])
    expect(() => quantise(image([300]), 'kitti')).toThrow('beyond 255.996 m')
  })

  it('refuses metres of what has none', () => {
    expect(() => quantise(image([1], 'disparity', 'relative'), 'mm')).toThrow(
      'a 16-bit PNG in millimetres needs depth in metres, and this is relative disparity. Write it as relative',
    )
  })

  it('spreads relative values from 1 to 65535', () => {
    const q = quantise(image([-1, 0, none, 3], 'disparity', 'relative'), 'relative')
    expect([...q.values]).toEqual([1, 16385, 0, 65535])
    const back = dequantise(q.values, q.scale, q.offset)
    ;[-1, 0, none, 3].forEach((v, i) => {
      if (Number.isNaN(v)) expect(back[i]).toBeNaN()
      else expect(Math.abs(back[i] - v)).toBeLessThanOrEqual(q.scale / 2)
    })
  })

  it('inverts depth, and leaves disparity', () => {
    const q = quantise(image([0.5, 1, 2, 0, -3]), 'inverse')
    expect(q).toMatchObject({ kind: 'disparity', unit: 'metre' })
    const back = dequantise(q.values, q.scale, q.offset)
    ;[2, 1, 0.5].forEach((v, i) => {
      expect(Math.abs(back[i] - v)).toBeLessThanOrEqual(q.scale / 2)
    })
    expect([...q.values.subarray(3)]).toEqual([0, 0])
    const disparity = image([3, 5], 'disparity', 'relative')
    expect(quantise(disparity, 'inverse')).toEqual(quantise(disparity, 'relative'))
  })

  it('keeps a flat map and an empty one', () => {
    const flat = quantise(image([2, 2]), 'relative')
    expect([...dequantise(flat.values, flat.scale, flat.offset)]).toEqual([2, 2])
    expect([...quantise(image([none, Infinity]), 'relative').values]).toEqual([0, 0])
  })
})

describe('a depth PNG', () => {
  it('says how to read it', async () => {
    const { bytes, quantisation } = await encodeDepthPng(image([1, 2.5, none]), 'mm')
    expect(quantisation).toEqual({ encoding: 'mm', scale: 0.001, offset: 0, kind: 'depth', unit: 'metre' })
    const file = Buffer.from(bytes).toString('latin1')
    for (const entry of ['Kind\0depth', 'Unit\0metre', 'Encoding\0mm', 'Scale\x000.001', 'Offset\x000'])
      expect(file).toContain(`tEXt${entry}`)
    const read = await decodeDepthPng(bytes, 'x')
    expect(read).toMatchObject({ stored: Uint16Array.of(1000, 2500, 0), quantisation: { scale: 0.001 } })
    const other = await sharp(Uint16Array.of(7, 8), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    expect((await decodeDepthPng(other, 'x')).quantisation).toBeUndefined()
  })
})

const cloud = {
  count: 2,
  positions: Float32Array.of(1, 2, -3, 4, 5, 6),
  colors: Uint8Array.of(1, 2, 3, 253, 254, 255),
}

describe('PLY', () => {
  it('holds a header and 15 bytes a point', () => {
    const bytes = Buffer.from(encodePly(cloud))
    const end = bytes.indexOf('end_header\n') + 'end_header\n'.length
    expect(bytes.subarray(0, end).toString()).toMatchInlineSnapshot(`
      "ply
      format binary_little_endian 1.0
      comment Isobath
      element vertex 2
      property float x
      property float y
      property float z
      property uchar red
      property uchar green
      property uchar blue
      end_header
      "
    `)
    expect(bytes.length).toBe(end + 30)
    expect([0, 4, 8].map((at) => bytes.readFloatLE(end + 15 + at))).toEqual([4, 5, 6])
    expect([...bytes.subarray(end + 27)]).toEqual([253, 254, 255])
  })

  it('holds normals, and turns to y up', () => {
    const bytes = Buffer.from(encodePly({ ...cloud, normals: Float32Array.of(0, 0, -1, 1, 0, 0) }, 'opengl'))
    const end = bytes.indexOf('end_header\n') + 'end_header\n'.length
    expect(bytes.subarray(0, end).toString()).toContain('property float z\nproperty float nx\nproperty float ny\n')
    expect(bytes.length).toBe(end + 54)
    expect([0, 1, 2, 3, 4, 5].map((k) => bytes.readFloatLE(end + 4 * k))).toEqual([1, -2, 3, 0, -0, 1])
    expect([...bytes.subarray(end + 24, end + 27)]).toEqual([1, 2, 3])
  })
})

describe('gridMesh', () => {
  const triangles = (z: number[], width: number, edge?: number) => {
    const { indices } = gridMesh(Float32Array.from(z), width, z.length / width, edge)
    return Array.from({ length: indices.length / 3 }, (_, i) => [...indices.subarray(i * 3, i * 3 + 3)])
  }

  it('has two triangles a square, along the diagonal with the smaller jump', () => {
    expect(triangles([1, 1, 1, 1], 2)).toEqual([
      [0, 2, 3],
      [0, 3, 1],
    ])
    expect(triangles([1, 1.01, 1.01, 1.03], 2)).toEqual([
      [0, 2, 1],
      [1, 2, 3],
    ])
  })

  it('is cut where depth jumps, and where there is none', () => {
    expect(triangles([1, 1, 2, 1, 1, 2], 3)).toHaveLength(2)
    expect(triangles([1, 1, 2, 1, 1, 2], 3, 1.5)).toHaveLength(4)
    // Vertices are counted over the pixels that have one.
    expect(triangles([none, 1, 1, 1], 2)).toEqual([[0, 1, 2]])
    expect(triangles([1, 1, 1, -1], 2)).toEqual([[0, 2, 1]])
    expect(triangles([1], 1)).toEqual([])
  })

  it('lays the photograph on it by the pixels’ centres', () => {
    expect([...gridMesh(Float32Array.of(none, 1, 1, 1), 2, 2).uvs]).toEqual([0.75, 0.25, 0.25, 0.75, 0.75, 0.75])
  })
})

describe('GLB', () => {
  /** The two chunks, by the specification of the container. */
  function parse(bytes: Uint8Array) {
    const b = Buffer.from(bytes)
    expect(b.subarray(0, 4).toString()).toBe('glTF')
    expect([b.readUInt32LE(4), b.readUInt32LE(8)]).toEqual([2, b.length])
    const length = b.readUInt32LE(12)
    expect(b.subarray(16, 20).toString()).toBe('JSON')
    expect(length % 4).toBe(0)
    const binary = b.subarray(28 + length)
    expect(b.subarray(24 + length, 28 + length).toString()).toBe('BIN\0')
    expect(b.readUInt32LE(20 + length)).toBe(binary.length)
    const json = JSON.parse(b.subarray(20, 20 + length).toString())
    expect(json.buffers).toEqual([{ byteLength: binary.length }])
    const view = (k: number) => {
      const { byteOffset, byteLength } = json.bufferViews[k]
      expect(byteOffset % 4).toBe(0)
      return binary.subarray(byteOffset, byteOffset + byteLength)
    }
    return { json, view, data: (k: number) => view(json.accessors[k].bufferView) }
  }
  const floats = (b: Buffer) => Array.from({ length: b.length / 4 }, (_, i) => b.readFloatLE(4 * i))

  it('holds points with linear colours, y up', () => {
    const { json, data } = parse(encodeGlb(cloud))
    const [primitive] = json.meshes[0].primitives
    expect(primitive.mode).toBe(0)
    const { POSITION, COLOR_0 } = primitive.attributes
    expect(json.accessors[POSITION]).toMatchObject({ type: 'VEC3', componentType: 5126, count: 2 })
    expect(json.accessors[POSITION]).toMatchObject({ min: [1, -5, -6], max: [4, -2, 3] })
    expect(floats(data(POSITION))).toEqual([1, -2, 3, 4, -5, -6])
    expect(json.accessors[COLOR_0]).toMatchObject({ type: 'VEC4', componentType: 5123, normalized: true, count: 2 })
    const color = data(COLOR_0)
    expect([0, 2, 4, 6].map((k) => color.readUInt16LE(8 + k))).toEqual([
      Math.round(65535 * ((253 / 255 + 0.055) / 1.055) ** 2.4),
      Math.round(65535 * ((254 / 255 + 0.055) / 1.055) ** 2.4),
      65535,
      65535,
    ])
    expect(color.readUInt16LE(0)).toBe(Math.round((65535 * 1) / 255 / 12.92))
  })

  it('holds a mesh with its texture', () => {
    const texture = { bytes: Uint8Array.of(1, 2, 3, 4, 5), type: 'image/jpeg' } as const
    const { json, view, data } = parse(
      encodeGlb(cloud, { indices: Uint32Array.of(0, 1, 0), uvs: Float32Array.of(0.25, 0.5, 0.75, 1), texture }),
    )
    const [{ mode, indices, attributes }] = json.meshes[0].primitives
    expect(mode).toBe(4)
    expect(attributes.COLOR_0).toBeUndefined()
    expect(json.accessors[indices]).toMatchObject({ type: 'SCALAR', componentType: 5125, count: 3 })
    expect([0, 4, 8].map((at) => data(indices).readUInt32LE(at))).toEqual([0, 1, 0])
    expect(floats(data(attributes.TEXCOORD_0))).toEqual([0.25, 0.5, 0.75, 1])
    expect(json.images[0].mimeType).toBe('image/jpeg')
    expect([...view(json.images[0].bufferView)]).toEqual([1, 2, 3, 4, 5])
    expect(json.materials[0]).toMatchObject({
      doubleSided: true,
      extensions: { KHR_materials_unlit: {} },
      pbrMetallicRoughness: { baseColorTexture: { index: 0 } },
    })
  })
})

describe('depthStats', () => {
  it('counts what is finite', () => {
    const stats = depthStats(Float32Array.of(4, none, 1, 3, 2, Infinity, 10))
    expect(stats).toMatchObject({ pixels: 7, valid: 5, min: 1, max: 10, mean: 4 })
    expect(stats.std).toBeCloseTo(Math.sqrt((0 + 9 + 1 + 4 + 36) / 5), 6)
    // numpy.percentile([1, 2, 3, 4, 10], [25, 50, 75, 95])
    expect(stats.percentiles).toMatchObject({ 25: 2, 50: 3, 75: 4 })
    expect(stats.percentiles[95]).toBeCloseTo(8.8, 6)
  })

  it('has no numbers for an empty map', () => {
    expect(depthStats(Float32Array.of(none))).toMatchObject({ valid: 0, min: null, mean: null, std: null })
  })
})
