// Host tensors to GPU bytes and back: integers travel as 32 bits, bool as 0 or 1.
import { bytesOnGpu, toGpu } from '../layout.ts'
import type { Port } from '../op.ts'
import { allocate, sizeOf, type Tensor, type TypedArray } from '../tensor.ts'

/** Bytes of a port's buffer. */
export const bytesOf = (port: Port): number => bytesOnGpu(port.dtype, port.shape)

export const uploadFeed = (t: Tensor, name: string): TypedArray => toGpu(t, name)

/** Copies a port's values out of a mapped range. */
export function fromGpu(port: Port, bytes: ArrayBuffer, offset: number): Tensor {
  const { dtype, shape } = port
  const n = sizeOf(shape)
  const data = allocate(dtype, n)
  if (dtype === 'float32') data.set(new Float32Array(bytes, offset, n) as never)
  else if (dtype === 'float16') data.set(new Uint16Array(bytes, offset, n) as never)
  else {
    const words = new Int32Array(bytes, offset, n)
    if (data instanceof BigInt64Array) for (let i = 0; i < n; i++) data[i] = BigInt(words[i])
    else data.set(words as never)
  }
  return { dtype, shape, data }
}
