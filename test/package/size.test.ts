// What a browser loads stays small, and shaders lose nothing but comments, spaces and long names on the way into the package.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compose } from '../../src/runtime/gpu/shader.ts'
import { libraries, shaders } from '../../src/shaders.gen.ts'
import { readHost, shrink, shrinkModule } from '../../tools/shrink.mjs'
import { buildApp, sizeOfAll, sizeOfApp, sizeOfGroups } from '../../tools/size.mjs'

/** Bytes, minified and gzipped, of what an app of depth loads first: engine, common operators, all shaders, depth. */
const FIRST = 90_000
/** The same in the several files that a bundler makes of it. */
const IN_FILES = 94_000
/** Those of `isobath` and `isobath/web` whole: 152 operators with their twins, all shaders, depth, video. */
const WHOLE = 150_000

describe('the size of the package in a browser', () => {
  it('is within its budget', async () => {
    const { first, inFiles } = await sizeOfApp()
    expect(first.gzipped).toBeLessThan(FIRST)
    expect(inFiles.gzipped).toBeLessThan(IN_FILES)
    expect((await sizeOfAll()).gzipped).toBeLessThan(WHOLE)
  })
  it('has all shaders in what is loaded first', async () => {
    const files = await buildApp(true)
    for (const shader of Object.keys(shaders)) expect(files[0].code).toMatch(new RegExp(`\\b${shader}["'\`]?:`))
  })
  it('is told by groups that make up the whole', async () => {
    const { minified } = await sizeOfAll()
    const sum = (await sizeOfGroups()).reduce((bytes, group) => bytes + group.minified, 0)
    expect(sum / minified).toBeGreaterThan(0.97)
    expect(sum / minified).toBeLessThan(1.03)
  })
})

describe('a shrunk shader', () => {
  const all = { ...shaders, ...libraries }
  const small = shrink(all, readHost())
  const lines = (text: string) => text.split('\n').map((line) => line.replace(/ *\/\/.*/, '').trimEnd())
  const tokens = (line: string) =>
    line.replace(/\bvec([234])<([fiu])32>/g, 'vec$1$2').match(/[A-Za-z_]\w*|\d[\w.]*(?:(?<=e)-\d+)?|\S/g) ?? []

  it('has the same tokens on the same lines, each name by one other', () => {
    expect(Object.keys(small).sort()).toEqual(Object.keys(all).sort())
    for (const [name, text] of Object.entries(all)) {
      const [before, after] = [lines(text), lines(small[name])].map((list) => list.map(tokens))
      expect(after.map((line) => line.length)).toEqual(before.map((line) => line.length))
      const shortOf = new Map<string, string>()
      const longOf = new Map<string, string>()
      for (const [l, line] of before.entries())
        for (const [i, token] of line.entries()) {
          const short = after[l][i]
          const place = `${name}:${l + 1} ${token} ${short}`
          // Files keep their names; what stands before a colon may be a member or a parameter.
          if (line[0] === '#' || (/^\w/.test(token) && line[i + 1] === ':')) continue
          const kind = /[.@]/.exec(line[i - 1])?.[0] ?? ''
          expect(shortOf.get(kind + token) ?? short, place).toBe(short)
          // Members of two structures may share a short name.
          if (kind !== '.') expect(longOf.get(kind + short) ?? token, place).toBe(token)
          if (!/^[A-Za-z_]/.test(token)) expect(short, place).toBe(token)
          shortOf.set(kind + token, short)
          longOf.set(kind + short, token)
        }
    }
  })
  it('keeps what the host reads by its form or may replace', () => {
    for (const [name, text] of Object.entries(all)) {
      const read = (t: string) =>
        lines(t).flatMap((line) => /^@group.* \w+(?=:)|^(override |alias |#import ).*/.exec(line)?.[0] ?? [])
      const holes = (t: string) => lines(t).flatMap((line) => /^fn \w+(?=\([^)]*\)[^{]*\{.*\}$)/.exec(line) ?? [])
      expect(read(small[name])).toEqual(read(text))
      expect(holes(small[name]).slice(0, holes(text).length), name).toEqual(holes(text))
      expect(small[name]).not.toMatch(/\/\/|^ /m)
    }
  })
  it('compiles', () => {
    const pick = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, small[name]]))
    const library = { shaders: pick(shaders), libraries: pick(libraries) }
    // Those on subgroup matrices need sizes that fit: test/kernels/matrix.test.ts.
    const list = Object.keys(shaders)
      .filter((shader) => !shader.endsWith('_matrix'))
      .map((shader) => {
        const declared = [...shaders[shader].matchAll(/^override (\w+): \w+;/gm)]
        return {
          name: shader,
          code: compose(library, { shader, consts: Object.fromEntries(declared.map((m) => [m[1], 8])) }).code,
        }
      })
    const tool = fileURLToPath(new URL('../harness/validate.mjs', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, [tool], { input: JSON.stringify(list), encoding: 'utf8' })
    expect(stdout, stderr).not.toBe('')
    expect(JSON.parse(stdout.split('\n').at(-1)!)).toEqual({ count: list.length, errors: [] })
  })
  it('keeps names that the sources write, or put together', () => {
    const names = ['lanes_sum', 'lanes_max', 'bias_step', 'mask_step', 'linear_index', 'power4', 'run_time']
    const text = Object.values(small).join('\n')
    const kept = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text.replace(/#import .*/g, '')))
    expect(kept).toEqual(['lanes_sum', 'lanes_max', 'bias_step', 'mask_step', 'power4'])
    const shader = { f: `fn row_step() {\n  read_x(row_total);\n}\nfn read_x() {\n}\nfn row_total() {\n}\n` }
    const host = ['`${', 'name}_step`', '`read_${', 'name}`'].join('')
    expect(shrink(shader, host).f).toContain('fn row_step(){\nread_x(a_);\n}\nfn read_x(){\n}\nfn a_(){')
  })
  it('keeps words and signs apart', () => {
    const text =
      'fn f(x: f32) -> f32 {\n  let sum = x - -x;  // why\n  if (sum < -1.0) { return x; }\n  return - sum;\n}'
    expect(shrink({ f: text }, '').f.split('\n')).toEqual([
      'fn f(x:f32)->f32{',
      'let a=x - -x;',
      'if(a < -1.0){return x;}',
      'return-a;',
      '}',
    ])
  })
  it('stands in the built module, names of the sources as they are', () => {
    const module = (one: string, two: string) => `export const shaders = {\n${one}\n${two}\n};\n`
    const built = module(
      `    'a/b': ${JSON.stringify('fn total() {\n  main(kept);\n}\nfn kept() {\n}')},`,
      `    word: ${JSON.stringify('// c\n  x  { }')},`,
    )
    expect(shrinkModule(built, 'kept // total')).toBe(
      module(`  'a/b': "fn a_(){\\nmain(kept);\\n}\\nfn kept(){\\n}",`, `  'word': "\\nx{}",`),
    )
  })
})
