// Kernel calls of windows over channels-last images with three spatial axes; where there are fewer, leading axes of one
// element make up for them.
import { ensure } from '../../runtime/error.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import type { Reader } from './reader.ts'
import { imageOf, type Window } from './window.ts'

const WORKGROUP = 64

/** Sizes of one to three axes as three. */
export function three(list: readonly number[], fill: number): number[] {
  ensure(list.length <= 3, 'unsupported', () => `images of ${list.length} spatial axes have no GPU kernel`)
  return [...new Array<number>(3 - list.length).fill(fill), ...list]
}

/** What the kernels of windows bake in. `x` and `y` are channels-last. */
export function volumeConsts(x: Value, y: Value, w: Omit<Window, 'end'>) {
  const image = imageOf(x.fact.shape, true)
  const out = imageOf(y.fact.shape, true)
  const [d, h, width] = three(image.spatial, 1)
  const [od, oh, ow] = three(out.spatial, 1)
  const [kd, kh, kw] = three(w.kernel, 1)
  const [sd, sh, sw] = three(w.strides, 1)
  const [dd, dh, dw] = three(w.dilations, 1)
  const [front, top, left] = three(w.begin, 0)
  return {
    BATCH: image.batch,
    D: d,
    H: h,
    W: width,
    OUT_D: od,
    OUT_H: oh,
    OUT_W: ow,
    COLS: out.channels,
    KERNEL_D: kd,
    KERNEL_H: kh,
    KERNEL_W: kw,
    STRIDE_D: sd,
    STRIDE_H: sh,
    STRIDE_W: sw,
    DILATION_D: dd,
    DILATION_H: dh,
    DILATION_W: dw,
    FRONT: front,
    TOP: top,
    LEFT: left,
  }
}

/** A convolution, or a transposed one, that reads its weights as ONNX lays them out. */
export function convVolume(
  ctx: Context,
  shader: 'conv_volume' | 'conv_transpose_volume',
  { x, w, y }: { x: Value; w: Value; y: Value },
  window: Omit<Window, 'end'>,
  group: number,
): KernelCall[] {
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const sizes = volumeConsts(x, y, window)
  const channels = x.fact.shape.at(-1)!
  return [
    written(ctx, shader, {
      consts: { ...sizes, C: channels, GROUPS: group },
      types: { x_elem: ctx.storage(x), w_elem: ctx.storage(w) },
      bind: { x, w, y },
      groups: [cover((n / sizes.COLS) * Math.ceil(sizes.COLS / 4), WORKGROUP)],
      flops: (2 * n * channels * sizeOf(window.kernel)) / group,
    }),
  ]
}

/**
 * The reader of a product that gathers the window of each output pixel: a row is a pixel, columns run over the taps and,
 * within each, over `depth` channels. `image` is the image's own reader.
 */
export function gatherVolume(x: Value, y: Value, window: Window, depth: number, image: Reader): Reader {
  const c = volumeConsts(x, y, window)
  const kernel = c.KERNEL_H * c.KERNEL_W
  const from = (read: string, type: string) => `${read.replace('fn read_x', 'fn read_image')}
fn read_x(row: u32, col: u32) -> vec4<${type}> {
  let tap = col / ${depth}u;
  let iz = i32(row / ${c.OUT_H * c.OUT_W}u % ${c.OUT_D}u * ${c.STRIDE_D}u + tap / ${kernel}u * ${c.DILATION_D}u) - ${c.FRONT};
  let iy = i32(row / ${c.OUT_W}u % ${c.OUT_H}u * ${c.STRIDE_H}u + tap / ${c.KERNEL_W}u % ${c.KERNEL_H}u * ${c.DILATION_H}u) - ${c.TOP};
  let ix = i32(row % ${c.OUT_W}u * ${c.STRIDE_W}u + tap % ${c.KERNEL_W}u * ${c.DILATION_W}u) - ${c.LEFT};
  if (iz < 0 || iz >= ${c.D} || iy < 0 || iy >= ${c.H} || ix < 0 || ix >= ${c.W}) { return vec4<${type}>(); }
  let plane = row / ${c.OUT_D * c.OUT_H * c.OUT_W}u * ${c.D}u + u32(iz);
  return read_image((plane * ${c.H}u + u32(iy)) * ${c.W}u + u32(ix), col % ${depth}u);
}`
  return { elem: image.elem, read: from(image.read, 'f32'), half: from(image.half, 'f16') }
}
