import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodeImage, readPhoto, sideBySide, writePng } from '../../src/node/files/image.ts'
import { scratch } from './files.ts'

const files = scratch()

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

  it('come from bytes, and go out as JPEG and WebP', async () => {
    const flat = new Uint8Array(64 * 4).fill(100)
    for (const type of ['jpg', 'webp'] as const) {
      const bytes = await encodeImage({ width: 8, height: 8, data: flat }, type)
      expect((await sharp(bytes).metadata()).format).toBe(type === 'jpg' ? 'jpeg' : 'webp')
      const { width, height, data } = await readPhoto('stdin', bytes)
      expect([width, height]).toEqual([8, 8])
      for (const v of data.filter((_, i) => i % 4 < 3)) expect(Math.abs(v - 100)).toBeLessThan(3)
    }
    await expect(readPhoto('stdin', Buffer.from('text'))).rejects.toThrow('the image "stdin" cannot be decoded')
  })

  it('stand side by side', () => {
    const picture = (width: number, from: number) => ({
      width,
      height: 2,
      data: Uint8Array.from({ length: width * 8 }, (_, i) => from + i),
    })
    const both = sideBySide(picture(1, 0), picture(2, 100))
    expect([both.width, both.height]).toEqual([3, 2])
    expect([...both.data.subarray(0, 12)]).toEqual([0, 1, 2, 3, 100, 101, 102, 103, 104, 105, 106, 107])
    expect([...both.data.subarray(12, 16)]).toEqual([4, 5, 6, 7])
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
