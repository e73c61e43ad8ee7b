// QuantizeLinear: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html and DequantizeLinear:
// https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html. One scale a tensor, since opset 13 one a channel, since
// opset 21 one a block of an axis. 16-bit integers are held in 32; 4-bit ones and float8 are not supported.
import { ensure } from '../runtime/error.ts'
import { STORAGE } from '../runtime/layout.ts'
import type { Builder, Context, Fact, KernelCall, Op, Value } from '../runtime/op.ts'
import {
  allocate,
  axisOf,
  type DType,
  formatShape,
  fromNumbers,
  isFloat,
  lazy,
  numbers,
  sameShape,
  sizeOf,
  stridesOf,
  type Tensor,
} from '../runtime/tensor.ts'
import { cover, operand, written } from './shared/call.ts'
import { emit, reshape } from './shared/lowering.ts'
import { pointwise } from './shared/pointwise.ts'
import { roundEven } from './shared/round.ts'

/** What integers a quantised type holds. */
interface Range {
  dtype: DType
  low: number
  high: number
}

// By TensorProto.DataType, for the types that a dtype alone does not tell.
const RANGES: Record<number, Range> = {
  2: { dtype: 'uint8', low: 0, high: 255 },
  3: { dtype: 'int8', low: -128, high: 127 },
  4: { dtype: 'int32', low: 0, high: 65535 },
  5: { dtype: 'int32', low: -32768, high: 32767 },
}

interface Attrs {
  axis: number
  /** Elements of `axis` that share a scale; 0: all or one. */
  block: number
}

interface QuantizeAttrs extends Attrs {
  /** Absent: that of the zero point. */
  range?: Range
}

interface DequantizeAttrs extends Attrs {
  /** Absent: that of the scale. */
  to?: DType
}

/** Which scale an element takes, as a function of its index and as WGSL in `i`. */
interface Groups {
  of(i: number): number
  wgsl: string
}

function groupsOf(x: readonly number[], scale: readonly number[], a: Attrs): Groups {
  if (sizeOf(scale) === 1) return { of: () => 0, wgsl: '0u' }
  const axis = axisOf(a.axis, x.length)
  const inner = stridesOf(x)[axis]
  const length = x[axis]
  if (a.block === 0) {
    ensure(
      scale.length === 1 && scale[0] === length,
      'shape',
      () => `scales of shape ${formatShape(scale)} do not fit axis ${axis} of ${formatShape(x)}`,
    )
    return { of: (i) => Math.floor(i / inner) % length, wgsl: `i / ${inner}u % ${length}u` }
  }
  const blocks = Math.ceil(length / a.block)
  ensure(
    sameShape(
      scale,
      x.map((d, i) => (i === axis ? blocks : d)),
    ),
    'shape',
    () => `scales of shape ${formatShape(scale)} do not fit blocks of ${a.block} on axis ${axis} of ${formatShape(x)}`,
  )
  const size = inner * length
  return {
    of: (i) =>
      (Math.floor(i / size) * blocks + Math.floor((Math.floor(i / inner) % length) / a.block)) * inner + (i % inner),
    wgsl: `(i / ${size}u * ${blocks}u + i / ${inner}u % ${length}u / ${a.block}u) * ${inner}u + i % ${inner}u`,
  }
}

/** Scales or zero points in a shape that broadcasts to x. */
function spread(b: Builder, v: Value, x: readonly number[], a: Attrs): Value {
  const { shape } = v.fact
  if (sizeOf(shape) === 1) return reshape(b, v, [])
  const axis = axisOf(a.axis, x.length)
  if (a.block === 0) return reshape(b, v, [shape[0], ...new Array<number>(x.length - axis - 1).fill(1)])
  const each = Int32Array.from({ length: x[axis] }, (_, i) => Math.floor(i / a.block))
  return emit(b, 'Gather', [v, b.constant(fromNumbers('int64', [each.length], each))], { axis })
}

const attrsOf = (node: Parameters<Op['attrs']>[0]): Attrs => ({
  axis: node.int('axis', 1),
  block: node.int('block_size', 0),
})

function rangeOf(zero: Fact | null | undefined, a: QuantizeAttrs): Range {
  if (a.range) return a.range
  const range = !zero || zero.dtype === 'uint8' ? RANGES[2] : zero.dtype === 'int8' ? RANGES[3] : undefined
  ensure(range, 'unsupported', () => `a zero point of type ${zero!.dtype} does not tell the quantised type`)
  return range
}

const clamp = (v: number, { low, high }: Range) => Math.min(Math.max(v, low), high)

/** The operator on a scale and a zero point that broadcast: what tails take in. */
const quantizeElements = pointwise<{ range: Range }>('QuantizeElements', {
  cpu:
    ({ range }) =>
    (x, scale, zero = 0) =>
      clamp(roundEven(Math.fround(x / scale)) + zero, range),
  wgsl: ([x, scale, zero], { range }, k) => {
    const shifted = zero ? `round(${x} / ${scale}) + ${k.type}(${zero})` : `round(${x} / ${scale})`
    const integers = k.type.replace(k.scalar, STORAGE[range.dtype])
    return `${integers}(clamp(${shifted}, ${k.lit(range.low)}, ${k.lit(range.high)}))`
  },
  result: (_, { range }) => range.dtype,
})

const dequantizeElements = pointwise<{ to: DType }>('DequantizeElements', {
  cpu:
    () =>
    (x, scale, zero = 0) =>
      (x - zero) * scale,
  wgsl: ([x, scale, zero], _, k) => {
    const float = k.type.replace(k.scalar, 'f32')
    return zero ? `((${float}(${x}) - ${float}(${zero})) * ${scale})` : `(${float}(${x}) * ${scale})`
  },
  result: (_, { to }) => to,
})

const quantize: Op<QuantizeAttrs> = {
  name: 'QuantizeLinear',
  attrs(node) {
    const code = node.int('output_dtype', 0) || node.elementType(2)
    ensure(!code || RANGES[code], 'unsupported', `quantised type ${code} is not supported`)
    return { ...attrsOf(node), ...(code ? { range: RANGES[code] } : {}) }
  },
  infer([x, scale, zero], a) {
    groupsOf(x!.shape, scale!.shape, a)
    return [{ dtype: rangeOf(zero, a).dtype, shape: x!.shape }]
  },
  cpu([x, scale, zero], a) {
    const range = rangeOf(zero, a)
    const { of } = groupsOf(x!.shape, scale!.shape, a)
    const [data, scales, zeros] = [numbers(x!), numbers(scale!), zero ? numbers(zero) : null]
    const y = Float64Array.from(data, (v, i) => {
      const g = of(i)
      return clamp(roundEven(Math.fround(v / scales[g])) + (zeros ? zeros[g] : 0), range)
    })
    return [fromNumbers(range.dtype, x!.shape, y)]
  },
  lower([x, scale, zero], a, b) {
    const { shape, dtype } = x!.fact
    const floats = isFloat(dtype) ? x! : emit(b, 'Cast', [x!], { to: 'float32' })
    const operands = [scale, zero ?? null].map((v) => v && spread(b, v, shape, a))
    return [emit(b, 'QuantizeElements', [floats, ...operands], { range: rangeOf(zero?.fact, a) })]
  },
}

const isByte = (dtype: DType) => dtype === 'int8' || dtype === 'uint8'

/** Bytes as the words they fill. */
const packed = (t: Tensor): Tensor => {
  const words = Math.ceil(sizeOf(t.shape) / 4)
  return lazy('uint32', [words], () => {
    const bytes = allocate('uint8', words * 4) as Uint8Array
    bytes.set(t.data as Uint8Array)
    return new Uint32Array(bytes.buffer)
  })
}

/** The kernel that makes floats of constant integers, at every run. */
function dequantizeConstant([x, scale, zero]: readonly (Value | null)[], y: Value, a: Attrs, ctx: Context): KernelCall {
  const { shape, dtype } = x!.fact
  const cols = shape.at(-1) ?? 1
  const byte = `x[i / 4u], i % 4u * 8u, 8u`
  const read = dtype === 'int8' ? `extractBits(bitcast<i32>(x[i / 4u]), i % 4u * 8u, 8u)` : `extractBits(${byte})`
  return written(ctx, 'dequantize', {
    consts: { ROWS: sizeOf(shape) / cols, COLS: cols },
    types: { x_elem: isByte(dtype) ? 'u32' : ctx.storage(x!), scale_elem: ctx.storage(scale!) },
    functions: {
      ...(isByte(dtype) ? { read_x: `fn read_x(i: u32) -> f32 { return f32(${read}); }` } : {}),
      ...(zero ? { read_zero: 'fn read_zero(g: u32) -> f32 { return f32(zero[g]); }' } : {}),
      group: `fn group(i: u32) -> u32 { return ${groupsOf(shape, scale!.fact.shape, a).wgsl}; }`,
    },
    extra: zero ? [operand(ctx, 'zero', zero)] : [],
    bind: { x: isByte(dtype) ? ctx.constant(packed(x!.fact.value!)) : x!, scale: scale!, y },
    groups: [cover((sizeOf(shape) / cols) * Math.ceil(cols / 4), 64)],
    flops: 2 * sizeOf(shape),
  })
}

const dequantize: Op<DequantizeAttrs> = {
  name: 'DequantizeLinear',
  attrs: (node) => ({
    ...attrsOf(node),
    ...(node.int('output_dtype', 0) ? { to: node.dtype('output_dtype', 'float32') } : {}),
  }),
  infer([x, scale], a) {
    groupsOf(x!.shape, scale!.shape, a)
    return [{ dtype: a.to ?? scale!.dtype, shape: x!.shape }]
  },
  cpu([x, scale, zero], a) {
    const { of } = groupsOf(x!.shape, scale!.shape, a)
    const [data, scales, zeros] = [numbers(x!), numbers(scale!), zero ? numbers(zero) : null]
    const y = Float64Array.from(data, (v, i) => {
      const g = of(i)
      return (v - (zeros ? zeros[g] : 0)) * scales[g]
    })
    return [fromNumbers(a.to ?? scale!.dtype, x!.shape, y)]
  },
  keep: true,
  tail: true,
  gpu: (x, [y], a, ctx) => [dequantizeConstant(x, y, a, ctx)],
  lower([x, scale, zero], a, b) {
    if (x!.fact.value) return null
    const operands = [scale, zero ?? null].map((v) => v && spread(b, v, x!.fact.shape, a))
    return [emit(b, 'DequantizeElements', [x!, ...operands], { to: a.to ?? scale!.fact.dtype })]
  },
}

/** https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html: uint8, and the range always holds 0. */
const dynamicQuantize: Op = {
  name: 'DynamicQuantizeLinear',
  attrs: () => ({}),
  infer: ([x]) => [
    { dtype: 'uint8', shape: x!.shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ],
  cpu: ([x]) => {
    const data = numbers(x!)
    let [low, high] = [0, 0]
    for (const v of data) [low, high] = [Math.min(low, v), Math.max(high, v)]
    const scale = Math.fround(Math.fround(high - low) / 255)
    const divisor = scale || 1
    const zero = clamp(roundEven(Math.fround(-low / divisor)), RANGES[2])
    const y = Float64Array.from(data, (v) => clamp(roundEven(Math.fround(v / divisor)) + zero, RANGES[2]))
    return [fromNumbers('uint8', x!.shape, y), fromNumbers('float32', [], [scale]), fromNumbers('uint8', [], [zero])]
  },
  lower([x], _, b) {
    const number = (v: number) => b.constant(fromNumbers('float32', [], [v]))
    const extreme = (op: string, join: string) =>
      emit(b, join, [emit(b, op, [x!], { keepdims: false, noop: false }), number(0)])
    const [low, high] = [extreme('ReduceMin', 'Min'), extreme('ReduceMax', 'Max')]
    const scale = emit(b, 'Div', [emit(b, 'Sub', [high, low]), number(255)])
    const divisor = emit(b, 'Where', [emit(b, 'Equal', [scale, number(0)]), number(1), scale])
    const none = b.constant(fromNumbers('uint8', [], [0]))
    const zero = emit(b, 'QuantizeElements', [emit(b, 'Neg', [low]), divisor, none], { range: RANGES[2] })
    return [emit(b, 'QuantizeElements', [x!, divisor, zero], { range: RANGES[2] }), scale, zero]
  },
}

/** Operators between floats and quantised integers. */
export const quantizeOperators: readonly Op[] = [
  quantize,
  dequantize,
  quantizeElements,
  dequantizeElements,
  dynamicQuantize,
]
