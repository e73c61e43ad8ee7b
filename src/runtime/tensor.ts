// Host tensors: a dtype, a shape and row-major data. Constants may be lazy, so that weights are read,
// folded and packed only at the moment they are uploaded.
import { ensure, IsobathError } from './error.ts'

export type DType = 'float32' | 'float16' | 'int8' | 'uint8' | 'int32' | 'uint32' | 'int64' | 'bool'

export type TypedArray = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | Uint32Array | BigInt64Array

/** Row-major host data. float16 is held as its bits in a Uint16Array, bool as 0 or 1 in a Uint8Array. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TypedArray
  /** Of a constant: where its data comes from in the model; equal origins and shapes mean equal data. */
  readonly origin?: string
}

const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const

/** Bytes of one element on the host. */
export const bytesPerElement = (dtype: DType): number => ARRAYS[dtype].BYTES_PER_ELEMENT

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float16'

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let n = 1
  for (const d of shape) n *= d
  return n
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i])

export const formatShape = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`

/** A new zero-filled array for `n` elements. */
export const allocate = (dtype: DType, n: number): TypedArray => new ARRAYS[dtype](n)

/** A tensor over existing data; the length of `data` must be the product of `shape`. */
export function tensor(dtype: DType, shape: readonly number[], data: TypedArray): Tensor {
  ensure(
    data.length === sizeOf(shape),
    'shape',
    () => `${data.length} values do not fill the shape ${formatShape(shape)}`,
  )
  return { dtype, shape, data }
}

/** Values below which a lazy constant keeps its data after the first read (they decide shapes and patterns). */
const KEEP = 4096

/** What the read that is under way has made so far: a constant that several others are made of is made once. */
let made: Map<object, TypedArray> | undefined

/** A constant whose data is made at each read; small ones are kept after the first. */
export function lazy(dtype: DType, shape: readonly number[], make: () => TypedArray, origin?: string): Tensor {
  let kept: TypedArray | undefined
  return {
    dtype,
    shape,
    origin,
    get data() {
      const known = kept ?? made?.get(make)
      if (known) return known
      const outermost = !made
      made ??= new Map()
      try {
        const data = make()
        if (data.length <= KEEP) kept = data
        else made.set(make, data)
        return data
      } finally {
        if (outermost) made = undefined
      }
    },
  }
}

/** The same data under another shape of the same size, without reading a lazy constant. */
export const reshaped = (t: Tensor, shape: readonly number[]): Tensor => ({
  dtype: t.dtype,
  shape,
  origin: t.origin,
  get data() {
    return t.data
  },
})

/** Views raw little-endian bytes as elements; copies only where the address is not aligned. */
export function viewBytes(dtype: DType, bytes: Uint8Array): TypedArray {
  const array = ARRAYS[dtype]
  const size = array.BYTES_PER_ELEMENT
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, Math.floor(aligned.byteLength / size))
}

/** Values as JavaScript numbers: float16 decoded, int64 rounded to the nearest double. */
export function numbers(t: Tensor): ArrayLike<number> & Iterable<number> {
  const data = t.data
  if (t.dtype === 'float16') return fromHalves(data as Uint16Array)
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number)
  return data
}

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

function toInt64(v: number): bigint {
  if (v >= 2 ** 63) return INT64_MAX
  if (v <= -(2 ** 63)) return INT64_MIN
  return BigInt(Math.trunc(v))
}

/** A tensor from numbers: rounded to the dtype; int64 saturates, bool is `v !== 0`. */
export function fromNumbers(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  if (dtype === 'int64') {
    const data = new BigInt64Array(values.length)
    for (let i = 0; i < data.length; i++) data[i] = toInt64(values[i])
    return tensor(dtype, shape, data)
  }
  const data = allocate(dtype, values.length) as Exclude<TypedArray, BigInt64Array>
  if (dtype === 'float16') for (let i = 0; i < data.length; i++) data[i] = floatToHalf(values[i])
  else if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = values[i] ? 1 : 0
  else data.set(values)
  return tensor(dtype, shape, data)
}

/** The single number of a one-element tensor. */
export function scalar(t: Tensor): number {
  if (sizeOf(t.shape) !== 1) throw new IsobathError('shape', `expected one value, got shape ${formatShape(t.shape)}`)
  return numbers(t)[0]
}

const word = new Uint32Array(1)
const single = new Float32Array(word.buffer)

/** IEEE 754 binary16 bits to a number. */
function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1
  const exponent = (h >> 10) & 31
  const fraction = h & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A number to IEEE 754 binary16 bits, to nearest even. */
function floatToHalf(value: number): number {
  single[0] = value
  const bits = word[0]
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 112
  let fraction = bits & 0x7fffff
  if (exponent >= 31) {
    const nan = ((bits >>> 23) & 255) === 255 && fraction !== 0
    return sign | 0x7c00 | (nan ? 0x200 : 0)
  }
  let shift = 13
  let base = exponent << 10
  if (exponent <= 0) {
    if (exponent < -10) return sign
    fraction |= 0x800000
    shift = 14 - exponent
    base = 0
  }
  const half = base + (fraction >>> shift)
  const rest = fraction & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0))
}

/** Numbers as float16 bits. */
export function toHalves(values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < halves.length; i++) halves[i] = floatToHalf(values[i])
  return halves
}

/**
 * Numbers as the float16 bits that stand for them where a model is stored in float16: what is finite stays finite, and
 * what is not 0 does not become 0. A mask of −1e38 and an epsilon of 1e-12 keep their sense.
 */
export function toStoredHalves(values: ArrayLike<number>): Uint16Array {
  const halves = toHalves(values)
  for (let i = 0; i < halves.length; i++) {
    const size = halves[i] & 0x7fff
    if (size === 0 && values[i] !== 0) halves[i] |= 1
    else if (size === 0x7c00 && Number.isFinite(values[i])) halves[i] -= 1
  }
  return halves
}

/** float16 bits as numbers. */
export function fromHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length)
  for (let i = 0; i < values.length; i++) values[i] = halfToFloat(halves[i])
  return values
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let i = shape.length - 1, s = 1; i >= 0; i--) {
    strides[i] = s
    s *= shape[i]
  }
  return strides
}

/** An axis counted from the end made positive. */
export function axisOf(axis: number, rank: number): number {
  ensure(axis >= -rank && axis < rank, 'shape', () => `axis ${axis} is out of range for rank ${rank}`)
  return axis < 0 ? axis + rank : axis
}

/** The shape that numpy's rule gives for operands of these shapes. */
export function broadcastShapes(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const out = new Array<number>(rank).fill(1)
  for (const shape of shapes)
    for (let i = 0; i < shape.length; i++) {
      const j = rank - shape.length + i
      const d = shape[i]
      if (d === 1 || d === out[j]) continue
      if (out[j] !== 1)
        throw new IsobathError('shape', `shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`)
      out[j] = d
    }
  return out
}

/** Strides of `shape` read as `target`: 0 along axes that broadcast. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const own = stridesOf(shape)
  const skip = target.length - shape.length
  return target.map((_, i) => (i < skip || shape[i - skip] === 1 ? 0 : own[i - skip]))
}
