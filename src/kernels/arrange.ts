// Operators that are made of moves: CenterCropPad (https://onnx.ai/onnx/operators/onnx__CenterCropPad.html), Compress,
// ReverseSequence and AffineGrid. All are lowered; Compress wants its condition at load, since it decides a shape.
import { ensure } from '../runtime/error.ts'
import type { Builder, Fact, Op, Value } from '../runtime/op.ts'
import { allocate, axisOf, fromNumbers, numbers, sizeOf, stridesOf, type Tensor, tensor } from '../runtime/tensor.ts'
import { int64s, known } from './shared/known.ts'
import { emit, reshape } from './shared/lowering.ts'
import { gatherWalk, placeBlock } from './shared/move.ts'

const ints = (b: Builder, values: readonly number[]): Value => b.constant(int64s(values))

interface CropAttrs {
  axes: number[] | null
}

/** Sizes of the result, and for each axis what is cut (positive) or padded (negative) before and in all. */
function cropOf(x: readonly number[], sizes: readonly number[], a: CropAttrs) {
  const axes = (a.axes ?? x.map((_, i) => i)).map((axis) => axisOf(axis, x.length))
  ensure(sizes.length === axes.length, 'shape', `it has ${sizes.length} sizes for ${axes.length} axes`)
  const shape = [...x]
  axes.forEach((axis, i) => {
    shape[axis] = sizes[i]
  })
  const before = shape.map((d, i) => (d < x[i] ? Math.floor((x[i] - d) / 2) : -Math.floor((d - x[i]) / 2)))
  return { shape, before }
}

const centerCropPad: Op<CropAttrs> = {
  name: 'CenterCropPad',
  attrs: (node) => ({ axes: node.has('axes') ? node.ints('axes') : null }),
  infer: ([x, sizes], a) => [{ dtype: x!.dtype, shape: cropOf(x!.shape, known(sizes, 'shape'), a).shape }],
  cpu: ([x, sizes], a) => {
    const { shape, before } = cropOf(x!.shape, Array.from(numbers(sizes!)), a)
    const strides = stridesOf(x!.shape)
    const cut = before.map((n) => Math.max(0, n))
    const inner = shape.map((d, i) => Math.min(d, x!.shape[i]))
    const base = cut.reduce((sum, n, i) => sum + n * strides[i], 0)
    const block = tensor(x!.dtype, inner, gatherWalk(x!.data, x!.dtype, { shape: inner, strides, base }))
    const y = allocate(x!.dtype, sizeOf(shape))
    const start = before.map((n) => Math.max(0, -n))
    placeBlock(y, shape, block, start)
    return [tensor(x!.dtype, shape, y)]
  },
  lower: ([x, sizes], a, b) => {
    const { shape, before } = cropOf(x!.fact.shape, known(sizes!.fact, 'shape'), a)
    const starts = before.map((n) => Math.max(0, n))
    const ends = starts.map((n, i) => n + Math.min(shape[i], x!.fact.shape[i]))
    const every = shape.map((_, i) => i)
    const cut = emit(b, 'Slice', [x!, ints(b, starts), ints(b, ends), ints(b, every)])
    const front = before.map((n) => Math.max(0, -n))
    const back = front.map((n, i) => shape[i] - n - cut.fact.shape[i])
    return [emit(b, 'Pad', [cut, ints(b, [...front, ...back])], { mode: 'constant' })]
  },
}

interface CompressAttrs {
  axis: number | null
}

/** Positions whose condition holds; those beyond its end do not count. */
const chosen = (condition: readonly number[]): number[] => condition.flatMap((c, i) => (c ? [i] : []))

const compress: Op<CompressAttrs> = {
  name: 'Compress',
  attrs: (node) => ({ axis: node.has('axis') ? node.int('axis', 0) : null }),
  infer: ([x, condition], { axis }) => {
    const n = chosen(known(condition, 'condition')).length
    const shape = axis === null ? [n] : x!.shape.map((d, i) => (i === axisOf(axis, x!.shape.length) ? n : d))
    return [{ dtype: x!.dtype, shape }]
  },
  cpu: ([x, condition], { axis }) => {
    const at = chosen(Array.from(numbers(condition!)))
    const along = axis === null ? 0 : axisOf(axis, x!.shape.length)
    const from = axis === null ? [sizeOf(x!.shape)] : x!.shape
    const shape = from.map((d, i) => (i === along ? at.length : d))
    const inner = sizeOf(from.slice(along + 1))
    const y = allocate(x!.dtype, sizeOf(shape)) as Float32Array
    const data = x!.data as Float32Array
    for (let o = 0, to = 0; o < sizeOf(from.slice(0, along)); o++)
      for (const k of at) {
        const first = (o * from[along] + k) * inner
        y.set(data.subarray(first, first + inner), to)
        to += inner
      }
    return [tensor(x!.dtype, shape, y)]
  },
  lower: ([x, condition], { axis }, b) => {
    const from = axis === null ? reshape(b, x!, [sizeOf(x!.fact.shape)]) : x!
    return [emit(b, 'Gather', [from, ints(b, chosen(known(condition!.fact, 'condition')))], { axis: axis ?? 0 })]
  },
}

interface SequenceAttrs {
  time: number
  batch: number
}

/** Where each element of the first two axes comes from: the first `lengths` steps of each sequence are reversed. */
function reversedSteps(shape: readonly number[], lengths: readonly number[], a: SequenceAttrs): number[] {
  ensure(
    a.time + a.batch === 1 && shape.length >= 2 && lengths.length === shape[a.batch],
    'shape',
    `time_axis ${a.time} and batch_axis ${a.batch} are not 0 and 1, or ${lengths.length} lengths do not fit`,
  )
  const [first, second] = shape
  return Array.from({ length: first * second }, (_, i) => {
    const at = [Math.floor(i / second), i % second]
    const n = lengths[at[a.batch]]
    if (at[a.time] < n) at[a.time] = n - 1 - at[a.time]
    return at[0] * second + at[1]
  })
}

const reverseSequence: Op<SequenceAttrs> = {
  name: 'ReverseSequence',
  attrs: (node) => ({ time: node.int('time_axis', 0), batch: node.int('batch_axis', 1) }),
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  cpu: ([x, lengths], a) => {
    const steps = reversedSteps(x!.shape, Array.from(numbers(lengths!)), a)
    const inner = sizeOf(x!.shape.slice(2))
    const y = allocate(x!.dtype, sizeOf(x!.shape)) as Float32Array
    const data = x!.data as Float32Array
    steps.forEach((k, i) => {
      y.set(data.subarray(k * inner, (k + 1) * inner), i * inner)
    })
    return [tensor(x!.dtype, x!.shape, y)]
  },
  lower: ([x, lengths], a, b) => {
    const { shape } = x!.fact
    const steps = reversedSteps(shape, known(lengths!.fact, 'sequence_lens'), a)
    const rows = reshape(b, x!, [shape[0] * shape[1], ...shape.slice(2)])
    return [reshape(b, emit(b, 'Gather', [rows, ints(b, steps)], { axis: 0 }), shape)]
  },
}

/** The points of an image from -1 to 1 in homogeneous coordinates, the x axis (the last) first: [pixels, axes + 1]. */
function gridPoints(size: readonly number[], corners: boolean, dtype: Fact['dtype']): Tensor {
  const strides = stridesOf(size)
  const points: number[] = []
  for (let p = 0; p < sizeOf(size); p++) {
    for (let axis = size.length - 1; axis >= 0; axis--) {
      const i = Math.floor(p / strides[axis]) % size[axis]
      const steps = corners ? size[axis] - 1 : size[axis]
      points.push(corners ? (steps ? (2 * i) / steps - 1 : -1) : (2 * i + 1) / steps - 1)
    }
    points.push(1)
  }
  return fromNumbers(dtype, [sizeOf(size), size.length + 1], points)
}

function gridShape(theta: readonly number[], size: readonly number[]): number[] {
  const axes = size.length - 2
  ensure(
    theta.length === 3 && theta[0] === size[0] && theta[1] === axes && theta[2] === axes + 1,
    'shape',
    `theta [${theta.join(', ')}] does not fit the size [${size.join(', ')}]`,
  )
  return [size[0], ...size.slice(2), axes]
}

const affineGrid: Op<{ corners: boolean }> = {
  name: 'AffineGrid',
  attrs: (node) => ({ corners: node.int('align_corners', 0) !== 0 }),
  infer: ([theta, size]) => [{ dtype: theta!.dtype, shape: gridShape(theta!.shape, known(size, 'size')) }],
  cpu: ([theta, size], { corners }) => {
    const dims = Array.from(numbers(size!))
    const shape = gridShape(theta!.shape, dims)
    const axes = dims.length - 2
    const points = numbers(gridPoints(dims.slice(2), corners, 'float32'))
    const t = numbers(theta!)
    const pixels = sizeOf(dims.slice(2))
    const y = new Float64Array(sizeOf(shape))
    for (let i = 0; i < y.length; i++) {
      const [n, p, axis] = [Math.floor(i / (pixels * axes)), Math.floor(i / axes) % pixels, i % axes]
      for (let k = 0; k <= axes; k++) y[i] += t[(n * axes + axis) * (axes + 1) + k] * points[p * (axes + 1) + k]
    }
    return [fromNumbers(theta!.dtype, shape, y)]
  },
  lower: ([theta, size], { corners }, b) => {
    const dims = known(size!.fact, 'size')
    const points = b.constant(gridPoints(dims.slice(2), corners, theta!.fact.dtype), 'points')
    const turned = emit(b, 'Transpose', [theta!], { perm: [0, 2, 1] })
    return [reshape(b, emit(b, 'MatMul', [points, turned]), gridShape(theta!.fact.shape, dims))]
  },
}

/** Operators that are made of moves. */
export const arrangeOperators: readonly Op[] = [centerCropPad, compress, reverseSequence, affineGrid]
