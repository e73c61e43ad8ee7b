// The WGSL that reads four consecutive elements of a row, whatever the row's length.
import type { Context, Value } from '../../runtime/op.ts'
import { isFloat } from '../../runtime/tensor.ts'

export interface Reader {
  /** What an element of the binding is: a vector where rows are whole vectors, else a scalar. */
  elem: string
  /** `fn read_NAME(row: u32, col: u32) -> vec4<T>`; T is f32 for floats. Lanes beyond the row are 0. */
  read: string
}

/** A reader of `v`, bound as `name`, seen as rows of `cols` elements; `col` must be a multiple of 4. */
export function reader(ctx: Context, v: Value, name: string, cols: number): Reader {
  const scalar = isFloat(v.fact.dtype) ? 'f32' : ctx.storage(v)
  const head = `fn read_${name}(row: u32, col: u32) -> vec4<${scalar}> {`
  if (cols % 4 === 0)
    return { elem: ctx.storage(v, 4), read: `${head} return vec4<${scalar}>(${name}[(row * ${cols}u + col) / 4u]); }` }
  const lane = (l: number) =>
    l === 0 ? `${scalar}(${name}[i])` : `select(${scalar}(0), ${scalar}(${name}[i + ${l}u]), col + ${l}u < ${cols}u)`
  return {
    elem: ctx.storage(v),
    read: `${head} let i = row * ${cols}u + col; return vec4<${scalar}>(${[0, 1, 2, 3].map(lane).join(', ')}); }`,
  }
}
