import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { readPhoto, writePng } from '../../src/node/files/image.ts'
import { encodePng16, quantise, writeDepthPng } from '../../src/node/files/png16.ts'
import { scratch } from './files.ts'

const files = scratch()

async function decode16(file: string | Uint8Array) {
  const { data, info } = await sharp(file)
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true })
  return { ...info, values: [...new Uint16Array(data.buffer, data.byteOffset, data.length / 2)] }
}

describe('16-bit PNG', () => {
  it('holds the values', async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 3],
      [64, 33],
    ]) {
      const values = Uint16Array.from({ length: width * height }, (_, i) => (i * 40503) % 65536)
      const back = await decode16(encodePng16(values, width, height))
      expect(back).toMatchObject({ width, height, channels: 1 })
      expect(back.values).toEqual([...values])
    }
  })

  it('says how to read them', async () => {
    const file = files.at('depth.png')
    const map = { width: 2, height: 2, kind: 'depth', unit: 'metre' } as const
    await writeDepthPng(file, Float32Array.of(0, 1.2344, 65.535, Number.NaN), map)
    expect((await decode16(file)).values).toEqual([0, 1234, 65535, 0])
    const text = readFileSync(file).toString('latin1')
    for (const entry of ['Kind\0depth', 'Unit\0metre', 'Scale\x000.001', 'Offset\x000'])
      expect(text).toContain(`tEXt${entry}`)
  })

  it('refuses values that do not fill the image', () => {
    expect(() => encodePng16(new Uint16Array(5), 2, 3)).toThrow('5 values do not fill an image of 2 × 3')
  })
})

describe('quantise', () => {
  it('spreads relative values over the range', () => {
    const q = quantise(Float32Array.of(-1, 0, 3), 'relative')
    expect([...q.values]).toEqual([0, 16384, 65535])
    expect(q.values[2] * q.scale + q.offset).toBeCloseTo(3, 6)
  })

  it('takes a coarser step for far metres', () => {
    const q = quantise(Float32Array.of(0, 131.07), 'metre')
    expect(q.values[1] * q.scale).toBeCloseTo(131.07, 4)
  })

  it('gives zeros for a flat or an empty map', () => {
    expect([...quantise(Float32Array.of(2, 2), 'relative').values]).toEqual([0, 0])
    const q = quantise(Float32Array.of(Number.NaN, Infinity), 'relative')
    expect([[...q.values], q.scale, q.offset]).toEqual([[0, 0], 1, 0])
  })
})

describe('photographs', () => {
  const rgb = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90)
  const image = () => sharp(rgb, { raw: { width: 3, height: 2, channels: 3 } })

  it('become RGBA and come back', async () => {
    await image().png().toFile(files.at('rgb.png'))
    const photo = await readPhoto(files.at('rgb.png'))
    expect([photo.width, photo.height, photo.data.length]).toEqual([3, 2, 24])
    expect([...photo.data.subarray(0, 8)]).toEqual([255, 0, 0, 255, 0, 255, 0, 255])
    await writePng(files.at('back.png'), photo)
    expect((await readPhoto(files.at('back.png'))).data).toEqual(photo.data)
  })

  it('are turned upright', async () => {
    await image().withMetadata({ orientation: 6 }).png().toFile(files.at('turned.png'))
    const photo = await readPhoto(files.at('turned.png'))
    expect([photo.width, photo.height]).toEqual([2, 3])
    expect([...photo.data.subarray(0, 3)]).toEqual([10, 20, 30])
  })

  it('may be gray, of 16 bits or with alpha', async () => {
    await image().toColourspace('grey16').png().toFile(files.at('gray.png'))
    await image().ensureAlpha(0.5).png().toFile(files.at('alpha.png'))
    for (const name of ['gray.png', 'alpha.png']) expect((await readPhoto(files.at(name))).data.length).toBe(24)
  })

  it('that cannot be decoded are named', async () => {
    const bad = files.put('bad.jpg', 'this is no image')
    await expect(readPhoto(bad)).rejects.toThrow(/the image ".*bad\.jpg" cannot be decoded: /)
    await expect(readPhoto(bad)).rejects.toMatchObject({ code: 'input' })
    const whole = await image().resize(300, 200).png().toBuffer()
    await expect(readPhoto(files.put('cut.png', whole.subarray(0, 200)))).rejects.toThrow(/cannot be decoded/)
    await expect(readPhoto(files.at('none.jpg'))).rejects.toThrow(/there is no image ".*none\.jpg"/)
  })
})
