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

/** A convolution, or a transposed one, that reads its weights as ONNX lays them out; with `relu` one of max(x, 0). */
export function convVolume(
  ctx: Context,
  shader: 'conv_volume' | 'conv_transpose_volume',
  { x, w, y }: { x: Value; w: Value; y: Value },
  window: Omit<Window, 'end'>,
  group: number,
  relu = false,
): KernelCall[] {
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const sizes = volumeConsts(x, y, window)
  const channels = x.fact.shape.at(-1)!
  return [
    written(ctx, shader, {
      consts: { ...sizes, C: channels, GROUPS: group, ...(relu && { RELU: true }) },
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
export function gather(x: Value, y: Value, window: Window, depth: number, image: Reader): Reader {
  const c = volumeConsts(x, y, window)
  const flat = c.D === 1 && c.KERNEL_D === 1 && c.OUT_D === 1
  const pixels = c.OUT_H * c.OUT_W
  const z = flat ? '0' : `i32(row / ${pixels}u % ${c.OUT_D}u * ${c.STRIDE_D}u) - ${c.FRONT}`
  const deep = flat ? '0u' : `tap / ${c.KERNEL_H * c.KERNEL_W}u * ${c.DILATION_D}u`
  const locate = `fn locate_x(row: u32) -> vec4<i32> {
  return vec4<i32>(i32(row % ${c.OUT_W}u * ${c.STRIDE_W}u) - ${c.LEFT}, i32(row / ${c.OUT_W}u % ${c.OUT_H}u * ${c.STRIDE_H}u) - ${c.TOP}, ${z}, i32(row / ${pixels * c.OUT_D}u * ${c.D}u));
}`
  const from = (
    read: string,
    type: string,
    parameter: string,
    at: string,
  ) => `${read.replace('fn read_x', 'fn read_image')}
fn read_x(${parameter}, col: u32) -> vec4<${type}> {
  let at = ${at};
  let tap = col / ${depth}u;
  let p = at.xyz + vec3<i32>(vec3<u32>(tap % ${c.KERNEL_W}u * ${c.DILATION_W}u, tap / ${c.KERNEL_W}u % ${c.KERNEL_H}u * ${c.DILATION_H}u, ${deep}));
  if (any(p < vec3<i32>()) || any(p >= vec3<i32>(${c.W}, ${c.H}, ${c.D}))) { return vec4<${type}>(); }
  return read_image(u32(((at.w + p.z) * ${c.H} + p.y) * ${c.W} + p.x), col % ${depth}u);
}`
  const direct = (read: string, type: string) => `${locate}\n${from(read, type, 'row: u32', 'locate_x(row)')}`
  return {
    elem: image.elem,
    read: direct(image.read, 'f32'),
    half: direct(image.half, 'f16'),
    located: {
      at: 'vec4<i32>',
      locate,
      read: from(image.read, 'f32', 'state: row_at', 'state'),
      half: from(image.half, 'f16', 'state: row_at', 'state'),
    },
  }
}
