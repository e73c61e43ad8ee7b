// The WGSL that turns indices into positions, for the kernels that read (`gather`) and write (`scatter`) through them.
import { bytesOnGpu } from '../../runtime/layout.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf, stridesOf } from '../../runtime/tensor.ts'
import { call, cover } from './call.ts'

const WORKGROUP = 64

/** A run for each index along one axis, after the outer axes: Gather. `count`: number of indices. */
export const axisSource = (count: number, dim: number): string =>
  `fn source(k: u32) -> u32 { return k / ${count}u * ${dim}u + at(k % ${count}u, ${dim}); }`

/** The element with the coordinates of index k, but for `axis`: GatherElements, ScatterElements. */
export function elementSource(shape: readonly number[], of: readonly number[], axis: number): string {
  const own = stridesOf(shape)
  const strides = stridesOf(of)
  const terms = of.map((d, i) =>
    i === axis ? `at(k, ${shape[i]}) * ${own[i]}u` : `k / ${strides[i]}u % ${d}u * ${own[i]}u`,
  )
  return `fn source(k: u32) -> u32 { return ${terms.join(' + ') || '0u'}; }`
}

/** The run that tuple k of `dims.length` indices names, within batches of `each` tuples: GatherND, ScatterND. */
export function tupleSource(dims: readonly number[], each: number): string {
  const strides = stridesOf(dims)
  const terms = dims.map((d, i) => `at(k * ${dims.length}u + ${i}u, ${d}) * ${strides[i]}u`)
  return `fn source(k: u32) -> u32 { return ${[`k / ${each}u * ${sizeOf(dims)}u`, ...terms].join(' + ')}; }`
}

/** Moves `count` runs of `length` elements from x to y: `gather` reads them through the indices, `scatter` writes so. */
export function indexedCall(
  ctx: Context,
  shader: 'gather' | 'scatter',
  bind: { x: Value; index: Value; y: Value },
  count: number,
  length: number,
  source: string,
): KernelCall[] {
  if (count * length === 0) return []
  const lanes = length % 4 === 0 ? 4 : 1
  const far = shader === 'gather' ? 'x' : 'y'
  const { dtype, shape } = bind[far].fact
  const touched = { [far]: bytesOnGpu(dtype, [Math.min(count * length, sizeOf(shape))]) }
  return [
    call(ctx, shader, {
      consts: { COUNT: count, INNER: length / lanes },
      types: { elem: ctx.storage(bind.y, lanes) },
      functions: { source },
      bind,
      touched,
      groups: [cover((count * length) / lanes, WORKGROUP)],
    }),
  ]
}
