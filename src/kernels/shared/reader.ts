// The WGSL that reads four consecutive elements of a row, whatever the row's length.
import type { Context, Value } from '../../runtime/op.ts'
import { isFloat } from '../../runtime/tensor.ts'

export interface Reader {
  /** What an element of the binding is: a vector where rows are whole vectors, else a scalar. */
  elem: string
  /** `fn read_NAME(row: u32, col: u32) -> vec4<T>`; T is f32 for floats. Lanes beyond the row are 0. */
  read: string
  /** The same in f16, for float16 tensors. */
  half: string
  /** For kernels that read a row again and again: what they keep of it, and how they read then. */
  located?: Located
}

/** A reader in two steps. */
export interface Located {
  /** WGSL type of what is kept of a row. */
  at: string
  /** `fn locate_NAME(row: u32) -> row_at`. */
  locate: string
  /** `fn read_NAME(at: row_at, col: u32) -> vec4<T>`. */
  read: string
  half: string
}

/** A reader of `v`, bound as `name`, seen as rows of `cols` elements; `col` must be a multiple of 4. */
export function reader(ctx: Context, v: Value, name: string, cols: number): Reader {
  const elem = cols % 4 === 0 ? ctx.storage(v, 4) : ctx.storage(v)
  const as = (scalar: string) => {
    const head = `fn read_${name}(row: u32, col: u32) -> vec4<${scalar}> {`
    if (cols % 4 === 0) return `${head} return vec4<${scalar}>(${name}[(row * ${cols}u + col) / 4u]); }`
    const lane = (l: number) =>
      l === 0 ? `${scalar}(${name}[i])` : `select(${scalar}(0), ${scalar}(${name}[i + ${l}u]), col + ${l}u < ${cols}u)`
    return `${head} let i = row * ${cols}u + col; return vec4<${scalar}>(${[0, 1, 2, 3].map(lane).join(', ')}); }`
  }
  return { elem, read: as(isFloat(v.fact.dtype) ? 'f32' : ctx.storage(v)), half: as('f16') }
}
