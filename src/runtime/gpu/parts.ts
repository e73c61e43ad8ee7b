// Bindings in parts: a buffer that is larger than the adapter binds at once is bound in consecutive ranges, and the
// shader's accesses by index are rewritten to pick the range. Kernels do not know of it.
import { ensure } from '../error.ts'
import type { Parts } from '../op.ts'
import type { BindingInfo } from './shader.ts'

const SIZES: Record<string, number> = { f32: 4, i32: 4, u32: 4, f16: 2 }

/** Bytes of a scalar or a vector of two or four. */
function bytesOfType(type: string): number | undefined {
  const vector = /^vec([24])<(\w+)>$/.exec(type)
  return vector ? Number(vector[1]) * SIZES[vector[2]] : SIZES[type]
}

export const partName = (name: string, part: number): string => `${name}_part${part}`

/** Position of the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0
  for (let i = open; i < code.length; i++) {
    if (code[i] === '[') depth++
    else if (code[i] === ']' && --depth === 0) return i
  }
  return code.length
}

/**
 * WGSL whose accesses `name[index]` go through functions that pick the range. Lines keep their numbers; comments go.
 */
export function accessParts(source: string, name: string): string {
  const first = partName(name, 0)
  const code = source.replace(/\/\/.*/g, '').replaceAll(`arrayLength(&${name})`, `arrayLength(&${first})`)
  const access = new RegExp(`(?<![\\w.])${name}\\[`, 'g')
  let result = ''
  let at = 0
  for (let m = access.exec(code); m; m = access.exec(code)) {
    const open = m.index + name.length
    const close = closing(code, open)
    const index = `u32(${accessParts(code.slice(open + 1, close), name)})`
    const store = /^\s*([-+*/]?)=(?!=)/.exec(code.slice(close + 1))
    result += code.slice(at, m.index)
    at = close + 1
    if (store) {
      const from = at + store[0].length
      at = code.indexOf(';', from)
      const value = accessParts(code.slice(from, at), name).trim()
      result += `${name}_into_parts(${index}, ${store[1] ? `${name}_from_parts(${index}) ${store[1]} (${value})` : value})`
    } else result += `${name}_from_parts(${index})`
    access.lastIndex = at
  }
  return result + code.slice(at)
}

/** `NAME_from_parts(i)` and, for a writable binding, `NAME_into_parts(i, v)`. */
function partFunctions(name: string, element: string, writable: boolean, { count, bytes }: Parts): string {
  const size = bytesOfType(element)
  ensure(size, 'limit', `elements of type ${element} in "${name}" cannot be bound in ranges`)
  const each = bytes / size
  const part = (p: number) => `${partName(name, p)}[i - ${p * each}u]`
  // Loads without branches: compilers take seconds over a kernel whose every load branches.
  let value = part(0)
  for (let p = 1; p < count; p++) value = `select(${value}, ${part(p)}, i >= ${p * each}u)`
  const stores = Array.from({ length: count }, (_, p) => {
    const label = p === count - 1 ? 'default' : `case ${p}u`
    return `${label}: { ${part(p)} = v; }`
  })
  const read = `fn ${name}_from_parts(i: u32) -> ${element} { return ${value}; }`
  const write = `fn ${name}_into_parts(i: u32, v: ${element}) { switch (i / ${each}u) { ${stores.join(' ')} } }`
  return writable ? `${read}\n${write}` : read
}

/** The code and its bindings with those that `parts` names bound in ranges. `aliases`: what the code's types stand for. */
export function splitBindings(
  source: string,
  declared: readonly BindingInfo[],
  parts: Readonly<Record<string, Parts>>,
  aliases: ReadonlyMap<string, string>,
): { code: string; bindings: BindingInfo[] } {
  let code = source
  let next = declared.reduce((n, b) => Math.max(n, b.index + 1), 0)
  const bindings = declared.flatMap((b): BindingInfo[] => {
    const split = parts[b.name]
    if (!split) return [b]
    const own = /^array<(.+)>$/.exec(b.type)?.[1] ?? b.type
    const access = b.kind === 'write' ? 'storage, read_write' : 'storage, read'
    const ranges = Array.from({ length: split.count }, (_, p): BindingInfo => {
      const range = { offset: p * split.bytes, bytes: split.bytes }
      return { ...b, index: p === 0 ? b.index : next++, range }
    })
    const lines = ranges.map(
      ({ index }, p) => `@group(0) @binding(${index}) var<${access}> ${partName(b.name, p)}: ${b.type};`,
    )
    const declaration = new RegExp(`@group\\(0\\) @binding\\(${b.index}\\) var<[^>]*> ${b.name}: .+;`)
    code = accessParts(code, b.name)
    ensure(
      !new RegExp(`(?<!&)&\\s*${b.name}(_from_parts)?\\b`).test(code),
      'limit',
      () => `the kernel takes addresses in "${b.name}", which is larger than the adapter binds at once`,
    )
    code = code.replace(declaration, lines.join(' '))
    code += `\n${partFunctions(b.name, aliases.get(own) ?? own, b.kind === 'write', split)}`
    return ranges
  })
  return { code, bindings }
}
