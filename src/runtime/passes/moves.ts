// Chains of Reshape and Transpose to one Reshape and at most one Transpose. Dimensions are split into atoms that no
// step of the chain cuts; what remains is a permutation of atoms.
import type { Builder, Node, Value } from '../op.ts'
import { fromNumbers, sameShape, sizeOf } from '../tensor.ts'
import { eachNode, type Rewriter } from './rewrite.ts'

/** A factor of a dimension; `parts` once it was split, the outer part first. */
interface Atom {
  size: number
  parts?: [Atom, Atom]
}

/** The atoms of a list with splits carried out. */
const leaves = (atoms: readonly Atom[]): Atom[] => atoms.flatMap((a) => (a.parts ? leaves(a.parts) : [a]))

export const reshapeTo = (b: Builder, v: Value, shape: readonly number[]): Value =>
  sameShape(v.fact.shape, shape)
    ? v
    : b.emit('Reshape', [v, b.constant(fromNumbers('int64', [shape.length], shape))], { allowzero: true })[0]

export const transposeBy = (b: Builder, v: Value, perm: readonly number[]): Value =>
  perm.every((p, i) => p === i) ? v : b.emit('Transpose', [v], { perm: [...perm] })[0]

/** The permutation that undoes `perm`. */
export function inverse(perm: readonly number[]): number[] {
  const inv = new Array<number>(perm.length)
  perm.forEach((p, i) => {
    inv[p] = i
  })
  return inv
}

const isMove = (node: Node | undefined): node is Node =>
  !!node && (node.op === 'Reshape' || node.op === 'Transpose') && !node.tail?.length

/** Groups a flat list of atoms into dimensions, splitting where a boundary falls inside one; null where it cannot. */
function regroup(atoms: readonly Atom[], shape: readonly number[]): Atom[][] | null {
  const queue = [...leaves(atoms)]
  const dims: Atom[][] = []
  for (const d of shape) {
    const dim: Atom[] = []
    let need = d
    while (need > 1) {
      const atom = queue.shift()
      if (!atom) return null
      if (need % atom.size === 0) {
        dim.push(atom)
        need /= atom.size
      } else if (atom.size % need === 0) {
        atom.parts = [{ size: need }, { size: atom.size / need }]
        dim.push(atom.parts[0])
        queue.unshift(atom.parts[1])
        need = 1
      } else return null
    }
    dims.push(dim)
  }
  return queue.length ? null : dims
}

interface Chain {
  root: Value
  cost: number
  /** Atoms of the root, in its order. */
  source: Atom[]
  /** Atoms of each dimension of the result. */
  target: Atom[][]
}

const COST: Record<string, number> = { Transpose: 10, Reshape: 1 }

/** Follows the moves upwards from `last` as far as they can be described by atoms. */
function trace(last: Node): Chain | null {
  const nodes: Node[] = []
  for (let n: Node | undefined = last; isMove(n); n = n.inputs[0]!.producer) nodes.unshift(n)
  while (nodes.length) {
    const root = nodes[0].inputs[0]!
    const source = root.fact.shape.filter((d) => d !== 1).map((size): Atom => ({ size }))
    let at = 0
    let dims: Atom[][] | null = root.fact.shape.map((d) => (d === 1 ? [] : [source[at++]]))
    for (const n of nodes) {
      if (n.op === 'Transpose') dims = (n.attrs.perm as number[]).map((p) => dims![p])
      else dims = regroup(dims!.flat(), n.outputs[0].fact.shape)
      if (!dims) break
    }
    if (dims && sizeOf(root.fact.shape) > 0) {
      const cost = nodes.reduce((sum, n) => sum + COST[n.op], 0)
      return { root, cost, source: leaves(source), target: dims.map(leaves) }
    }
    nodes.shift()
  }
  return null
}

/** The chain as a permutation of dimensions, each a run of the source's atoms; a size of 1 is a dimension of its own. */
function plan(chain: Chain): { shape: number[]; perm: number[]; grouped: number[] } {
  const position = new Map(chain.source.map((a, i) => [a, i]))
  // Pieces of the target's dimensions that are runs in the source.
  const pieces: { first: number; size: number }[] = []
  for (const dim of chain.target) {
    if (!dim.length) pieces.push({ first: -1, size: 1 })
    let run: { first: number; size: number; next: number } | undefined
    for (const atom of dim) {
      const p = position.get(atom)!
      if (run && run.next === p) {
        run.size *= atom.size
        run.next++
      } else {
        run = { first: p, size: atom.size, next: p + 1 }
        pieces.push(run)
      }
    }
  }
  // Dimensions of size 1 stay beside their neighbour, so that they do not make a permutation of their own.
  const order = pieces.map((piece, i) => ({ piece, i, key: piece.first }))
  for (let i = 0; i < order.length; i++) if (order[i].key < 0) order[i].key = i > 0 ? order[i - 1].key : -1
  const sorted = [...order].sort((a, b) => a.key - b.key || a.i - b.i)
  const perm = order.map((o) => sorted.indexOf(o))
  return { shape: sorted.map((o) => o.piece.size), perm, grouped: pieces.map((p) => p.size) }
}

function simplify(r: Rewriter, node: Node): void {
  const chain = trace(node)
  if (!chain) return
  const out = node.outputs[0].fact.shape
  const { shape, perm, grouped } = plan(chain)
  const still = perm.every((p, i) => p === i)
  const cost = still
    ? sameShape(chain.root.fact.shape, out)
      ? 0
      : COST.Reshape
    : COST.Transpose +
      (sameShape(chain.root.fact.shape, shape) ? 0 : COST.Reshape) +
      (sameShape(grouped, out) ? 0 : COST.Reshape)
  // A trailing Reshape is moved before the Transpose at equal cost, once.
  const settled = node.op === 'Transpose' || still || !sameShape(grouped, out)
  if (cost > chain.cost || (cost === chain.cost && settled)) return
  r.rewrite(node, (b) => {
    if (still) return [reshapeTo(b, chain.root, out)]
    return [reshapeTo(b, transposeBy(b, reshapeTo(b, chain.root, shape), perm), out)]
  })
}

/** Merges and removes moves. */
export const simplifyMoves = eachNode('simplify moves', (r, node) => {
  if (isMove(node)) simplify(r, node)
})
