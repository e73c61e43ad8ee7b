// The formats against bytes written here, or by other programs, from the formats' own definitions.
import { readFileSync } from 'node:fs'
import { deflateRawSync, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import {
  decodeExr,
  decodeGrayPng,
  decodeNpz,
  decodePfm,
  encodeExr,
  encodeNpy,
  encodePfm,
  encodePng16,
} from '../../src/formats/index.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'

const f32 = (...v: number[]) => Buffer.from(Float32Array.from(v).buffer)
const i32 = (...v: number[]) => Buffer.from(Int32Array.from(v).buffer)
const text = (s: string) => Buffer.from(s, 'latin1')
const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 1e3 ** Math.cos(i * 7))
const code = (c: string) => expect.objectContaining({ code: c })

/** Gray PNG from sharp, whose libpng chooses a filter for each row. */
const pngOf = (values: number[], width: number) =>
  sharp(Uint16Array.from(values), { raw: { width, height: values.length / width, channels: 1 } })
    .toColourspace('grey16')
    .png({ adaptiveFiltering: true })
    .toBuffer()

describe('16-bit PNG', () => {
  it('reads in another program', async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 3],
      [64, 33],
    ]) {
      const values = Uint16Array.from({ length: width * height }, (_, i) => (i * 40503) % 65536)
      const { data, info } = await sharp(await encodePng16(values, width, height))
        .toColourspace('grey16')
        .raw({ depth: 'ushort' })
        .toBuffer({ resolveWithObject: true })
      expect(info).toMatchObject({ width, height, channels: 1 })
      expect([...new Uint16Array(data.buffer, data.byteOffset, data.length / 2)]).toEqual([...values])
    }
  })

  it('reads what another program wrote, with every filter', async () => {
    // Smooth in x, in y, in both, and noise: libpng takes another filter for each.
    const width = 48
    const values = Array.from({ length: width * 40 }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      return [x * 1000, y * 1500, (x + y) * 700, (i * 40503) % 65536, (x * y * 31) % 65536][Math.floor(y / 8)]
    })
    const png = await decodeGrayPng(await pngOf(values, width), 'x')
    expect([png.width, png.height, png.bits]).toEqual([width, 40, 16])
    expect([...png.values]).toEqual(values)
    const bytes = await sharp(Uint8Array.of(1, 2, 250, 7, 8, 9), { raw: { width: 3, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect(await decodeGrayPng(bytes, 'x')).toMatchObject({ bits: 8, values: Uint16Array.of(1, 2, 250, 7, 8, 9) })
  })

  /** A PNG of one row behind each of the five filters, and its values by the definition of the filters. */
  it('undoes each filter as the specification says', async () => {
    const rows = [0, 1, 2, 3, 4].map((f) => [f, 10, 20, 30, 40, 50, 60])
    const at = (y: number, i: number): number => {
      if (i < 0 || y < 0) return 0
      const [a, b, c] = [at(y, i - 2), at(y - 1, i), at(y - 1, i - 2)]
      const p = a + b - c
      const nearest = [a, b, c].reduce((best, v) => (Math.abs(p - v) < Math.abs(p - best) ? v : best))
      return (rows[y][i + 1] + [0, a, b, Math.floor((a + b) / 2), nearest][y]) & 255
    }
    const chunk = (type: string, data: Uint8Array) =>
      Buffer.concat([Buffer.from([0, 0, data.length >> 8, data.length & 255]), text(type), data, i32(0)])
    const png = Buffer.concat([
      Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk('IHDR', Buffer.from([0, 0, 0, 3, 0, 0, 0, 5, 16, 0, 0, 0, 0])),
      chunk('tEXt', text('Key\0some text')),
      chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
      chunk('IEND', Buffer.alloc(0)),
    ])
    const decoded = await decodeGrayPng(png, 'x')
    expect(decoded.text).toEqual({ Key: 'some text' })
    rows.forEach((_, y) => {
      for (let x = 0; x < 3; x++) expect(decoded.values[y * 3 + x]).toBe((at(y, 2 * x) << 8) | at(y, 2 * x + 1))
    })
  })

  it('refuses what it cannot read', async () => {
    await expect(encodePng16(new Uint16Array(5), 2, 3)).rejects.toThrow('5 values do not fill an image of 2 × 3')
    const gray = await pngOf([1, 2, 3, 4], 2)
    const color = await sharp(Uint8Array.of(1, 2, 3), { raw: { width: 1, height: 1, channels: 3 } })
      .png()
      .toBuffer()
    await expect(decodeGrayPng(color, 'c.png')).rejects.toThrow('"c.png" cannot be used: depth is read from grayscale')
    await expect(decodeGrayPng(text('hello'), 't.png')).rejects.toThrow('"t.png" cannot be used: it is no PNG')
    await expect(decodeGrayPng(gray.subarray(0, gray.length - 20), 'x')).rejects.toThrow('it is cut short')
    const damaged = Buffer.from(gray)
    const at = damaged.indexOf('IDAT') + 4
    damaged.fill(255, at, at + 8)
    await expect(decodeGrayPng(damaged, 'x')).rejects.toThrow('its pixels are damaged')
    await expect(decodeGrayPng(damaged, 'x')).rejects.toThrow(code('input'))
  })
})

describe('PFM', () => {
  const bytes = Buffer.concat([text('Pf\n2 2\n-1.0\n'), f32(3, 4, 1, 2)])

  it('holds rows from the bottom, little-endian', () => {
    expect(Buffer.from(encodePfm({ width: 2, height: 2, values: Float32Array.of(1, 2, 3, 4) }))).toEqual(bytes)
    expect(decodePfm(bytes, 'x')).toEqual({ width: 2, height: 2, values: Float32Array.of(1, 2, 3, 4) })
  })

  it('may be big-endian', () => {
    const swapped = Buffer.concat([text('Pf 2 1 2.5\n'), f32(1, -2.5).swap32()])
    expect([...decodePfm(swapped, 'x').values]).toEqual([1, -2.5])
  })

  it('refuses colours, other files and short ones', () => {
    expect(() => decodePfm(text('PF\n1 1\n-1\n'), 'a.pfm')).toThrow('"a.pfm" cannot be used: it holds three channels')
    expect(() => decodePfm(text('P5\n1 1\n255\n'), 'a.pfm')).toThrow('it is no PFM')
    expect(() => decodePfm(bytes.subarray(0, 20), 'x')).toThrow('it is cut short: 2 × 2 takes 16 bytes, 8 are there')
  })
})

describe('EXR', () => {
  const attribute = (name: string, type: string, value: Buffer) =>
    Buffer.concat([text(`${name}\0${type}\0`), i32(value.length), value])
  const box = i32(0, 0, 2, 1)

  /** A file of 3 × 2 pixels written by hand: channels A (half) and Z (float), uncompressed. */
  function plain(version = 2, compression = 0) {
    const head = Buffer.concat([
      i32(20000630, version),
      attribute(
        'channels',
        'chlist',
        Buffer.concat([text('A\0'), i32(1, 0, 1, 1), text('Z\0'), i32(2, 0, 1, 1), Buffer.alloc(1)]),
      ),
      attribute('compression', 'compression', Buffer.of(compression)),
      attribute('dataWindow', 'box2i', box),
      attribute('displayWindow', 'box2i', box),
      attribute('lineOrder', 'lineOrder', Buffer.of(0)),
      attribute('unit', 'string', text('metre')),
      Buffer.alloc(1),
    ])
    const rows = [
      [1.5, 2.5, -3],
      [1e6, 0.1, 7],
    ].map((z, y) => Buffer.concat([i32(y, 18), Buffer.from(Uint16Array.of(1, 2, 3).buffer), f32(...z)]))
    const at = head.length + 16
    const offsets = Buffer.from(BigUint64Array.of(BigInt(at), BigInt(at + rows[0].length)).buffer)
    return Buffer.concat([head, offsets, ...rows])
  }

  it('is read by its definition', async () => {
    const image = await decodeExr(plain(), 'x')
    expect(image).toMatchObject({ width: 3, height: 2, channel: 'Z', text: { unit: 'metre' } })
    expect([...image.values]).toEqual([1.5, 2.5, -3, 1e6, Math.fround(0.1), 7])
  })

  it('is written by its definition: a block of ZIP undone by hand', async () => {
    const values = Float32Array.of(1.5, 2.5, -3, 1e6, 0.1, 7)
    // So small a block does not shrink and is stored as it is.
    const small = Buffer.from(await encodeExr({ width: 3, height: 2, values }))
    expect(small.subarray(-24)).toEqual(Buffer.from(values.buffer))
    expect([small.readInt32LE(small.length - 32), small.readInt32LE(small.length - 28)]).toEqual([0, 24])

    const flat = new Float32Array(50 * 20).map((_, i) => 1 + (i % 50) / 8)
    const bytes = Buffer.from(await encodeExr({ width: 50, height: 20, values: flat }, 'Y', { kind: 'depth' }))
    expect(bytes.includes('Y\0\x02\0\0\0')).toBe(true)
    expect(bytes.includes('kind\0string\0\x05\0\0\0depth')).toBe(true)
    const table = bytes.indexOf('screenWindowWidth\0float\0') + 'screenWindowWidth\0float\0'.length + 8
    const start = bytes.indexOf('kind\0string') > 0 ? bytes.indexOf('depth\0', table) + 6 : table
    const blocks = [0, 1].map((k) => Number(bytes.readBigUInt64LE(start + 8 * k)))
    expect(blocks.map((at) => bytes.readInt32LE(at))).toEqual([0, 16])
    const sizes = blocks.map((at) => bytes.readInt32LE(at + 4))
    expect(blocks[0] + 8 + sizes[0]).toBe(blocks[1])
    expect(blocks[1] + 8 + sizes[1]).toBe(bytes.length)
    const t = (await import('node:zlib')).inflateSync(bytes.subarray(blocks[1] + 8))
    for (let i = 1; i < t.length; i++) t[i] = (t[i - 1] + t[i] - 128) & 255
    const raw = Buffer.alloc(t.length)
    for (let i = 0; i < t.length; i++) raw[i] = t[i % 2 ? t.length / 2 + (i - 1) / 2 : i / 2]
    expect(raw).toEqual(Buffer.from(flat.slice(16 * 50).buffer))
  })

  it('comes back, NaN and infinity included', async () => {
    for (const [width, height] of [
      [1, 1],
      [5, 16],
      [33, 37],
    ]) {
      const values = ramp(width * height)
      if (values.length > 4) values.set([Number.NaN, Infinity, -Infinity, -0], 1)
      expect((await decodeExr(await encodeExr({ width, height, values }), 'x')).values).toEqual(values)
    }
  })

  it('refuses what it cannot read', async () => {
    await expect(decodeExr(plain(2, 4), 'p.exr')).rejects.toThrow('"p.exr" cannot be used: its compression is number 4')
    await expect(decodeExr(plain(2 | 0x200), 'x')).rejects.toThrow('it has tiles, deep data or several parts')
    await expect(decodeExr(plain().subarray(0, 100), 'x')).rejects.toThrow('its header is cut short')
    await expect(decodeExr(plain().subarray(0, -4), 'x')).rejects.toThrow('rows from 1 are damaged')
    await expect(decodeExr(text('no image at all'), 'x')).rejects.toThrow('it is no OpenEXR file')
  })
})

describe('NPZ', () => {
  const npy = Buffer.from(encodeNpy(fromNumbers('float32', [2, 2], [1, 2, 3, 4])))
  const record = (signature: string, fields: [number, number][]) =>
    Buffer.concat([
      text(signature),
      ...fields.map(([size, v]) => {
        const b = Buffer.alloc(size)
        b.writeUIntLE(v, 0, size)
        return b
      }),
    ])

  /** A ZIP archive of one entry, by APPNOTE.TXT. */
  function zip(name: string, data: Buffer, method: 0 | 8, comment = '') {
    const packed = method ? deflateRawSync(data) : data
    const common: [number, number][] = [
      [2, 20],
      [2, 0],
      [2, method],
      [4, 0],
      [4, 0],
      [4, packed.length],
      [4, data.length],
      [2, name.length],
    ]
    const local = Buffer.concat([record('PK\x03\x04', [...common, [2, 4]]), text(name), text('pad!'), packed])
    const entry = record('PK\x01\x02', [[2, 20], ...common, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, 0]])
    const directory = Buffer.concat([entry, text(name)])
    const end = record('PK\x05\x06', [
      [2, 0],
      [2, 0],
      [2, 1],
      [2, 1],
      [4, directory.length],
      [4, local.length],
      [2, comment.length],
    ])
    return Buffer.concat([local, directory, end, text(comment)])
  }

  it('is read, stored and deflated, with a comment behind it', async () => {
    for (const bytes of [zip('arr_0.npy', npy, 0), zip('disp.npy', npy, 8, 'a comment')]) {
      const [[name, array]] = Object.entries(await decodeNpz(bytes, 'x'))
      expect(['arr_0', 'disp']).toContain(name)
      expect([...numbers(array)]).toEqual([1, 2, 3, 4])
    }
  })

  it('refuses what it cannot read', async () => {
    await expect(decodeNpz(text('nothing of the kind, but long enough'), 'x')).rejects.toThrow('it is no .npz file')
    const damaged = zip('a.npy', npy, 8)
    damaged.fill(255, 44, 60)
    await expect(decodeNpz(damaged, 'd.npz')).rejects.toThrow('"d.npz" cannot be used: "a.npy" in it is damaged')
  })

  const npz = new URL('../../../shared/images/motorcycle/motorcycle_disp.npz', import.meta.url)
  it.skipIf(!exists(npz))('is read as numpy wrote it', async () => {
    const [disparity] = Object.values(await decodeNpz(readFileSync(npz), 'motorcycle'))
    expect(disparity.shape).toEqual([500, 741])
  })
})

function exists(url: URL): boolean {
  try {
    return readFileSync(url).length > 0
  } catch {
    return false
  }
}
