import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/formats/npy.ts'
import { readNpy, writeNpy } from '../../src/node/files/npy.ts'
import { type DType, fromNumbers, numbers, type Tensor } from '../../src/runtime/tensor.ts'
import { scratch } from './files.ts'

const files = scratch()

const DTYPES: DType[] = ['float32', 'float16', 'int64', 'int32', 'uint32', 'int8', 'uint8', 'bool']

function npy(header: string, data: Uint8Array | number[] = [], version = 1): Uint8Array {
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0]
  return Buffer.concat([
    Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length]),
    Buffer.from(header, 'latin1'),
    Uint8Array.from(data),
  ])
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`

const plain = (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: [...numbers(t)] })

describe('npy', () => {
  it.each(DTYPES)('%s comes back as it was', async (dtype) => {
    for (const shape of [[2, 3], [6], [1, 6, 1], [], [0, 3]]) {
      const n = shape.reduce((a, b) => a * b, 1)
      const t = fromNumbers(
        dtype,
        shape,
        Array.from({ length: n }, (_, i) => (dtype === 'bool' ? i % 2 : i * 5)),
      )
      await writeNpy(files.at('t.npy'), t)
      expect(plain(await readNpy(files.at('t.npy')))).toEqual(plain(t))
    }
  })

  it('writes headers that numpy reads: aligned to 64 bytes, ended by a line feed', () => {
    const bytes = encodeNpy(fromNumbers('float32', [3], [1, 2, 3]))
    expect(bytes.length).toBe(128 + 12)
    expect(Buffer.from(bytes.subarray(10, 128)).toString()).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3,\), \} +\n$/,
    )
  })

  it('writes a view on a larger buffer', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3)
    expect(plain(decodeNpy(encodeNpy({ dtype: 'float32', shape: [2], data }), 'x')).values).toEqual([1, 2])
  })

  it('rounds float64 to float32', () => {
    const data = new Uint8Array(Float64Array.of(0.1, -2).buffer)
    expect(plain(decodeNpy(npy(header('<f8', '(2,)'), data), 'x'))).toEqual({
      dtype: 'float32',
      shape: [2],
      values: [Math.fround(0.1), -2],
    })
  })

  it('reads format 2 and Fortran order where it makes no difference', () => {
    expect(plain(decodeNpy(npy(header('|u1', '(2,)', 'True'), [7, 8], 2), 'x')).values).toEqual([7, 8])
  })

  it.each([
    ['another file', Buffer.from('not numpy at all'), /"bad\.npy" cannot be used: it is no \.npy file/],
    ['an empty file', Buffer.alloc(0), /it is no \.npy file/],
    ['a newer format', npy(header('<f4', '(0,)'), [], 4), /version 4; 1 to 3 are known/],
    ['a short header', npy(header('<f4', '(2,)')).subarray(0, 30), /header is cut short/],
    ['short data', npy(header('<f4', '(2, 2)'), [1, 2, 3]), /cut short: \[2, 2\] takes 16 bytes and there are 3/],
    ['long data', npy(header('|u1', '(2,)'), [1, 2, 3]), /too long: \[2\] takes 2 bytes and there are 3/],
    ['big-endian data', npy(header('>f4', '(1,)'), [0, 0, 0, 0]), /big-endian \(>f4\); save it with \.astype\('<f4'\)/],
    ['Fortran order', npy(header('<f4', '(1, 1)', 'True'), [0, 0, 0, 0]), /Fortran order; .*ascontiguousarray/],
    ['an unknown dtype', npy(header('<c8', '(1,)'), []), /dtype <c8 is not known; save it as one of float32/],
    ['records', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"), /records/],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False}"), /no fortran_order or no shape/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes, 'bad.npy')).toThrow(message)
    expect(() => decodeNpy(bytes, 'bad.npy')).toThrow(expect.objectContaining({ code: 'input' }))
  })

  it('names a file that is not there', async () => {
    await expect(readNpy(files.at('none.npy'))).rejects.toThrow(/there is no file ".*none\.npy"/)
  })
})
