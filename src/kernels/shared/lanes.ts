// How many invocations share a row in kernels that need sums along it, and the WGSL that combines them.
import type { Context } from '../../runtime/op.ts'

export interface Lanes {
  /** Invocations a row; a divisor of the workgroup's size. */
  lanes: number
  workgroup: number
  /** Fills a hole `fn NAME(v: f32, lane: u32) -> f32`. */
  hole(name: string, combine: 'sum' | 'max'): Record<string, string>
}

/** Rows up to which a subgroup is enough on a GPU. */
const LONG = 2048
/** Some GPUs announce subgroups far smaller than those they run; a workgroup of that size would waste most lanes. */
const NARROW = 16

type Variant = 'plain' | 'subgroup' | 'tiled'

function variantOf(ctx: Context, cols: number): Variant {
  const { subgroups, software } = ctx.caps
  if (ctx.variant === 'plain' || ctx.variant === 'tiled') return ctx.variant
  if (ctx.variant === 'subgroup' && subgroups) return 'subgroup'
  if (subgroups && (software || (subgroups.min >= NARROW && cols <= LONG))) return 'subgroup'
  return software ? 'plain' : 'tiled'
}

/**
 * The variants of a row kernel: `plain`, one invocation a row; `subgroup`, the smallest subgroup a row, which needs no
 * barrier; `tiled`, a workgroup a row.
 */
export function lanesFor(ctx: Context, cols: number): Lanes {
  const variant = variantOf(ctx, cols)
  if (variant === 'plain') return { lanes: 1, workgroup: 32, hole: () => ({}) }
  const lanes = variant === 'subgroup' ? ctx.caps.subgroups!.min : cols > 1024 ? 256 : 64
  return {
    lanes,
    workgroup: lanes,
    hole: (name, combine) => ({
      [name]: `#import ${variant}_lanes\nfn ${name}(v: f32, lane: u32) -> f32 { return lanes_${combine}(v, lane); }`,
    }),
  }
}
