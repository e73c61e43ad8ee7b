// Names of kernel variants: a family and, where it has them, its parameters. What a forced or a tuned variant is called
// in tests, in the tuner's table and in its reports.
import { ensure } from '../../runtime/error.ts'
import type { Context } from '../../runtime/op.ts'

/**
 * As text `family:TILE/WORKERS*SPLIT>INNER`, all but the family optional: `tiled:64x64x16/256`, `matrix:128x64x32/4*2`,
 * `winograd2>tiled:64x64x16/256`.
 */
export interface Variant {
  /** `naive`, `register`, `subgroup`, `tiled`, `matrix`, `plain`, `winograd2`, … */
  family: string
  /** What a workgroup makes: rows × columns × depth of a product, queries × keys of attention, lanes of a row. */
  tile?: readonly number[]
  /** Invocations of a workgroup (`tiled`), or its subgroups (`matrix`). */
  workers?: number
  /** Parts in which the sum over k is made, each by workgroups of its own. */
  split?: number
  /** The product inside. */
  inner?: Variant
}

const NAME = /^([a-z]\w*)(?::(\d+(?:x\d+)*))?(?:\/(\d+))?(?:\*(\d+))?(?:>(.+))?$/

/** Reads a variant's name; an `input` error where it is none. */
export function parseVariant(text: string): Variant {
  const m = NAME.exec(text)
  ensure(m, 'input', `"${text}" is no variant: write family:TILE/WORKERS*SPLIT, as in tiled:64x64x16/256`)
  const [, family, tile, workers, split, inner] = m
  return {
    family,
    ...(tile && { tile: tile.split('x').map(Number) }),
    ...(workers && { workers: Number(workers) }),
    ...(split && { split: Number(split) }),
    ...(inner && { inner: parseVariant(inner) }),
  }
}

export function formatVariant({ family, tile, workers, split, inner }: Variant): string {
  return [
    family,
    tile && `:${tile.join('x')}`,
    workers && `/${workers}`,
    split && split > 1 && `*${split}`,
    inner && `>${formatVariant(inner)}`,
  ]
    .filter(Boolean)
    .join('')
}

/**
 * The variant of a kernel: what `ctx.variant` forces, where `complete` can make a whole variant of it, else what the
 * tuner knows for `key`, else the first candidate. `key` names the problem: kind, shapes and types.
 */
export function pick(
  ctx: Context,
  key: string,
  candidates: readonly Variant[],
  complete: (forced: Variant) => Variant | undefined,
): Variant {
  const forced = ctx.variant === undefined ? undefined : complete(parseVariant(ctx.variant))
  if (forced) return forced
  return parseVariant(ctx.choose(key, candidates.map(formatVariant)))
}
