// How many invocations share a row in kernels that need sums along it, and the WGSL that combines them.
import type { Context } from '../../runtime/op.ts'
import { pick, type Variant } from './variants.ts'

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

/** Variants for rows of `cols` elements, the rule's first. */
export function rowCandidates(ctx: Context, cols: number): Variant[] {
  const { subgroups, software } = ctx.caps
  const plain = { family: 'plain' }
  const subgroup = subgroups ? [{ family: 'subgroup' }] : []
  if (software) return [...subgroup, plain]
  const [few, many] = [64, 256].map((lanes) => ({ family: 'tiled', tile: [lanes] }))
  const tiled = cols > 1024 ? [many, few] : [few, many]
  return subgroups && subgroups.min >= NARROW && cols <= LONG ? [...subgroup, ...tiled] : [...tiled, ...subgroup]
}

/**
 * The variants of a row kernel: `plain`, one invocation a row; `subgroup`, the smallest subgroup a row, which needs no
 * barrier; `tiled`, a workgroup a row.
 */
export function lanesFor(ctx: Context, rows: number, cols: number): Lanes {
  const candidates = rowCandidates(ctx, cols)
  const { family, tile } = pick(ctx, `rows ${rows}x${cols}`, candidates, (v) =>
    v.family === 'plain' || (v.family === 'tiled' && (v.tile?.length ?? 1) === 1)
      ? v
      : candidates.find((c) => c.family === v.family),
  )
  if (family === 'plain') return { lanes: 1, workgroup: 32, hole: () => ({}) }
  const lanes = family === 'subgroup' ? ctx.caps.subgroups!.min : (tile?.[0] ?? (cols > 1024 ? 256 : 64))
  return {
    lanes,
    workgroup: lanes,
    hole: (name, combine) => ({
      [name]: `#import ${family}_lanes\nfn ${name}(v: f32, lane: u32) -> f32 { return lanes_${combine}(v, lane); }`,
    }),
  }
}
