// Composes a shader's final WGSL: fills the holes it declares, appends what it imports, and keeps line numbers, so that
// a compiler message points at file:line.
import { ensure, IsobathError } from '../error.ts'
import type { Parts } from '../op.ts'
import type { splitBindings } from './parts.ts'

/** Shader files by name, and what `#import` finds. */
export interface ShaderLibrary {
  shaders: Readonly<Record<string, string>>
  libraries: Readonly<Record<string, string>>
}

/** What a call supplies for the holes. */
export interface Holes {
  shader: string
  consts?: Readonly<Record<string, number | boolean>>
  types?: Readonly<Record<string, string>>
  functions?: Readonly<Record<string, string>>
  extra?: readonly { name: string; type: string }[]
  /** Bindings that are made in ranges. */
  parts?: Readonly<Record<string, Parts>>
}

export type BindingKind = 'read' | 'write' | 'uniform' | 'texture' | 'storage-texture' | 'external-texture'

export interface BindingInfo {
  name: string
  index: number
  kind: BindingKind
  /** WGSL type as written. */
  type: string
  /** The bytes of the value that are bound here, where it is bound in ranges. */
  range?: { offset: number; bytes: number }
}

export interface Composed {
  code: string
  bindings: BindingInfo[]
  /** Where each part of the code starts, for messages: first line (1-based) and the file it came from. */
  parts: { line: number; file: string }[]
}

const BINDING = /^@group\(0\) @binding\((\d+)\) var(?:<([^>]*)>)? (\w+): (.+);/
const CONST = /^override (\w+): (\w+)(?: = ([^;]+))?;/
const ALIAS = /^alias (\w+) = ([^;]+);/
const HOLE = /^fn (\w+)\([^)]*\)[^{]*\{.*\}\s*$/
const IMPORT = /^#import (\w+)/

function constant(name: string, type: string, value: number | boolean): string {
  if (type === 'bool') return `const ${name}: bool = ${!!value};`
  if (type === 'f32') return `const ${name}: f32 = ${/[.e]/.test(String(value)) ? value : `${value}.0`};`
  return `const ${name}: ${type} = ${Number(value)}${type === 'u32' ? 'u' : ''};`
}

function kindOf(space: string | undefined, type: string): BindingKind {
  if (space === 'uniform') return 'uniform'
  if (space) return space.includes('read_write') ? 'write' : 'read'
  if (type === 'texture_external') return 'external-texture'
  return type.startsWith('texture_storage') ? 'storage-texture' : 'texture'
}

/**
 * Fills the holes of a shader. A hole that the file does not declare is an error of the caller's. `split`: what makes
 * bindings in ranges, for holes that have some.
 */
export function compose(library: ShaderLibrary, holes: Holes, split?: typeof splitBindings): Composed {
  const source = library.shaders[holes.shader]
  ensure(source !== undefined, 'device', `there is no shader "${holes.shader}"`)
  const used = new Set<string>()
  const aliases = new Map<string, string>()
  const bindings: BindingInfo[] = []
  const imports: string[] = []
  const appended: string[] = []
  const lines = source.split('\n').map((line) => {
    let m: RegExpExecArray | null
    if ((m = IMPORT.exec(line))) {
      imports.push(m[1])
      return `// ${line}`
    }
    if ((m = BINDING.exec(line))) {
      bindings.push({ name: m[3], index: Number(m[1]), kind: kindOf(m[2], m[4]), type: m[4] })
      return line
    }
    if ((m = CONST.exec(line))) {
      const [, name, type, otherwise] = m
      used.add(name)
      const value = holes.consts?.[name]
      ensure(
        value !== undefined || otherwise !== undefined,
        'device',
        `shader "${holes.shader}" needs the constant ${name}`,
      )
      return value === undefined ? `const ${name}: ${type} = ${otherwise};` : constant(name, type, value)
    }
    if ((m = ALIAS.exec(line))) {
      used.add(m[1])
      aliases.set(m[1], holes.types?.[m[1]] ?? m[2])
      return `alias ${m[1]} = ${aliases.get(m[1])};`
    }
    if ((m = HOLE.exec(line))) {
      used.add(m[1])
      const name = m[1]
      const filled = holes.functions?.[name]
      if (filled === undefined) return line
      for (const text of filled.split('\n')) if ((m = IMPORT.exec(text))) imports.push(m[1])
      appended.push(filled.replace(/^#import/gm, '// #import'))
      return `// ${name}: below`
    }
    return line
  })
  for (const name of [
    ...Object.keys(holes.consts ?? {}),
    ...Object.keys(holes.types ?? {}),
    ...Object.keys(holes.functions ?? {}),
  ])
    ensure(used.has(name), 'device', `shader "${holes.shader}" has no hole "${name}"`)

  let next = bindings.reduce((n, b) => Math.max(n, b.index + 1), 0)
  const declared = (holes.extra ?? []).map(({ name, type }) => {
    const array = `array<${type}>`
    bindings.push({ name, index: next, kind: 'read', type: array })
    return `@group(0) @binding(${next++}) var<storage, read> ${name}: ${array};`
  })

  // Directives must stand first; they share the first line so that the others keep their numbers.
  const halfs = [...Object.values(holes.types ?? {}), ...(holes.extra ?? []).map((e) => e.type)].some((t) =>
    /\bf16\b/.test(t),
  )
  const text = [...lines.map((line) => line.replace(/\/\/.*/, '')), ...imports].join('\n')
  const matrices = /\bsubgroup_matrix/.test(text)
  const enables = [
    halfs || /\bf16\b/.test(text) ? 'enable f16;' : '',
    /\bsubgroup/.test(text) ? 'enable subgroups;' : '',
    matrices ? 'enable chromium_experimental_subgroup_matrix;' : '',
    // Which subgroups work is decided by their number, which is the same for all lanes.
    matrices ? 'diagnostic(off, chromium.subgroup_matrix_uniformity);' : '',
  ].filter(Boolean)
  lines[0] = `${enables.join(' ')} ${lines[0]}`.trimStart()

  const parts = [{ line: 1, file: `shaders/${holes.shader}.wgsl` }]
  let count = lines.length
  const push = (file: string, body: string) => {
    parts.push({ line: count + 1, file })
    lines.push(body)
    count += body.split('\n').length
  }
  const seen = new Set<string>()
  for (const name of imports) {
    if (seen.has(name)) continue
    seen.add(name)
    ensure(
      library.libraries[name] !== undefined,
      'device',
      `shader "${holes.shader}" imports "${name}", which does not exist`,
    )
    push(`shaders/lib/${name}.wgsl`, library.libraries[name])
  }
  for (const body of [...declared, ...appended]) push(`(filled in for ${holes.shader})`, body)
  const code = lines.join('\n')
  return { ...(holes.parts ? split!(code, bindings, holes.parts, aliases) : { code, bindings }), parts }
}

/** What of a value's place a binding takes. `most`: the adapter's maxStorageBufferBindingSize. */
export function boundRange(place: GPUBufferBinding, { range }: BindingInfo, most: number): GPUBufferBinding {
  const { buffer, offset = 0 } = place
  const size = (place.size ?? buffer.size - offset) - (range?.offset ?? 0)
  return { buffer, offset: offset + (range?.offset ?? 0), size: Math.min(size, range?.bytes ?? most) }
}

/** `file:line` of a line of the composed code. */
export function locate(composed: Composed, line: number): string {
  const part = composed.parts.filter((p) => p.line <= line).at(-1)!
  return `${part.file}:${line - part.line + 1}`
}

/** The compiler's messages as an error that points into the shader files; null where there is no error. */
export async function shaderError(module: GPUShaderModule, composed: Composed): Promise<IsobathError | null> {
  const info = await module.getCompilationInfo()
  const errors = info.messages.filter((m) => m.type === 'error')
  if (!errors.length) return null
  const text = errors.map((m) => `${locate(composed, m.lineNum)}:${m.linePos} ${m.message}`)
  return new IsobathError('device', `WGSL does not compile:\n${text.join('\n')}`)
}

/** The workgroup size of composed WGSL: numbers, its constants, and products of both. */
export function workgroupOf(code: string): [number, number, number] {
  const written = /@workgroup_size\(([^)]*)\)/.exec(code)?.[1].split(',') ?? []
  const factor = (text: string): number => {
    const name = text.trim()
    if (/^\d/.test(name)) return Number.parseInt(name, 10)
    return Number.parseInt(new RegExp(`^const ${name}: *\\w+ *= *(\\d+)`, 'm').exec(code)?.[1] ?? '1', 10)
  }
  const size = [0, 1, 2].map((i) => (written[i] ?? '1').split('*').reduce((n, part) => n * factor(part), 1))
  return size as [number, number, number]
}
