// Operators that choose between values by position or index, made of Where: Trilu
// (https://onnx.ai/onnx/operators/onnx__Trilu.html) and OneHot (https://onnx.ai/onnx/operators/onnx__OneHot.html; since
// opset 11 negative indices count from the end). CastLike is a Cast to the type of its second input.
import { ensure } from '../runtime/error.ts'
import type { Op } from '../runtime/op.ts'
import { axisOf, formatShape, fromNumbers, lazy, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { known, knownIf } from './shared/known.ts'
import { reshape } from './shared/lowering.ts'
import { sliceAxis } from './shared/slice.ts'

interface TriluAttrs {
  upper: boolean
}

const keeps = (row: number, col: number, k: number, upper: boolean) => (upper ? col >= row + k : col <= row + k)

const trilu: Op<TriluAttrs> = {
  name: 'Trilu',
  attrs: (node) => ({ upper: node.int('upper', 1) !== 0 }),
  infer: ([x, k]) => {
    ensure(x!.shape.length >= 2, 'shape', () => `its input ${formatShape(x!.shape)} is no matrix`)
    knownIf(k, 'k')
    return [{ dtype: x!.dtype, shape: x!.shape }]
  },
  cpu: ([x, k], { upper }) => {
    const shift = k ? numbers(k)[0] : 0
    const [rows, cols] = x!.shape.slice(-2)
    const data = x!.data.slice()
    const zero = fromNumbers(x!.dtype, [1], [0]).data[0] as number
    for (let i = 0; i < data.length; i++)
      if (!keeps(Math.floor(i / cols) % rows, i % cols, shift, upper)) (data as Float32Array)[i] = zero
    return [{ dtype: x!.dtype, shape: x!.shape, data }]
  },
  lower: ([x, k], { upper }, b) => {
    const shift = knownIf(k?.fact, 'k')?.[0] ?? 0
    const [rows, cols] = x!.fact.shape.slice(-2)
    const kept = lazy('bool', [rows, cols], () =>
      Uint8Array.from({ length: rows * cols }, (_, i) => (keeps(Math.floor(i / cols), i % cols, shift, upper) ? 1 : 0)),
    )
    const zero = b.constant(fromNumbers(x!.fact.dtype, [], [0]))
    return b.emit('Where', [b.constant(kept), x!, zero], {})
  },
}

interface OneHotAttrs {
  axis: number
}

function oneHotShape(indices: readonly number[], depth: number, { axis }: OneHotAttrs): number[] {
  const at = axisOf(axis, indices.length + 1)
  return [...indices.slice(0, at), depth, ...indices.slice(at)]
}

const oneHot: Op<OneHotAttrs> = {
  name: 'OneHot',
  attrs: (node) => ({ axis: node.int('axis', -1) }),
  infer: ([indices, depth, values], a) => [
    { dtype: values!.dtype, shape: oneHotShape(indices!.shape, known(depth, 'depth')[0], a) },
  ],
  cpu: ([indices, depth, values], a): Tensor[] => {
    const n = numbers(depth!)[0]
    const shape = oneHotShape(indices!.shape, n, a)
    const inner = sizeOf(indices!.shape.slice(axisOf(a.axis, shape.length)))
    const [off, on] = numbers(values!)
    const index = numbers(indices!)
    const y = new Float64Array(sizeOf(shape))
    for (let i = 0; i < y.length; i++) {
      const at = index[Math.floor(i / (n * inner)) * inner + (i % inner)]
      const k = Math.floor(i / inner) % n
      y[i] = at === k || at + n === k ? on : off
    }
    return [fromNumbers(values!.dtype, shape, y)]
  },
  lower: ([indices, depth, values], a, b) => {
    const [n] = known(depth!.fact, 'depth')
    const { dtype, shape } = indices!.fact
    const at = axisOf(a.axis, shape.length + 1)
    const index = reshape(b, indices!, oneHotShape(shape, 1, a))
    const axes = [n, ...shape.slice(at).map(() => 1)]
    const range = (from: number) =>
      b.constant(
        fromNumbers(
          dtype,
          axes,
          Float64Array.from({ length: n }, (_, i) => from + i),
        ),
      )
    const [positive] = b.emit('Equal', [index, range(0)], {})
    const [negative] = b.emit('Equal', [index, range(-n)], {})
    const [hit] = b.emit('Or', [positive, negative], {})
    return b.emit('Where', [hit, sliceAxis(b, values!, 0, 1, 2), sliceAxis(b, values!, 0, 0, 1)], {})
  },
}

const castLike: Op = {
  name: 'CastLike',
  attrs: () => ({}),
  infer: ([x, like]) => [{ dtype: like!.dtype, shape: x!.shape }],
  cpu: ([x, like]) => [fromNumbers(like!.dtype, x!.shape, numbers(x!))],
  lower: ([x, like], _, b) => b.emit('Cast', [x!], { to: like!.fact.dtype }),
}

/** Operators made of a choice or a cast. */
export const maskOperators: readonly Op[] = [trilu, oneHot, castLike]
