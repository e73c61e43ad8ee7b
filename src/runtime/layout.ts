// How tensors lie in GPU buffers: one WGSL scalar type a dtype, sizes rounded up to whole vectors of four.
import { ensure } from './error.ts'
import { type DType, sizeOf, type Tensor, type TypedArray } from './tensor.ts'

/** The WGSL scalar in which a dtype is stored. */
export const STORAGE: Record<DType, 'f32' | 'f16' | 'i32' | 'u32'> = {
  float32: 'f32',
  float16: 'f16',
  int8: 'i32',
  int32: 'i32',
  int64: 'i32',
  uint8: 'u32',
  uint32: 'u32',
  bool: 'u32',
}

/** A whole number rounded up to a multiple of four: elements to whole vectors, bytes to whole words. */
export const pad4 = (n: number): number => n + (-n & 3)

/** Bytes of a value on the GPU: whole vectors of four, so that kernels may load and store those. */
export const bytesOnGpu = (dtype: DType, shape: readonly number[]): number =>
  Math.max(16, pad4(sizeOf(shape)) * (dtype === 'float16' ? 2 : 4))

/** Host data as it lies on the GPU: 32-bit integers for every integer and bool; int64 must fit. */
export function toGpu(t: Tensor, name: string): TypedArray {
  const data = t.data
  if (t.dtype === 'float32' || t.dtype === 'int32' || t.dtype === 'uint32' || t.dtype === 'float16') return data
  if (data instanceof BigInt64Array) {
    const words = new Int32Array(data.length)
    data.forEach((v, i) => {
      ensure(
        v >= -0x80000000n && v <= 0x7fffffffn,
        'limit',
        `"${name}" holds ${v}, which is beyond the 32-bit integers of a GPU`,
      )
      words[i] = Number(v)
    })
    return words
  }
  return STORAGE[t.dtype] === 'i32' ? Int32Array.from(data) : Uint32Array.from(data)
}
