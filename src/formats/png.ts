// Grayscale PNG of 8 and 16 bits, with its text (https://www.w3.org/TR/png/). Colour images are read by other means.
import { concat, deflate, fromLatin1, inflate, latin1, unusable, viewOf } from './bytes.ts'
import { checkFilled } from './image.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const b of bytes) c = CRC[(c ^ b) & 255] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = viewOf(bytes)
  view.setUint32(0, data.length)
  bytes.set(latin1(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

// Big-endian rows, each behind the number of its filter: 1, the difference from the sample at the left.
function filterRows(values: Uint16Array, width: number, height: number): Uint8Array {
  const stride = width * 2 + 1
  const out = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    out[y * stride] = 1
    let left = 0
    for (let x = 0; x < width; x++) {
      const v = values[y * width + x]
      const at = y * stride + 1 + x * 2
      out[at] = (v >> 8) - (left >> 8)
      out[at + 1] = (v & 255) - (left & 255)
      left = v
    }
  }
  return out
}

/** A grayscale PNG of 16 bits; `values` are row-major. `text` becomes tEXt chunks (Latin-1). */
export async function encodePng16(
  values: Uint16Array,
  width: number,
  height: number,
  text: Record<string, string> = {},
): Promise<Uint8Array> {
  checkFilled({ width, height, values })
  const header = new Uint8Array(13)
  const view = viewOf(header)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 16
  return concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    ...Object.entries(text).map(([key, value]) => chunk('tEXt', latin1(`${key}\0${value}`))),
    chunk('IDAT', await deflate(filterRows(values, width, height))),
    chunk('IEND', new Uint8Array(0)),
  ])
}

export interface GrayPng {
  width: number
  height: number
  bits: 8 | 16
  values: Uint16Array
  /** tEXt chunks by their keyword. */
  text: Record<string, string>
}

/** The predictor of filter 4: whichever of left, above and above left is nearest to left + above - above left. */
function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  if (pa <= pb && pa <= pc) return a
  return pb <= pc ? b : c
}

/** Undoes the filters in place; `step` is the bytes of a sample. False where a filter is unknown. */
function unfilter(data: Uint8Array, height: number, stride: number, step: number): boolean {
  for (let y = 0; y < height; y++) {
    const at = y * stride
    const filter = data[at]
    if (filter > 4) return false
    for (let i = 1; i < stride; i++) {
      const left = i > step ? data[at + i - step] : 0
      const up = y ? data[at - stride + i] : 0
      const corner = y && i > step ? data[at - stride + i - step] : 0
      data[at + i] += [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter]
    }
  }
  return true
}

interface Parts {
  header?: Uint8Array
  data: Uint8Array[]
  text: Record<string, string>
}

function readChunks(bytes: Uint8Array, name: string): Parts {
  if (SIGNATURE.some((b, i) => bytes[i] !== b)) unusable(name, 'it is no PNG')
  const view = viewOf(bytes)
  const parts: Parts = { data: [], text: {} }
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at)
    const type = fromLatin1(bytes.subarray(at + 4, at + 8))
    const data = bytes.subarray(at + 8, at + 8 + length)
    if (data.length < length) break
    if (type === 'IHDR') parts.header = data
    if (type === 'IDAT') parts.data.push(data)
    if (type === 'tEXt') {
      const [key, ...value] = fromLatin1(data).split('\0')
      parts.text[key] = value.join('\0')
    }
    if (type === 'IEND') return parts
    at += 12 + length
  }
  unusable(name, 'it is cut short')
}

/** Whether the bytes begin as a PNG does. */
export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((b, i) => bytes[i] === b)

/** Reads a grayscale PNG of 8 or 16 bits without interlacing; an `input` error names `name` and what is wrong. */
export async function decodeGrayPng(bytes: Uint8Array, name: string): Promise<GrayPng> {
  const { header, data, text } = readChunks(bytes, name)
  if (header?.length !== 13) unusable(name, 'its header is damaged')
  const view = viewOf(header)
  const [width, height, bits] = [view.getUint32(0), view.getUint32(4), header[8]]
  if (header[9] !== 0 || (bits !== 8 && bits !== 16))
    unusable(name, 'depth is read from grayscale PNGs of 8 or 16 bits, and this one has colours, alpha or fewer bits')
  if (header[12] !== 0) unusable(name, 'it is interlaced; save it without')
  const step = bits / 8
  const stride = width * step + 1
  const raw = await inflate(concat(data)).catch((cause) => unusable(name, 'its pixels are damaged', cause))
  if (raw.length !== stride * height || !unfilter(raw, height, stride, step)) unusable(name, 'its pixels are damaged')
  const values = new Uint16Array(width * height)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, at = y * stride + 1; x < width; x++, at += step)
      values[i++] = bits === 8 ? raw[at] : (raw[at] << 8) | raw[at + 1]
  return { width, height, bits, values, text }
}
