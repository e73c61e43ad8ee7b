// Kernel calls of the reductions: any set of axes, plain or tiled.
import { pad4 } from '../../runtime/layout.ts'
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { isFloat, sizeOf, stridesOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import { tailFlattens } from './copy.ts'

/** Elements of a result from which it is worth a workgroup. */
const LONG = 64
/** Quads of results beyond which there are enough invocations without sharing. */
const MANY = 16384

interface Axis {
  size: number
  stride: number
}

/** The axes as strided runs; neighbours that continue each other are merged. */
function runs(shape: readonly number[], axes: readonly number[]): Axis[] {
  const strides = stridesOf(shape)
  const out: Axis[] = []
  for (const i of axes) {
    if (shape[i] === 1) continue
    const before = out.at(-1)
    if (before && before.stride === strides[i] * shape[i]) {
      before.size *= shape[i]
      before.stride = strides[i]
    } else out.push({ size: shape[i], stride: strides[i] })
  }
  return out
}

/** WGSL of the offset of position `i` along runs, the last the fastest. */
function offset(list: readonly Axis[], i: string): string {
  const terms: string[] = []
  let below = 1
  for (let k = list.length - 1; k >= 0; k--) {
    const rest = below === 1 ? i : `(${i} / ${below}u)`
    const at = k === 0 ? rest : `${rest} % ${list[k].size}u`
    terms.push(`(${at}) * ${list[k].stride}u`)
    below *= list[k].size
  }
  return terms.join(' + ') || '0u'
}

interface Formula {
  /** Of an element before it is merged. */
  map?: string
  merge?: string
  finish?: (n: number) => string
  /** The first element is the start (merging it twice does no harm). */
  first?: boolean
  start?: string
  /** Integers are computed as floats. */
  real?: boolean
}

const FORMULAS: Record<string, Formula> = {
  ReduceSum: {},
  ReduceMean: { finish: (n) => `a * ${(1 / n).toPrecision(17)}`, real: true },
  ReduceMax: { merge: 'max(a, b)', first: true },
  ReduceMin: { merge: 'min(a, b)', first: true },
  ReduceProd: { merge: 'a * b', start: 'acc(1)' },
  ReduceL1: { map: 'abs(v)' },
  ReduceL2: { map: 'v * v', finish: () => 'sqrt(a)', real: true },
  ReduceLogSum: { finish: () => 'log(a)', real: true },
  ReduceSumSquare: { map: 'v * v' },
}

/** Calls that reduce `x` over `axes` to `y`. */
export function reduceCalls(name: string, x: Value, y: Value, axes: readonly number[], ctx: Context): KernelCall[] {
  const { shape } = x.fact
  const n = sizeOf(y.fact.shape)
  if (n === 0) return []
  const formula = FORMULAS[name]
  const inner = runs(shape, axes)
  const kept = shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  const outer = runs(shape, kept)
  const reduced = sizeOf(axes.map((i) => shape[i]))

  const flat = tailFlattens(ctx.node)
  const cols = flat ? pad4(n) : (y.fact.shape.at(-1) ?? 1)
  const rows = flat ? 1 : n / cols

  // Four results side by side read four elements side by side.
  const side = outer.at(-1)
  const vectors = side?.stride === 1 && side.size % 4 === 0 && cols % 4 === 0
  const storage = ctx.storage(x)
  const float = isFloat(x.fact.dtype)
  const scalar = float || formula.real ? 'f32' : storage
  const loaded = vectors
    ? 'acc(x[(at.x + step) / 4u])'
    : `acc(${['x', 'y', 'z', 'w'].map((l) => `${scalar}(x[at.${l} + step])`).join(', ')})`
  const hole = (head: string, body: string | undefined) => (body ? `fn ${head} { return ${body}; }` : undefined)
  const load = formula.map
    ? `fn load(at: vec4<u32>, step: u32) -> acc { let v = ${loaded}; return ${formula.map}; }`
    : `fn load(at: vec4<u32>, step: u32) -> acc { return ${loaded}; }`
  const optional = {
    start: hole('start(at: vec4<u32>) -> acc', formula.first ? 'load(at, 0u)' : formula.start),
    merge: hole('merge(a: acc, b: acc) -> acc', formula.merge),
    finish: hole('finish(a: acc) -> acc', formula.finish?.(reduced)),
  }
  const filled = Object.fromEntries(Object.entries(optional).flatMap(([k, v]) => (v ? [[k, v]] : [])))

  const quads = rows * Math.ceil(cols / 4)
  const tiled = ctx.variant
    ? ctx.variant === 'tiled'
    : !ctx.caps.software && reduced >= LONG && (quads < MANY || !vectors)
  const side8 = vectors && quads >= 8 ? 8 : 1
  const common = {
    types: { x_elem: vectors ? ctx.storage(x, 4) : storage, acc: `vec4<${scalar}>` },
    functions: {
      base_of: `fn base_of(result: u32) -> u32 { return ${offset(outer, 'result')}; }`,
      step_of: `fn step_of(k: u32) -> u32 { return ${offset(inner, 'k')}; }`,
      load,
      ...filled,
    },
    bind: { x, y },
    flops: 2 * sizeOf(shape),
  }
  const consts = { ROWS: rows, COLS: cols, REDUCED: reduced, LAST: n - 1 }
  return [
    tiled
      ? written(ctx, 'reduce_tiled', { ...common, consts: { ...consts, QUADS: side8 }, groups: [cover(quads, side8)] })
      : written(ctx, 'reduce', { ...common, consts, groups: [cover(quads, 64)] }),
  ]
}
