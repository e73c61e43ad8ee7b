// Products of quantised tensors, exact in 32-bit integers: MatMulInteger
// (https://onnx.ai/onnx/operators/onnx__MatMulInteger.html), ConvInteger, and QLinearMatMul and QLinearConv, which are
// lowered to them. Constant 8-bit weights stay bytes, four a word.
import { ensure } from '../runtime/error.ts'
import type { Builder, Context, KernelCall, OnnxNode, Op, Value } from '../runtime/op.ts'
import {
  broadcastShapes,
  broadcastStrides,
  type DType,
  formatShape,
  fromNumbers,
  lazy,
  numbers,
  sizeOf,
  stridesOf,
  type Tensor,
} from '../runtime/tensor.ts'
import { call, cover } from './shared/call.ts'
import { emit, reshape } from './shared/lowering.ts'
import { roundEven } from './shared/round.ts'
import {
  eachIndex,
  imageOf,
  resolveWindow,
  shapeOf,
  tapsAt,
  type WindowAttrs,
  windowAttrs,
  windowOutput,
} from './shared/window.ts'

/** A product as the kernel and the twin see it: [m, k] by [k, n], in batches. */
interface Plan {
  batch: number
  m: number
  n: number
  k: number
  /** How many matrices w holds; batches take them in turn. */
  matrices: number
  /** Positions of elements; -1 where x ends at a border. */
  x(batch: number, row: number, k: number): number
  w(batch: number, k: number, col: number): number
  y(batch: number, row: number, col: number): number
  /** The same in WGSL, over `batch`, `row`, `col` and `k`: statements for x, expressions for the others. */
  wgsl: { x: string; w: string; y: string }
}

/** The twin: plain loops over a plan. Zero points go with the rows of x and the columns of w, all batches counted. */
function multiply(p: Plan, x: readonly (Tensor | null)[], shape: number[]): Tensor {
  const [dx, dw] = [numbers(x[0]!), numbers(x[1]!)]
  const [zx, zw] = [x[2], x[3]].map((t) => (t ? numbers(t) : [0]))
  const y = new Float64Array(sizeOf(shape))
  for (let b = 0; b < p.batch; b++)
    for (let i = 0; i < p.m; i++)
      for (let j = 0; j < p.n; j++) {
        const [zeroX, zeroW] = [zx[(b * p.m + i) % zx.length], zw[(b * p.n + j) % zw.length]]
        let sum = 0
        for (let k = 0; k < p.k; k++) {
          const at = p.x(b, i, k)
          if (at >= 0) sum += (dx[at] - zeroX) * (dw[p.w(b, k, j)] - zeroW)
        }
        y[p.y(b, i, j)] = sum
      }
  return fromNumbers('int32', shape, y)
}

/** Constant bytes by rows of k, columns padded to whole words. */
function packBytes(p: Plan, w: Tensor): Tensor {
  const words = Math.ceil(p.n / 4)
  return lazy('uint32', [p.matrices * p.k * words], () => {
    const data = numbers(w)
    const bytes = new Uint8Array(p.matrices * p.k * words * 4)
    for (let b = 0; b < p.matrices; b++)
      for (let k = 0; k < p.k; k++)
        for (let j = 0; j < p.n; j++) bytes[(b * p.k + k) * words * 4 + j] = data[p.w(b, k, j)]
    return new Uint32Array(bytes.buffer)
  })
}

const LANES = [0, 1, 2, 3]

function productCall(ctx: Context, p: Plan, x: readonly (Value | null)[], y: Value): KernelCall {
  const [a, w] = [x[0]!, x[1]!]
  const extra: { name: string; type: string; value: Value }[] = []
  const zero = (v: Value | null | undefined, name: string) => {
    if (!v) return () => '0'
    extra.push({ name, type: ctx.storage(v), value: v })
    return (index: string) => `i32(${name}[(${index}) % ${sizeOf(v.fact.shape)}u])`
  }
  const [zeroX, zeroW] = [zero(x[2], 'zero_x'), zero(x[3], 'zero_w')]
  const lanes = (f: (col: string) => string) =>
    `vec4<i32>(${LANES.map((lane) => f(`min(quad * 4u + ${lane}u, N - 1u)`)).join(', ')})`
  const bytes = w.fact.value && (w.fact.dtype === 'int8' || w.fact.dtype === 'uint8')
  const unpack = w.fact.dtype === 'int8' ? 'unpack4xI8' : 'unpack4xU8'
  const read = bytes
    ? `vec4<i32>(${unpack}(w[(batch % ${p.matrices}u * K + k) * QUADS + quad]))`
    : lanes((col) => `i32(w[w_at(batch, k, ${col})])`)
  return call(ctx, 'product_integer', {
    consts: { BATCH: p.batch, M: p.m, N: p.n, K: p.k },
    types: { x_elem: ctx.storage(a), w_elem: bytes ? 'u32' : ctx.storage(w) },
    functions: {
      read_x: `fn x_at(batch: u32, row: u32, k: u32) -> i32 { ${p.wgsl.x} }
fn read_x(batch: u32, row: u32, k: u32) -> i32 {
  let at = x_at(batch, row, k);
  return select(0, i32(x[max(at, 0)]) - ${zeroX('batch * M + row')}, at >= 0);
}`,
      read_w: `fn w_at(batch: u32, k: u32, col: u32) -> u32 { return ${p.wgsl.w}; }
fn read_w(batch: u32, k: u32, quad: u32) -> vec4<i32> { return ${read} - ${lanes((col) => zeroW(`batch * N + ${col}`))}; }`,
      place: `fn place(batch: u32, row: u32, col: u32) -> u32 { return ${p.wgsl.y}; }`,
    },
    extra,
    bind: { x: a, w: bytes ? ctx.constant(packBytes(p, w.fact.value!)) : w, y },
    groups: [cover(p.batch * Math.ceil(p.m / 4) * Math.ceil(p.n / 4), 64)],
    flops: 2 * p.batch * p.m * p.n * p.k,
  })
}

type Shape = readonly number[]

/** Element offset of the matrix that batch `b` of `target` takes from an operand that broadcasts, and its WGSL. */
function matrixOf(own: Shape, target: Shape, size: number) {
  const strides = broadcastStrides(own, target)
  const below = stridesOf(target)
  const terms = target.flatMap((d, i) => (strides[i] ? [`batch / ${below[i]}u % ${d}u * ${strides[i] * size}u`] : []))
  return {
    at: (b: number) => size * target.reduce((sum, d, i) => sum + (Math.floor(b / below[i]) % d) * strides[i], 0),
    wgsl: terms.join(' + ') || '0u',
  }
}

/** A vector as a matrix of one row or column. */
const asMatrix = (shape: Shape, side: 'left' | 'right'): Shape =>
  shape.length > 1 ? shape : side === 'left' ? [1, shape[0]] : [shape[0], 1]

function matrixPlan(left: Shape, right: Shape): { plan: Plan; shape: number[] } {
  const [a, b] = [asMatrix(left, 'left'), asMatrix(right, 'right')]
  const [m, k] = a.slice(-2)
  const [k2, n] = b.slice(-2)
  ensure(
    k === k2,
    'shape',
    () => `${formatShape(left)} and ${formatShape(right)} do not multiply: ${k} columns, ${k2} rows`,
  )
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2))
  const [ma, mb] = [matrixOf(a.slice(0, -2), batch, m * k), matrixOf(b.slice(0, -2), batch, k * n)]
  const plan: Plan = {
    batch: sizeOf(batch),
    matrices: mb.wgsl === '0u' ? 1 : sizeOf(batch),
    m,
    n,
    k,
    x: (i, row, c) => ma.at(i) + row * k + c,
    w: (i, c, col) => mb.at(i) + c * n + col,
    y: (i, row, col) => (i * m + row) * n + col,
    wgsl: {
      x: `return i32(${ma.wgsl} + row * K + k);`,
      w: `${mb.wgsl} + k * N + col`,
      y: '(batch * M + row) * N + col',
    },
  }
  return { plan, shape: [...batch, ...(left.length > 1 ? [m] : []), ...(right.length > 1 ? [n] : [])] }
}

interface ConvAttrs extends WindowAttrs {
  group: number
}

/** A convolution as a product: the rows are the pixels of an image, the columns the channels of a group. */
function convPlan(x: Shape, w: Shape, a: ConvAttrs): { plan: Plan; shape: number[] } {
  const { batch, channels, spatial } = imageOf(x, false)
  ensure(
    w.length === x.length && w[1] * a.group === channels && w[0] % a.group === 0,
    'shape',
    () => `weights ${formatShape(w)} in ${a.group} group(s) do not fit the image ${formatShape(x)}`,
  )
  const window = resolveWindow(a, w.slice(2), spatial)
  const out = windowOutput(window, spatial)
  const [pixelsX, m, taps] = [sizeOf(spatial), sizeOf(out), sizeOf(window.kernel)]
  const [depth, n] = [w[1], w[0] / a.group]
  const k = depth * taps
  const sources = new Int32Array(m * taps).fill(-1)
  let pixel = 0
  eachIndex(out, (at) => {
    for (const t of tapsAt(window, at, spatial)) sources[pixel * taps + t.tap] = t.pixel
    pixel++
  })
  const steps = (dims: Shape) => stridesOf(dims)
  const [so, sk, sx] = [steps(out), steps(window.kernel), steps(spatial)]
  const axes = spatial.map((d, i) => {
    const from = `i32(row / ${so[i]}u % ${out[i]}u * ${window.strides[i]}u + k / ${sk[i]}u % ${window.kernel[i]}u * ${window.dilations[i]}u) - ${window.begin[i]}`
    return `let p${i} = ${from}; if (p${i} < 0 || p${i} >= ${d}) { return -1; }`
  })
  const inside = spatial.map((_, i) => `p${i} * ${sx[i]}`).join(' + ')
  const plan: Plan = {
    batch: batch * a.group,
    matrices: a.group,
    m,
    n,
    k,
    x: (b, row, c) => {
      const source = sources[row * taps + (c % taps)]
      return source < 0 ? -1 : (b * depth + Math.floor(c / taps)) * pixelsX + source
    },
    w: (b, c, col) => ((b % a.group) * n + col) * k + c,
    y: (b, row, col) => (b * n + col) * m + row,
    wgsl: {
      x: `${axes.join(' ')} return i32((batch * ${depth}u + k / ${taps}u) * ${pixelsX}u) + ${inside};`,
      w: `(batch % ${a.group}u * N + col) * K + k`,
      y: '(batch * N + col) * M + row',
    },
  }
  return { plan, shape: shapeOf({ batch, channels: w[0], spatial: out }, false) }
}

/** An operator whose first two inputs a plan multiplies; their zero points follow. */
function integerProduct<A>(
  name: string,
  attrs: Op<A>['attrs'],
  planOf: (x: Shape, w: Shape, a: A) => { plan: Plan; shape: number[] },
): Op<A> {
  return {
    name,
    attrs,
    infer: ([x, w], a) => [{ dtype: 'int32', shape: planOf(x!.shape, w!.shape, a).shape }],
    cpu: (x, a) => {
      const { plan, shape } = planOf(x[0]!.shape, x[1]!.shape, a)
      return [multiply(plan, x, shape)]
    },
    gpu: (x, [y], a, ctx) => [productCall(ctx, planOf(x[0]!.fact.shape, x[1]!.fact.shape, a).plan, x, y)],
  }
}

const matMulInteger = integerProduct<object>('MatMulInteger', () => ({}), matrixPlan)
const convAttrs = (node: OnnxNode): ConvAttrs => ({ ...windowAttrs(node), group: node.int('group', 1) })
const convInteger = integerProduct('ConvInteger', convAttrs, convPlan)

/** Accumulators to the quantised result: times the product of the scales, then QuantizeLinear. */
function requantize(b: Builder, sum: Value, scales: readonly [Value, Value], y: readonly Value[]): Value[] {
  const [a, w] = scales
  const scale = emit(b, 'Mul', [a, w])
  const floats = emit(b, 'DequantizeElements', [sum, scale, null], { to: 'float32' })
  return [emit(b, 'QuantizeLinear', [floats, ...y.map((v) => reshape(b, v, []))], { axis: 0, block: 0 })]
}

/** One value for each of the `rank` axes' channel, or one for all. */
const alongChannels = (b: Builder, v: Value, rank: number): Value =>
  sizeOf(v.fact.shape) === 1
    ? reshape(b, v, [])
    : reshape(b, v, [sizeOf(v.fact.shape), ...new Array<number>(rank).fill(1)])

/** The scale of a left operand: one, or one a row. */
const alongRows = (b: Builder, v: Value): Value =>
  v.fact.shape.length === 1 && v.fact.shape[0] > 1 ? reshape(b, v, [v.fact.shape[0], 1]) : v

const quantised = (x: readonly ({ dtype: DType } | null)[]) => ({ dtype: x[7]!.dtype })

const qLinearMatMul: Op = {
  name: 'QLinearMatMul',
  attrs: () => ({}),
  infer: (x) => [{ ...quantised(x), shape: matrixPlan(x[0]!.shape, x[3]!.shape).shape }],
  cpu: ([a, as, az, w, ws, wz, ys, yz]) => {
    const { plan, shape } = matrixPlan(a!.shape, w!.shape)
    return [requantized(multiply(plan, [a, w, az, wz], shape), as!, ws!, ys!, yz!, shape.length - 2, shape.length - 1)]
  },
  lower: ([a, as, az, w, ws, wz, ys, yz], _, b) => {
    const sum = emit(b, 'MatMulInteger', [a!, w!, az!, wz!])
    return requantize(b, sum, [alongRows(b, as!), ws!], [ys!, yz!])
  },
}

const qLinearConv: Op<ConvAttrs> = {
  name: 'QLinearConv',
  attrs: convAttrs,
  infer: (x, a) => [{ ...quantised(x), shape: convPlan(x[0]!.shape, x[3]!.shape, a).shape }],
  cpu: ([x, xs, xz, w, ws, wz, ys, yz, bias], a) => {
    const { plan, shape } = convPlan(x!.shape, w!.shape, a)
    const sum = multiply(plan, [x, w, xz, wz], shape)
    const pixels = sizeOf(shape.slice(2))
    const added = bias && numbers(bias)
    const sums = added
      ? Float64Array.from(numbers(sum), (v, i) => v + added[Math.floor(i / pixels) % shape[1]])
      : sum.data
    return [requantized(fromNumbers('int32', shape, sums as ArrayLike<number>), xs!, ws!, ys!, yz!, 0, 1)]
  },
  lower: ([x, xs, xz, w, ws, wz, ys, yz, bias], a, b) => {
    const spatial = w!.fact.shape.length - 2
    const sum = emit(b, 'ConvInteger', [x!, w!, xz!, wz!], a)
    const biased = bias ? emit(b, 'Add', [sum, alongChannels(b, bias, spatial)]) : sum
    return requantize(b, biased, [reshape(b, xs!, []), alongChannels(b, ws!, spatial)], [ys!, yz!])
  },
}

/** The twin of {@link requantize}: scales of x and w go along the given axes where there are several. */
function requantized(sum: Tensor, as: Tensor, ws: Tensor, ys: Tensor, yz: Tensor, rows: number, cols: number): Tensor {
  const strides = stridesOf(sum.shape)
  const [a, w, y, zero] = [as, ws, ys, yz].map((t) => numbers(t))
  const along = (values: ArrayLike<number>, axis: number, i: number) =>
    values[values.length > 1 ? Math.floor(i / strides[axis]) % sum.shape[axis] : 0]
  const [low, high] = yz.dtype === 'int8' ? [-128, 127] : [0, 255]
  const values = Float64Array.from(numbers(sum), (v, i) => {
    const scale = Math.fround(along(a, rows, i) * along(w, cols, i))
    const q = roundEven(Math.fround(Math.fround(v * scale) / y[0])) + zero[0]
    return Math.min(Math.max(q, low), high)
  })
  return fromNumbers(yz.dtype, sum.shape, values)
}

/** Operators on quantised operands. */
export const integerProducts: readonly Op[] = [matMulInteger, convInteger, qLinearMatMul, qLinearConv]
