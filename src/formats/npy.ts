// NumPy's .npy files as tensors (format: numpy.lib.format, versions 1 to 3; little-endian, C order).
import { bytesPerElement, type DType, formatShape, sizeOf, type Tensor, tensor, viewBytes } from '../runtime/tensor.ts'
import { fromLatin1, unusable } from './bytes.ts'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

const DTYPES: Record<string, DType> = {
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  u4: 'uint32',
  i1: 'int8',
  u1: 'uint8',
  b1: 'bool',
}

const DESCRIPTIONS: Record<DType, string> = {
  float32: '<f4',
  float16: '<f2',
  int64: '<i8',
  int32: '<i4',
  uint32: '<u4',
  int8: '|i1',
  uint8: '|u1',
  bool: '|b1',
}

interface Header {
  kind: string
  shape: number[]
}

function parseHeader(text: string, fail: (why: string) => never): Header {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const dims = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1]
  if (!order || dims === undefined) fail('its header has no fortran_order or no shape')
  if (descr === undefined) fail('it holds records, not plain numbers')
  const shape = dims
    .split(',')
    .map((d) => d.replace('L', '').trim())
    .filter(Boolean)
    .map(Number)
  if (!shape.every(Number.isSafeInteger)) fail(`its shape (${dims}) is no list of whole numbers`)
  const [, endian, kind] = /^([<>|=]?)(.+)$/.exec(descr) ?? fail('its dtype is empty')
  if (kind !== 'f8' && !(kind in DTYPES))
    fail(`its dtype ${descr} is not known; save it as one of float32, float16, int64, int32, uint32, int8, uint8, bool`)
  if (endian === '>') fail(`it is big-endian (${descr}); save it with .astype('<${kind}')`)
  if (order === 'True' && shape.length > 1) fail('it is in Fortran order; save it through numpy.ascontiguousarray')
  return { kind, shape }
}

/**
 * Reads the bytes of a .npy file: float32, float16, int64, int32, uint32, int8, uint8 and bool as they are, float64
 * rounded to float32. An `input` error names `name` and what is wrong.
 */
export function decodeNpy(bytes: Uint8Array, name: string): Tensor {
  const fail = (why: string): never => unusable(name, why)
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b)) fail('it is no .npy file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]
  if (version < 1 || version > 3) fail(`its format has the version ${version}; 1 to 3 are known`)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) fail('its header is cut short')
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (bytes.length < end) fail('its header is cut short')
  const { kind, shape } = parseHeader(fromLatin1(bytes.subarray(start, end)), fail)

  const width = kind === 'f8' ? 8 : bytesPerElement(DTYPES[kind])
  const wanted = sizeOf(shape) * width
  const there = bytes.length - end
  if (there !== wanted)
    fail(
      `it is ${there < wanted ? 'cut short' : 'too long'}: ${formatShape(shape)} takes ${wanted} bytes and there are ${there}`,
    )
  // A copy: the data becomes aligned, and the file's bytes are let go.
  const data = new Uint8Array(bytes.subarray(end))
  if (kind === 'f8') return tensor('float32', shape, Float32Array.from(new Float64Array(data.buffer)))
  return tensor(DTYPES[kind], shape, viewBytes(DTYPES[kind], data))
}

/** The bytes of a .npy file (version 1). */
export function encodeNpy(t: Tensor): Uint8Array {
  const shape = t.shape.length === 1 ? `(${t.shape[0]},)` : `(${t.shape.join(', ')})`
  const dict = `{'descr': '${DESCRIPTIONS[t.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10
  const header = `${dict.padEnd(length - 1)}\n`
  const { data } = t
  const bytes = new Uint8Array(10 + length + data.byteLength)
  bytes.set([...MAGIC, 1, 0, length & 255, length >> 8])
  bytes.set(new TextEncoder().encode(header), 10)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length)
  return bytes
}
