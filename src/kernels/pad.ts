// Pad: https://onnx.ai/onnx/operators/onnx__Pad.html (pads and value were attributes before opset 11; axes since 18,
// mode wrap since 19). Negative pads crop.
import { ensure } from '../runtime/error.ts'
import type { Context, Op, Value } from '../runtime/op.ts'
import {
  allocate,
  axisOf,
  formatShape,
  fromNumbers,
  numbers,
  sizeOf,
  stridesOf,
  type TypedArray,
} from '../runtime/tensor.ts'
import { cover, operand, written } from './shared/call.ts'
import { lanes, scalarOf } from './shared/copy.ts'
import { int64s, known, knownIf, valuesIf } from './shared/known.ts'

const WORKGROUP = 64

type Mode = 'constant' | 'reflect' | 'edge' | 'wrap'
const MODES: readonly string[] = ['constant', 'reflect', 'edge', 'wrap']

interface PadAttrs {
  mode: Mode
}

interface Pads {
  begin: number[]
  end: number[]
}

/** Pads of every axis, from a list that names some of them. */
function padsOf(rank: number, pads: readonly number[], axes: readonly number[] | null): Pads {
  const n = axes?.length ?? rank
  ensure(pads.length === 2 * n, 'shape', () => `${n} axes need ${2 * n} pads, not ${pads.length}: ${formatShape(pads)}`)
  const begin = new Array<number>(rank).fill(0)
  const end = new Array<number>(rank).fill(0)
  for (let i = 0; i < n; i++) {
    const axis = axisOf(axes?.[i] ?? i, rank)
    begin[axis] = pads[i]
    end[axis] = pads[n + i]
  }
  return { begin, end }
}

function padded(shape: readonly number[], { begin, end }: Pads): number[] {
  const out = shape.map((d, i) => d + begin[i] + end[i])
  ensure(
    out.every((d) => d >= 0),
    'shape',
    () => `pads ${formatShape(begin)} and ${formatShape(end)} crop more than ${formatShape(shape)} has`,
  )
  return out
}

const modulo = (a: number, b: number) => ((a % b) + b) % b

/** The input's coordinate along an axis of `dim` elements for coordinate `c` (0 is its first); -1: the fill value. */
function sourceOf(c: number, dim: number, mode: Mode): number {
  if (c >= 0 && c < dim) return c
  if (mode === 'constant' || dim === 0) return -1
  if (mode === 'edge') return c < 0 ? 0 : dim - 1
  if (mode === 'wrap') return modulo(c, dim)
  const period = Math.max(1, 2 * (dim - 1))
  const m = modulo(c, period)
  return m < dim ? m : period - m
}

const pad: Op<PadAttrs> = {
  name: 'Pad',
  attrs: (node, opset) => {
    if (opset < 11) {
      node.setInput(1, int64s(node.ints(opset < 2 ? 'paddings' : 'pads')))
      node.setInput(2, fromNumbers('float32', [], [node.float('value', 0)]))
    }
    const mode = node.string('mode', 'constant')
    ensure(MODES.includes(mode), 'unsupported', `the mode "${mode}" is not known`)
    return { mode: mode as Mode }
  },
  infer: ([x, pads, , axes]) => {
    const rank = x!.shape.length
    return [{ dtype: x!.dtype, shape: padded(x!.shape, padsOf(rank, known(pads, 'pads'), knownIf(axes, 'axes'))) }]
  },
  cpu: ([x, pads, value, axes], { mode }) => {
    const { dtype, shape: from } = x!
    const { begin, end } = padsOf(from.length, Array.from(numbers(pads!)), valuesIf(axes))
    const shape = padded(from, { begin, end })
    const fill = fromNumbers(dtype, [1], [value ? numbers(value)[0] : 0]).data
    const sources = shape.map((d, i) => Array.from({ length: d }, (_, c) => sourceOf(c - begin[i], from[i], mode)))
    return [{ dtype, shape, data: copyFrom(x!.data, allocate(dtype, sizeOf(shape)), stridesOf(from), sources, fill) }]
  },
  gpu: ([x, pads, fill, axes], [y], a, ctx) => {
    const rank = x!.fact.shape.length
    return padCalls(ctx, x!, y, fill, padsOf(rank, known(pads!.fact, 'pads'), knownIf(axes?.fact, 'axes')), a.mode)
  },
  tail: true,
  lower: ([x, pads]) => (known(pads!.fact, 'pads').every((p) => p === 0) ? [x!] : null),
  permute: {
    images: 'first',
    apply: (x, a, perm, b) => {
      const rank = perm.length
      const { begin, end } = padsOf(rank, known(x[1]!.fact, 'pads'), knownIf(x[3]?.fact, 'axes'))
      const moved = new Array<number>(2 * rank)
      perm.forEach((p, i) => {
        moved[p] = begin[i]
        moved[rank + p] = end[i]
      })
      return { x: [x[0], b.constant(int64s(moved), 'pads'), x[2] ?? null], a }
    },
  },
}

/** Copies elements by their coordinates' sources along each axis; -1 is the fill value. */
function copyFrom(
  data: TypedArray,
  to: TypedArray,
  strides: readonly number[],
  sources: readonly (readonly number[])[],
  fill: TypedArray,
): TypedArray {
  const from = data as Float32Array
  const y = to as Float32Array
  let out = 0
  const visit = (axis: number, base: number) => {
    if (axis === sources.length) {
      y[out++] = base < 0 ? (fill as Float32Array)[0] : from[base]
      return
    }
    for (const c of sources[axis]) visit(axis + 1, c < 0 || base < 0 ? -1 : base + c * strides[axis])
  }
  if (to.length) visit(0, 0)
  return to
}

/** WGSL that finds a row of x: its coordinates along the outer axes, each mapped by `source`. */
function rowFunction(from: readonly number[], to: readonly number[], begin: readonly number[]): string {
  const lines: string[] = []
  const terms: string[] = []
  let below = 1
  let stride = 1
  for (let i = to.length - 1; i >= 0; i--) {
    lines.push(`  let c${i} = source(i32(row / ${below}u % ${to[i]}u) - ${begin[i]}, ${from[i]});`)
    terms.push(`c${i} * ${stride}`)
    below *= to[i]
    stride *= from[i]
  }
  const outside = to.map((_, i) => `c${i} < 0`).join(' || ')
  if (outside) lines.push(`  if (${outside}) { return -1; }`)
  return `fn row_of(row: u32) -> i32 {\n${lines.join('\n')}\n  return ${terms.join(' + ') || '0'};\n}`
}

function padCalls(ctx: Context, x: Value, y: Value, fill: Value | null, { begin, end }: Pads, mode: Mode) {
  const from = x.fact.shape
  const to = y.fact.shape
  if (sizeOf(to) === 0) return []
  const last = to.length - 1
  const cols = to[last] ?? 1
  const rows = sizeOf(to) / cols
  const writer = ctx.writer({ cols })
  const scalar = scalarOf(writer.types)
  const kept = last < 0 || (begin[last] === 0 && end[last] === 0)
  const vectors = kept && cols % 4 === 0
  const width = from[last] ?? 1
  const lane = (l: number) => {
    if (kept) return `${scalar}(x[row * ${width}u + min(col + ${l}u, ${width - 1}u)])`
    const c = `source(i32(col + ${l}u) - ${begin[last]}, ${width})`
    return `pick(row, ${c}, otherwise[${l}])`
  }
  const body = vectors ? 'value(x[(row * COLS + col) / 4u])' : lanes(lane)
  const pick = `fn pick(row: u32, c: i32, otherwise: ${scalar}) -> ${scalar} {
  return select(otherwise, ${scalar}(x[row * ${width}u + u32(max(c, 0))]), c >= 0);
}`
  return [
    written(
      ctx,
      'pad',
      {
        consts: { ROWS: rows, COLS: cols, MODE: MODES.indexOf(mode) },
        types: { x_elem: ctx.storage(x, vectors ? 4 : 1) },
        functions: {
          row_of: rowFunction(from.slice(0, -1), to.slice(0, -1), begin),
          load: `fn load(row: u32, col: u32, otherwise: value) -> value { return ${body}; }${kept ? '' : `\n${pick}`}`,
          ...(fill && { fill_value: `fn fill_value() -> value { return value(${scalar}(fill[0])); }` }),
        },
        extra: fill ? [operand(ctx, 'fill', fill)] : [],
        bind: { x, y },
        groups: [cover(rows * Math.ceil(cols / 4), WORKGROUP)],
      },
      writer,
    ),
  ]
}

/** Pad. */
export const padOperators: readonly Op[] = [pad]
