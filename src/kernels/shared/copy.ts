// Copies along strides on the GPU: which of the two kernels, and the WGSL that finds a row's first element.
import { bytesOnGpu, pad4 } from '../../runtime/layout.ts'
import { ownInputs } from '../../runtime/node.ts'
import type { Context, KernelCall, Node, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import type { Walk } from './move.ts'

const WORKGROUP = 64

/** True where the operands of the node's tail are single values or as large as the output, so that rows do not matter. */
export function tailFlattens(node: Node): boolean {
  const n = sizeOf(node.outputs[0].fact.shape)
  return node.inputs.slice(ownInputs(node)).every((v) => v === null || [1, n].includes(sizeOf(v.fact.shape)))
}

/** The same walk with fewer axes: those of one element dropped, neighbours merged. `keep`: the last stays on its own. */
function collapse({ shape, strides, base }: Walk, keep: boolean): Walk {
  const dims: number[] = []
  const steps: number[] = []
  const last = shape.length - 1
  for (let i = last; i >= 0; i--) {
    if (shape[i] === 1 && !(keep && i === last)) continue
    const merge = dims.length > (keep ? 1 : 0) && strides[i] === steps[0] * dims[0]
    if (merge) dims[0] *= shape[i]
    else {
      dims.unshift(shape[i])
      steps.unshift(strides[i])
    }
  }
  return dims.length ? { shape: dims, strides: steps, base } : { shape: [1], strides: [1], base }
}

/** WGSL of `fn NAME(row: u32) -> i32`: where in x the row of these outer axes begins. */
function startFunction(parameter: string, shape: readonly number[], strides: readonly number[], base: number): string {
  const terms = base ? [`${base}`] : []
  let below = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    const outer = below === 1 ? parameter : `${parameter} / ${below}u`
    const coordinate = i === 0 ? outer : `(${outer}) % ${shape[i]}u`
    if (strides[i]) terms.push(`i32(${coordinate}) * ${strides[i]}`)
    below *= shape[i]
  }
  return `fn start(${parameter}: u32) -> i32 { return ${terms.join(' + ') || '0'}; }`
}

/** The scalar of a writer's `value`. */
export const scalarOf = (types: { value: string }): string => types.value.slice('vec4<'.length, -1)

/** Four values from an expression in the lane: `f(0)` to `f(3)`. */
export const lanes = (f: (lane: number) => string): string => `value(${[0, 1, 2, 3].map(f).join(', ')})`

const whole = (...n: number[]) => n.every((v) => v % 4 === 0)

/** Bytes of x that a walk visits, repeated elements once. */
function touched(x: Value, shape: readonly number[], strides: readonly number[]): { x: number } {
  const visited = shape.reduce((n, d, i) => (strides[i] ? n * d : n), 1)
  return { x: bytesOnGpu(x.fact.dtype, [Math.min(visited, sizeOf(x.fact.shape))]) }
}

function transposeCall(ctx: Context, x: Value, y: Value, { shape, strides, base }: Walk): KernelCall {
  const rank = shape.length
  const outer = shape.slice(0, rank - 2)
  const [c, r] = shape.slice(rank - 2)
  const stride = strides[rank - 1]
  const vectors = whole(c, stride, base, ...strides.slice(0, rank - 2))
  const writer = ctx.writer({ cols: r })
  const scalar = scalarOf(writer.types)
  const read = vectors
    ? 'value(x[(first + c) / 4u])'
    : lanes((l) => `${scalar}(x[first + ${l ? `min(c + ${l}u, C - 1u)` : 'c'}])`)
  // Tiles are square where both sides are long, else as long as the longer one.
  const blocks = (n: number, most: number) => Math.min(most, 2 ** Math.ceil(Math.log2(cover(n, 4))))
  const ty = blocks(c, WORKGROUP / blocks(r, 8))
  const tx = WORKGROUP / ty
  const tiles = cover(r, 4 * tx) * cover(c, 4 * ty) * sizeOf(outer)
  return written(
    ctx,
    'transpose',
    {
      consts: { BATCH: sizeOf(outer), R: r, C: c, COLS: r, STRIDE: stride, TX: tx, TY: ty },
      types: { x_elem: ctx.storage(x, vectors ? 4 : 1) },
      functions: {
        start: startFunction('batch', outer, strides.slice(0, rank - 2), base),
        load: `fn load(first: u32, c: u32) -> value { return ${read}; }`,
      },
      bind: { x, y },
      touched: touched(x, shape, strides),
      groups: [tiles],
    },
    writer,
  )
}

function rowsCall(ctx: Context, x: Value, y: Value, { shape, strides, base }: Walk): KernelCall {
  const rank = shape.length
  const last = shape[rank - 1]
  const step = strides[rank - 1]
  const outer = shape.slice(0, -1)
  const rows = sizeOf(outer)
  // Buffers are whole vectors, so a single row may be stored as such.
  const cols = rows === 1 && tailFlattens(ctx.node) ? pad4(last) : last
  const vectors = step === 1 && whole(cols, base, ...strides.slice(0, -1))
  const writer = ctx.writer({ cols })
  const scalar = scalarOf(writer.types)
  const column = (l: number) => `i32(min(col + ${l}u, LAST)) * STEP`
  let read = lanes((l) => `${scalar}(x[u32(first + ${column(l)})])`)
  if (vectors) read = 'value(x[(u32(first) + col) / 4u])'
  else if (step === 0) read = `value(${scalar}(x[u32(first)]))`
  return written(
    ctx,
    'copy',
    {
      consts: { ROWS: rows, COLS: cols, LAST: last - 1, STEP: step },
      types: { x_elem: ctx.storage(x, vectors ? 4 : 1) },
      functions: {
        start: startFunction('row', outer, strides.slice(0, -1), base),
        load: `fn load(first: i32, col: u32) -> value { return ${read}; }`,
      },
      bind: { x, y },
      touched: touched(x, shape, strides),
      groups: [cover(rows * Math.ceil(cols / 4), WORKGROUP)],
    },
    writer,
  )
}

/**
 * The kernel call that fills y with the elements of x that a walk over y's elements visits. Where the walk's last axis
 * is not y's, the node must have no tail.
 */
export function copyCalls(ctx: Context, x: Value, y: Value, walk: Walk): KernelCall[] {
  if (sizeOf(walk.shape) === 0) return []
  const flat = collapse(walk, !tailFlattens(ctx.node))
  const rank = flat.shape.length
  const swaps = rank > 1 && flat.strides[rank - 2] === 1 && flat.strides[rank - 1] > 1
  return [swaps ? transposeCall(ctx, x, y, flat) : rowsCall(ctx, x, y, flat)]
}
