import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodePly } from '../../src/node/files/ply.ts'
import { makeFolder, writeWhole } from '../../src/node/files/write.ts'
import { scratch } from './files.ts'

const files = scratch()

describe('writeWhole', () => {
  it('replaces a file', async () => {
    await writeWhole(files.put('a.txt', 'old'), Buffer.from('new'))
    expect(readFileSync(files.at('a.txt'), 'utf8')).toBe('new')
  })

  it('leaves nothing behind on failure', async () => {
    mkdirSync(files.at('taken'))
    const before = readdirSync(files.folder)
    await expect(writeWhole(files.at('taken'), Buffer.from('x'))).rejects.toThrow(/"[^"]*taken" cannot be written: /)
    await expect(writeWhole(files.at('no/such/folder'), Buffer.from('x'))).rejects.toThrow(/cannot be written: ENOENT/)
    const broken = {
      get length() {
        throw new Error('broken')
      },
    } as unknown as Uint8Array
    await expect(writeWhole(files.at('b.txt'), broken)).rejects.toThrow(/cannot be written/)
    expect(readdirSync(files.folder)).toEqual(before)
  })

  it('refuses a folder whose name a file has', () => {
    files.put('file', '')
    expect(() => makeFolder(files.at('file'))).toThrow(/the folder ".*file" cannot be made: it is a file/)
    expect(() => makeFolder(files.at('file/below'))).toThrow(/cannot be made/)
  })
})

describe('PLY', () => {
  it('holds a header and 15 bytes a point', () => {
    const cloud = {
      count: 2,
      positions: Float32Array.of(1, 2, -3, 4, 5, 6),
      colors: Uint8Array.of(1, 2, 3, 253, 254, 255),
    }
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
})
