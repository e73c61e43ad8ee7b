// OpenEXR images of one float channel, in scan lines, without compression or with ZIPS or ZIP
// (https://openexr.com/en/latest/OpenEXRFileLayout.html).
import { fromHalves } from '../runtime/tensor.ts'
import { concat, deflate, fromLatin1, inflate, latin1, unusable, viewOf } from './bytes.ts'
import { checkFilled, type FloatImage } from './image.ts'

const MAGIC = 20000630
/** Rows of a block by the compression's number: none, (run lengths), ZIPS, ZIP. */
const ROWS: Record<number, number> = { 0: 1, 2: 1, 3: 16 }
const ZIP = 3
/** The types of a channel by their number: unsigned, half, float. */
const [UINT, HALF, FLOAT] = [0, 1, 2]

const int32 = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer)
const float32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)
const attribute = (name: string, type: string, value: Uint8Array) =>
  concat([latin1(`${name}\0${type}\0`), int32(value.length), value])

/** What ZIP compresses: even bytes before odd ones, each as its difference from the one before, plus 128. */
function interleave(raw: Uint8Array): Uint8Array {
  const half = (raw.length + 1) >> 1
  const t = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) t[(i & 1 ? half : 0) + (i >> 1)] = raw[i]
  for (let i = raw.length - 1; i > 0; i--) t[i] = t[i] - t[i - 1] + 128
  return t
}

function deinterleave(t: Uint8Array): Uint8Array {
  const half = (t.length + 1) >> 1
  for (let i = 1; i < t.length; i++) t[i] = t[i - 1] + t[i] - 128
  const raw = new Uint8Array(t.length)
  for (let i = 0; i < t.length; i++) raw[i] = t[(i & 1 ? half : 0) + (i >> 1)]
  return raw
}

/**
 * The bytes of an OpenEXR file with one channel of 32-bit floats, compressed by ZIP in blocks of 16 rows. Its name is Y
 * by default, as OpenCV writes it and alone reads it; compositing programs call depth Z. `text` becomes attributes of the
 * type string.
 */
export async function encodeExr(
  image: FloatImage,
  channel = 'Y',
  text: Record<string, string> = {},
): Promise<Uint8Array> {
  checkFilled(image)
  const { width, height, values } = image
  const box = int32(0, 0, width - 1, height - 1)
  const header = concat([
    int32(MAGIC, 2),
    attribute('channels', 'chlist', concat([latin1(`${channel}\0`), int32(FLOAT, 0, 1, 1), Uint8Array.of(0)])),
    attribute('compression', 'compression', Uint8Array.of(ZIP)),
    attribute('dataWindow', 'box2i', box),
    attribute('displayWindow', 'box2i', box),
    attribute('lineOrder', 'lineOrder', Uint8Array.of(0)),
    attribute('pixelAspectRatio', 'float', float32(1)),
    attribute('screenWindowCenter', 'v2f', float32(0, 0)),
    attribute('screenWindowWidth', 'float', float32(1)),
    ...Object.entries(text).map(([name, value]) => attribute(name, 'string', latin1(value))),
    Uint8Array.of(0),
  ])
  const rows = ROWS[ZIP]
  const blocks = await Promise.all(
    Array.from({ length: Math.ceil(height / rows) }, async (_, k) => {
      const part = values.subarray(k * rows * width, Math.min(height, (k + 1) * rows) * width)
      const raw = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
      const packed = await deflate(interleave(raw))
      const data = packed.length < raw.length ? packed : raw
      return concat([int32(k * rows, data.length), data])
    }),
  )
  const offsets = new BigUint64Array(blocks.length)
  let at = header.length + offsets.byteLength
  blocks.forEach((block, k) => {
    offsets[k] = BigInt(at)
    at += block.length
  })
  return concat([header, new Uint8Array(offsets.buffer), ...blocks])
}

interface Channel {
  name: string
  type: number
}

interface Header {
  channels: Channel[]
  compression: number
  /** xMin, yMin, xMax, yMax. */
  window: number[]
  text: Record<string, string>
  end: number
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const view = viewOf(bytes)
  if (bytes.length < 8 || view.getInt32(0, true) !== MAGIC) unusable(name, 'it is no OpenEXR file')
  if (view.getUint32(4, true) & 0x1a00)
    unusable(name, 'it has tiles, deep data or several parts; save it in scan lines')
  let at = 8
  const word = (): string => {
    const end = bytes.indexOf(0, at)
    if (end < 0) unusable(name, 'its header is cut short')
    const text = fromLatin1(bytes.subarray(at, end))
    at = end + 1
    return text
  }
  const header: Header = { channels: [], compression: 0, window: [], text: {}, end: 0 }
  for (let key = word(); key; key = word()) {
    const type = word()
    if (at + 4 > bytes.length) unusable(name, 'its header is cut short')
    const end = at + 4 + view.getInt32(at, true)
    at += 4
    if (end > bytes.length || end < at) unusable(name, 'its header is cut short')
    if (key === 'compression') header.compression = bytes[at]
    if (key === 'dataWindow') header.window = [0, 4, 8, 12].map((k) => view.getInt32(at + k, true))
    if (type === 'string') header.text[key] = fromLatin1(bytes.subarray(at, end))
    if (key === 'channels')
      for (let channel = word(); channel; channel = word()) {
        header.channels.push({ name: channel, type: view.getInt32(at, true) })
        at += 16
      }
    at = end
  }
  header.end = at
  return header
}

const bytesOf = (c: Channel) => (c.type === HALF ? 2 : 4)

/** One channel's row as floats; `data` begins at the row's values. */
function readRow({ type }: Channel, data: Uint8Array, width: number): Float32Array {
  // A copy is aligned; `slice` of Node's Buffer would be none.
  const { buffer } = new Uint8Array(data.subarray(0, width * (type === HALF ? 2 : 4)))
  if (type === HALF) return fromHalves(new Uint16Array(buffer))
  return type === UINT ? Float32Array.from(new Uint32Array(buffer)) : new Float32Array(buffer)
}

/**
 * Reads one channel of an OpenEXR file in scan lines, uncompressed, ZIPS or ZIP: Z, depth or Y where there is one, else
 * the first. `text` holds its attributes of the type string. An `input` error names `name` and what is wrong.
 */
export async function decodeExr(
  bytes: Uint8Array,
  name: string,
): Promise<FloatImage & { channel: string; text: Record<string, string> }> {
  const { channels, compression, window, text, end } = readHeader(bytes, name)
  if (!channels.length || window.length !== 4) unusable(name, 'its header lacks channels or dataWindow')
  const rows = ROWS[compression]
  if (!rows) unusable(name, `its compression is number ${compression}; save it uncompressed, or with ZIP or ZIPS`)
  const channel =
    ['z', 'depth', 'y'].map((n) => channels.find((c) => c.name.toLowerCase() === n)).find(Boolean) ?? channels[0]
  const [width, height] = [window[2] - window[0] + 1, window[3] - window[1] + 1]
  const view = viewOf(bytes)
  const values = new Float32Array(width * height)
  // A row holds all of one channel before the next one, in the header's order.
  const before = channels.slice(0, channels.indexOf(channel)).reduce((n, c) => n + bytesOf(c) * width, 0)
  const stride = channels.reduce((n, c) => n + bytesOf(c) * width, 0)
  for (let k = 0; k < Math.ceil(height / rows); k++) {
    if (end + 8 * k + 8 > bytes.length) unusable(name, 'it is cut short')
    const at = Number(view.getBigUint64(end + 8 * k, true))
    if (at + 8 > bytes.length) unusable(name, 'it is cut short')
    const first = view.getInt32(at, true) - window[1]
    const count = Math.min(rows, height - first)
    const packed = bytes.subarray(at + 8, at + 8 + view.getInt32(at + 4, true))
    const wanted = count * stride
    const raw =
      packed.length < wanted && compression
        ? deinterleave(await inflate(packed).catch((cause) => unusable(name, `rows from ${first} are damaged`, cause)))
        : packed
    if (first < 0 || raw.length !== wanted) unusable(name, `rows from ${first} are damaged`)
    for (let r = 0; r < count; r++)
      values.set(readRow(channel, raw.subarray(r * stride + before), width), (first + r) * width)
  }
  return { width, height, values, channel: channel.name, text }
}
