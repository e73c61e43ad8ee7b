// Depth files and what their numbers mean; EXIF's focal length.
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { focalLength35mm } from '../../src/formats/exif.ts'
import { type DepthImage, encodeNpy, encodePfm } from '../../src/formats/index.ts'
import { readDepthFile, sidecarOf, writeDepthFile } from '../../src/node/files/depth.ts'
import { readPhoto } from '../../src/node/files/image.ts'
import { fromNumbers } from '../../src/runtime/tensor.ts'
import { scratch } from './files.ts'

const files = scratch()
const { NaN: none } = Number
const depth: DepthImage = {
  width: 2,
  height: 2,
  values: Float32Array.of(1, 2.5, none, 7.25),
  kind: 'depth',
  unit: 'metre',
}
const png = (...values: number[]) =>
  sharp(Uint16Array.from(values), { raw: { width: 2, height: values.length / 2, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer()

describe('depth files', () => {
  it('say themselves what they hold: PNG and EXR', async () => {
    for (const [format, end] of [
      ['png16', 'png'],
      ['exr', 'exr'],
    ] as const) {
      const relative: DepthImage = { ...depth, kind: 'disparity', unit: 'relative' }
      for (const image of [depth, relative]) {
        await writeDepthFile(files.at(`a.${end}`), image, format)
        const back = await readDepthFile(files.at(`a.${end}`))
        expect(back).toMatchObject({ width: 2, height: 2, kind: image.kind, unit: image.unit })
        ;[...depth.values].forEach((v, i) => {
          if (Number.isNaN(v)) expect(back.values[i]).toBeNaN()
          else expect(Math.abs(back.values[i] - v)).toBeLessThan(format === 'exr' ? 1e-9 : 1e-4)
        })
      }
    }
  })

  it('have it said by the file beside them, or by the caller', async () => {
    const npy = files.put('b.depth.npy', encodeNpy(fromNumbers('float32', [1, 2, 2], [1, 2, 3, 4])))
    await expect(readDepthFile(npy)).rejects.toThrow(
      /neither ".*b\.depth\.npy" nor ".*b\.depth\.json" says whether it holds/,
    )
    expect(await readDepthFile(npy, { kind: 'depth', unit: 'metre' })).toMatchObject({
      width: 2,
      height: 2,
      kind: 'depth',
    })
    files.put('b.depth.json', '{"kind": "disparity", "unit": "relative"}')
    expect(await readDepthFile(npy)).toMatchObject({ kind: 'disparity', unit: 'relative' })
    const pfm = files.put('b.depth.pfm', encodePfm(depth))
    expect(await readDepthFile(pfm)).toMatchObject({ kind: 'disparity', values: depth.values })
    const { values } = await readDepthFile(pfm, { kind: 'depth', unit: 'metre', scale: 2 })
    expect([...values.subarray(0, 2)]).toEqual([2, 5])
    files.put('b.depth.json', 'not json')
    await expect(readDepthFile(pfm)).rejects.toThrow(/b\.depth\.json", which tells what .* is no JSON/)
  })

  it('of other makers have whole numbers, 0 being none', async () => {
    const file = files.put('kitti.png', await png(256, 0, 640, 65535))
    await expect(readDepthFile(file)).rejects.toThrow(
      /holds whole numbers, and neither it nor ".*kitti\.depth\.json" says/,
    )
    const { values, kind, unit } = await readDepthFile(file, { scale: 1 / 256 })
    expect([...values, kind, unit]).toEqual([1, none, 2.5, Math.fround(65535 / 256), 'depth', 'metre'])
  })

  it('of stereo pairs become metres', async () => {
    const disparity = fromNumbers('float32', [1, 4], [10, 0, Infinity, none])
    const file = files.put('disp.npy', encodeNpy(disparity))
    const { values } = await readDepthFile(file, { stereo: { focal: 1000, baseline: 0.2, doffs: 30 } })
    expect([...values]).toEqual([5, Math.fround(200 / 30), none, none])
  })

  it('of other kinds are refused', async () => {
    await expect(readDepthFile(files.put('a.tif', 'x'))).rejects.toThrow(
      /is no depth file that can be read: \.png, \.pfm,/,
    )
    const cube = files.put('cube.npy', encodeNpy(fromNumbers('float32', [2, 2, 2], new Array(8).fill(1))))
    await expect(readDepthFile(cube)).rejects.toThrow('it holds [2, 2, 2], and a depth map is [height, width]')
    await expect(readDepthFile(files.at('none.pfm'))).rejects.toThrow(/there is no file ".*none\.pfm"/)
  })

  it('share one file beside them', () => {
    for (const name of ['a/p.depth.npy', 'a/p.depth16.png', 'a/p.depth.exr', 'a/p.png'])
      expect(sidecarOf(name)).toBe('a/p.depth.json')
  })
})

describe('EXIF', () => {
  /** Little- and big-endian TIFF with one pointer to an Exif directory that holds one number. */
  function exif(little: boolean, tag: number, value: number) {
    const b = Buffer.alloc(50)
    const u16 = (at: number, v: number) => (little ? b.writeUInt16LE(v, at) : b.writeUInt16BE(v, at))
    const u32 = (at: number, v: number) => (little ? b.writeUInt32LE(v, at) : b.writeUInt32BE(v, at))
    b.write(little ? 'II' : 'MM')
    u16(2, 42)
    u32(4, 8)
    u16(8, 1)
    for (const [at, key, type, v] of [
      [10, 0x8769, 4, 30],
      [32, tag, 3, value],
    ]) {
      u16(at, key)
      u16(at + 2, type)
      u32(at + 4, 1)
      if (type === 4) u32(at + 8, v)
      else u16(at + 8, v)
    }
    u16(30, 1)
    return b
  }

  it('tells the focal length on 35 mm film', () => {
    for (const little of [true, false]) {
      const b = exif(little, 0xa405, 28)
      expect(focalLength35mm(b)).toBe(28)
      expect(focalLength35mm(Buffer.concat([Buffer.from('Exif\0\0'), b]))).toBe(28)
      expect(focalLength35mm(exif(little, 0xa405, 0))).toBeUndefined()
      expect(focalLength35mm(exif(little, 0xa404, 28))).toBeUndefined()
      for (let n = 0; n < b.length; n++) focalLength35mm(b.subarray(0, n))
    }
  })

  it('comes with a photograph', async () => {
    const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
      .jpeg()
      .toBuffer()
    expect(await readPhoto('photo', jpeg)).toMatchObject({ width: 8, height: 8, focalLength35mm: 26 })
  })
})
