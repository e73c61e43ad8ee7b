// Operators that make constants, or pass their input on:
// https://onnx.ai/onnx/operators/onnx__Constant.html (value_* attributes since opset 12),
// onnx__ConstantOfShape.html, onnx__Range.html, onnx__Identity.html, onnx__Dropout.html (ratio and training_mode became
// inputs at opset 12).
import { ensure, IsobathError } from '../runtime/error.ts'
import type { OnnxNode, Op } from '../runtime/op.ts'
import { allocate, fromNumbers, lazy, numbers, scalar, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { known } from './shared/known.ts'
import { filled } from './shared/move.ts'

function constantOf(node: OnnxNode): Tensor {
  if (node.has('value')) return node.tensor('value')
  if (node.has('value_float')) return fromNumbers('float32', [], [node.float('value_float', 0)])
  if (node.has('value_int')) return fromNumbers('int64', [], [node.int('value_int', 0)])
  const floats = node.floats('value_floats')
  if (node.has('value_floats')) return fromNumbers('float32', [floats.length], floats)
  const ints = node.ints('value_ints')
  if (node.has('value_ints')) return fromNumbers('int64', [ints.length], ints)
  const other = ['sparse_value', 'value_string', 'value_strings'].find((name) => node.has(name))
  throw new IsobathError('unsupported', other ? `a constant given as ${other} is not supported` : 'it has no value')
}

const constant: Op<{ value: Tensor }> = {
  name: 'Constant',
  attrs: (node) => ({ value: constantOf(node) }),
  infer: (_, { value }) => [{ dtype: value.dtype, shape: value.shape, value }],
  cpu: (_, { value }) => [value],
}

const constantOfShape: Op<{ value: Tensor }> = {
  name: 'ConstantOfShape',
  attrs: (node) => ({ value: node.has('value') ? node.tensor('value') : fromNumbers('float32', [1], [0]) }),
  infer: ([x], { value }) => {
    const shape = known(x, 'input')
    return [{ dtype: value.dtype, shape, value: lazy(value.dtype, shape, () => filled(value, sizeOf(shape))) }]
  },
  cpu: ([x], { value }) => {
    const shape = Array.from(numbers(x!))
    return [{ dtype: value.dtype, shape, data: filled(value, sizeOf(shape)) }]
  },
}

const rangeSize = (start: number, limit: number, delta: number) => {
  ensure(delta !== 0, 'shape', `a range from ${start} to ${limit} cannot step by 0`)
  return Math.max(0, Math.ceil((limit - start) / delta))
}

const range: Op = {
  name: 'Range',
  attrs: () => ({}),
  infer: ([start, limit, delta]) => {
    const bounds = [known(start, 'start')[0], known(limit, 'limit')[0], known(delta, 'delta')[0]] as const
    return [{ dtype: start!.dtype, shape: [rangeSize(...bounds)] }]
  },
  cpu: (x) => {
    const [start, limit, delta] = x.map((t) => scalar(t!))
    const n = rangeSize(start, limit, delta)
    const values = Float64Array.from({ length: n }, (_, i) => start + i * delta)
    return [fromNumbers(x[0]!.dtype, [n], values)]
  },
}

const identity: Op = {
  name: 'Identity',
  attrs: () => ({}),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu: ([x]) => [x!],
  lower: ([x]) => [x!],
  view: true,
}

const allTrue = (shape: readonly number[]): Tensor =>
  lazy('bool', shape, () => (allocate('bool', sizeOf(shape)) as Uint8Array).fill(1))

/** Training with a ratio above 0 is random, which inference is not. */
function checkInference(ratio: number, training: boolean): void {
  ensure(
    !training || ratio === 0,
    'unsupported',
    `training_mode with ratio ${ratio} drops at random: export the model for inference`,
  )
}

const dropout: Op<{ ratio: number }> = {
  name: 'Dropout',
  attrs: (node) => ({ ratio: node.float('ratio', 0.5) }),
  infer: ([x, ratio, training], a) => {
    if (training) checkInference(ratio ? known(ratio, 'ratio')[0] : a.ratio, known(training, 'training_mode')[0] !== 0)
    const { dtype, shape } = x!
    return [
      { dtype, shape },
      { dtype: 'bool', shape, value: allTrue(shape) },
    ]
  },
  cpu: ([x]) => [x!, allTrue(x!.shape)],
  lower: ([x], _, b) => [x!, b.constant(allTrue(x!.fact.shape))],
}

/** Constants, and operators that pass their input on. */
export const constantOperators: readonly Op[] = [constant, constantOfShape, range, identity, dropout]
