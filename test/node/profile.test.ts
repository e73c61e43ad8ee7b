import { describe, expect, it } from 'vitest'
import { cacheFolder, fileCache } from '../../src/node/cache.ts'
import { formatComparison, formatProfile, formatTime } from '../../src/node/cli/profileText.ts'
import { compareProfiles } from '../../src/profile/index.ts'
import { sampleProfile } from '../profile/sample.ts'
import { scratch } from './files.ts'

const files = scratch()
const profile = sampleProfile()

describe('the table', () => {
  const text = (width: number, by: 'kernel' | 'operator' = 'kernel', top = 3) =>
    formatProfile(profile, { by, sort: 'time', top, width })
  const rows = (lines: string[]) => lines.slice(3, lines.indexOf('', 3))

  it('has every column where there is room', () => {
    const [head, first] = rows(text(400))
    expect(head.split(/ {2,}/).filter(Boolean)).toEqual([
      ...['#', 'µs', 'least', '±', 'share', 'MFLOP', 'MB', 'GFLOP/s', 'GB/s', 'FLOP/B', 'of roof'],
      ...['groups × threads', 'shader', 'operator', 'node'],
    ])
    expect(first.trim().split(/ {2,}/)).toEqual([
      ...['0', '400', '360', '20.0', '40 %', '10.0', '1.00', '25.0', '2.50', '10.0', '50 % A'],
      ...['4·2·1 × 8·8', 'matmul_tiled', 'MatMul+Add', '/m/layer.0/fc/MatMul'],
    ])
  })
  it.each([80, 100, 120, 160])('fits %d columns, and keeps time, rate and the end of the path', (width) => {
    const lines = rows(text(width))
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    expect(lines[0]).toMatch(/µs.*GFLOP\/s.*of roof.*node$/)
    expect(lines[1]).toMatch(/fc\/MatMul$/)
  })
  it('sums up what is not listed', () => expect(rows(text(120)).at(-1)).toBe('… 2 more, 200 µs, 20 %'))
  it('groups by operator', () => {
    const lines = rows(text(120, 'operator', 10))
    expect(lines.slice(1).map((l) => l.split(' ').at(-1))).toEqual([
      'MatMul+Add',
      'LayerNormalization',
      'MatMul',
      'Conv',
    ])
    expect(lines[1]).toMatch(/^ *2× +700 /)
  })
  it('holds the sum against a run without the profiler, by the GPU’s clock', () => {
    expect(text(120).join('\n')).toMatch(/summed: 1\.00 ms .*, 98 % of a run without/)
    expect(text(120).join('\n')).toContain('values 2.9 KiB in 2 buffers (lower bound 2.4 KiB)')
  })
  it('writes times with their unit', () => {
    expect([0, Math.PI, 512, 15_300, 2_500_000, -42].map(formatTime)).toEqual([
      ...['0 µs', '3.14 µs', '512 µs', '15.3 ms', '2.50 s', '-42.0 µs'],
    ])
  })
})

describe('the comparison', () => {
  it('lists changes with both times', () => {
    const after = sampleProfile()
    after.rows[0].median = 100
    const lines = formatComparison(compareProfiles(profile, after), 1, 100)
    expect(lines[1]).toMatch(/^ +400 +100 +-300 +× 0\.25 {2}matmul_tiled {2}\/m\/layer\.0\/fc\/MatMul$/)
    expect(lines[2]).toBe('… 3 more with smaller changes')
  })
})

describe('the cache', () => {
  it('keeps texts in files, by key', async () => {
    const folder = files.at('cache')
    await fileCache(folder).set('roof 1: adapter A', 'text\nof two lines')
    expect(await fileCache(folder).get('roof 1: adapter A')).toBe('text\nof two lines')
    expect(await fileCache(folder).get('roof 1: adapter B')).toBeUndefined()
  })
  it('is silent where nothing can be written', async () => {
    const cache = fileCache(files.put('file', 'no folder'))
    await expect(cache.set('key', 'text')).resolves.toBeUndefined()
    expect(await cache.get('key')).toBeUndefined()
  })
  it('lies where the platform wants it', () => {
    expect(cacheFolder({ ISOBATH_CACHE: '/c' }, 'linux')).toBe('/c')
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/isobath')
    expect(cacheFolder({}, 'darwin')).toMatch(/Library.Caches.isobath$/)
    expect(cacheFolder({ LOCALAPPDATA: 'L' }, 'win32')).toMatch(/^L.isobath.Cache$/)
  })
})
