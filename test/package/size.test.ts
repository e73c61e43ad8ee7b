// What a browser loads stays small, and shaders lose nothing but comments and spaces on the way into the package.
import { describe, expect, it } from 'vitest'
import { libraries, shaders } from '../../src/shaders.gen.ts'
import { shrink, shrinkModule } from '../../tools/shrink.mjs'
import { sizeOfAll, sizeOfApp, sizeOfGroups } from '../../tools/size.mjs'

/** Bytes, minified and gzipped, of what an app loads before its first depth map: engine, operators, shaders, depth. */
const FIRST = 90_000
/** Those of `isobath` and `isobath/web` whole: 152 operators with their twins, all shaders, depth, video. */
const WHOLE = 160_000

describe('the size of the package in a browser', () => {
  it('is within its budget', async () => {
    const { first, later } = await sizeOfApp()
    expect(first.gzipped).toBeLessThan(FIRST)
    expect(first.gzipped + later.gzipped).toBeLessThan(WHOLE)
    expect((await sizeOfAll()).gzipped).toBeLessThan(WHOLE)
  })
  it('is told by groups that make up the whole', async () => {
    const { minified } = await sizeOfAll()
    const sum = (await sizeOfGroups()).reduce((bytes, group) => bytes + group.minified, 0)
    expect(sum / minified).toBeGreaterThan(0.97)
    expect(sum / minified).toBeLessThan(1.03)
  })
})

describe('a shrunk shader', () => {
  const all = Object.entries({ ...shaders, ...libraries })

  it('has the same tokens on the same lines', () => {
    const tokens = (line: string) => line.replace(/\/\/.*/, '').replace(/\s/g, '')
    for (const [name, text] of all) {
      const small = shrink(text)
      expect(small.split('\n').map(tokens), name).toEqual(text.split('\n').map(tokens))
      expect(small).not.toMatch(/\/\/|^ /m)
    }
  })
  it('keeps words apart, and what the host reads by its form', () => {
    const lines = [
      '  let a = b - -c;  // why',
      '@group(0) @binding(0) var<storage, read> x: array<f32>;',
      'if (x) { return; }',
    ]
    expect(shrink(lines.join('\n')).split('\n')).toEqual(['let a = b - -c;', lines[1], 'if(x){return;}'])
  })
  it('stands in the built module', () => {
    expect(shrinkModule(`  'a/b': "// c\\n  x  { }",\n  word: "  y",`)).toBe(`  'a/b': "\\nx{}",\n  word: "y",`)
  })
})
