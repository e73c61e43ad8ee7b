// Cameras, points and normals, and relative maps brought to metres.
import { vec3 } from 'gl-matrix'
import { afterEach, describe, expect, it } from 'vitest'
import {
  alignDepth,
  cameraOf,
  depthNormals,
  destroyDepth,
  fitAlignment,
  fovOf,
  mapCamera,
  readDepth,
  requireMetres,
  toMetres,
  unproject,
  uprightSize,
} from '../../src/index.ts'
import { makeMap, noise } from './maps.ts'
import { noGpuErrors, openEngine, testPhoto, upright, worst } from './reference.ts'

afterEach(noGpuErrors)

describe('camera', () => {
  const size = { width: 640, height: 480 }

  it('takes what is known best', () => {
    const exif = { focalLength35mm: 26 }
    // 26 mm on a diagonal of 43.27 mm; 800 pixels are the photo's diagonal.
    expect(cameraOf(size, exif)).toMatchObject({ source: 'exif', cx: 320, cy: 240 })
    expect(cameraOf(size, exif).fx).toBeCloseTo((26 / 43.2666) * 800, 2)
    expect(cameraOf(size, exif, 90)).toMatchObject({ source: 'model', fx: expect.closeTo(320, 9) })
    expect(cameraOf(size, { ...exif, fovDegrees: 90 }, 50)).toMatchObject({ source: 'fov', fx: expect.closeTo(320, 9) })
    expect(cameraOf(size, { focal: 500, fovDegrees: 90 })).toMatchObject({ source: 'focal', fx: 500, fy: 500 })
    const intrinsics = [525, 520, 319.5, 239.5]
    expect(cameraOf(size, { intrinsics, focal: 1 })).toEqual({
      source: 'intrinsics',
      fx: 525,
      fy: 520,
      cx: 319.5,
      cy: 239.5,
    })
    expect(cameraOf(size)).toMatchObject({ source: 'default', fx: expect.closeTo(320 / Math.tan(Math.PI / 6), 9) })
    expect(fovOf(cameraOf(size, { fovDegrees: 75 }), 640)).toBeCloseTo(75, 9)
    // No focal length in the file is written as 0.
    expect(cameraOf(size, { focalLength35mm: 0 }).source).toBe('default')
  })

  it('refuses what no camera has', () => {
    expect(() => cameraOf(size, { focal: -1 })).toThrow('-1 pixels')
    expect(() => cameraOf(size, { fovDegrees: 180 })).toThrow('180°')
    expect(() => cameraOf(size, { intrinsics: [1, 2, 3] })).toThrow('fx, fy, cx, cy')
  })

  it('of a map goes before EXIF, and what the caller says before both', async () => {
    const camera = cameraOf({ width: 4, height: 3 }, { focal: 7 })
    const map = { ...(await makeMap([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 4, 3)), camera }
    expect(mapCamera(map, { focalLength35mm: 30 })).toBe(camera)
    expect(mapCamera(map, { fovDegrees: 90 }).fx).toBeCloseTo(2, 9)
    const guess = cameraOf(map)
    expect(mapCamera({ ...map, camera: guess }, { focalLength35mm: 30 }).source).toBe('exif')
    destroyDepth(map)
  })
})

describe('points and normals', () => {
  const [width, height] = [23, 17]
  const intrinsics = [30, 28, 10.5, 9]
  const [fx, fy, cx, cy] = intrinsics
  /** Depth of the plane n · X = d. */
  const plane = (n: vec3, d: number) =>
    Float32Array.from({ length: width * height }, (_, i) => {
      const ray = [((i % width) + 0.5 - cx) / fx, (Math.floor(i / width) + 0.5 - cy) / fy, 1]
      return d / vec3.dot(n, ray as unknown as vec3)
    })

  it('gives a plane its normal, towards the camera, and none where there is no value', async () => {
    const engine = await openEngine()
    const n = vec3.normalize(vec3.create(), [0.3, -0.4, 0.8])
    const depth = plane(n, 3)
    depth[100] = Number.NaN
    const map = await makeMap(depth, width, height)
    const normals = await depthNormals(engine, map, { intrinsics })
    for (let i = 0; i < width * height; i++) {
      const expected = i === 100 ? [0, 0, 0] : [-n[0], -n[1], -n[2]]
      expect(worst(normals.subarray(i * 3, i * 3 + 3), expected), `pixel ${i}`).toBeLessThan(1e-3)
    }
    destroyDepth(map)
  })

  it('keeps normals on one side of an edge', async () => {
    const engine = await openEngine()
    const map = await makeMap(
      Float32Array.from({ length: width * height }, (_, i) => (i % width < 11 ? 1 : 4)),
      width,
      height,
    )
    const normals = await depthNormals(engine, map, { intrinsics })
    for (let i = 0; i < width * height; i++)
      expect(worst(normals.subarray(i * 3, i * 3 + 3), [0, 0, -1]), `pixel ${i}`).toBeLessThan(1e-4)
    destroyDepth(map)
  })

  it('of a turned photo, with normals', async () => {
    const engine = await openEngine()
    const photo = { ...testPhoto(height, width), orientation: 8 }
    expect(uprightSize(photo)).toEqual({ width, height })
    const depth = plane([0, 0, 1] as unknown as vec3, 2)
    depth[5] = 0
    const map = await makeMap(depth, width, height)
    const cloud = await unproject(engine, map, photo, { intrinsics, normals: true })
    expect(cloud.count).toBe(width * height - 1)
    const turned = upright(photo)
    cloud.pixels!.forEach((pixel, k) => {
      expect([...cloud.colors.subarray(k * 3, k * 3 + 3)]).toEqual([...turned.data.subarray(pixel * 4, pixel * 4 + 3)])
      const [x, y, z] = cloud.positions.subarray(k * 3, k * 3 + 3)
      expect([(x / z) * fx + cx - 0.5, (y / z) * fy + cy - 0.5].map((v) => Math.round(v) + 0)).toEqual([
        pixel % width,
        Math.floor(pixel / width),
      ])
      expect(worst(cloud.normals!.subarray(k * 3, k * 3 + 3), [0, 0, -1])).toBeLessThan(1e-4)
    })
    destroyDepth(map)
  })
})

describe('alignment', () => {
  const [width, height] = [19, 11]
  const metres = noise(width * height, 0.8, 12, 3)
  const points = Array.from({ length: 40 }, (_, k) => {
    const i = (k * 5) % (width * height)
    return { x: (i % width) + 0.5, y: Math.floor(i / width) + 0.3, metres: metres[i] }
  })

  it('undoes an unknown scale and shift of disparity', async () => {
    const engine = await openEngine()
    const map = await makeMap(
      metres.map((z) => 250 / z + 17),
      width,
      height,
      'disparity',
      'relative',
    )
    const { map: aligned, alignment } = await alignDepth(engine, map, points)
    expect(alignment.scale).toBeCloseTo(1 / 250, 6)
    expect(alignment.shift).toBeCloseTo(-17 / 250, 5)
    expect([aligned.kind, aligned.unit]).toEqual(['depth', 'metre'])
    expect(worst(await readDepth(engine, aligned), metres)).toBeLessThan(1e-3)
    // What was refused before is taken now.
    expect(() => requireMetres(map, 'points')).toThrow('points need metres, and this map is relative disparity')
    requireMetres(aligned, 'points')
    destroyDepth(map)
    destroyDepth(aligned)
  })

  it('and the scale of depth', async () => {
    const engine = await openEngine()
    const map = await makeMap(
      metres.map((z) => z / 3),
      width,
      height,
      'depth',
      'relative',
    )
    const { map: aligned, alignment } = await alignDepth(engine, map, points.slice(0, 1))
    expect(alignment).toEqual({ scale: expect.closeTo(3, 5), shift: 0 })
    expect(worst(await readDepth(engine, aligned), metres)).toBeLessThan(1e-4)
    destroyDepth(map)
    destroyDepth(aligned)
  })

  it('is weighted, and robust where that is asked for', () => {
    const values = points.map((p) => 2 / p.metres + 1)
    const spoilt = points.map((p, i) => (i % 8 === 0 ? { ...p, metres: p.metres * 4 } : p))
    const plain = fitAlignment(values, spoilt, 'disparity')
    const robust = fitAlignment(values, spoilt, 'disparity', { robust: true })
    expect(Math.abs(plain.scale - 0.5)).toBeGreaterThan(0.02)
    expect(robust.scale).toBeCloseTo(0.5, 3)
    expect(robust.shift).toBeCloseTo(-0.5, 3)
    const weighted = spoilt.map((p, i) => (i % 8 === 0 ? { ...p, weight: 0 } : p))
    expect(fitAlignment(values, weighted, 'disparity').scale).toBeCloseTo(0.5, 9)
  })

  it('says why it cannot be', async () => {
    expect(() => fitAlignment([Number.NaN], [{ x: 0, y: 0, metres: 1 }], 'depth')).toThrow('none of the points')
    expect(() => fitAlignment([1], [{ x: 0, y: 0, metres: -1 }], 'depth')).toThrow('has -1 metres')
    const wrong = points.map((p) => p.metres)
    expect(() => fitAlignment(wrong, points, 'disparity')).toThrow('do not fit this map')
    const same = [1, 1].map((metres) => ({ x: 0, y: 0, metres }))
    expect(() => fitAlignment([2, 2], same, 'disparity')).toThrow('Points at different distances are needed')
    const engine = await openEngine()
    const map = await makeMap([4, -1, Number.NaN], 3, 1, 'disparity', 'relative')
    const far = await toMetres(engine, map, { scale: 0.5, shift: 0 }, { far: 80 })
    expect([...(await readDepth(engine, far))]).toEqual([0.5, 80, Number.NaN])
    await expect(toMetres(engine, map, { scale: 0, shift: 0 })).rejects.toThrow('scaled by 0')
    destroyDepth(map)
    destroyDepth(far)
  })
})
