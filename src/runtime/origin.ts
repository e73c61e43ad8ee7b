// Where a constant comes from, as a short name: equal names mean equal data. Programs of one model compiled for other
// shapes share weights on the GPU by these.
import { numbers, sizeOf, type Tensor } from './tensor.ts'

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

/** The name of a constant's data, or undefined where it has none. */
export function originOf(t: Tensor): string | undefined {
  if (t.origin) return `${t.origin}[${t.shape}]`
  return sizeOf(t.shape) <= BY_VALUE ? `${t.dtype}[${t.shape}]=${[...numbers(t)]}` : undefined
}

/** The name of output `index` of a function of constants; undefined where one of them has none. */
export function derivedOrigin(f: unknown, inputs: readonly (Tensor | null)[], index = 0): string | undefined {
  const names = inputs.map((t) => (t ? originOf(t) : ''))
  if (names.includes(undefined)) return undefined
  try {
    return hash(`${JSON.stringify(f)}(${names.join(';')}):${index}`)
  } catch {
    // Attributes that hold 64-bit integers have no JSON.
    return undefined
  }
}
