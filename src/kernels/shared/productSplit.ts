// Products whose sum over k is made in parts by workgroups of their own (split-K): for few results with long sums, which
// alone do not fill a GPU.
import { pad4 } from '../../runtime/layout.ts'
import type { Context, KernelCall, Writer } from '../../runtime/op.ts'
import { call, cover } from './call.ts'
import type { Product } from './product.ts'

/** The store of a temporary value in float32, of rows that are whole vectors; the node's tail comes later. */
export const plainWriter: Writer = {
  types: { out: 'vec4<f32>', value: 'vec4<f32>' },
  functions: { write: 'fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = v; }' },
  extra: [],
  flops: 0,
}

/**
 * The calls of a product in `parts` parts: `main` makes the call of what it is given, which is the product itself where
 * there is one part, else one that writes row r of part p to row p · batch · m + r of a temporary value.
 */
export function splitProduct(
  ctx: Context,
  p: Product,
  parts: number,
  main: (p: Product, parts: number) => KernelCall,
): KernelCall[] {
  if (parts === 1) return [main(p, 1)]
  const { m, n, batch = 1, writer, emit } = p
  const cols = pad4(n)
  const sums = ctx.scratch('float32', [parts, batch * m, cols])
  return [
    main({ ...p, y: sums, cols, writer: plainWriter, emit: undefined, partial: true }, parts),
    call(ctx, 'split_sum', {
      consts: { ROWS: batch * m, N: n, PARTS: parts, COLS: p.cols },
      types: writer.types,
      functions: { ...writer.functions, ...(emit ? { emit } : {}) },
      extra: writer.extra,
      bind: { x: sums, y: p.y },
      groups: [cover(batch * m * (cols / 4), 64)],
      flops: writer.flops, // its additions are counted among those over k
    }),
  ]
}
