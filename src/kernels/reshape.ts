// Reshape (https://onnx.ai/onnx/operators/onnx__Reshape.html; shape was an attribute before opset 5, allowzero since 14)
// and what is made of it: Squeeze and Unsqueeze (axes an attribute before opset 13) and Flatten.
import { ensure } from '../runtime/error.ts'
import type { Fact, OnnxNode, Op } from '../runtime/op.ts'
import { axisOf, formatShape, numbers, reshaped, sameShape, sizeOf } from '../runtime/tensor.ts'
import { int64s, known, knownIf, valuesIf } from './shared/known.ts'
import { reshape } from './shared/lowering.ts'

/** The shape that a Reshape gives: 0 keeps the input's dimension (unless `allowzero`), one -1 takes what is left. */
function target(from: readonly number[], to: readonly number[], allowzero: boolean): number[] {
  const out = to.map((d, i) => {
    if (d !== 0 || allowzero) return d
    ensure(i < from.length, 'shape', () => `shape ${formatShape(to)} keeps dimension ${i} of ${formatShape(from)}`)
    return from[i]
  })
  const open = out.indexOf(-1)
  const n = sizeOf(from)
  if (open >= 0) {
    const rest = sizeOf(out.filter((_, i) => i !== open))
    out[open] = rest ? n / rest : 0
  }
  ensure(
    sizeOf(out) === n && out.every((d) => Number.isInteger(d) && d >= 0),
    'shape',
    () => `${formatShape(from)} has ${n} elements, which do not fill ${formatShape(to)}`,
  )
  return out
}

const reshapeOp: Op<{ allowzero: boolean }> = {
  name: 'Reshape',
  attrs: (node, opset) => {
    if (opset < 5) node.setInput(1, int64s(node.ints('shape')))
    return { allowzero: node.int('allowzero', 0) !== 0 }
  },
  infer: ([x, shape], { allowzero }) => [
    { dtype: x!.dtype, shape: target(x!.shape, known(shape, 'shape'), allowzero) },
  ],
  cpu: ([x, shape], { allowzero }) => [reshaped(x!, target(x!.shape, Array.from(numbers(shape!)), allowzero))],
  lower: ([x, shape], { allowzero }) =>
    sameShape(x!.fact.shape, target(x!.fact.shape, known(shape!.fact, 'shape'), allowzero)) ? [x!] : null,
  view: true,
}

type Shaped = (shape: readonly number[], axes: number[] | null) => number[]

/** An operator whose output has the input's elements under the shape that `f` gives. */
function reshaper<A>(name: string, attrs: (node: OnnxNode, opset: number) => A, f: (a: A) => Shaped): Op<A> {
  const infer = ([x, axes]: readonly (Fact | null)[], a: A) => [
    { dtype: x!.dtype, shape: f(a)(x!.shape, knownIf(axes, 'axes')) },
  ]
  return {
    name,
    attrs,
    infer,
    cpu: ([x, axes], a) => [reshaped(x!, f(a)(x!.shape, valuesIf(axes)))],
    lower: ([x, axes], a, b) => [reshape(b, x!, infer([x!.fact, axes?.fact ?? null], a)[0].shape)],
    view: true,
  }
}

function axesAttribute(node: OnnxNode, opset: number): object {
  if (opset < 13 && node.has('axes')) node.setInput(1, int64s(node.ints('axes')))
  return {}
}

const squeeze = reshaper('Squeeze', axesAttribute, () => (shape, axes) => {
  const drop = axes ? axes.map((a) => axisOf(a, shape.length)) : shape.flatMap((d, i) => (d === 1 ? [i] : []))
  for (const a of drop)
    ensure(shape[a] === 1, 'shape', () => `axis ${a} of ${formatShape(shape)} is ${shape[a]} instead of 1`)
  return shape.filter((_, i) => !drop.includes(i))
})

const unsqueeze = reshaper('Unsqueeze', axesAttribute, () => (shape, axes) => {
  ensure(axes, 'model', 'it names no axes')
  const rank = shape.length + axes.length
  const added = new Set(axes.map((a) => axisOf(a, rank)))
  ensure(added.size === axes.length, 'shape', () => `axes ${formatShape(axes)} name one axis twice`)
  let next = 0
  return Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : shape[next++]))
})

const flatten = reshaper(
  'Flatten',
  (node) => ({ axis: node.int('axis', 1) }),
  ({ axis }) =>
    (shape) => {
      const rank = shape.length
      ensure(axis >= -rank && axis <= rank, 'shape', `axis ${axis} is out of range for rank ${rank}`)
      const at = axis < 0 ? axis + rank : axis
      return [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))]
    },
)

/** Operators that change a shape and move nothing. */
export const reshapeOperators: readonly Op[] = [reshapeOp, squeeze, unsqueeze, flatten]
