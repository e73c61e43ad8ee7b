// MatMul: https://onnx.ai/onnx/operators/onnx__MatMul.html and Gemm: https://onnx.ai/onnx/operators/onnx__Gemm.html
// Gemm is lowered to MatMul. Revisions differ in types only; before opset 11 Gemm's C was obligatory.
import { ensure } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import type { Context, Op, Value } from '../runtime/op.ts'
import {
  broadcastShapes,
  broadcastStrides,
  formatShape,
  fromNumbers,
  numbers,
  sameShape,
  sizeOf,
  stridesOf,
} from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { reshape } from './shared/lowering.ts'
import { chooseProduct, product, productWeights } from './shared/product.ts'
import { reader } from './shared/reader.ts'

interface Dims {
  batch: number[]
  m: number
  n: number
  k: number
}

function dimsOf(a: readonly number[], b: readonly number[]): Dims {
  const [m, k] = [a.at(-2)!, a.at(-1)!]
  const [k2, n] = [b.at(-2)!, b.at(-1)!]
  ensure(
    k === k2,
    'shape',
    () => `${formatShape(a)} and ${formatShape(b)} do not multiply: ${k} columns against ${k2} rows`,
  )
  return { batch: broadcastShapes(a.slice(0, -2), b.slice(0, -2)), m, n, k }
}

/** A vector as a matrix of one row or column. */
const asMatrix = (shape: readonly number[], side: 'left' | 'right'): readonly number[] =>
  shape.length > 1 ? shape : side === 'left' ? [1, shape[0]] : [shape[0], 1]

function resultShape(a: readonly number[], b: readonly number[]): number[] {
  const { batch, m, n } = dimsOf(asMatrix(a, 'left'), asMatrix(b, 'right'))
  return [...batch, ...(a.length > 1 ? [m] : []), ...(b.length > 1 ? [n] : [])]
}

/** Adds the product of an [m, k] matrix, at `pa` of `a`, and a [k, n] matrix to `y`. */
function addProduct(
  y: Float64Array,
  at: number,
  a: ArrayLike<number>,
  pa: number,
  b: ArrayLike<number>,
  pb: number,
  { m, n, k }: { m: number; n: number; k: number },
): void {
  for (let r = 0; r < m; r++)
    for (let c = 0; c < k; c++) {
      const v = a[pa + r * k + c]
      const row = at + r * n
      const from = pb + c * n
      for (let j = 0; j < n; j++) y[row + j] += v * b[from + j]
    }
}

/** `width` columns of a constant matrix, padded to whole vectors. */
function packColumns(values: ArrayLike<number>, k: number, n: number, start: number, width: number): Float32Array {
  const padded = pad4(width)
  if (padded === n && values instanceof Float32Array) return values
  const packed = new Float32Array(k * padded)
  for (let i = 0; i < k; i++) for (let j = 0; j < width; j++) packed[i * padded + j] = values[i * n + start + j]
  return packed
}

/** Ranges of columns of a [k, n] matrix that the adapter can bind: one, but for very large ones. */
function columnRanges(ctx: Context, w: Value, k: number, n: number): [start: number, width: number][] {
  const bytes = k * (w.fact.dtype === 'float16' ? 2 : 4)
  const most = Math.floor(ctx.caps.limits.maxStorageBufferBindingSize / bytes / 4) * 4
  ensure(most > 0, 'limit', `a column of weights takes ${bytes} bytes, more than the adapter binds`)
  const parts = Math.ceil(n / most)
  const width = pad4(Math.ceil(n / parts))
  return Array.from({ length: Math.ceil(n / width) }, (_, i) => [i * width, Math.min(width, n - i * width)])
}

export const MatMul: Op<object> = {
  name: 'MatMul',
  attrs: () => ({}),
  infer: ([a, b]) => [{ dtype: a!.dtype, shape: resultShape(a!.shape, b!.shape) }],
  cpu([a, b]) {
    const [sa, sb] = [asMatrix(a!.shape, 'left'), asMatrix(b!.shape, 'right')]
    const { batch, m, n, k } = dimsOf(sa, sb)
    const [da, db] = [numbers(a!), numbers(b!)]
    const count = sizeOf(batch)
    const steps = stridesOf(batch)
    const [ba, bb] = [broadcastStrides(sa.slice(0, -2), batch), broadcastStrides(sb.slice(0, -2), batch)]
    const y = new Float64Array(count * m * n)
    for (let i = 0; i < count; i++) {
      let [pa, pb] = [0, 0]
      batch.forEach((d, axis) => {
        const c = Math.floor(i / steps[axis]) % d
        pa += c * ba[axis]
        pb += c * bb[axis]
      })
      addProduct(y, i * m * n, da, pa * m * k, db, pb * k * n, { m, n, k })
    }
    return [fromNumbers(a!.dtype, resultShape(a!.shape, b!.shape), y)]
  },
  lower([a, b], _, g) {
    const [sa, sb] = [a!.fact.shape, b!.fact.shape]
    if (sa.length === 1 || sb.length === 1) {
      const [y] = g.emit('MatMul', [reshape(g, a!, asMatrix(sa, 'left')), reshape(g, b!, asMatrix(sb, 'right'))], {})
      return [reshape(g, y, resultShape(sa, sb))]
    }
    const { batch } = dimsOf(sa, sb)
    const partial = (s: readonly number[]) => sizeOf(s.slice(0, -2)) !== 1 && sizeOf(s.slice(0, -2)) !== sizeOf(batch)
    if (!partial(sa) && !partial(sb)) return null
    const expand = (v: Value) =>
      partial(v.fact.shape)
        ? g.emit('Expand', [v, g.constant(int64s([...batch, ...v.fact.shape.slice(-2)]))], {})[0]
        : v
    return g.emit('MatMul', [expand(a!), expand(b!)], {})
  },
  gpu([a, b], [y], _, ctx) {
    const [sa, sb] = [a!.fact.shape, b!.fact.shape]
    const { batch, m, n, k } = dimsOf(sa, sb)
    const wBatched = sizeOf(sb.slice(0, -2)) > 1
    const xBatched = sizeOf(sa.slice(0, -2)) > 1
    // One matrix for all batches: their rows are rows of one product.
    const flat = !wBatched && xBatched
    const count = flat ? 1 : sizeOf(batch)
    const shared = {
      batch: count,
      m: flat ? m * sizeOf(batch) : m,
      k,
      xBatched: xBatched && !flat,
      wBatched,
      x: a!,
      readX: reader(ctx, a!, 'x', k),
      y,
      cols: n,
      writer: ctx.writer({ cols: n }),
    }
    if (!b!.fact.value || wBatched) return product(ctx, { ...shared, n, w: b!, readW: reader(ctx, b!, 'w', n) })
    return columnRanges(ctx, b!, k, n).flatMap(([start, width]) => {
      const packed = pad4(width)
      const key = `columns ${k}x${n} from ${start}, ${packed}`
      const shape = { batch: count, m: shared.m, n: width, k, x: a!, w: b! }
      const variant = chooseProduct(ctx, shape)
      const pack = (values: ArrayLike<number>) => packColumns(values, k, n, start, width)
      const weights = productWeights(ctx, variant, b!, { key, k, width: packed, pack })
      const emit = start ? `fn emit(row: u32, col: u32, v: value) { write(row, col + ${start}u, v); }` : undefined
      return product(ctx, { ...shared, n: width, ...weights, emit }, variant)
    })
  },
  tail: true,
}

interface GemmAttrs {
  alpha: number
  beta: number
  transA: boolean
  transB: boolean
}

export const Gemm: Op<GemmAttrs> = {
  name: 'Gemm',
  attrs: (node) => ({
    alpha: node.float('alpha', 1),
    beta: node.float('beta', 1),
    transA: node.int('transA', 0) !== 0,
    transB: node.int('transB', 0) !== 0,
  }),
  infer([a, b, c], { transA, transB }) {
    const [m, k] = transA ? [a!.shape[1], a!.shape[0]] : a!.shape
    const [k2, n] = transB ? [b!.shape[1], b!.shape[0]] : b!.shape
    ensure(
      k === k2,
      'shape',
      () => `${formatShape(a!.shape)} and ${formatShape(b!.shape)} do not multiply: ${k} columns against ${k2} rows`,
    )
    const shape = [m, n]
    if (c)
      ensure(
        sameShape(broadcastShapes(c.shape, shape), shape),
        'shape',
        () => `C ${formatShape(c.shape)} does not broadcast to ${formatShape(shape)}`,
      )
    return [{ dtype: a!.dtype, shape }]
  },
  cpu([a, b, c], { alpha, beta, transA, transB }) {
    const [m, k] = transA ? [a!.shape[1], a!.shape[0]] : a!.shape
    const n = transB ? b!.shape[0] : b!.shape[1]
    const [da, db] = [numbers(a!), numbers(b!)]
    const dc = c ? numbers(c) : undefined
    const sc = c ? broadcastStrides(c.shape, [m, n]) : []
    const y = new Float64Array(m * n)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let r = 0; r < k; r++) sum += da[transA ? r * m + i : i * k + r] * db[transB ? j * k + r : r * n + j]
        y[i * n + j] = alpha * sum + (dc ? beta * dc[i * sc[0] + j * sc[1]] : 0)
      }
    return [fromNumbers(a!.dtype, [m, n], y)]
  },
  lower([a, b, c], { alpha, beta, transA, transB }, g) {
    const transpose = (v: Value) => g.emit('Transpose', [v], { perm: [1, 0] })[0]
    const scale = (v: Value, by: number) =>
      by === 1 ? v : g.emit('Mul', [v, g.constant(fromNumbers(v.fact.dtype, [], [by]))], {})[0]
    const [y] = g.emit('MatMul', [transA ? transpose(a!) : a!, scale(transB ? transpose(b!) : b!, alpha)], {})
    return c ? g.emit('Add', [y, scale(c, beta)], {}) : [y]
  },
}
