// EyeLike: https://onnx.ai/onnx/operators/onnx__EyeLike.html. A constant, since shapes are known.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { type DType, fromNumbers, type Tensor } from '../runtime/tensor.ts'

export const EyeLike: Op<{ k: number; dtype: DType | null }> = {
  name: 'EyeLike',
  attrs: (node) => ({ k: node.int('k', 0), dtype: node.has('dtype') ? node.dtype('dtype', 'float32') : null }),
  infer: ([x], { k, dtype }) => {
    const { shape } = x!
    ensure(shape.length === 2, 'shape', `its input has rank ${shape.length} instead of 2`)
    const type = dtype ?? x!.dtype
    return [{ dtype: type, shape, value: eye(type, shape, k) }]
  },
  cpu: ([x], { k, dtype }) => [eye(dtype ?? x!.dtype, x!.shape, k)],
}

function eye(dtype: DType, shape: readonly number[], k: number): Tensor {
  const [rows, cols] = shape
  const y = new Uint8Array(rows * cols)
  for (let r = 0; r < rows; r++) if (r + k >= 0 && r + k < cols) y[r * cols + r + k] = 1
  return fromNumbers(dtype, shape, y)
}
