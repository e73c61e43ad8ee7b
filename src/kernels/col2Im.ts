// Col2Im: https://onnx.ai/onnx/operators/onnx__Col2Im.html (opset 18). Blocks, given as columns, are added up to an image;
// block and image have any number of axes on the host, up to three on the GPU.
import { ensure } from '../runtime/error.ts'
import type { Fact, Op } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf } from '../runtime/tensor.ts'
import { cover, written } from './shared/call.ts'
import { known, valuesIf } from './shared/known.ts'
import { three } from './shared/volume.ts'
import { eachIndex, resolveWindow, tapsAt, type Window, windowOutput } from './shared/window.ts'

export interface Col2ImAttrs {
  strides: number[]
  dilations: number[]
  pads: number[]
}

interface Geometry {
  batch: number
  channels: number
  image: number[]
  window: Window
  /** Blocks along each axis. */
  count: number[]
}

function geometry(x: readonly number[], image: number[], block: number[], a: Col2ImAttrs): Geometry {
  ensure(
    image.length === block.length,
    'shape',
    () => `blocks ${formatShape(block)} do not fit the image ${formatShape(image)}`,
  )
  const window = resolveWindow({ ...a, autoPad: 'NOTSET' }, block, image)
  const count = windowOutput(window, image)
  const taps = sizeOf(block)
  ensure(
    x.length === 3 && x[1] % taps === 0 && x[2] === sizeOf(count),
    'shape',
    () =>
      `columns ${formatShape(x)} do not fit: the image has ${sizeOf(count)} blocks of ${taps} elements in each channel`,
  )
  return { batch: x[0], channels: x[1] / taps, image, window, count }
}

const given = (x: readonly number[], image: Fact | null, block: Fact | null, a: Col2ImAttrs) =>
  geometry(x, known(image, 'image_shape'), known(block, 'block_shape'), a)

export const Col2Im: Op<Col2ImAttrs> = {
  name: 'Col2Im',
  attrs: (node) => ({
    strides: node.ints('strides'),
    dilations: node.ints('dilations'),
    pads: node.ints('pads'),
  }),
  infer([x, image, block], a) {
    const g = given(x!.shape, image, block, a)
    return [{ dtype: x!.dtype, shape: [g.batch, g.channels, ...g.image] }]
  },
  cpu([x, imageShape, blockShape], a) {
    const g = geometry(x!.shape, valuesIf(imageShape)!, valuesIf(blockShape)!, a)
    const { batch, channels, image, window, count } = g
    const data = numbers(x!)
    const [taps, blocks, pixels] = [window.kernel, count, image].map(sizeOf)
    const y = new Float64Array(batch * channels * pixels)
    let block = 0
    eachIndex(count, (at) => {
      for (const t of tapsAt(window, at, image))
        for (let i = 0; i < batch * channels; i++) y[i * pixels + t.pixel] += data[(i * taps + t.tap) * blocks + block]
      block++
    })
    return [fromNumbers(x!.dtype, [batch, channels, ...image], y)]
  },
  gpu([x, imageShape, blockShape], [y], a, ctx) {
    const g = given(x!.fact.shape, imageShape!.fact, blockShape!.fact, a)
    const n = sizeOf(y.fact.shape)
    if (n === 0) return []
    const { window } = g
    const [d, h, w] = three(g.image, 1)
    const [blockD, blockH, blockW] = three(window.kernel, 1)
    const [countD, countH, countW] = three(g.count, 1)
    const [strideD, strideH, strideW] = three(window.strides, 1)
    const [dilationD, dilationH, dilationW] = three(window.dilations, 1)
    const [front, top, left] = three(window.begin, 0)
    return [
      written(ctx, 'col2im', {
        consts: {
          ROWS: n / w,
          COLS: w,
          D: d,
          H: h,
          BLOCK_D: blockD,
          BLOCK_H: blockH,
          BLOCK_W: blockW,
          COUNT_D: countD,
          COUNT_H: countH,
          COUNT_W: countW,
          STRIDE_D: strideD,
          STRIDE_H: strideH,
          STRIDE_W: strideW,
          DILATION_D: dilationD,
          DILATION_H: dilationH,
          DILATION_W: dilationW,
          FRONT: front,
          TOP: top,
          LEFT: left,
        },
        types: { x_elem: ctx.storage(x!) },
        bind: { x: x!, y },
        groups: [cover((n / w) * Math.ceil(w / 4), 64)],
        flops: n * sizeOf(window.kernel),
      }),
    ]
  },
  tail: true,
}
