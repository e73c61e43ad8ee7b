// TensorProto to Tensor: views on the file's bytes where the type is kept, conversions only where it is not.
import { ensure, IsobathError } from '../error.ts'
import type { ModelSource } from '../model.ts'
import { type DType, formatShape, fromNumbers, lazy, sizeOf, type Tensor, viewBytes } from '../tensor.ts'
import type { onnx } from './schema.ts'

interface ElementType {
  name: string
  dtype: DType
  /** Bytes of an element in `rawData`. */
  bytes: number
  /** Where the file's type is none of ours: reads it as numbers. */
  convert?(bytes: Uint8Array): ArrayLike<number>
}

const read = (bytes: Uint8Array, size: number, get: (view: DataView, at: number) => number): Float64Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.byteLength / size }, (_, i) => get(view, i * size))
}

// ONNX's TensorProto.DataType: https://onnx.ai/onnx/api/classes.html#tensorproto
const TYPES: Record<number, ElementType> = {
  1: { name: 'float', dtype: 'float32', bytes: 4 },
  2: { name: 'uint8', dtype: 'uint8', bytes: 1 },
  3: { name: 'int8', dtype: 'int8', bytes: 1 },
  4: { name: 'uint16', dtype: 'int32', bytes: 2, convert: (b) => read(b, 2, (v, i) => v.getUint16(i, true)) },
  5: { name: 'int16', dtype: 'int32', bytes: 2, convert: (b) => read(b, 2, (v, i) => v.getInt16(i, true)) },
  6: { name: 'int32', dtype: 'int32', bytes: 4 },
  7: { name: 'int64', dtype: 'int64', bytes: 8 },
  9: { name: 'bool', dtype: 'bool', bytes: 1 },
  10: { name: 'float16', dtype: 'float16', bytes: 2 },
  11: { name: 'double', dtype: 'float32', bytes: 8, convert: (b) => read(b, 8, (v, i) => v.getFloat64(i, true)) },
  12: { name: 'uint32', dtype: 'uint32', bytes: 4 },
  13: {
    name: 'uint64',
    dtype: 'int64',
    bytes: 8,
    convert: (b) => read(b, 8, (v, i) => Number(v.getBigUint64(i, true))),
  },
  16: {
    name: 'bfloat16',
    dtype: 'float32',
    bytes: 2,
    convert: (b) => {
      const bits = Uint32Array.from({ length: b.byteLength / 2 }, (_, i) => (b[2 * i] | (b[2 * i + 1] << 8)) << 16)
      return new Float32Array(bits.buffer)
    },
  },
}

/** The dtype in which a TensorProto.DataType is held; names the type in the error if there is none. */
export function dtypeOf(code: number): DType {
  const type = TYPES[code]
  ensure(type, 'unsupported', `ONNX element type ${code} is not supported`)
  return type.dtype
}

function fromRaw(type: ElementType, shape: readonly number[], bytes: Uint8Array): Tensor {
  if (type.convert) return fromNumbers(type.dtype, shape, type.convert(bytes))
  return { dtype: type.dtype, shape, data: viewBytes(type.dtype, bytes) }
}

function fromFields(proto: onnx.Tensor, type: ElementType, shape: readonly number[], code: number): Tensor {
  if (code === 10 && proto.int32Data?.length)
    return { dtype: 'float16', shape, data: Uint16Array.from(proto.int32Data) }
  if (code === 16 && proto.int32Data?.length) {
    const bits = Uint32Array.from(proto.int32Data, (v) => v << 16)
    return { dtype: 'float32', shape, data: new Float32Array(bits.buffer) }
  }
  const fields = [proto.floatData, proto.int32Data, proto.int64Data, proto.doubleData, proto.uint64Data]
  const values = fields.find((f) => f?.length) ?? []
  ensure(
    values.length === sizeOf(shape),
    'model',
    () => `tensor "${proto.name}" has ${values.length} values for the shape ${formatShape(shape)}`,
  )
  return fromNumbers(type.dtype, shape, values)
}

function fromExternal(proto: onnx.Tensor, type: ElementType, shape: readonly number[], source: ModelSource): Tensor {
  const entry = (key: string) => proto.externalData?.find((e) => e.key === key)?.value
  const location = entry('location')
  ensure(location, 'model', `tensor "${proto.name}" is external but names no file`)
  if (!source.external)
    throw new IsobathError(
      'data',
      `tensor "${proto.name}" lies in the file "${location}" beside the model: load it with a ModelSource that opens external data (in Node: readModel(path))`,
    )
  const file = source.external(location)
  const offset = Number(entry('offset') ?? 0)
  const bytes = sizeOf(shape) * type.bytes
  const length = Number(entry('length') ?? bytes)
  ensure(
    length === bytes,
    'model',
    () =>
      `tensor "${proto.name}" of shape ${formatShape(shape)} needs ${bytes} bytes, its external entry says ${length}`,
  )
  ensure(
    offset + bytes <= file.size,
    'data',
    () =>
      `external data file "${location}" is too short: tensor "${proto.name}" ends at byte ${offset + bytes}, the file has ${file.size}. Fetch it again`,
  )
  const read = () => fromRaw(type, shape, file.read(offset, bytes)).data
  return lazy(type.dtype, shape, read, `${location}@${offset}:${type.name}`)
}

/** A tensor of the file. External data is checked here and read when it is needed. */
export function readTensor(proto: onnx.Tensor, source: ModelSource): Tensor {
  const code = proto.dataType ?? 0
  const type = TYPES[code]
  ensure(type, 'unsupported', `tensor "${proto.name}" has the ONNX element type ${code}, which is not supported`)
  const shape = proto.dims ?? []
  if (proto.dataLocation === 1) return fromExternal(proto, type, shape, source)
  const raw = proto.rawData
  if (raw?.length) {
    const need = sizeOf(shape) * type.bytes
    ensure(
      raw.length === need,
      'model',
      () => `tensor "${proto.name}" has ${raw.length} bytes where its shape ${formatShape(shape)} needs ${need}`,
    )
    return { ...fromRaw(type, shape, raw), origin: `@${raw.byteOffset}:${type.name}` }
  }
  return fromFields(proto, type, shape, code)
}
