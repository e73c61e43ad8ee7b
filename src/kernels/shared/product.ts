// The matrix product behind MatMul, 1×1 and implicit convolutions and transposed convolutions with kernel = stride:
// picks a variant and makes its calls. The families for GPUs have files of their own.
import { bytesOnGpu } from '../../runtime/layout.ts'
import type { Context, KernelCall, Value, Writer } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { call, cover, fold } from './call.ts'
import { matrixCandidates, matrixForced, matrixProduct } from './productMatrix.ts'
import { tiledCandidates, tiledForced, tiledProduct } from './productTiled.ts'
import { type Reader, reader } from './reader.ts'
import { formatVariant, pick, type Variant } from './variants.ts'

export interface Product {
  batch?: number
  m: number
  n: number
  k: number
  /** Whether the batches read matrices of their own. */
  xBatched?: boolean
  wBatched?: boolean
  x: Value
  w: Value
  readX: Reader
  readW: Reader
  y: Value
  /** Elements of a row of y as the writer sees it. */
  cols: number
  writer: Writer
  /** WGSL of `fn emit(row: u32, col: u32, v: value)`, where results do not go to row `row` and column `col` of y. */
  emit?: string
  /** Only parts of the sums are made, without the node's tail. */
  partial?: boolean
  /** Multiplications and additions, where `n` or `k` hold padding; by default all of batch · m · n · k. */
  terms?: number
}

/** What the choice of a variant depends on, beside the adapter. */
export type ProductShape = Pick<Product, 'batch' | 'm' | 'n' | 'k' | 'x' | 'w'>

/** Lanes that the `subgroup` kernels are written for. */
const LANES = 8

const hasLanes = (ctx: Context) => ctx.caps.subgroups?.min === LANES && ctx.caps.subgroups.max === LANES

/**
 * Variants of a product, the rule's first. Software adapters have no use for workgroup memory; small products do not
 * fill its tiles.
 */
export function productCandidates(ctx: Context, s: ProductShape): Variant[] {
  const register = { family: 'register' }
  if (ctx.caps.software) return hasLanes(ctx) ? [{ family: 'subgroup' }, register] : [register]
  const tiles = [...matrixCandidates(ctx, s), ...tiledCandidates(ctx, s)]
  return s.m >= 16 && s.n >= 32 ? [...tiles, register] : [register, ...tiles]
}

/** A forced variant made whole; undefined where it is none of a product, or cannot be here. */
export function productForced(ctx: Context, v: Variant, s: ProductShape): Variant | undefined {
  switch (v.family) {
    case 'naive':
    case 'register':
      return { family: v.family }
    case 'subgroup':
      return { family: hasLanes(ctx) ? 'subgroup' : 'register' }
    case 'tiled':
      return tiledForced(ctx, v, s)
    case 'matrix':
      return matrixForced(ctx, v, s)
  }
}

/** Names the product in the tuner's table. */
export const productKey = ({ batch = 1, m, n, k, x, w }: ProductShape): string =>
  `product ${batch}x${m}x${n}x${k} ${x.fact.dtype} ${w.fact.dtype}`

export const chooseProduct = (ctx: Context, s: ProductShape): Variant =>
  pick(ctx, productKey(s), productCandidates(ctx, s), (v) => productForced(ctx, v, s))

/**
 * Whether workgroups of the `subgroup` kernel read memory in order. It pays by far on Mesa 26's lavapipe, told by its
 * subgroup matrices; on Mesa 25's no gain stands out from the noise.
 */
const inOrder = ({ caps }: Context) => caps.matrices.length > 0

/** Columns of W that a workgroup of the `subgroup` kernel takes. */
const PANEL = 4 * LANES

/**
 * Constant weights of a product and their reader. `pack` makes them [k, width], `width` a multiple of 4. The `subgroup`
 * kernel may get them in panels of 32 columns, one after the other.
 */
export function productWeights(
  ctx: Context,
  variant: Variant,
  from: Value,
  { key, k, width, pack }: { key: string; k: number; width: number; pack: (values: ArrayLike<number>) => Float32Array },
): Pick<Product, 'w' | 'readW'> {
  const panels = Math.ceil(width / PANEL)
  const shape = [panels, k, PANEL]
  const fits = bytesOnGpu(from.fact.dtype, shape) <= ctx.caps.limits.maxStorageBufferBindingSize
  if (variant.family !== 'subgroup' || !inOrder(ctx) || panels === 1 || !fits) {
    const w = ctx.weight(from, key, [k, width], pack)
    return { w, readW: reader(ctx, w, 'w', width) }
  }
  const w = ctx.weight(from, `${key} in panels`, shape, (values) => inPanels(pack(values), k, width))
  const { elem, read, half } = reader(ctx, w, 'w', PANEL)
  const inPanel = (text: string) =>
    `${text.replace('read_w(', 'read_panels(')}\n${text.slice(0, text.indexOf('{'))}{ return read_panels(col / ${PANEL}u * ${k}u + row, col % ${PANEL}u); }`
  return { w, readW: { elem, read: inPanel(read), half: inPanel(half) } }
}

/** Columns `PANEL · p` and on of a [k, width] matrix as [k, PANEL], panel after panel, zeros beyond `width`. */
function inPanels(values: Float32Array, k: number, width: number): Float32Array {
  const panels = new Float32Array(Math.ceil(width / PANEL) * k * PANEL)
  for (let start = 0; start < width; start += PANEL)
    for (let i = 0; i < k; i++) {
      const row = values.subarray(i * width + start, i * width + Math.min(start + PANEL, width))
      panels.set(row, start * k + i * PANEL)
    }
  return panels
}

/** Rows that a subgroup makes: two blocks of as many as there are lanes, one where two would be half empty. */
const rowsOfSubgroup = (m: number): number =>
  m > LANES && (m % 16 > 8 || m % 16 === 0 || m > 64) ? 16 : Math.min(LANES, m)

/** What the calls of all variants share. */
export function productSpec(ctx: Context, p: Product) {
  const { m, n, k, batch = 1, writer, y } = p
  const size = sizeOf(y.fact.shape)
  // A large matrix of weights is multiplied in ranges of columns.
  const results = p.partial ? size : Math.min(size, batch * m * n)
  const tail = p.partial ? 0 : (ctx.node.tail?.length ?? 0) * results
  return {
    types: { x_elem: p.readX.elem, w_elem: p.readW.elem, ...writer.types },
    functions: { read_x: p.readX.read, read_w: p.readW.read, ...writer.functions, ...(p.emit ? { emit: p.emit } : {}) },
    extra: writer.extra,
    bind: { x: p.x, w: p.w, y },
    flops: 2 * (p.terms ?? batch * m * n * k) + tail,
    tail,
    ...(results < size && { touched: { y: bytesOnGpu(y.fact.dtype, [results]) } }),
    consts: { M: m, N: n, K: k, X_STEP: p.xBatched ? 1 : 0, W_STEP: p.wBatched ? 1 : 0, COLS: p.cols },
  }
}

/** The dispatches of a product, by the variant given or chosen. */
export function product(ctx: Context, p: Product, variant = chooseProduct(ctx, p)): KernelCall[] {
  const { m, n, batch = 1 } = p
  const spec = productSpec(ctx, p)
  const { consts } = spec
  switch (variant.family) {
    case 'naive':
      return [
        call(ctx, 'matmul_naive', {
          ...spec,
          consts: { ...consts, BATCH: batch },
          groups: [cover(batch * m * Math.ceil(n / 4), 64)],
        }),
      ]
    case 'register': {
      const rows = Math.min(4, m)
      const [blocks, folds] = fold(ctx, cover(m, rows))
      return [
        call(ctx, 'matmul_register', {
          ...spec,
          consts: { ...consts, ROWS: rows, FOLDS: folds },
          groups: [cover(n, 32), blocks, batch * folds],
        }),
      ]
    }
    case 'subgroup': {
      const rows = rowsOfSubgroup(m)
      const [blocks, folds] = fold(ctx, cover(m, rows))
      // Workgroups run in order of x: what many of them in a row read should be little.
      const down = inOrder(ctx) && m < n
      const panels = cover(n, PANEL)
      const { located } = p.readX
      return [
        call(ctx, 'matmul_subgroup', {
          ...spec,
          types: { ...spec.types, ...(located && { row_at: located.at }) },
          functions: { ...spec.functions, ...(located && { locate_x: located.locate, read_x: located.read }) },
          consts: { ...consts, ROWS: rows, FOLDS: folds, DOWN: down },
          groups: [...(down ? ([blocks, panels] as const) : ([panels, blocks] as const)), batch * folds],
        }),
      ]
    }
    case 'tiled':
      return tiledProduct(ctx, p, variant)
    case 'matrix':
      return matrixProduct(ctx, p, variant)
  }
  throw new Error(`a product has no variant ${formatVariant(variant)}`)
}
