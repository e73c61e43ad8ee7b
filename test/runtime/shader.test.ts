import { describe, expect, it } from 'vitest'
import { accessParts, splitBindings } from '../../src/runtime/gpu/parts.ts'
import { compose, locate, type ShaderLibrary } from '../../src/runtime/gpu/shader.ts'
import { libraries, shaders } from '../../src/shaders.gen.ts'
import { openDevice } from '../harness/gpu.ts'

const library: ShaderLibrary = {
  shaders: {
    s: `// A shader.
#import grid
override N: u32;
override SLOPE: f32 = 0.5;
override ON: bool = false;
alias elem = vec4<f32>;
@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<elem>;
fn write(i: u32, v: elem) { y[i] = v; }
@compute @workgroup_size(1) fn main() { write(N, x[N] * SLOPE); }
`,
  },
  libraries: { grid: 'fn grid() {}\nfn other() {}' },
}

describe('compose', () => {
  it('fills numbers, types and functions and keeps the lines', () => {
    const { code, bindings } = compose(library, {
      shader: 's',
      consts: { N: 3, SLOPE: 2 },
      types: { elem: 'f32' },
      functions: { write: 'fn write(i: u32, v: elem) { y[i] = v + bias[i]; }' },
      extra: [{ name: 'bias', type: 'f32' }],
    })
    const lines = code.split('\n')
    expect(lines[2]).toBe('const N: u32 = 3u;')
    expect(lines[3]).toBe('const SLOPE: f32 = 2.0;')
    expect(lines[4]).toBe('const ON: bool = false;')
    expect(lines[5]).toBe('alias elem = f32;')
    expect(code).toContain('@group(0) @binding(2) var<storage, read> bias: array<f32>;')
    expect(bindings.map((b) => [b.name, b.index, b.kind])).toEqual([
      ['x', 0, 'read'],
      ['y', 1, 'write'],
      ['bias', 2, 'read'],
    ])
  })
  it('asks for features that the code uses, not for those that a comment names', () => {
    const named = { shaders: { s: '// With a subgroup, or in f16.\n#import lanes\n' }, libraries: { lanes: '' } }
    expect(compose(named, { shader: 's' }).code).not.toContain('enable')
    const used = { shaders: { s: '#import subgroup_lanes\nalias elem = f16;\n' }, libraries: { subgroup_lanes: '' } }
    expect(compose(used, { shader: 's' }).code).toMatch(/^enable f16; enable subgroups;/)
  })
  it('points at file and line', () => {
    const composed = compose(library, { shader: 's', consts: { N: 3 } })
    expect(locate(composed, 9)).toBe('shaders/s.wgsl:9')
    const imported = composed.code.split('\n').indexOf('fn other() {}') + 1
    expect(locate(composed, imported)).toBe('shaders/lib/grid.wgsl:2')
  })
  it.each([
    [{ shader: 't' }, 'there is no shader "t"'],
    [{ shader: 's' }, 'shader "s" needs the constant N'],
    [{ shader: 's', consts: { N: 1, M: 2 } }, 'shader "s" has no hole "M"'],
  ])('refuses %j', (holes, message) => {
    expect(() => compose(library, holes)).toThrow(message)
  })
})

describe('parts', () => {
  const access = (code: string) => accessParts(code, 'y')
  it.each([
    ['let a = y[i];', 'let a = y_from_parts(u32(i));'],
    ['y[i + 1u] = v;', 'y_into_parts(u32(i + 1u), v);'],
    ['y[i] += y[y[j]];', 'y_into_parts(u32(i), y_from_parts(u32(i)) + (y_from_parts(u32(y_from_parts(u32(j))))));'],
    ['if (y[i] == 0u) { }', 'if (y_from_parts(u32(i)) == 0u) { }'],
    ['let a = v.y[i] + my[i]; // y[i]', 'let a = v.y[i] + my[i]; '],
    ['arrayLength(&y)', 'arrayLength(&y_part0)'],
  ])('%s', (code, expected) => expect(access(code)).toBe(expected))

  it('declares each range, keeps the lines, and says what each binding takes', () => {
    const parts = { y: { count: 2, bytes: 256 } }
    const whole = compose(library, { shader: 's', consts: { N: 3 } })
    const { code, bindings } = compose(library, { shader: 's', consts: { N: 3 }, parts }, splitBindings)
    expect(code).toContain('var<storage, read_write> y_part1: array<elem>;')
    expect(code).toContain('case 0u: { y_part0[i - 0u] = v; } default: { y_part1[i - 16u] = v; }')
    expect(code.split('\n').indexOf('alias elem = vec4<f32>;')).toBe(
      whole.code.split('\n').indexOf('alias elem = vec4<f32>;'),
    )
    expect(bindings.map((b) => [b.name, b.index, b.range?.offset])).toEqual([
      ['x', 0, undefined],
      ['y', 1, 0],
      ['y', 2, 256],
    ])
  })
  it('refuses kernels that take addresses', () => {
    const atomic = {
      shaders: { s: '@group(0) @binding(0) var<storage, read_write> y: array<atomic<u32>>;\natomicMax(&y[0], 1u);' },
      libraries: {},
    }
    expect(() => compose(atomic, { shader: 's', parts: { y: { count: 2, bytes: 256 } } }, splitBindings)).toThrow(
      'takes addresses in "y"',
    )
  })
})

describe('shaders', () => {
  it('every file compiles with its own defaults', async () => {
    const { device } = await openDevice()
    const problems: string[] = []
    // Those on subgroup matrices compile everywhere on the null backend: test/kernels/matrix.test.ts.
    const matrices = device.features.has('chromium-experimental-subgroup-matrix' as GPUFeatureName)
    for (const shader of Object.keys(shaders)) {
      if (!matrices && shaders[shader].includes('subgroup_matrix')) continue
      const consts = Object.fromEntries([...shaders[shader].matchAll(/^override (\w+): \w+;/gm)].map((m) => [m[1], 8]))
      const { code } = compose({ shaders, libraries }, { shader, consts })
      device.pushErrorScope('validation')
      const info = await device.createShaderModule({ code }).getCompilationInfo()
      await device.popErrorScope()
      for (const m of info.messages) if (m.type === 'error') problems.push(`${shader}:${m.lineNum} ${m.message}`)
    }
    expect(problems).toEqual([])
  })
})
