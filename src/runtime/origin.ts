// Names for equal things. Where a constant comes from, as a short name: equal names mean equal data. Programs of one
// model compiled for other shapes share weights on the GPU by these, and passes find equal nodes.
import { sizeOf, type Tensor } from './tensor.ts'

/** Elements up to which a constant without a name is named by its values. */
const BY_VALUE = 64

/** Two runs of FNV-1a with different seeds: 64 bits in hexadecimal. */
function hash(text: string): string {
  let [a, b] = [0x811c9dc5, 0x01234567]
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    a = Math.imul(a ^ c, 0x01000193)
    b = Math.imul(b ^ c, 0x01000193) ^ (b >>> 13)
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}

/** Attributes, steps and the like as text: equal text means equal values, those that JSON does not know included. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    typeof v === 'bigint' ? `${v}n` : typeof v === 'number' && !Number.isFinite(v) ? `#${v}` : v,
  )

/** The name of a constant's data, or undefined where it has none. */
export function originOf(t: Tensor): string | undefined {
  if (t.origin) return `${t.origin}[${t.shape}]`
  return sizeOf(t.shape) <= BY_VALUE ? `${t.dtype}[${t.shape}]=${t.data.join()}` : undefined
}

/** The name of output `index` of a function of constants; undefined where one of them has none. */
export function derivedOrigin(f: unknown, inputs: readonly (Tensor | null)[], index = 0): string | undefined {
  const names = inputs.map((t) => (t ? originOf(t) : ''))
  if (names.includes(undefined)) return undefined
  return hash(`${textOf(f)}(${names.join(';')}):${index}`)
}
