// Einsum: https://onnx.ai/onnx/operators/onnx__Einsum.html (since opset 12). It is lowered operand by operand to MatMul,
// or to Mul where nothing is summed; diagonals are slices of a flattened square.
import { ensure } from '../runtime/error.ts'
import type { Builder, Op, Value } from '../runtime/op.ts'
import { fromNumbers, numbers, sizeOf, stridesOf, type Tensor } from '../runtime/tensor.ts'
import { type Equation, parseEquation } from './shared/einsum.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape } from './shared/lowering.ts'
import { sliceAxis } from './shared/slice.ts'

interface EinsumAttrs {
  equation: string
}

function evaluate(x: readonly Tensor[], { terms, output, sizes }: Equation): Tensor {
  const summed = [...sizes.keys()].filter((l) => !output.includes(l))
  const labels = [...output, ...summed]
  const extent = labels.map((l) => sizes.get(l)!)
  const data = x.map(numbers)
  // How far each operand advances along each label; a repeated label advances along all its axes.
  const steps = terms.map((term, k) => {
    const own = stridesOf(x[k].shape)
    return labels.map((l) => term.reduce((s, t, axis) => (t === l && x[k].shape[axis] !== 1 ? s + own[axis] : s), 0))
  })
  const inner = sizeOf(summed.map((l) => sizes.get(l)!))
  const y = new Float64Array(sizeOf(output.map((l) => sizes.get(l)!)))
  const at = new Array<number>(x.length).fill(0)
  const position = new Array<number>(labels.length).fill(0)
  for (let i = 0; i < y.length; i++)
    for (let s = 0; s < inner; s++) {
      let product = 1
      for (let k = 0; k < x.length; k++) product *= data[k][at[k]]
      y[i] += product
      for (let axis = labels.length - 1; axis >= 0; axis--) {
        for (let k = 0; k < x.length; k++) at[k] += steps[k][axis]
        if (++position[axis] < extent[axis]) break
        for (let k = 0; k < x.length; k++) at[k] -= steps[k][axis] * extent[axis]
        position[axis] = 0
      }
    }
  return fromNumbers(
    x[0].dtype,
    output.map((l) => sizes.get(l)!),
    y,
  )
}

/** A value with a label an axis, no label twice. */
interface Labelled {
  v: Value
  labels: string[]
}

/** The axes in the order of `labels`, which are those of `t`. */
function ordered(b: Builder, t: Labelled, labels: readonly string[]): Value {
  const perm = labels.map((l) => t.labels.indexOf(l))
  return perm.every((p, i) => p === i) ? t.v : emit(b, 'Transpose', [t.v], { perm })
}

/** Keeps the diagonal of every label that comes twice or more. */
function diagonals(b: Builder, v: Value, labels: string[]): Labelled {
  const twice = labels.find((l, i) => labels.indexOf(l) !== i)
  if (twice === undefined) return { v, labels }
  const axes = labels.flatMap((l, i) => (l === twice ? [i] : []))
  const others = labels.flatMap((l, i) => (l === twice ? [] : [i]))
  const n = v.fact.shape[axes[0]]
  const outer = others.map((i) => v.fact.shape[i])
  const flat = reshape(b, emit(b, 'Transpose', [v], { perm: [...others, ...axes] }), [...outer, n ** axes.length])
  const step = axes.reduce((s, _, i) => s + n ** i, 0)
  const part = sliceAxis(b, flat, outer.length, 0, n ** axes.length, step)
  return diagonals(b, part, [...others.map((i) => labels[i]), twice])
}

/** Sums over the labels that nothing else needs. */
function summed(b: Builder, t: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = t.labels.flatMap((l, i) => (needed.has(l) ? [] : [i]))
  if (!axes.length) return t
  const v = emit(b, 'ReduceSum', [t.v, b.constant(int64s(axes), 'axes')], { keepdims: false, noop: true })
  return { v, labels: t.labels.filter((l) => needed.has(l)) }
}

/** Axes of 1 that another operand widens do not count. */
function unbroadcast(b: Builder, t: Labelled, sizes: ReadonlyMap<string, number>): Labelled {
  const kept = t.labels.filter((l, i) => t.v.fact.shape[i] === sizes.get(l))
  if (kept.length === t.labels.length) return t
  const shape = kept.map((l) => sizes.get(l)!)
  return { v: reshape(b, t.v, shape), labels: kept }
}

/** The product of two operands, summed over what they share and `needed` lacks; `output` is the order to aim at. */
function multiply(
  b: Builder,
  left: Labelled,
  right: Labelled,
  needed: ReadonlySet<string>,
  output: readonly string[],
  sizes: ReadonlyMap<string, number>,
): Labelled {
  const shared = left.labels.filter((l) => right.labels.includes(l))
  const contracted = shared.filter((l) => !needed.has(l))
  const place = (l: string) => (output.includes(l) ? output.indexOf(l) : output.length)
  const inOrder = (list: readonly string[]) => [...list].sort((p, q) => place(p) - place(q))
  const shapeOf = (list: readonly string[]) => list.map((l) => sizes.get(l)!)
  if (!contracted.length) {
    const labels = inOrder([...new Set([...left.labels, ...right.labels])])
    const aligned = [left, right].map((t) => {
      const own = labels.filter((l) => t.labels.includes(l))
      const shape = labels.map((l) => (t.labels.includes(l) ? sizes.get(l)! : 1))
      return reshape(b, ordered(b, t, own), shape)
    })
    return { v: emit(b, 'Mul', aligned), labels }
  }
  const batch = inOrder(shared.filter((l) => needed.has(l)))
  const rowsOf = (t: Labelled) => inOrder(t.labels.filter((l) => !shared.includes(l)))
  // The operand whose own axes come first in the result gives the rows.
  const [leftRows, rightRows] = [rowsOf(left), rowsOf(right)]
  const swap = rightRows.length > 0 && (!leftRows.length || place(rightRows[0]) < place(leftRows[0]))
  const [first, second, rows, cols] = swap ? [right, left, rightRows, leftRows] : [left, right, leftRows, rightRows]
  const size = (list: readonly string[]) => sizeOf(shapeOf(list))
  const outer = shapeOf(batch)
  const [m, k, n] = [size(rows), size(contracted), size(cols)]
  const x = reshape(b, ordered(b, first, [...batch, ...rows, ...contracted]), [...outer, m, k])
  const w = reshape(b, ordered(b, second, [...batch, ...contracted, ...cols]), [...outer, k, n])
  const labels = [...batch, ...rows, ...cols]
  return { v: reshape(b, emit(b, 'MatMul', [x, w]), shapeOf(labels)), labels }
}

export const Einsum: Op<EinsumAttrs> = {
  name: 'Einsum',
  attrs: (node) => {
    ensure(node.has('equation'), 'model', 'it has no equation')
    return { equation: node.string('equation', '') }
  },
  infer(x, { equation }) {
    const { output, sizes } = parseEquation(
      equation,
      x.map((f) => f!.shape),
    )
    return [{ dtype: x[0]!.dtype, shape: output.map((l) => sizes.get(l)!) }]
  },
  cpu(x, { equation }) {
    const operands = x as readonly Tensor[]
    return [
      evaluate(
        operands,
        parseEquation(
          equation,
          operands.map((t) => t.shape),
        ),
      ),
    ]
  },
  lower(x, { equation }, b) {
    const { terms, output, sizes } = parseEquation(
      equation,
      x.map((v) => v!.fact.shape),
    )
    const operands = x.map((v, k) => unbroadcast(b, diagonals(b, v!, terms[k]), sizes))
    const neededAfter = (k: number) => new Set([...output, ...operands.slice(k + 1).flatMap((t) => t.labels)])
    const alone = (t: Labelled, k: number) => {
      const others = operands.flatMap((o, i) => (i === k ? [] : o.labels))
      return summed(b, t, new Set([...output, ...others]))
    }
    const reduced = operands.map(alone)
    let result = reduced[0]
    for (let k = 1; k < reduced.length; k++) result = multiply(b, result, reduced[k], neededAfter(k), output, sizes)
    return [ordered(b, result, output)]
  },
}
