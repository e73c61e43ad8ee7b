// Shape (https://onnx.ai/onnx/operators/onnx__Shape.html; start and end since opset 15) and
// Size (https://onnx.ai/onnx/operators/onnx__Size.html): constants, since every shape is known.
import type { Op } from '../runtime/op.ts'
import { fromNumbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'

interface ShapeAttrs {
  start: number
  end: number | null
}

const part = (shape: readonly number[], { start, end }: ShapeAttrs): Tensor =>
  int64s(shape.slice(start, end ?? shape.length))

const shape: Op<ShapeAttrs> = {
  name: 'Shape',
  attrs: (node) => ({ start: node.int('start', 0), end: node.has('end') ? node.int('end', 0) : null }),
  infer: ([x], a) => {
    const value = part(x!.shape, a)
    return [{ dtype: 'int64', shape: value.shape, value }]
  },
  cpu: ([x], a) => [part(x!.shape, a)],
}

const count = (dims: readonly number[]): Tensor => fromNumbers('int64', [], [sizeOf(dims)])

const size: Op = {
  name: 'Size',
  attrs: () => ({}),
  infer: ([x]) => [{ dtype: 'int64', shape: [], value: count(x!.shape) }],
  cpu: ([x]) => [count(x!.shape)],
}

/** Operators that ask for shapes. */
export const shapeOperators: readonly Op[] = [shape, size]
