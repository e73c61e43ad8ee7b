// Moves of whole rows (runs along the last axis): windows, rolls, strided picks. However an exporter writes them, they
// come down to a table that names the source of every row; tables compose, cancel, and go into attention.
import { opOf } from '../graph/build.ts'
import type { Builder, Node, Ops, Value } from '../op.ts'
import { axisOf, fromNumbers, isFloat, numbers, sameShape, sizeOf, stridesOf, tensor } from '../tensor.ts'
import type { Pass } from './driver.ts'
import { reshapeTo } from './moves.ts'
import { eachNode, perChannel, type Rewriter } from './rewrite.ts'

/** Row i of a value is row map[i] of the root; no map: the rows of the root itself. */
export interface Rows {
  root: Value
  map?: Int32Array
  /** Kernels on the way from the root. */
  moves: number
}

/** Rows up to which tables are made. */
const MOST = 1 << 20

const rowCount = (v: Value) => sizeOf(v.fact.shape) / (v.fact.shape.at(-1) ?? 1)
const ints = (v: Value | null | undefined) => (v?.fact.value ? [...numbers(v.fact.value)] : null)

/** Rows of `shape` (without the last axis) that a walk with these strides visits. */
function walk(shape: readonly number[], strides: readonly number[], base: number): Int32Array {
  let out = Int32Array.of(base)
  shape.forEach((d, axis) => {
    const next = new Int32Array(out.length * d)
    for (let i = 0; i < out.length; i++) for (let k = 0; k < d; k++) next[i * d + k] = out[i] + k * strides[axis]
    out = next
  })
  return out
}

/** Which row of its input each row of a move is; null for what moves no whole rows of one input. */
function ownMap(node: Node): Int32Array | null {
  const [x, ...rest] = node.inputs
  const shape = x!.fact.shape
  const rank = shape.length
  const strides = stridesOf(shape.slice(0, -1))
  switch (node.op) {
    case 'Transpose': {
      const perm = node.attrs.perm as number[]
      if (perm.at(-1) !== rank - 1) return null
      const outer = perm.slice(0, -1)
      return walk(
        outer.map((p) => shape[p]),
        outer.map((p) => strides[p]),
        0,
      )
    }
    case 'Slice': {
      const [starts, , axes, steps] = rest.map(ints)
      if (!starts || !axes) return null
      const own = [...strides]
      let base = 0
      for (const [i, axis] of axes.map((a) => axisOf(a, rank)).entries()) {
        const step = steps?.[i] ?? 1
        if (axis === rank - 1 || step < 1) return null
        const d = shape[axis]
        base += Math.min(Math.max(starts[i] < 0 ? starts[i] + d : starts[i], 0), d) * strides[axis]
        own[axis] *= step
      }
      return walk(node.outputs[0].fact.shape.slice(0, -1), own, base)
    }
    case 'Gather': {
      const list = ints(rest[0])
      return list && rank === 2 && axisOf(node.attrs.axis, 2) === 0 && rest[0]!.fact.shape.length === 1
        ? Int32Array.from(list, (i) => (i < 0 ? i + shape[0] : i))
        : null
    }
    default:
      return null
  }
}

/** Parts of one root's rows side by side along an axis other than the last. */
function joined(node: Node, parts: readonly Rows[]): Rows | null {
  const shape = node.outputs[0].fact.shape
  const axis = axisOf(node.attrs.axis, shape.length)
  const { root } = parts[0]
  if (axis === shape.length - 1 || !parts.every((p) => p.root === root)) return null
  const map = new Int32Array(rowCount(node.outputs[0]))
  const strides = stridesOf(shape.slice(0, -1))
  let at = 0
  for (const [i, v] of node.inputs.entries()) {
    const own = v!.fact.shape.slice(0, -1)
    const places = walk(own, strides, at * strides[axis])
    const { map: from } = parts[i]
    for (const [k, place] of places.entries()) map[place] = from ? from[k] : k
    at += own[axis]
  }
  return { root, map, moves: parts.reduce((n, p) => n + p.moves, parts.length) }
}

/** Follows a value up to where its rows come from. */
export function rowsOf(v: Value): Rows {
  const still: Rows = { root: v, moves: 0 }
  const node = v.producer
  const cols = v.fact.shape.at(-1)
  if (!node || v.fact.value || node.tail?.length || !cols || !sizeOf(v.fact.shape) || rowCount(v) > MOST) return still
  if (node.op === 'Reshape') return node.inputs[0]!.fact.shape.at(-1) === cols ? rowsOf(node.inputs[0]!) : still
  if (node.op === 'Concat') {
    const parts = node.inputs.map((u) => rowsOf(u!))
    return joined(node, parts) ?? still
  }
  const own = ownMap(node)
  if (!own) return still
  const { root, map, moves } = rowsOf(node.inputs[0]!)
  return { root, map: map ? own.map((i) => map[i]) : own, moves: moves + 1 }
}

const isIdentity = (map: Int32Array) => map.every((r, i) => r === i)
const sameMap = (a: Int32Array, b: Int32Array) => a.length === b.length && a.every((r, i) => r === b[i])

/** The table that undoes a permutation; null where it is none. */
function inverseOf(map: Int32Array, rows: number): Int32Array | null {
  if (map.length !== rows) return null
  const out = new Int32Array(rows).fill(-1)
  for (const [i, r] of map.entries()) out[r] = i
  return out.includes(-1) ? null : out
}

/** A value's rows under a shape of three axes: [1, rows, columns]. */
const flat = (b: Builder, v: Value) => reshapeTo(b, v, [1, rowCount(v), v.fact.shape.at(-1)!])

/** Operands of a node whose rows depend on the same rows of these alone; null for other nodes. */
function rowOperands(ops: Ops, node: Node): number[] | null {
  const [x, ...rest] = node.inputs
  const cols = node.outputs[0].fact.shape.at(-1) ?? 1
  if (node.tail?.length || node.outputs.length !== 1 || !x) return null
  const constants = (list: (Value | null)[]) => list.every((v) => !v || perChannel(v, cols))
  if (node.op === 'MatMul') return rest[0]?.fact.value && rest[0].fact.shape.length === 2 ? [0] : null
  if (node.op === 'LayerNormalization')
    return axisOf(node.attrs.axis, x.fact.shape.length) === x.fact.shape.length - 1 && constants(rest) ? [0] : null
  if (!opOf(ops, node.op).pointwise) return null
  const computed = node.inputs.flatMap((v, i) => (v && !v.fact.value ? [i] : []))
  const whole = computed.every((i) => sameShape(node.inputs[i]!.fact.shape, node.outputs[0].fact.shape))
  return whole && computed.length && constants(node.inputs.filter((v) => v?.fact.value)) ? computed : null
}

/** The first move of rows that operators on single rows have been applied to. */
function firstMove(ops: Ops, v: Value): Rows | null {
  const rows = rowsOf(v)
  if (rows.map && !isIdentity(rows.map)) return rows
  const node = rows.root.producer
  const operands = node && !rows.root.fact.value && rowOperands(ops, node)
  return operands ? firstMove(ops, node.inputs[operands[0]]!) : null
}

/** A u with row i of v = row map[i] of u, where v is made row by row of such a move; [1, rows, columns]. */
function lift(r: Rewriter, b: Builder, v: Value, map: Int32Array): Value | null {
  const rows = rowsOf(v)
  if (rows.map && sameMap(rows.map, map) && rowCount(rows.root) === map.length) return flat(b, rows.root)
  if (rows.map && !isIdentity(rows.map)) return null
  const { root } = rows
  const node = root.producer
  const operands = node && r.sole(root) && rowOperands(r.ops, node)
  if (!operands) return null
  const inputs: (Value | null)[] = []
  for (const [i, u] of node.inputs.entries()) {
    if (!operands.includes(i)) {
      const vector = u && node.op !== 'MatMul' && sizeOf(u.fact.shape) > 1
      inputs.push(vector ? reshapeTo(b, u, [sizeOf(u.fact.shape)]) : u)
      continue
    }
    const lifted = lift(r, b, u!, map)
    if (!lifted) return null
    inputs.push(lifted)
  }
  return b.emit(node.op, inputs, node.op === 'LayerNormalization' ? { ...node.attrs, axis: -1 } : node.attrs)[0]
}

/** Row map[i] of v, as rows of `shape`. */
function pick(b: Builder, v: Value, map: Int32Array, shape: readonly number[]): Value {
  const cols = v.fact.shape.at(-1)!
  const index = b.constant(fromNumbers('int64', [map.length], map), 'rows')
  return reshapeTo(b, b.emit('Gather', [reshapeTo(b, v, [rowCount(v), cols]), index], { axis: 0 })[0], shape)
}

const attentionInPlace = eachNode('attention in place', (r, node) => {
  if (node.op === 'FusedAttention' && !node.tail?.length) attendInPlace(r, node)
})
const cancelMoves = eachNode('cancel', (r, node) => {
  if (isMoveOfRows(node)) cancel(r, node)
})

/** Attention over windows reads and writes the rows of the whole image. */
function attendInPlace(r: Rewriter, node: Node): boolean {
  const [q, k, v] = node.inputs
  const { window, offsets } = node.attrs as { window?: number; offsets: number[] }
  const tokens = q!.fact.shape[1]
  if (window || k!.fact.shape[1] !== tokens || offsets.some((o) => o !== 0) || new Set([q, k, v]).size < 3) return false
  const move = firstMove(r.ops, q!)
  const { map } = move ?? {}
  if (!move || !map || !inverseOf(map, rowCount(move.root)) || map.length !== rowCount(q!)) return false
  return r.rewrite(node, (b) => {
    const lifted = [q, k, v].map((u) => lift(r, b, u!, map))
    if (!lifted.every((u) => u)) return null
    const rest = [3, 4, 5].map((i) => node.inputs[i] ?? null)
    const table = b.constant(tensor('int32', [map.length], map), 'rows')
    const [y] = b.emit('FusedAttention', [...lifted, ...rest, table], { ...node.attrs, window: tokens })
    return [pick(b, y, map, node.outputs[0].fact.shape)]
  })
}

/** A move that undoes one further up, with only operators on single rows between them: both go. */
function cancel(r: Rewriter, node: Node): boolean {
  const v = node.outputs[0]
  const { root, map } = rowsOf(v)
  const inverse = map && root.producer && inverseOf(map, rowCount(root))
  if (!inverse || isIdentity(map)) return false
  return r.rewrite(node, (b) => {
    const u = lift(r, b, root, inverse)
    return u && [reshapeTo(b, u, v.fact.shape)]
  })
}

/** Several moves of rows, or picks of rows side by side, are one Gather. */
function collect(r: Rewriter, node: Node): boolean {
  const v = node.outputs[0]
  const cols = v.fact.shape.at(-1) ?? 1
  if (node.op === 'Concat' && axisOf(node.attrs.axis, v.fact.shape.length) === v.fact.shape.length - 1) {
    const parts = node.inputs.map((u) => rowsOf(u!))
    const { root } = parts[0]
    const width = root.fact.shape.at(-1)
    if (!parts.every((p) => p.root === root && p.map && p.moves > 0) || node.inputs.length * width! !== cols)
      return false
    const rows = rowCount(v)
    const map = new Int32Array(rows * parts.length)
    for (const [k, p] of parts.entries()) for (let i = 0; i < rows; i++) map[i * parts.length + k] = p.map![i]
    return r.rewrite(node, (b) => [pick(b, root, map, v.fact.shape)])
  }
  // The last move of a chain: what reads it moves no rows.
  const { root, map, moves } = rowsOf(v)
  const goesOn = (u: Value): boolean =>
    r.users(u).every((n) => (n.op === 'Reshape' ? goesOn(n.outputs[0]) : rowsOf(n.outputs[0]).root === root))
  if (moves < 2 || !map || node.op === 'Reshape' || (r.users(v).length > 0 && goesOn(v))) return false
  return r.rewrite(node, (b) => [pick(b, root, map, v.fact.shape)])
}

const MOVES = ['Transpose', 'Slice', 'Concat', 'Gather']

function isMoveOfRows(node: Node): boolean {
  const { dtype, shape } = node.outputs[0].fact
  return MOVES.includes(node.op) && shape.length > 1 && isFloat(dtype)
}

/** Attention over windows reads and writes rows in place; a move and the move that undoes it go. */
export const cancelRows: Pass = {
  name: 'cancel moves of rows',
  run: (...graph) => attentionInPlace.run(...graph) + cancelMoves.run(...graph),
}

/** Chains of moves of rows become one Gather. */
export const collectRows = eachNode('collect moves of rows', (r, node) => {
  if (isMoveOfRows(node)) collect(r, node)
})
