// 3 × 3 convolutions by minimal filtering (Winograd's; A. Lavin and S. Gray, 2015, https://arxiv.org/abs/1509.09308):
// `winograd2>INNER` makes tiles of 2 × 2 pixels, `winograd4>INNER` of 4 × 4. Three calls: tiles of the image transformed,
// a product for each of their 16 or 36 places, results transformed back.
import { bytesOnGpu, pad4 } from '../../runtime/layout.ts'
import type { Caps, Context, KernelCall, Value } from '../../runtime/op.ts'
import { fromNumbers } from '../../runtime/tensor.ts'
import { call, cover, written } from './call.ts'
import { type ProductShape, product, productCandidates, productForced, productWeights } from './product.ts'
import { plainWriter } from './productSplit.ts'
import { reader } from './reader.ts'
import type { Variant } from './variants.ts'

/** A 3 × 3 convolution of stride 1, without dilation and groups; `x` and `y` are channels-last, `w` is constant. */
export interface Small {
  x: Value
  w: Value
  y: Value
  padY: number
  padX: number
  /** Reads max(x, 0). */
  relu: boolean
}

const FAMILY = /^winograd([24])$/

/** G of the paper, by tile: a row a point, those of shaders/winograd_input.wgsl. */
const G: Record<number, number[][]> = {
  2: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  4: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
}

/** How the image falls into tiles of `size` × `size`. */
function tiling({ x, y }: Small, size: number) {
  const [batch, oh, ow, cols] = y.fact.shape
  const [tilesY, tilesX] = [Math.ceil(oh / size), Math.ceil(ow / size)]
  const places = (size + 2) ** 2
  return { batch, tilesY, tilesX, tiles: batch * tilesY * tilesX, places, c: x.fact.shape[3], cols }
}

/** The product in the middle. */
function innerShape(conv: Small, size: number): ProductShape {
  const { places, tiles, cols, c } = tiling(conv, size)
  return { batch: places, m: tiles, n: cols, k: pad4(c), x: conv.x, w: conv.w }
}

/**
 * Whether tiles of `size` × `size` can be made here: in float16 those of 4 × 4 would lose too much (a normalised mean
 * squared error of 1e-5, even with the image's side in float32), and whatever lies between fits a binding.
 */
function possible(ctx: Context, conv: Small, size: number): boolean {
  const { dtype } = conv.x.fact
  const { batch, m, n, k } = innerShape(conv, size)
  const bytes = Math.max(
    bytesOnGpu(dtype, [batch!, m, k]),
    bytesOnGpu(conv.w.fact.dtype, [batch!, k, pad4(n)]),
    bytesOnGpu('float32', [batch!, m, pad4(n)]),
  )
  return (size === 2 || dtype === 'float32') && bytes <= ctx.caps.limits.maxStorageBufferBindingSize
}

/**
 * Multiplications and additions that take as long as one element between the calls. Lavapipe (Mesa 25.0.7 and 26.2) takes
 * 6 ns to read, make and store one, at 14 GFLOP/s; a large GPU writes and reads its eight bytes at 2 TB/s, at 20 TFLOP/s.
 * So with C channels in and out tiles of 4 × 4 pay from C = 27 on. By subgroup matrices, ten times as fast, with float16
 * and so tiles of 2 × 2, that would be 480: the rule leaves them alone, as it does software without the `subgroup` kernel.
 */
const ELEMENT = 40

/**
 * What must be saved: 2 ms on software adapters, since the transforms take a second to compile; 10 µs on GPUs, where two
 * more dispatches take 6.
 */
const saved = ({ software }: Caps) => (software ? 15e6 : 1e8)

/** Variants of a convolution, the rule's first. `direct`: those of the product that gathers its windows, of shape `s`. */
function candidates(ctx: Context, conv: Small, s: ProductShape, direct: Variant[]): Variant[] {
  const own = [4, 2]
    .filter((size) => possible(ctx, conv, size))
    .flatMap((size) => {
      const shape = innerShape(conv, size)
      const { batch, m, n, k } = shape
      // Products make rows by eights at least.
      const work = batch! * (Math.ceil(m / 8) * 8 * n * k + ELEMENT * m * (k + n))
      const inner = productCandidates(ctx, shape).slice(0, ctx.caps.software ? 1 : 2)
      return inner.map((inner) => ({ v: { family: `winograd${size}`, inner }, work }))
    })
    .sort((a, b) => a.work - b.work)
  const [first, ...others] = own.map(({ v }) => v)
  const pays = /^(subgroup|tiled)$/.test(direct[0].family) && s.m * s.n * s.k - own[0]?.work > saved(ctx.caps)
  return pays ? [first, ...direct, ...others] : [...direct, ...own.map(({ v }) => v)]
}

/** A forced Winograd variant made whole; undefined where it is none, or cannot be here. */
function forced(ctx: Context, v: Variant, conv: Small): Variant | undefined {
  const size = Number(FAMILY.exec(v.family)?.[1])
  if (!size || !possible(ctx, conv, size)) return undefined
  const shape = innerShape(conv, size)
  const inner = v.inner ? productForced(ctx, v.inner, shape) : productCandidates(ctx, shape)[0]
  return inner && { family: v.family, inner }
}

/** Weights that are transformed together: a cache line of each place. */
const LINE = 16

/** OIHW weights g as G g Gᵀ: [places, I, O], I and O padded to multiples of 4. */
function packTransformed(values: ArrayLike<number>, [o, i]: readonly number[], size: number): Float32Array {
  const points = size + 2
  const g = Float64Array.from(G[size].flat())
  const [depth, width] = [pad4(i), pad4(o)]
  const packed = new Float32Array(points ** 2 * depth * width)
  const half = new Float64Array(points * 3)
  const line = new Float64Array(points ** 2 * LINE)
  for (let b = 0; b < i; b++)
    for (let first = 0; first < o; first += LINE) {
      const count = Math.min(LINE, o - first)
      for (let a = 0; a < count; a++) {
        const at = ((first + a) * i + b) * 9
        for (let p = 0; p < points; p++)
          for (let x = 0; x < 3; x++)
            half[p * 3 + x] =
              g[p * 3] * values[at + x] + g[p * 3 + 1] * values[at + 3 + x] + g[p * 3 + 2] * values[at + 6 + x]
        for (let p = 0; p < points; p++)
          for (let q = 0; q < points; q++)
            line[(p * points + q) * LINE + a] =
              half[p * 3] * g[q * 3] + half[p * 3 + 1] * g[q * 3 + 1] + half[p * 3 + 2] * g[q * 3 + 2]
      }
      for (let e = 0; e < points ** 2; e++)
        for (let a = 0; a < count; a++) packed[(e * depth + b) * width + first + a] = line[e * LINE + a]
    }
  return packed
}

/** The calls of a Winograd variant. */
function calls(ctx: Context, conv: Small, { family, inner }: Variant): KernelCall[] {
  const { x, w, y, padY, padX, relu } = conv
  const size = Number(FAMILY.exec(family)![1])
  const { tilesY, tilesX, tiles, places, c, cols } = tiling(conv, size)
  const [, h, width] = x.fact.shape
  const [, oh, ow] = y.fact.shape
  const [depth, columns] = [pad4(c), pad4(cols)]
  const v = ctx.scratch(x.fact.dtype, [places, tiles, depth])
  const sums = ctx.scratch('float32', [places, tiles, columns])
  const consts = { M: size, ROLLED: ctx.caps.software }
  // Rows of whole vectors are read by the shader's own reader, which takes their length from the sizes.
  const readX = reader(ctx, x, 'x', c)
  const table = (list: number[]) => ctx.constant(fromNumbers('int32', [list.length], list))
  const pack = (values: ArrayLike<number>) => packTransformed(values, w.fact.shape, size)
  const side = (size + 2) * size * 2 * 2 // Additions of a tile and channel, roughly.
  return [
    call(ctx, 'winograd_input', {
      consts: { ...consts, RELU: relu },
      types: { x_elem: readX.elem, out: ctx.storage(v, 4) },
      functions: c % 4 ? { read_x: readX.read } : {},
      bind: { x, sizes: table([c, tilesX, tilesY, tiles, width, h, padX, padY]), y: v },
      groups: [cover(tiles * (depth / 4), 64)],
      flops: side * tiles * c,
    }),
    ...product(
      ctx,
      {
        batch: places,
        m: tiles,
        n: cols,
        k: depth,
        xBatched: true,
        wBatched: true,
        x: v,
        ...productWeights(ctx, inner!, w, {
          key: `${family} ${depth}x${columns}`,
          k: places * depth,
          width: columns,
          pack,
        }),
        readX: reader(ctx, v, 'x', depth),
        y: sums,
        cols: columns,
        writer: plainWriter,
        partial: true,
        terms: places * tiles * cols * c,
      },
      inner,
    ),
    written(
      ctx,
      'winograd_output',
      {
        consts,
        bind: { x: sums, sizes: table([cols, tilesX, tilesY, tiles, ow, oh]), y },
        groups: [cover(tiles * (columns / 4), 64)],
        flops: side * tiles * cols,
      },
      ctx.writer({ cols }),
    ),
  ]
}

export const winograd = { candidates, forced, calls }
