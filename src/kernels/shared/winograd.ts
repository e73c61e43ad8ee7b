// Winograd's convolution F(2 × 2, 3 × 3) (Lavin and Gray, arXiv:1509.09308), for kernels of 3 × 3 with stride 1: 16
// products on transformed tiles take 16 multiplications where 4 pixels took 36. `winograd2>PRODUCT`.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { call, cover } from './call.ts'
import { type ProductShape, product, productCandidates, productForced } from './product.ts'
import { bareWriter } from './productSplit.ts'
import { reader } from './reader.ts'
import type { Variant } from './variants.ts'
import type { Window } from './window.ts'

/** A plain convolution on channels-last images. */
export interface WinogradConv {
  x: Value
  /** OIHW, constant. */
  w: Value
  y: Value
  window: Window
}

/** Channels from which the transforms are worth their traffic. */
const CHANNELS = 16

const pad4 = (n: number) => Math.ceil(n / 4) * 4

export const isWinograd = ({ x, w, window }: WinogradConv): boolean =>
  window.kernel.every((n) => n === 3) &&
  window.strides.every((n) => n === 1) &&
  window.dilations.every((n) => n === 1) &&
  x.fact.shape[3] === w.fact.shape[1]

function sizesOf({ x, w, y }: WinogradConv) {
  const [batch, oh, ow, cols] = y.fact.shape
  const [tilesY, tilesX] = [Math.ceil(oh / 2), Math.ceil(ow / 2)]
  return {
    oh,
    ow,
    cols,
    tilesY,
    tilesX,
    tiles: batch * tilesY * tilesX,
    depth: pad4(x.fact.shape[3]),
    width: pad4(w.fact.shape[0]),
  }
}

function innerShape(c: WinogradConv): ProductShape {
  const { tiles, depth, width } = sizesOf(c)
  return { batch: 16, m: tiles, n: width, k: depth, x: c.x, w: c.w }
}

/** Winograd's variants of a convolution: by the two products that would be chosen first. */
export function winogradCandidates(ctx: Context, c: WinogradConv): Variant[] {
  if (!isWinograd(c) || c.x.fact.shape[3] < CHANNELS || c.w.fact.shape[0] < CHANNELS) return []
  return productCandidates(ctx, innerShape(c))
    .slice(0, 2)
    .map((inner) => ({ family: 'winograd2', inner }))
}

/** A forced Winograd variant made whole; undefined where the convolution has none. */
export function winogradForced(ctx: Context, v: Variant, c: WinogradConv): Variant | undefined {
  if (!isWinograd(c)) return undefined
  const inner = v.inner ? productForced(ctx, v.inner, innerShape(c)) : productCandidates(ctx, innerShape(c))[0]
  return inner && { family: 'winograd2', inner }
}

/** OIHW weights g as G g Gᵀ: [16, I padded to `depth`, O padded to `width`]. */
export function winogradWeights(
  values: ArrayLike<number>,
  [o, i]: readonly number[],
  depth: number,
  width: number,
): Float32Array {
  const u = new Float32Array(16 * depth * width)
  const spread = (a: number, b: number, c: number) => [a, (a + b + c) / 2, (a - b + c) / 2, c]
  for (let out = 0; out < o; out++)
    for (let channel = 0; channel < i; channel++) {
      const at = (out * i + channel) * 9
      const columns = [0, 1, 2].map((c) => spread(values[at + c], values[at + 3 + c], values[at + 6 + c]))
      for (let r = 0; r < 4; r++)
        spread(columns[0][r], columns[1][r], columns[2][r]).forEach((value, c) => {
          u[((r * 4 + c) * depth + channel) * width + out] = value
        })
    }
  return u
}

export function winogradConv(ctx: Context, c: WinogradConv, { inner }: Variant): KernelCall[] {
  const { x, w, y, window } = c
  const { oh, ow, cols, tilesY, tilesX, tiles, depth, width } = sizesOf(c)
  const [, height, across, channels] = x.fact.shape
  const u = ctx.weight(w, `winograd2 ${depth}x${width}`, [16, depth, width], (v) =>
    winogradWeights(v, w.fact.shape, depth, width),
  )
  const tiled = ctx.scratch(x.fact.dtype, [16, tiles, depth])
  const sums = ctx.scratch('float32', [16, tiles, width])
  const grid = { TILES_Y: tilesY, TILES_X: tilesX, TILES: tiles }
  const from = reader(ctx, x, 'x', channels)
  const { types, functions, extra, flops } = ctx.writer()
  return [
    call(ctx, 'winograd_input', {
      consts: {
        ...grid,
        H: height,
        W: across,
        C: channels,
        COLS: depth,
        PAD_Y: window.begin[0],
        PAD_X: window.begin[1],
      },
      types: { x_elem: from.elem, out: ctx.storage(tiled, 4) },
      functions: { read_x: from.read },
      bind: { x, y: tiled },
      groups: [cover(tiles * (depth / 4), 64)],
      flops: 32 * tiles * depth,
    }),
    ...product(
      ctx,
      {
        batch: 16,
        m: tiles,
        n: width,
        k: depth,
        xBatched: true,
        wBatched: true,
        x: tiled,
        readX: reader(ctx, tiled, 'x', depth),
        w: u,
        readW: reader(ctx, u, 'w', width),
        y: sums,
        cols: width,
        writer: bareWriter(),
        partial: true,
      },
      inner,
    ),
    call(ctx, 'winograd_output', {
      consts: { ...grid, OH: oh, OW: ow, COLS: cols, WIDTH: width },
      types: { x_elem: 'vec4<f32>', ...types },
      functions,
      extra,
      bind: { x: sums, y },
      groups: [cover(tiles * (width / 4), 64)],
      flops: 24 * tiles * width + flops,
    }),
  ]
}
