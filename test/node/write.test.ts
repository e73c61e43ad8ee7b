import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
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
