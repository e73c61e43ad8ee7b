// What all pointwise operators share: broadcasting, the twin's loop and the one kernel that computes them.
import { pad4 } from '../../runtime/layout.ts'
import { flattens } from '../../runtime/node.ts'
import type { Fact, KernelCall, OnnxNode, Op, Pointwise, ScalarKind } from '../../runtime/op.ts'
import {
  broadcastShapes,
  broadcastStrides,
  type DType,
  fromNumbers,
  numbers,
  sizeOf,
  type Tensor,
} from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'

const WORKGROUP = 64

type Formula = (...x: number[]) => number
type Floats = Float32Array | Float64Array

/** `size` results of a formula of two operands, from `out` on; operands begin at `pa` and `pb` and step by `sa` and `sb`. */
export type PairLoop = (
  y: Floats,
  out: number,
  size: number,
  a: Floats,
  pa: number,
  sa: number,
  b: Floats,
  pb: number,
  sb: number,
) => void

export interface PointwiseSpec<A> extends Pointwise<A> {
  attrs?(node: OnnxNode, opset: number): A
  /** The result's type; by default that of the first operand. */
  result?(x: readonly (Fact | null)[], a: A): DType
  /** The formula of two operands as a loop, for what folds large weights: engines box the numbers of calls in a shared loop. */
  pairs?: PairLoop
  /** A result that needs no kernel, in simpler operators. */
  lower?: Op<A>['lower']
}

/** Axes of a broadcast, innermost last; `steps` is how far the next element lies in each operand. */
interface Axis {
  size: number
  steps: number[]
}

/** The axes of `shape`, those merged that every operand steps through as if they were one. */
function mergedAxes(shape: readonly number[], strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = []
  for (const [i, size] of shape.entries()) {
    if (size === 1) continue
    const steps = strides.map((s) => s[i] ?? 0)
    const outer = axes.at(-1)
    if (outer?.steps.every((step, k) => step === steps[k] * size)) {
      outer.size *= size
      outer.steps = steps
    } else axes.push({ size, steps })
  }
  return axes.length ? axes : [{ size: 1, steps: strides.map(() => 0) }]
}

/** A run along the innermost axis, which writes `y` from `out` on and reads each operand from `at`. */
function run(
  f: Formula,
  pairs: PairLoop | undefined,
  x: readonly (Floats | null)[],
  y: Floats,
  out: number,
  at: readonly number[],
  axis: Axis,
): void {
  const { size, steps } = axis
  const [a, b, c] = x
  const [sa, sb, sc] = steps
  let [pa, pb, pc] = at
  if (x.length === 1 && a) for (let i = 0; i < size; i++, pa += sa) y[out + i] = f(a[pa])
  else if (x.length === 2 && a && b && pairs) pairs(y, out, size, a, pa, sa, b, pb, sb)
  else if (x.length === 2 && a && b) for (let i = 0; i < size; i++, pa += sa, pb += sb) y[out + i] = f(a[pa], b[pb])
  else if (x.length === 3 && a && b && c)
    for (let i = 0; i < size; i++, pa += sa, pb += sb, pc += sc) y[out + i] = f(a[pa], b[pb], c[pc])
  else
    for (let i = 0; i < size; i++)
      y[out + i] = f(...x.map((data, k) => (data ? data[at[k] + i * steps[k]] : (undefined as never))))
}

/** Values as float arrays: few kinds of arrays keep the loops fast. */
function floats(t: Tensor): Floats {
  const values = numbers(t)
  return values instanceof Float32Array || values instanceof Float64Array ? values : Float64Array.from(values)
}

/** Computes the twin of a pointwise operator on the host. */
function evaluate(x: readonly (Tensor | null)[], dtype: DType, f: Formula, pairs?: PairLoop): Tensor {
  const shape = broadcastShapes(...x.flatMap((t) => (t ? [t.shape] : [])))
  const n = sizeOf(shape)
  const data = x.map((t) => t && floats(t))
  const axes = mergedAxes(
    shape,
    x.map((t) => (t ? broadcastStrides(t.shape, shape) : [])),
  )
  const inner = axes.pop()!
  const y = dtype === 'float32' ? new Float32Array(n) : new Float64Array(n)
  const at = x.map(() => 0)
  const position = axes.map(() => 0)
  for (let out = 0; out < n; out += inner.size) {
    run(f, pairs, data, y, out, at, inner)
    // The next run in row-major order, and where each operand has it.
    for (let i = axes.length - 1; i >= 0; i--) {
      const { size, steps } = axes[i]
      const wraps = ++position[i] === size
      for (const [k, step] of steps.entries()) at[k] += wraps ? step * (1 - size) : step
      if (!wraps) break
      position[i] = 0
    }
  }
  return y instanceof Float32Array ? { dtype, shape, data: y } : fromNumbers(dtype, shape, y)
}

/** Makes the operator of one row of the pointwise table. */
export function pointwise<A>(name: string, spec: PointwiseSpec<A>): Op<A> {
  const result = spec.result ?? ((x: readonly (Fact | null)[]) => x[0]!.dtype)
  return {
    name,
    attrs: spec.attrs ?? (() => ({}) as A),
    infer: (x, a) => [{ dtype: result(x, a), shape: broadcastShapes(...x.flatMap((f) => (f ? [f.shape] : []))) }],
    cpu: (x, a) => [
      evaluate(
        x,
        result(
          x.map((t) => t && { dtype: t.dtype, shape: t.shape }),
          a,
        ),
        spec.cpu(a, x[0]!.dtype),
        spec.pairs,
      ),
    ],
    gpu: (_, [y], __, ctx): KernelCall[] => {
      const n = sizeOf(y.fact.shape)
      const cols = flattens(ctx.node) ? pad4(n) : (y.fact.shape.at(-1) ?? 1)
      const rows = cols > n ? 1 : n / cols
      const threads = rows * Math.ceil(cols / 4)
      return [
        written(ctx, 'pointwise', {
          consts: { ROWS: flattens(ctx.node) ? 1 : rows, COLS: cols },
          bind: { y },
          groups: [cover(threads, WORKGROUP)],
        }),
      ]
    },
    lower: spec.lower,
    pointwise: { cpu: spec.cpu, wgsl: spec.wgsl },
    tail: true,
  }
}

export type None = Record<string, never>
export type Wgsl = (x: readonly string[], kind: ScalarKind) => string

export const row = (name: string, cpu: (...x: number[]) => number, wgsl: Wgsl, pairs?: PairLoop): Op =>
  pointwise<None>(name, { cpu: () => cpu, wgsl: (x, _, k) => wgsl(x, k), pairs })

/** A function of the `math` library, which has four lanes. */
export const library = (name: string, args: readonly string[], k: ScalarKind): string =>
  k.type === 'f32' ? `${name}(${args.map((a) => `vec4<f32>(${a})`).join(', ')}).x` : `${name}(${args.join(', ')})`

export const test = (name: string, cpu: (a: number, b: number) => boolean, wgsl: Wgsl): Op =>
  pointwise<None>(name, {
    cpu: () => (a, b) => (cpu(a, b) ? 1 : 0),
    wgsl: (x, _, k) => wgsl(x, k),
    result: () => 'bool',
  })

/** An operator with float attributes that have defaults. */
export const tuned = <K extends string>(
  name: string,
  defaults: Record<K, number>,
  cpu: (x: number, a: Record<K, number>) => number,
  wgsl: (x: string, a: Record<K, string>) => string,
): Op =>
  pointwise<Record<K, number>>(name, {
    attrs: (node) => mapValues(defaults, (otherwise, key) => node.float(key, otherwise)),
    cpu: (a) => (x) => cpu(x, a),
    wgsl: ([x], a, k) =>
      wgsl(
        x,
        mapValues(a, (v) => k.lit(v)),
      ),
  })

function mapValues<K extends string, A, B>(record: Record<K, A>, f: (v: A, key: K) => B): Record<K, B> {
  return Object.fromEntries((Object.keys(record) as K[]).map((key) => [key, f(record[key], key)])) as Record<K, B>
}

export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
export const softplusWgsl = (x: string, k: ScalarKind) =>
  `(max(${x}, ${k.lit(0)}) + ${library('log1p4', [`exp(-abs(${x}))`], k)})`
export const tanhWgsl = (x: string, k: ScalarKind) => library('tanh4', [x], k)
