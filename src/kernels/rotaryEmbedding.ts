// RotaryEmbedding: https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html (since opset 23). Pairs of elements turn by
// the angle of their position. It is lowered to y = x · C + swap(x) · S, where swap exchanges the elements of a pair and
// C and S hold each element's cosine and signed sine; beyond the rotary part C is 1 and S is 0.
import { ensure } from '../runtime/error.ts'
import type { Builder, Op, Value } from '../runtime/op.ts'
import { formatShape, fromNumbers, numbers, sizeOf, type Tensor } from '../runtime/tensor.ts'
import { int64s } from './shared/known.ts'
import { emit, reshape } from './shared/lowering.ts'
import { wrap } from './shared/positions.ts'

interface RotaryAttrs {
  interleaved: boolean
  /** Elements of a head that turn; 0: all. */
  rotary: number
  /** Heads of a three-dimensional input. */
  heads: number
}

interface Dims {
  batch: number
  heads: number
  tokens: number
  size: number
  /** Pairs of a head. */
  pairs: number
  /** The input has three axes: heads lie side by side in a token. */
  rows: boolean
}

type Shapes = readonly (readonly number[] | null | undefined)[]

function dimsOf([x, cos, sin, ids]: Shapes, a: RotaryAttrs): Dims {
  const shape = x!
  const rows = shape.length === 3
  ensure(
    rows || shape.length === 4,
    'shape',
    () => `X ${formatShape(shape)} has ${shape.length} axes instead of 3 or 4`,
  )
  if (rows)
    ensure(
      a.heads > 0 && shape[2] % a.heads === 0,
      'shape',
      () => `the ${shape[2]} elements a token of X ${formatShape(shape)} do not divide into ${a.heads} heads`,
    )
  const [batch, heads, tokens, size] = rows ? [shape[0], a.heads, shape[1], shape[2] / a.heads] : shape
  const turned = a.rotary || size
  ensure(
    turned % 2 === 0 && turned <= size,
    'shape',
    () => `${turned} of ${size} elements of a head cannot turn in pairs`,
  )
  const pairs = turned / 2
  for (const cache of [cos!, sin!])
    ensure(
      cache.length === (ids ? 2 : 3) && cache.at(-1)! >= pairs,
      'shape',
      () => `a cache ${formatShape(cache)} ${ids ? 'with' : 'without'} position_ids does not fit ${pairs} pairs`,
    )
  for (const at of ids ? [ids] : [cos!.slice(0, 2), sin!.slice(0, 2)])
    ensure(
      at.length === 2 && at[0] === batch && at[1] === tokens,
      'shape',
      () => `positions ${formatShape(at)} are not those of X: [${batch}, ${tokens}]`,
    )
  return { batch, heads, tokens, size, pairs, rows }
}

/** Of element i of a head: its pair (-1 beyond the rotary part), its partner, and whether it is the first of the pair. */
function elementOf(i: number, { pairs }: Dims, { interleaved }: RotaryAttrs) {
  if (i >= 2 * pairs) return { pair: -1, partner: i, first: true }
  if (interleaved) return { pair: i >> 1, partner: i ^ 1, first: i % 2 === 0 }
  return { pair: i % pairs, partner: (i + pairs) % (2 * pairs), first: i < pairs }
}

function rotate([x, cos, sin, ids]: readonly (Tensor | null)[], a: RotaryAttrs): Tensor {
  const d = dimsOf([x!.shape, cos!.shape, sin!.shape, ids?.shape], a)
  const elements = Array.from({ length: d.size }, (_, i) => elementOf(i, d, a))
  const [data, dc, ds] = [numbers(x!), numbers(cos!), numbers(sin!)]
  const at = ids ? numbers(ids) : undefined
  const y = new Float64Array(data.length)
  for (let i = 0; i < y.length; i++) {
    const { pair, partner, first } = elements[i % d.size]
    const row = Math.floor(i / d.size)
    const [b, n] = d.rows
      ? [Math.floor(row / (d.heads * d.tokens)), Math.floor(row / d.heads) % d.tokens]
      : [Math.floor(row / (d.heads * d.tokens)), row % d.tokens]
    const place = b * d.tokens + n
    const turn = (cache: ArrayLike<number>, shape: readonly number[]) =>
      cache[(at ? wrap(at[place], shape[0]) : place) * shape.at(-1)! + pair]
    const other = data[i - (i % d.size) + partner]
    if (pair < 0) y[i] = data[i]
    else y[i] = data[i] * turn(dc, cos!.shape) + (first ? -other : other) * turn(ds, sin!.shape)
  }
  return fromNumbers(x!.dtype, x!.shape, y)
}

/** A cache with a column for each element of a head, one row a token, as it broadcasts over the heads of X. */
function spread(
  b: Builder,
  cache: Value,
  ids: Value | null | undefined,
  beyond: number,
  d: Dims,
  a: RotaryAttrs,
): Value {
  const { dtype, shape } = cache.fact
  const filler = [...shape.slice(0, -1), 1]
  const more = fromNumbers(dtype, filler, new Float64Array(sizeOf(filler)).fill(beyond))
  const wide = 2 * d.pairs < d.size ? emit(b, 'Concat', [cache, b.constant(more)], { axis: -1 }) : cache
  const columns = Array.from({ length: d.size }, (_, i) => {
    const { pair } = elementOf(i, d, a)
    return pair < 0 ? shape.at(-1)! : pair
  })
  const table = emit(b, 'Gather', [wide, b.constant(int64s(columns), 'columns')], { axis: shape.length - 1 })
  const placed = ids ? emit(b, 'Gather', [table, ids], { axis: 0 }) : table
  return reshape(b, placed, d.rows ? [d.batch, d.tokens, 1, d.size] : [d.batch, 1, d.tokens, d.size])
}

export const RotaryEmbedding: Op<RotaryAttrs> = {
  name: 'RotaryEmbedding',
  attrs: (node) => ({
    interleaved: node.int('interleaved', 0) !== 0,
    rotary: node.int('rotary_embedding_dim', 0),
    heads: node.int('num_heads', 0),
  }),
  infer(x, a) {
    dimsOf(
      x.map((f) => f?.shape),
      a,
    )
    return [{ dtype: x[0]!.dtype, shape: x[0]!.shape }]
  },
  cpu: (x, a) => [rotate(x, a)],
  lower([x, cos, sin, ids], a, b) {
    const { dtype, shape } = x!.fact
    const d = dimsOf([shape, cos!.fact.shape, sin!.fact.shape, ids?.fact.shape], a)
    const elements = Array.from({ length: d.size }, (_, i) => elementOf(i, d, a))
    const signs = elements.map(({ pair, first }) => (pair < 0 ? 0 : first ? -1 : 1))
    const signed = emit(b, 'Mul', [
      spread(b, sin!, ids, 0, d, a),
      b.constant(fromNumbers(dtype, [d.size], signs), 'signs'),
    ])
    const heads = d.rows ? reshape(b, x!, [d.batch, d.tokens, d.heads, d.size]) : x!
    const partners = b.constant(int64s(elements.map((e) => e.partner)), 'partners')
    const swapped = emit(b, 'Gather', [heads, partners], { axis: 3 })
    const straight = emit(b, 'Mul', [heads, spread(b, cos!, ids, 1, d, a)])
    return [reshape(b, emit(b, 'Add', [straight, emit(b, 'Mul', [swapped, signed])]), shape)]
  },
}
