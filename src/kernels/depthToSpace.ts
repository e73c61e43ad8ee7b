// DepthToSpace (https://onnx.ai/onnx/operators/onnx__DepthToSpace.html; mode since opset 11) and SpaceToDepth
// (mode since opset 28).
import { ensure } from '../runtime/error.ts'
import type { Fact, Op } from '../runtime/op.ts'
import { formatShape } from '../runtime/tensor.ts'
import { copyCalls } from './shared/copy.ts'
import { gatherWalk, type Walk } from './shared/move.ts'

interface BlockAttrs {
  block: number
  /** Channels hold the column first (C, b, b) instead of the depth (b, b, C). */
  crd: boolean
  channelsLast: boolean
}

interface Image {
  n: number
  c: number
  h: number
  w: number
  /** Strides of these axes. */
  s: { n: number; c: number; h: number; w: number }
}

function imageOf(shape: readonly number[], channelsLast: boolean): Image {
  ensure(shape.length === 4, 'shape', () => `its input ${formatShape(shape)} is no image of 4 axes`)
  const [n, c, h, w] = channelsLast ? [shape[0], shape[3], shape[1], shape[2]] : shape
  const s = channelsLast ? { n: c * h * w, h: c * w, w: c, c: 1 } : { n: c * h * w, c: h * w, h: w, w: 1 }
  return { n, c, h, w, s }
}

function divided(value: number, by: number, what: string): number {
  ensure(by > 0 && value % by === 0, 'shape', `${what} ${value} is no multiple of ${by}`)
  return value / by
}

interface Plan extends Walk {
  y: number[]
}

function toSpace(shape: readonly number[], { block: b, crd, channelsLast }: BlockAttrs): Plan {
  const { n, c, h, w, s } = imageOf(shape, channelsLast)
  const depth = divided(c, b * b, 'the number of channels')
  const [sc, sy, sx] = crd ? [b * b * s.c, b * s.c, s.c] : [s.c, b * depth * s.c, depth * s.c]
  return channelsLast
    ? { y: [n, h * b, w * b, depth], shape: [n, h, b, w, b, depth], strides: [s.n, s.h, sy, s.w, sx, sc], base: 0 }
    : { y: [n, depth, h * b, w * b], shape: [n, depth, h, b, w, b], strides: [s.n, sc, s.h, sy, s.w, sx], base: 0 }
}

function toDepth(shape: readonly number[], { block: b, crd, channelsLast }: BlockAttrs): Plan {
  const image = imageOf(shape, channelsLast)
  const { n, c, s } = image
  const h = divided(image.h, b, 'the height')
  const w = divided(image.w, b, 'the width')
  const y = channelsLast ? [n, h, w, b * b * c] : [n, b * b * c, h, w]
  const [rows, columns] = [s.h * b, s.w * b]
  const depth = crd ? [c, b, b] : [b, b, c]
  const steps = crd ? [s.c, s.h, s.w] : [s.h, s.w, s.c]
  return channelsLast
    ? { y, shape: [n, h, w, ...depth], strides: [s.n, rows, columns, ...steps], base: 0 }
    : { y, shape: [n, ...depth, h, w], strides: [s.n, ...steps, rows, columns], base: 0 }
}

function blockOp(name: string, plan: (shape: readonly number[], a: BlockAttrs) => Plan, tail: boolean): Op<BlockAttrs> {
  return {
    name,
    attrs: (node) => ({
      block: node.int('blocksize', 0),
      crd: node.string('mode', 'DCR') === 'CRD',
      channelsLast: false,
    }),
    infer: ([x], a): Fact[] => [{ dtype: x!.dtype, shape: plan(x!.shape, a).y }],
    cpu: ([x], a) => {
      const walk = plan(x!.shape, a)
      return [{ dtype: x!.dtype, shape: walk.y, data: gatherWalk(x!.data, x!.dtype, walk) }]
    },
    gpu: ([x], [y], a, ctx) => copyCalls(ctx, x!, y, plan(x!.fact.shape, a)),
    image: true,
    tail,
  }
}

/** Operators that trade channels for pixels. Rows of SpaceToDepth's copy are shorter than its output's: no tail. */
export const blockOperators: readonly Op[] = [
  blockOp('DepthToSpace', toSpace, true),
  blockOp('SpaceToDepth', toDepth, false),
]
