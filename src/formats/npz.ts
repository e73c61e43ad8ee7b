// NumPy's .npz files: ZIP archives of .npy files, stored or deflated
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
import type { Tensor } from '../runtime/tensor.ts'
import { fromLatin1, inflate, unusable, viewOf } from './bytes.ts'
import { decodeNpy } from './npy.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
/** Bytes of the end record, and the longest comment that may stand behind it. */
const END_BYTES = 22
const COMMENT = 65535

/** The arrays of a .npz file by name; an `input` error names `name` and what is wrong. */
export async function decodeNpz(bytes: Uint8Array, name: string): Promise<Record<string, Tensor>> {
  const view = viewOf(bytes)
  const u16 = (at: number) => view.getUint16(at, true)
  const u32 = (at: number) => view.getUint32(at, true)
  let end = bytes.length - END_BYTES
  while (end >= 0 && end >= bytes.length - END_BYTES - COMMENT && u32(end) !== END) end--
  if (end < 0 || u32(end) !== END) unusable(name, 'it is no .npz file, or is cut short')
  const arrays: Record<string, Tensor> = {}
  let at = u32(end + 16)
  for (let k = 0; k < u16(end + 10); k++) {
    if (at + 46 > bytes.length || u32(at) !== ENTRY) unusable(name, 'its directory is damaged')
    const [method, packed, local] = [u16(at + 10), u32(at + 20), u32(at + 42)]
    const entry = fromLatin1(bytes.subarray(at + 46, at + 46 + u16(at + 28)))
    at += 46 + u16(at + 28) + u16(at + 30) + u16(at + 32)
    if (!entry.endsWith('.npy')) continue
    if (packed === 0xffffffff || local + 30 > bytes.length) unusable(name, `"${entry}" in it is too large or damaged`)
    const start = local + 30 + u16(local + 26) + u16(local + 28)
    const data = bytes.subarray(start, start + packed)
    if (method !== 0 && method !== 8)
      unusable(name, `"${entry}" in it is compressed by the method ${method}, not DEFLATE`)
    const whole = method
      ? await inflate(data, true).catch((e) => unusable(name, `"${entry}" in it is damaged`, e))
      : data
    arrays[entry.slice(0, -4)] = decodeNpy(whole, `${name}: ${entry}`)
  }
  return arrays
}
