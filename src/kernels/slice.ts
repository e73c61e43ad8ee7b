// Slice: https://onnx.ai/onnx/operators/onnx__Slice.html (starts, ends and axes were attributes before opset 10), and
// Split: https://onnx.ai/onnx/operators/onnx__Split.html (sizes an attribute before opset 13, num_outputs since 18).
import { ensure } from '../runtime/error.ts'
import type { Fact, Op, Value } from '../runtime/op.ts'
import { axisOf, formatShape, sameShape, stridesOf, type Tensor } from '../runtime/tensor.ts'
import { copyCalls } from './shared/copy.ts'
import { int64s, knownIf, valuesIf } from './shared/known.ts'
import { gatherWalk, type Walk } from './shared/move.ts'
import { sliceAxis } from './shared/slice.ts'

interface Ranges {
  starts: number[]
  ends: number[]
  axes: number[] | null
  steps: number[] | null
}

/** The walk over the elements that a slice keeps, by numpy's rules for ends beyond the axis. */
function walkOf(shape: readonly number[], { starts, ends, axes, steps }: Ranges): Walk {
  const out = [...shape]
  const own = stridesOf(shape)
  const strides = [...own]
  let base = 0
  starts.forEach((from, i) => {
    const axis = axisOf(axes?.[i] ?? i, shape.length)
    const step = steps?.[i] ?? 1
    ensure(step !== 0, 'shape', `its step along axis ${axis} is 0`)
    const dim = shape[axis]
    const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v < 0 ? v + dim : v, low), high)
    const start = step > 0 ? clamp(from, 0, dim) : clamp(from, 0, dim - 1)
    const end = step > 0 ? clamp(ends[i], 0, dim) : clamp(ends[i], -1, dim - 1)
    out[axis] = Math.max(0, Math.ceil((end - start) / step))
    strides[axis] = own[axis] * step
    base += start * own[axis]
  })
  return { shape: out, strides, base }
}

function rangesOf(read: (index: number, name: string) => number[] | null): Ranges {
  const starts = read(1, 'starts')!
  const ends = read(2, 'ends')!
  const axes = read(3, 'axes')
  const steps = read(4, 'steps')
  ensure(
    starts.length === ends.length,
    'shape',
    () => `it has ${starts.length} starts and ${ends.length} ends: ${formatShape(starts)}, ${formatShape(ends)}`,
  )
  return { starts, ends, axes, steps }
}

const factRanges = (x: readonly (Fact | null)[]) => rangesOf((i, name) => knownIf(x[i], name))
const valueRanges = (x: readonly (Value | null)[]) => factRanges(x.map((v) => v?.fact ?? null))
const tensorRanges = (x: readonly (Tensor | null)[]) => rangesOf((i) => valuesIf(x[i]))

const slice: Op = {
  name: 'Slice',
  attrs: (node, opset) => {
    if (opset < 10)
      ['starts', 'ends', 'axes'].forEach((name, i) => {
        if (node.has(name)) node.setInput(i + 1, int64s(node.ints(name)))
      })
    return {}
  },
  infer: (x) => [{ dtype: x[0]!.dtype, shape: walkOf(x[0]!.shape, factRanges(x)).shape }],
  cpu: (x) => {
    const { dtype, shape, data } = x[0]!
    const walk = walkOf(shape, tensorRanges(x))
    return [{ dtype, shape: walk.shape, data: gatherWalk(data, dtype, walk) }]
  },
  gpu: (x, [y], _, ctx) => copyCalls(ctx, x[0]!, y, walkOf(x[0]!.fact.shape, valueRanges(x))),
  lower: (x) => {
    const { shape, strides } = walkOf(x[0]!.fact.shape, valueRanges(x))
    const own = stridesOf(x[0]!.fact.shape)
    return sameShape(shape, x[0]!.fact.shape) && sameShape(strides, own) ? [x[0]!] : null
  },
  permute: {
    images: 'first',
    apply: (x, a, perm, b) => {
      const { starts, axes } = valueRanges(x)
      const moved = starts.map((_, i) => perm[axisOf(axes?.[i] ?? i, perm.length)])
      const inputs = [...x]
      inputs[3] = b.constant(int64s(moved), 'axes')
      return { x: inputs, a }
    },
  },
  tail: true,
}

interface SplitAttrs {
  axis: number
  /** Number of outputs, where no input gives their sizes. */
  count: number
}

function sizesOf(dim: number, sizes: number[] | null, count: number): number[] {
  if (!sizes) {
    const part = Math.ceil(dim / count)
    return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, dim - i * part)))
  }
  const sum = sizes.reduce((a, v) => a + v, 0)
  ensure(sum === dim, 'shape', () => `the sizes ${formatShape(sizes)} sum to ${sum}, the axis has ${dim}`)
  return sizes
}

function parts(shape: readonly number[], sizes: number[] | null, a: SplitAttrs) {
  const axis = axisOf(a.axis, shape.length)
  let start = 0
  return sizesOf(shape[axis], sizes, a.count).map((size) => {
    const from = start
    start += size
    return { axis, start: from, end: start, shape: shape.map((d, i) => (i === axis ? size : d)) }
  })
}

const split: Op<SplitAttrs> = {
  name: 'Split',
  attrs: (node, opset) => {
    if (opset < 13 && node.has('split')) node.setInput(1, int64s(node.ints('split')))
    return { axis: node.int('axis', 0), count: node.int('num_outputs', node.outputCount) }
  },
  infer: ([x, sizes], a) =>
    parts(x!.shape, knownIf(sizes, 'split'), a).map(({ shape }) => ({ dtype: x!.dtype, shape })),
  cpu: ([x, sizes], a) =>
    parts(x!.shape, valuesIf(sizes), a).map(({ axis, start, shape }) => {
      const strides = stridesOf(x!.shape)
      const walk = { shape, strides, base: start * strides[axis] }
      return { dtype: x!.dtype, shape, data: gatherWalk(x!.data, x!.dtype, walk) }
    }),
  lower: ([x, sizes], a, b) =>
    parts(x!.fact.shape, knownIf(sizes?.fact, 'split'), a).map(({ axis, start, end }) =>
      sliceAxis(b, x!, axis, start, end),
    ),
  permute: {
    images: 'first',
    apply: (x, a, perm) => ({ x, a: { ...a, axis: perm[axisOf(a.axis, perm.length)] } }),
  },
}

/** Parts of a tensor. */
export const sliceOperators: readonly Op[] = [slice, split]
